"""The account's balance and quotas, and the platform's medians, polled from ZenMux's API."""

from .poller import AccountPoller

__all__ = ["AccountPoller"]
