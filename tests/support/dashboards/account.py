"""An account for histories: exposed by the exporter's own code, and recorded by the rules."""

import json

from exporter.account import reports
from exporter.account.exposition import exposition
from exporter.account.fields import Sample
from exporter.api.errors import ApiError, ErrorKind
from exporter.api.health import ApiHealth
from exporter.api.responses import decoded
from exporter.catalogue import account as names
from exporter.metrics.text_format import Format
from zenmux_server import SUBSCRIPTION

from .traffic import MODELS, PROVIDERS

SOURCE = "ids"
RECORDED = """\
instance:zenmux_account_spent_usd:increase 1.5
instance:zenmux_account_spent_usd:increase1d 36
instance:zenmux_account_credits_usd:increase{kind="bonus"} 0.25
"""
_DETAIL = decoded(json.dumps(SUBSCRIPTION).encode(), "key")
_ENTRIES = [
    {"model": model, "providers": [{"provider": PROVIDERS[0], "value": 5 + number}]}
    for number, model in enumerate(MODELS)
]


class Account:
    """An account that is polled at each scrape; each endpoint fails once before it succeeds."""

    def __init__(self) -> None:
        """Start without a poll."""
        self._health = ApiHealth()
        self._resolved = 0

    def scrape(self, now: int) -> str:
        """Return the account's part of a scrape."""
        left = 1_000_000 - now % 1_000_000
        balance = {"total_credits": left + 7, "top_up_credits": left, "bonus_credits": 7}
        medians = {"entries": _ENTRIES, "ending_at": "2026-01-01"}
        answers: dict[str, tuple[Sample, ...]] = {
            "balance": tuple(reports.balance(balance)),
            "subscription": tuple(reports.subscription(_DETAIL)),
        } | {
            f"platform_{one.name}": tuple(reports.medians(one, _display, medians))
            for one in reports.STATISTICS
        }
        for endpoint in answers:
            self._health.failed(endpoint, ApiError(ErrorKind.TIMEOUT, "no answer"))
            self._health.succeeded(endpoint, now)
        samples = [sample for answer in answers.values() for sample in answer]
        self._resolved += 1
        samples.append(Sample(names.GENERATIONS, (SOURCE, "resolved"), self._resolved))
        samples.append(Sample(names.GENERATIONS_STORE_FAILURES, (SOURCE,), self._resolved))
        samples.append(Sample(names.GENERATIONS_OPEN, (SOURCE,), 3))
        return exposition(samples, self._health, Format.TEXT) + RECORDED


def _display(_label: str, value: str) -> str:
    return value
