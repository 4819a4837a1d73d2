"""The page of a request: what was counted for it, as far as the ledger knows."""

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote as quoted
from urllib.parse import quote

from ...counting.deduplication import (
    BILL,
    DURATION,
    FIRST_TOKEN,
    GENERATION,
    QUANTITIES,
    REQUEST,
    SEARCHES,
    THROUGHPUT,
    IdState,
    outcome_of,
)
from ...counting.delta import CompensatedRequest
from ...ledger.requests import KnownRequest
from ...values.labels import shown_id
from .frame import framed
from .health import Health
from .overview import known
from .words import card, details, moment, none, safe, text, usd

LOGS_PAGE = "https://zenmux.ai/platform/logs#"
_PARTS = (
    (BILL, "bill"),
    (QUANTITIES, "tokens or units"),
    (FIRST_TOKEN, "time to first token"),
    (DURATION, "duration"),
    (GENERATION, "generation time"),
    (THROUGHPUT, "throughput"),
    (SEARCHES, "web searches"),
)
_FACTS = (
    ("input_tokens", "Input tokens", "", ""),
    ("output_tokens", "Output tokens", "", ""),
    ("cost_usd", "Cost", "$", ""),
    ("latency_ms", "Time to first token", "", " ms"),
    ("throughput", "Throughput", "", " tokens/s"),
)
_TITLES = {name: title.lower() for name, title, _, _ in _FACTS}
_NAMES = ("API key", "Model", "Provider", "Plan")
_FOOT = "<p>Prompts, answers and log lines are not kept, so none are shown.</p>"


def request_page(found: KnownRequest, health: Health) -> str:
    """Return the page of a known request."""
    payouts = "".join(map(_payout, found.compensations)) or _no_payout()
    place = _place(found.identity, health)
    return _page(found.identity, f"{_counted(found)}{_kept(found)}{payouts}{place}")


def unknown_request(identity: str, health: Health) -> str:
    """Return the page for an unknown id, with the possible reasons."""
    shown = shown_id(identity)
    reasons = [
        "no log has it, or it is misspelt",
        "its line was not read yet, or was rejected",
        "the ledger has forgotten it: it keeps the newest ids only (storage.id_window)",
        "its record has no id: such requests count, but can't be looked up",
        "it is counted in another exporter's ledger",
    ]
    if health.reason:
        reasons.insert(0, f"the exporter is not ready: {health.reason}")
    listed = "".join(f"<li>{safe(one)}</li>\n" for one in reasons)
    content = "<p>Nothing is counted under this id. Possible reasons:</p>\n"
    content += f'<ul class="plain">{listed}</ul>\n'
    return _page(shown, f"{card('Not known', content)}{_place(shown, health)}")


def _page(shown: str, cards: str) -> str:
    address = f"{LOGS_PAGE}{quote(shown, safe='')}"
    link = f'<a href="{address}" rel="noreferrer">Logs page of ZenMux\'s console</a>'
    main = f'<p class="about">{link}</p>\n<div class="cards">\n{cards}</div>\n'
    return framed(f"Request {shown}", main, _FOOT)


def _counted(found: KnownRequest) -> str:
    state = found.state
    if state is None:
        told = "Its id is not among those remembered: only its compensation is known."
        return card("Counted", none(told))
    labels = found.labels or ()
    rows = [("Time of the request", _time(state.time_ms)), ("Outcome", _outcome(state))]
    rows += [(name, text(one)) for name, one in zip(_NAMES, labels, strict=False)]
    parts = [name for flag, name in _PARTS if state.flags & flag]
    rows.append(("Counted with", ", ".join(parts) or "nothing else"))
    return card("Counted", details(rows), "once, however often it is logged")


def _time(time_ms: int | None) -> str:
    return f"{moment(time_ms)} UTC" if time_ms else "not known"


def _outcome(state: IdState) -> str:
    if not state.flags & REQUEST:
        return "the request itself was not seen, only its payout"
    return outcome_of(state.flags) or "not known"


def _kept(found: KnownRequest) -> str:
    if found.state is None:
        return ""
    if found.facts is None:
        content = none("Not kept, or no longer kept (storage.facts_days, facts_window).")
    else:
        content = details([*_facts(found.facts), *_added(found.added)])
    return card("Facts", content, "kept for payouts that come later")


def _facts(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, title, sign, unit in _FACTS:
        yield title, known(labels[name], sign, unit)
    yield "Finish reason", text(labels["finish_reason"])


def _added(added: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield a row for each later line, with what it added."""
    for number, names in enumerate(added, 1):
        told = ", ".join(_TITLES[name] for name in names)
        yield f"Amendment {number}", f"a later line added {told}" if told else ""


def _payout(one: CompensatedRequest) -> str:
    rows = (
        ("Payout", usd(one.payout)),
        ("Type", text(one.compensation_type)),
        ("Counted", f"{moment(one.seen_ms)} UTC"),
        ("Time of the request", _time(one.time_ms)),
        ("Model", text(one.model)),
        ("Provider", text(one.provider)),
        ("API key", text(one.api_key)),
        ("Plan", text(one.plan)),
        *_facts({name: getattr(one, name) for name in (*_TITLES, "finish_reason")}),
    )
    return card("Compensation", details(rows), "a later, higher payout replaces the amount")


def _no_payout() -> str:
    return card("Compensation", none("None is on record."))


def _place(shown: str, health: Health) -> str:
    """Return how to find the request's line, which the ledger does not know."""
    paths = "".join(f"<li><code>{safe(one.path)}</code></li>\n" for one in health.sources)
    content = (
        "<p>The ledger knows how far each file is read, not which line counted a request. "
        "Search the sources for the id:</p>\n"
        f"<pre><code>zgrep -F -- {text(quoted(shown))} FILE</code></pre>\n"
    )
    listed = f'<ul class="plain">{paths}</ul>\n' if paths else ""
    return card("File and position", content + listed)
