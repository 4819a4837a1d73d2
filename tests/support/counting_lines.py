"""Log lines, and the metric lines they give, by subject."""

import hashlib

AT = '"timestamp": "2026-11-01T00:00:00Z", "model": "m"'
ZENMUX = '"createdAt": "2026-11-01T00:00:00Z", "modelSlug": "m"'
WHO = 'api_key="unknown",model="m",provider="unknown",plan="payg"'
MODEL = 'model="m",provider="unknown",plan="payg"'


def digest(text: str, length: int) -> str:
    """Return the first hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def native(text: str) -> str:
    """Return a native line with time and model."""
    return f"{{{AT}{', ' if text else ''}{text}}}"


def zenmux(text: str) -> str:
    """Return a line in ZenMux's format with time and model."""
    return f"{{{ZENMUX}, {text}}}"


def tokens(direction: str, kind: str, number: int) -> str:
    """Return the token counter of these lines."""
    return f'zenmux_tokens_total{{{WHO},direction="{direction}",token_type="{kind}"}} {number}'


def cost(item: str, amount: str) -> str:
    """Return the cost counter of these lines."""
    return f'zenmux_cost_usd_total{{{WHO},item="{item}"}} {amount}'


def finish(reason: str, number: int = 1) -> str:
    """Return the finish reason counter of these lines."""
    return f'zenmux_finish_reasons_total{{{MODEL},finish_reason="{reason}"}} {number}'


def outcome(word: str, number: int = 1) -> str:
    """Return the request counter of these lines."""
    return f'zenmux_requests_total{{{WHO},outcome="{word}"}} {number}'


def error(kind: str, owner: str) -> str:
    """Return the error counter of these lines."""
    labels = f'{MODEL},error_type="{kind}",responsibility="{owner}"'
    return f"zenmux_request_errors_total{{{labels}}} 1"


def payout(kind: str, amount: str) -> str:
    """Return the payout counter of these lines."""
    return f'zenmux_insurance_payout_usd_total{{{WHO},compensation_type="{kind}"}} {amount}'


def compensations(kind: str, number: int) -> str:
    """Return the compensation counter of these lines."""
    return f'zenmux_insurance_compensations_total{{{WHO},compensation_type="{kind}"}} {number}'
