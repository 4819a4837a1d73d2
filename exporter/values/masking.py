"""Mask secrets by their shape, wherever text is shown or becomes a label's value.

An issued key shows as `sha256:` and 12 hex digits of its hash: the same everywhere, so that a log
line and a label can be compared. What could be guessed back from a hash shows as `***`.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

GUESSABLE: Final = "***"
_MAIL: Final = "***@***"

# Where a token in running text ends: no key that is issued holds one of these.
_WORD: Final = r"""[^\s"'`()\[\]{}<>,;/\\&|…]++"""
_ALONE: Final = r"(?<![A-Za-z0-9])"

# Shapes of issued keys, each under the address of its source. The named part is hashed, what else
# is found stays.
_KEYS: Final = (
    # ZenMux: sk-ai-v1- (pay as you go), sk-ss-v1- (subscription), sk-mg-v1- (management), also
    # within words. The same prefix is OpenAI's (sk-proj-), Anthropic's (sk-ant-), OpenRouter's
    # (sk-or-v1-) and that of many gateways. https://docs.zenmux.ai/guide/quickstart
    rf"(?P<zenmux>(?i:{_ALONE}sk-|sk-(?:ai|ss|mg)-v1-){_WORD})",
    # https://datatracker.ietf.org/doc/html/rfc6750#section-2.1
    r"(?i:\bbearer\s++)"
    r"(?!(?:(?i:bearer)|tokens?|keys?|auth[a-z]*|scheme)\b(?![.~+/=-]++[A-Za-z0-9])|sha256:)"
    r"(?P<bearer>[A-Za-z0-9._~+/=-]++)",
    # https://datatracker.ietf.org/doc/html/rfc7519: three parts, the first begins with `{"`.
    rf"{_ALONE}(?P<jwt>eyJ[A-Za-z0-9_-]{{5,}}+\.[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+)*+)",
    # https://docs.stripe.com/keys
    rf"{_ALONE}(?P<stripe>(?:sk|rk|pk)_(?:live|test)_\w++)",
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    rf"{_ALONE}(?P<aws>(?:AKIA|ASIA)[A-Z0-9]{{16,}}+)",
    # https://github.com/gitleaks/gitleaks, rule gcp-api-key
    rf"{_ALONE}(?P<google>AIza[A-Za-z0-9_-]{{30,}}+|ya29\.[A-Za-z0-9._-]{{20,}}+)",
    # https://docs.github.com/authentication, "GitHub's token formats"
    rf"{_ALONE}(?P<github>gh[opsur]_[A-Za-z0-9]{{20,}}+|github_pat_\w{{20,}}+)",
    # https://docs.gitlab.com/security/tokens, "Token prefixes"
    rf"{_ALONE}(?P<gitlab>gl(?:pat|dt|rt|soat|cbt|ptt|ft|imt|agent)-[A-Za-z0-9_.-]{{20,}}+)",
    # https://api.slack.com/authentication/token-types
    rf"{_ALONE}(?P<slack>xox[a-z]-[A-Za-z0-9-]{{10,}}+|xapp-[A-Za-z0-9-]{{10,}}+)",
    # https://github.com/gitleaks/gitleaks, rules of Hugging Face, Groq, Perplexity, Replicate, xAI,
    # NVIDIA and npm
    rf"{_ALONE}(?P<other>(?:hf_|gsk_|pplx-|r8_|xai-|nvapi-|npm_)[A-Za-z0-9_-]{{20,}}+)",
    # https://datatracker.ietf.org/doc/html/rfc7468#section-10; the end may be cut off.
    r"(?P<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----END))*+"
    r"(?:-----END [A-Z ]*-----)?)",
)
# Shapes of what a hash would give away.
_GUESSABLES: Final = (
    # https://datatracker.ietf.org/doc/html/rfc7617: a name and a password, as Base64.
    r"(?i:\bbasic\s++)(?P<basic>[A-Za-z0-9+/]{8,}+={0,2})(?![A-Za-z0-9])",
    # https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1: a name and a password in a URL.
    r"(?<=://)(?P<user>[^\s/@]++)(?=@)",
    # https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2, without quoted names.
    r"(?<![\w.+%'-])(?P<mail>[\w.+%'-]++@(?:[\w-]++\.)+(?:[^\W\d_]{2,}|xn--[\w-]+))",
)
_IS_KEY: Final = re.compile("|".join(_KEYS))
_SHAPES: Final = re.compile("|".join((*_KEYS, *_GUESSABLES)))
_STARTS_WITH_KEY: Final = re.compile("(?i:sk-)")
# Every shape holds one of these; most texts hold none.
_HINT: Final = re.compile(
    r"(?i:sk-|bearer\s|basic\s)|@|eyJ|[srp]k_|A[KS]IA|AIza|ya29|gh[opsur]_|github_|gl[a-z]+-"
    r"|xox|xapp|hf_|pplx-|r8_|xai-|nvapi-|npm_|-----B"
)
_MASK: Final = re.compile(r"sha256:[0-9a-f]{12}|\*{3}")
_REPLACED: Final[Mapping[str, str]] = {"basic": GUESSABLE, "user": GUESSABLE, "mail": _MAIL}


def masked(text: str) -> str:
    """Return a text with everything in it that is shaped like a secret masked."""
    while _HINT.search(text):
        found, text = text, _SHAPES.sub(_mask, text)
        # A secret that touches another one shows its shape once that is masked.
        if text == found:
            break
    return text


def masked_value(text: str) -> str:
    """Return a whole value masked: one that begins like a key is a key to its end."""
    return hashed(text) if begins_as_key(text) else masked(text)


def begins_as_key(text: str) -> bool:
    """Return whether a text begins like a key: then it is one to its end."""
    return _STARTS_WITH_KEY.match(text) is not None


def is_mask(text: str) -> bool:
    """Return whether something in a text may have been masked."""
    return _MASK.search(text) is not None


def holds_key(text: str) -> bool:
    """Return whether a text holds something shaped like an issued key."""
    return _IS_KEY.search(text) is not None


def hashed(text: str) -> str:
    """Return what is shown in the place of a key."""
    return "sha256:" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _mask(found: re.Match[str]) -> str:
    name = found.lastgroup
    assert name is not None  # each shape names its secret part
    start, end = found.span(name)
    whole, at = found[0], found.start()
    shown = _REPLACED.get(name) or hashed(found[name])
    return whole[: start - at] + shown + whole[end - at :]
