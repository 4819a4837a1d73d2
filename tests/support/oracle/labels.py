"""Label values of requests: display names, lists and limits."""

from collections import defaultdict

from . import texts
from .records import Record
from .settings import Settings

NAMES = ("api_key", "model", "provider", "plan")
RequestLabels = tuple[str, str, str, str]


class Labels:
    """Admits values until a label's limit is reached: first come, first served."""

    def __init__(self, settings: Settings) -> None:
        """Start without admitted values."""
        self._settings = settings
        self._admitted: defaultdict[str, set[str]] = defaultdict(set)

    def of_request(self, record: Record, *, admit: bool = True) -> RequestLabels:
        """Return the labels of a record; with `admit`, new values take a place."""
        key = (record.key or "").strip()
        name, plan = self._settings.keys.get(key, (None, None))
        if record.plan is None:
            plan = plan or ("subscription" if key.startswith("sk-ss-") else "payg")
        else:
            plan = record.plan
        return (
            name or self.value("api_key", texts.label(record.key), admit=admit),
            self.value("model", texts.label(record.model), admit=admit),
            self.value("provider", texts.label(record.provider), admit=admit),
            self.value("plan", texts.label(plan), admit=admit),
        )

    def value(self, name: str, value: str, *, admit: bool = True) -> str:
        """Return a value as displayed."""
        display = self._settings.display.get(name, {})
        shown = display.get(value, value)
        if shown in self._settings.deny.get(name, ()):
            return "other"
        if shown != value or shown == "other" or shown in self._admitted[name]:
            return shown
        allow = self._settings.allow.get(name)
        configured = {n for n, _ in self._settings.keys.values()} if name == "api_key" else set()
        if shown in configured or shown in display.values() or (allow and shown in allow):
            return shown
        if allow or len(self._admitted[name]) >= self._settings.limits[name]:
            return "other"
        if admit:
            self._admitted[name].add(shown)
        return shown
