"""Range, direction, and whether better answers score better."""

from typing import Any

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
from simlab.claims.metric.response import Response
from simlab.claims.metric.subject import Items

RANGE, DIRECTION, MONOTONE = "range", "direction", "no repair makes it worse"
TELLS, GRADED = "best score only if all is right", "gives part of a score"
_TOLD = (2.0**-4, 2.0**-8, 2.0**-16)


def direction_of(search: Search, response: Response | None) -> int:
    """Return 1 where higher is better, -1 where lower is, 0 where the search cannot tell.

    Answers that are wholly right against wholly wrong ones decide; else most of the repairs.
    """
    if response is not None:
        for size in reversed(response.ability.sizes):
            ends = (0.0, 1.0) if response.ability.of_outcomes else (1 / 1024, 1.0)
            low, high = response(ends, size)
            if np.isfinite(high - low) and not close(high, low):
                return 1 if high > low else -1
    votes = 0
    if search.subject.better is not None:

        def vote(pair: tuple[Any, Any]) -> bool:
            nonlocal votes
            worse, better = search.score((pair[0],)), search.score((pair[1],))
            if worse is not None and better is not None and not close(worse, better):
                votes += 1 if better > worse else -1
            return False

        search.smallest(DIRECTION, search.subject.better, vote)
    return int(np.sign(votes))


def ordering(search: Search, response: Response | None, direction: int) -> list[Finding]:
    """Return the findings about range, direction and order; ``direction`` as of `direction_of`."""
    words = {1: "higher is better", -1: "lower is better", 0: "undecided"}
    told = Finding(
        property=DIRECTION,
        verdict=words[direction],
        holds=None,
        counterexample=None if direction else "right and wrong answers score alike, or nothing",
    )
    return [
        _range(search, response),
        told,
        _monotone(search, direction),
        _tells(search, direction),
        _graded(response),
    ]


def _range(search: Search, response: Response | None) -> Finding:
    """Return the smallest and largest score seen, and whether it grows without an end."""
    seen: list[tuple[float, Items]] = []

    def look(items: Items) -> bool | None:
        score = search.score(items)
        if score is not None:
            seen.append((score, items))
        return None if score is None else False

    search.smallest(RANGE, search.subject.sets(), look)
    low = min((s for s, _ in seen), default=None)
    high = max((s for s, _ in seen), default=None)
    if low is None or high is None:
        return undecided(RANGE, "it gave no number")
    down, up = (False, False) if response is None else _grows(response)
    if response is not None:
        ends = [v for size in response.ability.sizes for v in response.at_ends(size)]
        finite = [v for v in ends if np.isfinite(v)]
        low, high = min([low, *finite]), max([high, *finite])
    low, high = low + 0.0, high + 0.0  # a minus before 0 says nothing
    text = f"{shown(low)} .. {shown(high)}"
    if up or down:
        way = "with the length" if response and response.ability.of_outcomes else "as p falls to 0"
        text += f" seen; {'grows' if up else 'falls'} {way}"
    return Finding(
        property=RANGE,
        verdict=text,
        holds=None,
        counterexample=_witnesses(search, seen, low, high),
        numbers={"low": low, "high": high, "grows": float(up), "falls": float(down)},
    )


def _witnesses(
    search: Search, seen: list[tuple[float, Items]], low: float, high: float
) -> str | None:
    """Return the shortest inputs seen at the ends of the range."""
    shortest = []
    for end in dict.fromkeys((low, high)):
        inputs = [search.subject.describe(items) for score, items in seen if score == end]
        if inputs:
            shortest.append(f"{shown(end)} at {min(inputs, key=len)}")
    return "; ".join(shortest) or None


def _grows(response: Response) -> tuple[bool, bool]:
    """Return whether the worst or the best score has no end below, and above.

    The score at p = 0 and 1 for answers ever twice as long, or for p ever nearer to 0: where the
    last change is not smaller than the one before it, nothing stops it.
    """
    if response.ability.of_outcomes:
        sizes = [size for size in (1, 2, 4, 8) if size in response.ability.sizes]
        lines = np.array([response.at_ends(size) for size in sizes]).T
    else:
        lines = response(_TOLD, response.ability.sizes[0])[None]
    if lines.shape[-1] < 3:
        return False, False
    changes = np.diff(lines, axis=1)[:, -2:]
    up = ((changes > 1e-9).all(axis=1) & (changes[:, 1] >= 0.99 * changes[:, 0])).any()
    down = ((changes < -1e-9).all(axis=1) & (changes[:, 1] <= 0.99 * changes[:, 0])).any()
    return bool(down), bool(up)


def _monotone(search: Search, direction: int) -> Finding:
    subject = search.subject
    if subject.better is None:
        return not_asked(MONOTONE, "what a repair is depends on the task")
    if not direction:
        return undecided(MONOTONE, "its direction is not known")

    def scores(example: tuple[tuple[Any, Any], Items]) -> tuple[float | None, float | None]:
        (worse, better), others = example
        return search.score((worse, *others)), search.score((better, *others))

    def wrong(example: tuple[tuple[Any, Any], Items]) -> bool | None:
        before, after = scores(example)
        if before is None or after is None:
            return None
        return direction * (after - before) < 0 and not close(before, after)

    hit = search.smallest(MONOTONE, st.tuples(subject.better, subject.others()), wrong)
    found, judged = hit
    if found is None:
        return yes_or_no(MONOTONE, None, judged)
    (worse, better), others = found
    text = f"{search.shows((worse, *others))}; repaired, {search.shows((better, *others))}"
    return yes_or_no(MONOTONE, text, judged)


def _tells(search: Search, direction: int) -> Finding:
    perfect = search.subject.perfect
    if perfect is None:
        return not_asked(TELLS, "what is right depends on the task")
    if not direction:
        return undecided(TELLS, "its direction is not known")

    def right(items: Items) -> Items:
        return tuple(perfect(item) for item in items)

    def wrong(items: Items) -> bool | None:
        given, best = search.score(items), search.score(right(items))
        if given is None or best is None:
            return None
        better = direction * (given - best) > 0 or close(given, best)
        return items != right(items) and better

    hit = search.smallest(TELLS, search.subject.sets(at_most=2), wrong)
    items, judged = hit
    if items is None:
        return yes_or_no(TELLS, None, judged)
    best = search.score(right(items))
    text = f"{search.shows(items)}, as much as the right answer"
    if best is not None and not close(best, search.score(items) or 0.0):
        text = f"{search.shows(items)}; the right answer {shown(best)}"
    return yes_or_no(TELLS, text, judged)


def _graded(response: Response | None) -> Finding:
    """Look for a score between the worst and the best, at the smallest size that has one."""
    if response is None:
        return not_asked(GRADED, "how p enters is not known")
    ability, constant = response.ability, True
    for size in ability.sizes:
        if ability.of_outcomes is None:
            grid = np.arange(1, 32) / 32
            scores = response(grid, size)
            labelled = [(f"p = {p:g}", float(s)) for p, s in zip(grid, scores, strict=True)]
            labelled = [(label, s) for label, s in labelled if np.isfinite(s)]
        else:
            labelled = [
                (f"{sum(pattern)} of {size} right", score)
                for pattern, score in response.scores_by_pattern(size)
            ]
        if not labelled:
            continue
        low, high = min(s for _, s in labelled), max(s for _, s in labelled)
        constant = constant and close(low, high)
        between = [x for x in labelled if not close(x[1], low) and not close(x[1], high)]
        # of probabilities one value may be that of a tie
        if len({shown(s) for _, s in between}) >= (1 if ability.of_outcomes else 2):
            label, score = between[0]
            name = f"{ability.size_name} = {size}, " if ability.of_outcomes is None else ""
            text = f"{name}{label}: {shown(score)}, between {shown(low)} and {shown(high)}"
            return Finding(property=GRADED, verdict="yes", holds=True, counterexample=text)
    if constant:
        return undecided(GRADED, "it gave no number, or always the same one")
    return Finding(
        property=GRADED,
        verdict="no: all or nothing",
        holds=False,
        counterexample="no score lies between the worst and the best",
    )
