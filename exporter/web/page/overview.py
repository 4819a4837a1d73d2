"""The overview's numbers as HTML."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from ...counting.delta import CompensatedRequest
from ...rules.outcome import CANCELLED, ERROR, SUCCESS
from ...tables import RATE, SECONDS, SHARE, USD
from ...values.fixed_point import divide
from ...values.labels import UNKNOWN
from .totals import MOST, Provider, Ranking, Speed, Totals
from .words import card, exact, moment, none, row, table, text, tokens, usd

_FULL = 1000  # the full width of a bar
_SHARE_UNIT = 10**SHARE.places


def overview(totals: Totals) -> str:
    """Return tiles, bars and the newest compensated requests."""
    return (
        f'<div class="tiles">\n{"".join(_tiles(totals))}</div>\n'
        f'<div class="cards">\n{"".join(_cards(totals))}{_newest(totals)}</div>\n'
    )


def _tiles(totals: Totals) -> Iterable[str]:
    average = ""
    if totals.compensations:
        average = f"${USD.short(divide(totals.payout, totals.compensations))} on average"
    yield _tile("Compensation", usd(totals.payout), average)
    yield _tile("Compensations", f"{totals.compensations:,}", _of_all(totals))
    yield _tile("Requests", f"{totals.requests:,}", _endings(totals.outcomes))
    decided = totals.outcomes.get(SUCCESS, 0) + totals.outcomes.get(ERROR, 0)
    rate = _share(totals.outcomes.get(SUCCESS, 0), decided)
    yield _tile("Success rate", rate, "without cancelled ones")
    ways = (f"{tokens(value)} {way}" for way, value in sorted(totals.directions.items()) if value)
    yield _tile("Tokens", tokens(totals.tokens), " · ".join(ways))
    discount = f", of which {usd(totals.discount)} discount" if totals.discount else ""
    yield _tile("Cost", usd(totals.cost), f"before compensation{discount}")


def _tile(name: str, value: str, note: str) -> str:
    below = f'<p class="soft">{note}</p>' if note else ""
    return f'<section class="tile"><h2>{name}</h2><b>{value}</b>{below}</section>\n'


def _of_all(totals: Totals) -> str:
    share = _share(totals.compensations, totals.requests)
    return f"{share} of all requests" if totals.requests else ""


def _endings(outcomes: Mapping[str, int]) -> str:
    words = ((ERROR, "failed"), (CANCELLED, "cancelled"))
    return ", ".join(f"{outcomes.get(outcome, 0):,} {word}" for outcome, word in words)


def _share(part: int, whole: int) -> str:
    return SHARE.short(divide(part * _SHARE_UNIT, whole)) if whole else "-"


def _cards(totals: Totals) -> Iterable[str]:
    payouts = "payout, compensations"
    yield card("Compensation by type", _payouts(totals.payout_by_type, "types"), payouts)
    yield card("Compensation by model", _payouts(totals.payout_by_model, "models"), payouts)
    yield card("Tokens by model", _tokens(totals), "tokens, share of all")
    yield card("Requests by provider", _providers(totals), "requests, success rate")
    note = "median, 95th percentile"
    yield card("Time to first token by model", _speeds(totals.first_token, _seconds), note)
    yield card("Tokens per second by model", _speeds(totals.throughput, _rate), note)


def _payouts(ranking: Ranking, kind: str) -> str:
    largest = ranking.top[0].value if ranking.top else 0
    bars = [
        _bar(text(one.name), one.value, largest, f"{usd(one.value)} {_small(f'{one.number:,}')}")
        for one in ranking.top
    ]
    rest = ranking.rest
    more = f"{usd(rest.value)} {_small(f'{rest.number:,}')}"
    return _list([*bars, *_more(ranking.others, kind, more)])


def _tokens(totals: Totals) -> str:
    ranking, all_tokens = totals.tokens_by_model, totals.tokens
    largest = ranking.top[0].value if ranking.top else 0

    def told(value: int) -> str:
        return f"{tokens(value)} {_small(_share(value, all_tokens))}"

    bars = [_bar(text(one.name), one.value, largest, told(one.value)) for one in ranking.top]
    return _list([*bars, *_more(ranking.others, "models", told(ranking.rest.value))])


def _providers(totals: Totals) -> str:
    shown = totals.providers
    largest = shown[0].requests if shown else 0
    bars = [_bar(text(one.name), one.requests, largest, _provider(one)) for one in shown]
    rest = totals.requests - sum(one.requests for one in shown)
    return _list([*bars, *_more(totals.other_providers, "providers", f"{rest:,}")])


def _provider(one: Provider) -> str:
    rate = _share(one.success, one.success + one.error)
    return f"{one.requests:,} {_small(rate)}"


def _seconds(value: int) -> str:
    return f"{SECONDS.short(value)} s"


def _rate(value: int) -> str:
    return RATE.short(value)


def _speeds(speeds: tuple[Speed, ...], told: Callable[[int], str]) -> str:
    slowest = max((one.median for one in speeds), default=0)
    return _list(
        _bar(text(one.name), one.median, slowest, f"{told(one.median)} {_small(told(one.high))}")
        for one in speeds
    )


def _small(content: str) -> str:
    return f'<span class="soft">· {content}</span>'


def _bar(name: str, value: int, largest: int, told: str) -> str:
    width = value * _FULL // largest if largest else 0
    return (
        f'<li><svg viewBox="0 0 {_FULL} 1" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="1"/></svg>'
        f'<span class="name">{name}</span> <span class="value">{told}</span></li>\n'
    )


def _more(others: int, kind: str, told: str) -> Iterable[str]:
    if others:
        yield (
            f'<li class="more"><span class="name">{others:,} other {kind}</span> '
            f'<span class="value">{told}</span></li>\n'
        )


def _list(bars: Iterable[str]) -> str:
    content = "".join(bars)
    return f'<ul class="bars">\n{content}</ul>\n' if content else none("None yet.")


_HEADS = (
    ("time", "Time of the request"),
    ("", "Request"),
    ("", "Type"),
    ("num", "Payout"),
    ("", "Model"),
    ("", "API key"),
    ("num", "Cost"),
    ("num", "First token"),
)


def _newest(totals: Totals) -> str:
    if not totals.newest:
        content = none("None yet, or none are kept.")
    else:
        content = table(
            "Newest compensated requests", "newest", _HEADS, "".join(map(_request, totals.newest))
        )
    link = f'<a href="/api/v1/compensations?limit={MOST}">as JSON</a>'
    return card("Newest compensated requests", content, link, "card wide")


def _request(one: CompensatedRequest) -> str:
    return row(
        (
            ("time", moment(one.time_ms) if one.time_ms else "-"),
            ("text", request_link(one.generation_id)),
            ("text", text(one.compensation_type)),
            ("num", usd(one.payout)),
            ("text", text(one.model)),
            ("text", text(one.api_key)),
            ("num", known(one.cost_usd, "$")),
            ("num", known(one.latency_ms, unit=" ms")),
        )
    )


def request_link(identity: str) -> str:
    """Return a link to a request's page, by its id as a label shows it."""
    return f'<a href="/requests/{quote(identity, safe="")}">{text(identity)}</a>'


def known(label: str, sign: str = "", unit: str = "") -> str:
    """Return the decimal in a label value; a dash if it is unknown."""
    if label == UNKNOWN:
        return "-"
    whole, _, fraction = label.partition(".")
    number = exact(int(whole + fraction), len(fraction), 2)
    return f"{sign}{number}{unit}"
