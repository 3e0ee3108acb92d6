"""Sets of items, and orders and names that should not matter."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from simlab.claims.metric.finding import (
    Search,
    close,
    not_asked,
    shown,
    undecided,
    yes_or_no,
)
from simlab.claims.metric.report import Finding
from simlab.claims.metric.subject import Items

ADDITIVE, ORDER = "adds up over items", "blind to the order of items"


def composition(search: Search) -> list[Finding]:
    """Return how sets relate to items, and each of the metric's symmetries."""
    found = []
    if search.subject.takes_sets:
        found += [_additive(search), _order(search)]
    else:
        found.append(not_asked(ADDITIVE, "one item a call; their mean is the caller's"))
    for name in search.subject.symmetries:
        found.append(_symmetry(search, name))
    return found


def _additive(search: Search) -> Finding:
    """Try the mean of the items, their mean weighted by tokens, and their sum."""
    weight = search.subject.weight
    ways: dict[str, Callable[[Items, list[float]], float]] = {
        "mean of its items": lambda items, scores: float(np.mean(scores)),
        "sum of its items": lambda items, scores: float(np.sum(scores)),
    }
    if weight is not None:
        ways["mean of its items, weighted by tokens"] = lambda items, scores: float(
            np.average(scores, weights=[weight(item) for item in items])
        )
    first = None
    for way, combine in ways.items():

        def both(
            items: Items, combine: Callable[[Items, list[float]], float] = combine
        ) -> tuple[float, float] | None:
            whole, parts = search.score(items), [search.score((item,)) for item in items]
            scores = [part for part in parts if part is not None]
            if whole is None or len(scores) < len(items):
                return None
            return whole, combine(items, scores)

        def wrong(
            items: Items,
            both: Callable[[Items], tuple[float, float] | None] = both,
        ) -> bool | None:
            pair = both(items)
            return None if pair is None else not close(*pair)

        # only the first way's counterexample is shown, and making one smaller takes longest
        sets = search.subject.sets(at_least=2)
        hit = search.smallest(ADDITIVE, sets, wrong, shrink=first is None)
        items, judged = hit
        if items is None:
            if not judged:
                return undecided(ADDITIVE, "it gave no number")
            return Finding(property=ADDITIVE, verdict=f"yes: the {way}", holds=True)
        pair = both(items)
        if first is None and pair is not None:
            first = f"{search.shows(items)}; the {way} is {shown(pair[1])}"
    return Finding(property=ADDITIVE, verdict="no", holds=False, counterexample=first)


def _order(search: Search) -> Finding:
    def differs(pair: tuple[Items, Items]) -> bool | None:
        return _differ(search, *pair)

    def shuffled(items: Items) -> st.SearchStrategy[tuple[Items, Items]]:
        return st.permutations(items).map(lambda other: (items, tuple(other)))

    pairs = search.subject.sets(at_least=2).flatmap(shuffled)
    hit = search.smallest(ORDER, pairs, differs)
    found, judged = hit
    text = None if found is None else f"{search.shows(found[0])}; {search.shows(found[1])}"
    return yes_or_no(ORDER, text, judged)


def _symmetry(search: Search, name: str) -> Finding:
    def differs(pair: tuple[object, object]) -> bool | None:
        return _differ(search, (pair[0],), (pair[1],))

    hit = search.smallest(name, search.subject.symmetries[name], differs)
    found, judged = hit
    text = None
    if found is not None:
        text = f"{search.shows((found[0],))}; {search.shows((found[1],))}"
    return yes_or_no(name, text, judged)


def _differ(search: Search, a: Items, b: Items) -> bool | None:
    first, second = search.score(a), search.score(b)
    if first is None or second is None:
        return None
    return not close(first, second)
