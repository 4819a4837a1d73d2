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

# Where a token in running text ends, also if it is percent-escaped: no key that is issued holds one
# of these.
_WORD: Final = (
    r"""(?:[^\s"'`()\[\]{}<>,;/\\&|…%]|%(?!(?i:0[9AD]|2[026-9CF]|3[BCE]|[57][BD]|60|7C)))++"""
)
# Of a key that was drawn as Base64, what follows a `/`, as far as it differs from
# a folder's name.
_BASE64: Final = (
    r"(?:(?:/|%2[Ff])(?=[a-z0-9+_=-]*+[A-Z])(?=[A-Z+_=-]*+[a-z0-9])[A-Za-z0-9+_=-]{6,}+(?![\w.]))*+"
)
# Where a token begins: behind no letter or digit, but for those of an escape (`%20`,
# `\n`, `\u0020`), however often its backslash is escaped.
_ALONE: Final = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbfv])|(?<=\\u[0-9A-Fa-f]{4}))"
_SPACE: Final = r"(?:\s|%20|\+|\\++[nrt])++"

# Shapes of issued keys, each under the address of its source. The named part is hashed, what else
# is found stays. Those of the first table begin a token.
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
    # https://core.telegram.org/bots/api#authorizing-your-bot; within its addresses, behind `bot`
    r"(?<!%)(?:bot)?(?P<telegram>[0-9]{5,16}:A[A-Za-z0-9_-]{34}(?![A-Za-z0-9_-]))",
    # https://github.com/gitleaks/gitleaks, rule azure-ad-client-secret
    r"(?P<entra>[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}+)",
    # Azure's keys of AI services: 84 characters, with a mark in their midst.
    r"(?P<azure>[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{27,}+)",
    # https://github.com/gitleaks/gitleaks, or the issuers' own pages: Hugging Face, Groq,
    # Perplexity, Replicate, xAI, Cerebras, Fireworks and npm, whose keys have no further hyphen, as
    # names of models do that begin so ...
    r"(?P<plain>(?:hf_|gsk_|pplx-|r8_|xai-|csk-|fw_|npm_)[A-Za-z0-9]{20,}+[A-Za-z0-9_-]*+)",
    # ... NVIDIA, Together, Pinecone, Tavily, LangSmith, Vercel, Databricks, DigitalOcean, Docker,
    # Grafana, Linear, PyPI, Shopify, Supabase, Vault, Postman and Atlassian.
    r"(?P<other>(?:nvapi-|tgp_v1_|pcsk_|tvly-|lsv2_(?:pt|sk)_|vck_|dapi(?=[0-9a-f]{32})|do[opr]_v1_"
    r"|dckr_[op]at_|gl(?:sa|c)_|lin_api_|pypi-AgE|shp(?:at|ca|pa|ss)_|sbp_|sb_secret_|hv[sbr]\."
    r"|PMAK-|ATATT3)[A-Za-z0-9_=-]{20,}+)",
)
_KEYS: Final = (
    # ZenMux: sk-ai-v1- (pay as you go), sk-ss-v1- (subscription), sk-mg-v1- (management), also
    # within words. The same prefix is OpenAI's (sk-proj-), Anthropic's (sk-ant-), OpenRouter's
    # (sk-or-v1-) and that of many gateways. https://docs.zenmux.ai/guide/quickstart
    rf"(?P<zenmux>(?i:{_ALONE}sk-|sk-(?:ai|ss|mg)-v1-){_WORD}{_BASE64})",
    f"{_ALONE}(?:{'|'.join(_TOKENS)})",
    # https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    r"(?i:(?:account|sharedaccess)key(?:=|%3D))(?P<account>[A-Za-z0-9+/%=]{16,}+)",
    # https://learn.microsoft.com/azure/storage/common/storage-sas-overview; AWS's addresses
    r"(?i:[?&]sig=|x-amz-(?:signature|security-token)=)(?P<signature>[A-Za-z0-9+/%=]{16,}+)",
    # https://github.com/gitleaks/gitleaks, rule aws-secret-access-key: told by its name alone
    r"""(?i:secret_?access_?key["']?\s*+[:=]\s*+["']?)(?P<secret>[A-Za-z0-9+/]{40}+)""",
    # https://api.slack.com/messaging/webhooks and Discord's: who knows the address may write
    r"hooks\.slack\.com/[a-z]++/(?P<webhook>[A-Za-z0-9/]{20,}+)"
    r"|/api/webhooks/[0-9]++/(?P<hook>[A-Za-z0-9_-]{20,}+)",
    # https://datatracker.ietf.org/doc/html/rfc7468#section-10; the end may be cut off.
    r"(?P<pem>-----BEGIN(?:[A-Z +]|%20)*PRIVATE(?: |\+|%20)KEY(?: BLOCK)?-----"
    r"(?:[^-]|-(?!----END))*+(?:-----END(?:[A-Z +]|%20)*-----)?)",
)
# Shapes of what a hash would give away.
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
# Every shape holds one of these; most texts hold none. Each begins with a sign that has a case, by
# which `re` finds it fast, also those that may stand in any case.
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
