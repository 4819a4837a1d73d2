"""Determine who is responsible for a failed request, by its error type or HTTP status.

Source: ZenMux's error codes, guide/advanced/error-codes.md. There 500 can be the platform's fault
or the provider's, so 500 alone is `unknown`.
"""

from typing import Final

from ..values.labels import clean

_OWNERS: Final = {
    "client": (
        "invalid_params",
        "access_denied",
        "safety_check_failed",
        "model_not_available",
        "invalid_model",
        "model_not_supported",
        "provider_unprocessable_entity_error",
        "400",
        "403",
        "404",
        "413",
        "422",
    ),
    "quota": (
        "insufficient_credit",
        "reject_no_credit",
        "quote_exceeded",
        "rate_limit",
        "402",
        "429",
    ),
    "platform": ("internal_server_error", "no_provider_available", "502"),
    "provider": (
        "provider_api_error",
        "provider_error",
        "provider_internal_server_error",
        "520",
        "524",
    ),
}
_OWNER: Final = {word: owner for owner, words in _OWNERS.items() for word in words}


def responsible(error_type: str) -> str:
    """Return `client`, `quota`, `platform` or `provider`; `unknown` for an unlisted type."""
    return _OWNER.get(clean(error_type).lower(), "unknown")
