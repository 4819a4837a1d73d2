"""Distributions of real traffic, written by tools/fit_demo.py; holds no single request.

Derived from AzureLLMInferenceTrace_code.csv of Azure/AzurePublicDataset, licensed CC-BY 4.0
(https://creativecommons.org/licenses/by/4.0/), changed into quantiles; cite Patel et al.,
"Splitwise: Efficient generative LLM inference using phase splitting", ISCA 2024.
"""

from .shape import TraceModel

CODE = TraceModel(
    levels=(0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 1),
    context=(3, 17, 75, 147, 386, 770, 1075, 1469, 1909, 2433, 3192, 5186, 7302, 7436, 7436, 7437),
    generated=(
        (6, 6, 6, 7, 8, 10, 12, 14, 16, 19, 25, 48, 73, 211, 393, 1899),
        (6, 6, 6, 7, 9, 10, 12, 14, 17, 24, 34, 66, 109, 253, 277, 592),
        (6, 6, 6, 7, 8, 9, 11, 13, 16, 20, 29, 61, 93, 264, 313, 841),
        (6, 6, 6, 7, 8, 9, 11, 13, 15, 19, 26, 46, 72, 172, 232, 824),
        (6, 6, 6, 7, 8, 9, 11, 13, 16, 22, 34, 64, 97, 263, 382, 871),
        (6, 6, 6, 7, 8, 9, 11, 12, 14, 18, 26, 47, 76, 219, 290, 940),
        (6, 6, 6, 7, 8, 9, 11, 12, 15, 19, 27, 58, 115, 379, 584, 928),
        (6, 6, 6, 7, 9, 10, 12, 13, 16, 21, 31, 56, 91, 202, 302, 697),
    ),
    load=(0, 0, 0, 0.19, 0.34, 0.54, 0.68, 0.88, 1.07, 1.27, 1.56, 2, 2.48, 3.31, 3.7, 4.58),
    memory=0.718,
)
