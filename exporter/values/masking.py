"""Mask secrets by their shape, wherever text is shown or becomes a label's value.

An issued key becomes `sha256:` and 12 hex digits of its hash. They are the same everywhere, so a
log line and a label can be compared. A secret that could be guessed from its hash becomes `***`.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

GUESSABLE: Final = "***"
_MAIL: Final = "***@***"

# The characters of a token in running text. It ends at a delimiter, percent-escaped or not, that no
# issued key contains.
_WORD: Final = (
    r"""(?:[^\s"'`()\[\]{}<>,;/\\&|…%]|%(?!(?i:0[9AD]|2[026-9CF]|3[BCE]|[57][BD]|60|7C)))++"""
)
# The parts of a Base64 key after a `/`, as far as they don't look like folder names.
_BASE64: Final = (
    r"(?:(?:/|%2[Ff])(?=[a-z0-9+_=-]*+[A-Z])(?=[A-Z+_=-]*+[a-z0-9])[A-Za-z0-9+_=-]{6,}+(?![\w.]))*+"
)
# The start of a token: not after a letter or digit, unless that ends an escape (`%20`,
# `\n`, `\u0020`), however often its backslash is escaped.
_ALONE: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbfv])|(?<=\\u[0-9A-Fa-f]{4}))"
_SPACE: Final = r"(?:\s|%20|\+|\\++[nrt])++"

# Shapes of issued keys, each below the URL of its source. The named group is hashed, the rest of
# the match stays. Shapes of the first table match only at the start of a token.
_TOKENS: Final = (
    # https://datatracker.ietf.org/doc/html/rfc6750#section-2.1
    rf"(?i:bearer{_SPACE})"
    r"(?!(?:(?i:bearer)|tokens?|keys?|auth[a-z]*|scheme)\b(?![.~+/=-]++[A-Za-z0-9])|sha256:)"
    r"(?P<bearer>[A-Za-z0-9._~+/=-]++)",
    # https://datatracker.ietf.org/doc/html/rfc7519: three parts, the first begins with `{"`.
    r"(?P<jwt>eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+)*+)",
    # https://docs.stripe.com/keys
    r"(?P<stripe>(?:sk|rk|pk)_(?:live|test)_\w++|whsec_[A-Za-z0-9+]{20,}+={0,2})",
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    r"(?P<aws>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}+)",
    # https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
    r"(?P<bedrock>ABSK[A-Za-z0-9+/]{100,}+={0,2}"
    rf"|bedrock-api-key-[A-Za-z0-9+]{{20,}}+{_BASE64}={{0,2}})",
    # https://github.com/gitleaks/gitleaks, rule gcp-api-key, and the tokens of Google's OAuth
    r"(?P<google>AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9._-]{20,}+"
    r"|GOCSPX-[A-Za-z0-9_-]{20,}+|1//0[A-Za-z0-9_-]{30,}+)",
    # https://docs.github.com/authentication, "GitHub's token formats"
    r"(?P<github>gh[opsur]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+)",
    # https://docs.gitlab.com/security/tokens, "Token prefixes"
    r"(?P<gitlab>gl(?:pat|dt|rt|soat|cbt|ptt|ft|imt|agent)-[A-Za-z0-9_.-]{20,}+)",
    # https://api.slack.com/authentication/token-types
    r"(?P<slack>xox[a-z]-[A-Za-z0-9-]{10,}+|xapp-[A-Za-z0-9-]{10,}+)",
    # https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
    r"(?P<sendgrid>SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+)",
    # https://core.telegram.org/bots/api#authorizing-your-bot; in its URLs, after `bot`
    r"(?<!%)(?:bot)?(?P<telegram>[0-9]{5,16}:A[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-]))",
    # https://github.com/gitleaks/gitleaks, rule azure-ad-client-secret
    r"(?P<entra>[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}+)",
    # Keys of Azure AI services: 84 characters with a fixed mark in the middle.
    r"(?P<azure>[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{27,}+)",
    # https://github.com/gitleaks/gitleaks, or the issuers' own pages: Hugging Face, Groq,
    # Perplexity, Replicate, xAI, Cerebras, Fireworks and npm. 20 characters without a hyphen tell
    # their keys from model names with the same prefix.
    r"(?P<plain>(?:hf_|gsk_|pplx-|r8_|xai-|csk-|fw_|npm_)[A-Za-z0-9]{20,}+[A-Za-z0-9_-]*+)",
    # NVIDIA, Together, Pinecone, Tavily, LangSmith, Vercel, Databricks, DigitalOcean, Docker,
    # Grafana, Linear, PyPI, Shopify, Supabase, Vault, Postman and Atlassian.
    r"(?P<other>(?:nvapi-|tgp_v1_|pcsk_|tvly-|lsv2_(?:pt|sk)_|vck_|dapi(?=[0-9a-f]{32})|do[opr]_v1_"
    r"|dckr_[op]at_|gl(?:sa|c)_|lin_api_|pypi-AgE|shp(?:at|ca|pa|ss)_|sbp_|sb_secret_|hv[sbr]\."
    r"|PMAK-|ATATT3)[A-Za-z0-9_=-]{20,}+)",
)
_KEYS: Final = (
    # ZenMux: sk-ai-v1- (pay as you go), sk-ss-v1- (subscription), sk-mg-v1- (management), also
    # within words. OpenAI (sk-proj-), Anthropic (sk-ant-), OpenRouter (sk-or-v1-) and many gateways
    # use the same prefix. https://docs.zenmux.ai/guide/quickstart
    rf"(?P<zenmux>(?i:{_ALONE}sk-|sk-(?:ai|ss|mg)-v1-){_WORD}{_BASE64})",
    f"{_ALONE}(?:{'|'.join(_TOKENS)})",
    # https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    r"(?i:(?:account|sharedaccess)key(?:=|%3D))(?P<account>[A-Za-z0-9+/%=]{16,}+)",
    # https://learn.microsoft.com/azure/storage/common/storage-sas-overview; presigned URLs of AWS
    r"(?i:[?&]sig=|x-amz-(?:signature|security-token)=)(?P<signature>[A-Za-z0-9+/%=]{16,}+)",
    # https://github.com/gitleaks/gitleaks, rule aws-secret-access-key: known by its field name only
    r"""(?i:secret_?access_?key["']?\s*+[:=]\s*+["']?)(?P<secret>[A-Za-z0-9+/]{40}+)""",
    # https://api.slack.com/messaging/webhooks and Discord's: whoever knows the URL can post
    r"hooks\.slack\.com/[a-z]++/(?P<webhook>[A-Za-z0-9/]{20,}+)"
    r"|/api/webhooks/[0-9]++/(?P<hook>[A-Za-z0-9_-]{20,}+)",
    # https://datatracker.ietf.org/doc/html/rfc7468#section-10; the end may be cut off.
    r"(?P<pem>-----BEGIN(?:[A-Z +]|%20)*PRIVATE(?: |\+|%20)KEY(?: BLOCK)?-----"
    r"(?:[^-]|-(?!----END))*+(?:-----END(?:[A-Z +]|%20)*-----)?)",
)
# Shapes of secrets that could be guessed from their hash.
_GUESSABLES: Final = (
    # https://datatracker.ietf.org/doc/html/rfc7617: a name and a password, as Base64.
    rf"(?i:{_ALONE}basic{_SPACE})(?P<basic>[A-Za-z0-9+/]{{8,}}+={{0,2}})(?![A-Za-z0-9])",
    # https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1: a name and a password in a URL.
    r"(?<=://)(?P<user>[^\s/@]++)(?=@)",
    # https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.2, without quoted names.
    r"(?<![\w.+%'-])(?P<mail>[\w.+%'-]++@(?:[\w-]++\.)+(?:[^\W\d_]{2,}|xn--[\w-]+))",
)
_IS_KEY: Final = re.compile("|".join(_KEYS))
_SHAPES: Final = re.compile("|".join((*_KEYS, *_GUESSABLES)))
_STARTS_WITH_KEY: Final = re.compile("(?i:sk-)")
# Every shape contains one of these; most texts contain none. Each begins with a case-sensitive
# character, for which `re` searches fast; caseless ones get an alternative for each first letter.
_HINTS: Final = (
    *("@", "eyJ", "sk_", "rk_", "pk_", "whsec_", "AKIA", "ASIA", "ABIA", "ACCA", "ABSK"),
    *("bedrock-api-", "AIza", "ya29", "GOCSPX", "1//0", r"gh[opsur]_", "github_", r"gl[a-z]++[_-]"),
    *("xox", "xapp-", r"SG\.", ":A", "Q~", "JQQJ9", "hf_", "gsk_", "pplx-", "r8_", "xai-", "csk-"),
    *("fw_", "npm_", "nvapi-", "tgp_", "pcsk_", "tvly-", "lsv2_", "vck_", "dapi", "do[opr]_v1_"),
    *("dckr_", "lin_api_", "pypi-", "shp", "sbp_", "sb_secret_", r"hv[sbr]\.", "PMAK-", "ATATT3"),
    *("webhooks/", r"hooks\.slack", "-----B"),
)
_CASELESS: Final = ("sk-", "bearer", "basic", "sig=", "amz-", "accountkey", "access_?key")
_HINT: Final = re.compile(
    "|".join(
        (
            *_HINTS,
            *(
                f"{case(word[0])}(?i:{word[1:]})"
                for word in _CASELESS
                for case in (str.lower, str.upper)
            ),
        )
    )
)
_MASK: Final = re.compile(r"sha256:[0-9a-f]{12}|\*{3}")
_REPLACED: Final[Mapping[str, str]] = {"basic": GUESSABLE, "user": GUESSABLE, "mail": _MAIL}


def masked(text: str) -> str:
    """Mask everything in a text that looks like a secret."""
    while _HINT.search(text):
        found, text = text, _SHAPES.sub(_mask, text)
        # Masking a secret can reveal the shape of an adjacent one.
        if text == found:
            break
    return text


def masked_value(text: str) -> str:
    """Mask a whole value; one that begins like a key is hashed to its end."""
    return hashed(text) if begins_as_key(text) else masked(text)


def begins_as_key(text: str) -> bool:
    """Return True if a text begins like a key."""
    return _STARTS_WITH_KEY.match(text) is not None


def is_mask(text: str) -> bool:
    """Return True if a text may contain a mask."""
    return _MASK.search(text) is not None


def holds_key(text: str) -> bool:
    """Return True if a text contains something that looks like an issued key."""
    return _IS_KEY.search(text) is not None


def hashed(text: str) -> str:
    """Return the mask that replaces a key."""
    return "sha256:" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _mask(found: re.Match[str]) -> str:
    name = found.lastgroup
    assert name is not None  # each shape has a named group
    start, end = found.span(name)
    whole, at = found[0], found.start()
    shown = _REPLACED.get(name) or hashed(found[name])
    return whole[: start - at] + shown + whole[end - at :]
