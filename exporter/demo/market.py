"""The demo's providers and models with their speeds, prices and failure rates.

Slugs look like ZenMux's. Prices and speeds are typical, not anyone's real figures.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Provider:
    """An upstream provider; `failing` is the share of requests that fail through its fault."""

    slug: str
    key_id: str
    slowness: float
    speed: float
    failing: float
    price_percent: int


@dataclass(frozen=True, slots=True)
class Family:
    """What the models of one vendor share; `cache` is how they bill prompt caching."""

    author: str
    protocol: Literal["openai", "anthropic", "vertex"]
    providers: tuple[str, ...]
    cache: Literal["none", "read", "write"] = "read"


@dataclass(frozen=True, slots=True)
class Model:
    """A model.

    `usd` is the price of a million input and output tokens, `pace` the milliseconds to the first
    token and the tokens per second. `reasons` is the share of requests with reasoning tokens.
    """

    slug: str
    name: str
    family: Family
    usd: tuple[float, float]
    pace: tuple[int, int]
    reasons: float = 0.0
    searches: bool = False
    image_usd: float = 0.0
    discount_percent: int = 0


PROVIDERS = {
    provider.slug: provider
    for provider in (
        Provider("anthropic", "2533PCgBu07N14613665", 1.0, 1.0, 0.006, 100),
        Provider("amazon-bedrock", "2533PCgBu08Q20417733", 1.3, 0.85, 0.010, 100),
        Provider("google-vertex", "2533PCgBu09T31190248", 0.9, 1.1, 0.008, 100),
        Provider("openai", "2533PCgBu10V40855126", 1.0, 1.0, 0.005, 100),
        Provider("azure", "2533PCgBu11X52236904", 0.8, 0.9, 0.004, 110),
        Provider("alibaba-cloud", "2533PCgBu12Z63308417", 1.6, 0.7, 0.020, 80),
        Provider("fireworks", "2533PCgBu13B74412590", 0.6, 2.0, 0.014, 120),
        Provider("x-ai", "2533PCgBu14D85573361", 1.2, 1.0, 0.030, 100),
    )
}

_CLAUDE = Family(
    "anthropic", "anthropic", ("anthropic", "amazon-bedrock", "google-vertex"), "write"
)
_GPT = Family("openai", "openai", ("openai", "azure"))
_GEMINI = Family("google", "vertex", ("google-vertex",))
_IMAGES = Family("google", "vertex", ("google-vertex",), "none")
_GROK = Family("x-ai", "openai", ("x-ai",))
_OPEN = ("alibaba-cloud", "fireworks")
_DEEPSEEK = Family("deepseek", "openai", _OPEN)
_QWEN = Family("qwen", "openai", _OPEN)
_KIMI = Family("moonshotai", "anthropic", _OPEN)
_GLM = Family("z-ai", "anthropic", _OPEN)

MODELS = {
    model.slug: model
    for model in (
        Model(
            "anthropic/claude-opus-4.1",
            "Anthropic: Claude Opus 4.1",
            _CLAUDE,
            (15, 75),
            (1900, 42),
            0.3,
        ),
        Model(
            "anthropic/claude-sonnet-4.5",
            "Anthropic: Claude Sonnet 4.5",
            _CLAUDE,
            (3, 15),
            (1100, 68),
            0.25,
            searches=True,
        ),
        Model(
            "anthropic/claude-sonnet-4",
            "Anthropic: Claude Sonnet 4",
            _CLAUDE,
            (3, 15),
            (1300, 60),
        ),
        Model(
            "anthropic/claude-haiku-4.5",
            "Anthropic: Claude Haiku 4.5",
            _CLAUDE,
            (1, 5),
            (520, 130),
        ),
        Model("openai/gpt-5", "OpenAI: GPT-5", _GPT, (1.25, 10), (2600, 75), 0.8),
        Model("openai/gpt-5-mini", "OpenAI: GPT-5 Mini", _GPT, (0.25, 2), (1500, 110), 0.6),
        Model("openai/gpt-5-nano", "OpenAI: GPT-5 Nano", _GPT, (0.05, 0.4), (900, 170), 0.4),
        Model("openai/gpt-4.1", "OpenAI: GPT-4.1", _GPT, (2, 8), (650, 90), searches=True),
        Model("openai/gpt-4o-mini", "OpenAI: GPT-4o-mini", _GPT, (0.15, 0.6), (480, 85)),
        Model("openai/o4-mini", "OpenAI: o4 Mini", _GPT, (1.1, 4.4), (3200, 120), 1.0),
        Model(
            "google/gemini-2.5-pro",
            "Google: Gemini 2.5 Pro",
            _GEMINI,
            (1.25, 10),
            (2200, 95),
            0.7,
            searches=True,
        ),
        Model(
            "google/gemini-2.5-flash",
            "Google: Gemini 2.5 Flash",
            _GEMINI,
            (0.3, 2.5),
            (480, 190),
            0.2,
        ),
        Model(
            "google/gemini-2.5-flash-lite",
            "Google: Gemini 2.5 Flash Lite",
            _GEMINI,
            (0.1, 0.4),
            (320, 260),
        ),
        Model(
            "google/gemini-2.5-flash-image",
            "Google: Gemini 2.5 Flash Image",
            _IMAGES,
            (0.3, 2.5),
            (4200, 150),
            image_usd=0.039,
        ),
        Model("x-ai/grok-4", "xAI: Grok 4", _GROK, (3, 15), (5200, 48), 0.9, searches=True),
        Model("x-ai/grok-code-fast-1", "xAI: Grok Code Fast 1", _GROK, (0.2, 1.5), (700, 160)),
        Model(
            "deepseek/deepseek-chat-v3.1",
            "DeepSeek: DeepSeek V3.1",
            _DEEPSEEK,
            (0.27, 1.1),
            (1200, 45),
        ),
        Model(
            "deepseek/deepseek-r1-0528",
            "DeepSeek: R1 0528",
            _DEEPSEEK,
            (0.55, 2.19),
            (1800, 38),
            1.0,
        ),
        Model(
            "qwen/qwen3-coder-plus",
            "Qwen: Qwen3 Coder Plus",
            _QWEN,
            (1, 5),
            (950, 65),
            discount_percent=20,
        ),
        Model("qwen/qwen3-max", "Qwen: Qwen3 Max", _QWEN, (1.2, 6), (1400, 40)),
        Model("moonshotai/kimi-k2-0905", "MoonshotAI: Kimi K2 0905", _KIMI, (0.6, 2.5), (1100, 55)),
        Model("z-ai/glm-4.6", "Z.AI: GLM 4.6", _GLM, (0.6, 2.2), (1000, 58), 0.4),
    )
}
