"""The demo's account: its balance and its subscription's windows follow the traffic."""

import heapq
from dataclasses import dataclass
from typing import Any

from . import dates
from .billing import usd_number

_PICO = 10**12
_TOP_UP = 40_000 * _PICO
_LEAST = 60_000 * _PICO
_START = (90_000 * _PICO, 120 * _PICO)
# The price of a flow in pico-USD.
_FLOW = 32_830_000_000
_HOUR_MS = 3_600_000
_MONTH_MS = 30 * 24 * _HOUR_MS
_MONTH_FLOWS = 2_000_000
# The share of a window that would be used at its end, at the rate of use before the demo.
_USED_BEFORE = 0.7


@dataclass(frozen=True, slots=True)
class _Quota:
    """A window of the subscription: its name in the API, its length, and its flows."""

    name: str
    length_ms: int
    flows: int


_QUOTAS = (
    _Quota("quota_5_hour", 5 * _HOUR_MS, 14_000),
    _Quota("quota_7_day", 7 * 24 * _HOUR_MS, 500_000),
)


class DemoAccount:
    """An account that is notified of requests and payouts as they are drawn, in pico-USD."""

    def __init__(self, start_ms: int) -> None:
        """Start with credits, and with partly used windows."""
        self._credits, self._bonus = _START
        self._later: list[tuple[int, str, int]] = []
        self._begun = {quota.name: start_ms - start_ms % quota.length_ms for quota in _QUOTAS}
        self._used = {
            quota.name: int(_USED_BEFORE * quota.flows * elapsed) * _FLOW
            for quota in _QUOTAS
            for elapsed in [(start_ms % quota.length_ms) / quota.length_ms]
        }

    def note(self, at_ms: int, what: str, amount: int) -> None:
        """Book an amount at a time: `payg` and `subscription` are spent, `bonus` is paid."""
        heapq.heappush(self._later, (at_ms, what, amount))

    def balance(self, now_ms: int) -> dict[str, Any]:
        """Return the balance as in the API's answer."""
        self._advance(now_ms)
        return {
            "currency": "usd",
            "total_credits": usd_number(self._credits + self._bonus),
            "top_up_credits": usd_number(self._credits),
            "bonus_credits": usd_number(self._bonus),
        }

    def subscription(self, now_ms: int) -> dict[str, Any]:
        """Return the subscription's detail as in the API's answer."""
        self._advance(now_ms)
        expires = now_ms - now_ms % _MONTH_MS + _MONTH_MS
        rate = usd_number(_FLOW)
        month = {"max_flows": _MONTH_FLOWS, "max_value_usd": usd_number(_MONTH_FLOWS * _FLOW)}
        return {
            "plan": {
                "tier": "ultra",
                "amount_usd": 200,
                "interval": "month",
                "expires_at": f"{dates.to_milliseconds(expires)}Z",
            },
            "currency": "usd",
            "base_usd_per_flow": rate,
            "effective_usd_per_flow": rate,
            "account_status": "healthy",
            **{quota.name: self._quota(quota) for quota in _QUOTAS},
            "quota_monthly": month,
        }

    def _quota(self, quota: _Quota) -> dict[str, Any]:
        used, most = self._used[quota.name], quota.flows * _FLOW
        resets_ms = self._begun[quota.name] + quota.length_ms
        return {
            "usage_percentage": round(used / most, 4),
            "resets_at": f"{dates.to_milliseconds(resets_ms)}Z",
            "max_flows": quota.flows,
            "used_flows": round(used / _FLOW, 2),
            "remaining_flows": round((most - used) / _FLOW, 2),
            "used_value_usd": round(used / _PICO, 2),
            "max_value_usd": round(most / _PICO, 2),
        }

    def _advance(self, now_ms: int) -> None:
        while self._later and self._later[0][0] <= now_ms:
            at_ms, what, amount = heapq.heappop(self._later)
            self._renew(at_ms)
            if what == "bonus":
                self._bonus += amount
            elif what == "payg":
                # ZenMux spends the bonus first, but then the few cents of payouts would never show.
                self._credits -= amount
            else:
                self._used = {
                    quota.name: min(self._used[quota.name] + amount, quota.flows * _FLOW)
                    for quota in _QUOTAS
                }
        self._renew(now_ms)

    def _renew(self, at_ms: int) -> None:
        """Reset windows that are over, and buy credits if few are left."""
        for quota in _QUOTAS:
            begun = at_ms - at_ms % quota.length_ms
            if begun > self._begun[quota.name]:
                self._begun[quota.name], self._used[quota.name] = begun, 0
        if self._credits < _LEAST:
            self._credits += _TOP_UP
