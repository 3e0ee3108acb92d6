"""Is it a function at all: a finite number for every input, the same each time, input untouched."""

from collections.abc import Iterator

from simlab.claims.metric.finding import Search, yes_or_no
from simlab.claims.metric.report import DEFINED, DETERMINISTIC, KEEPS, Finding
from simlab.claims.metric.scorer import Trouble
from simlab.claims.metric.subject import Items


def behaviour(search: Search) -> Iterator[Finding]:
    """Yield the three findings; where one is "no", the metric is broken."""
    yield _defined(search)
    yield _deterministic(search)
    yield _keeps(search)


def _defined(search: Search) -> Finding:
    def wrong(items: Items) -> bool:
        return isinstance(search.score.look(items), Trouble)

    hit = search.smallest(DEFINED, search.subject.sets(), wrong)
    items, judged = hit
    return yes_or_no(DEFINED, None if items is None else search.shows(items), judged)


def _deterministic(search: Search) -> Finding:
    """Call again with inputs that were scored before, with another call in between."""
    seen: dict[Items, bool] = {}
    score = search.score
    told: dict[Items, str] = {}

    def wrong(items: Items) -> bool:
        if items not in seen:  # the search must meet one answer for one input
            first, second = score.look(items), score.call(items)
            score.call(items[:1])
            texts = [_text(first), _text(second), _text(score.call(items))]
            other = next((text for text in texts if text != texts[0]), None)
            seen[items] = other is not None
            told[items] = f"{texts[0]}, then {other}"
        return seen[items]

    hit = search.smallest(DETERMINISTIC, search.subject.sets(), wrong)
    items, judged = hit
    text = None if items is None else f"{search.subject.describe(items)}: {told[items]}"
    return yes_or_no(DETERMINISTIC, text, judged)


def _keeps(search: Search) -> Finding:
    def after(items: Items) -> tuple[object, ...]:
        arguments = search.subject.arguments(items)
        search.score.call_with(arguments, len(items))
        return arguments

    def wrong(items: Items) -> bool:
        return after(items) != search.subject.arguments(items)

    hit = search.smallest(KEEPS, search.subject.sets(), wrong)
    items, judged = hit
    if items is None:
        return yes_or_no(KEEPS, None, judged)
    pairs = zip(search.subject.argument_names, after(items), strict=True)
    left = ", ".join(f"{name} = {value!r}" for name, value in pairs)
    return yes_or_no(KEEPS, f"{search.subject.describe(items)}: afterwards {left}", judged)


def _text(result: float | Trouble) -> str:
    return repr(result) if isinstance(result, float) else result.what
