"""The search for one line of the answer, and the findings that it ends in."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from hypothesis.strategies import SearchStrategy

from simlab.claims.metric.report import Finding
from simlab.claims.metric.scorer import Scorer
from simlab.claims.metric.subject import Items, Subject
from simlab.claims.search import Found, smallest
from simlab.streams import seed_key

T = TypeVar("T")


class Search:
    """The searches of one metric: its scorer, examples and seed.

    The draws depend on the seed and on the property, not on the name of the metric or its place.
    """

    def __init__(self, subject: Subject, *, examples: int, seed: int) -> None:
        self.subject, self.score = subject, Scorer(subject)
        self._examples, self._seed = examples, seed

    def smallest(
        self,
        property: str,
        strategy: SearchStrategy[T],
        wrong: Callable[[T], bool | None],
        *,
        shrink: bool = True,
    ) -> Found[T]:
        """Return the smallest counterexample, and how many examples could be judged.

        ``wrong`` returns None where the metric gives no number, so that nothing can be said.
        """
        judged = 0

        def condition(example: T) -> bool:
            nonlocal judged
            answer = wrong(example)
            judged += answer is not None
            return bool(answer)

        key: np.uint64 = seed_key(self._seed, "metric", property)
        found = smallest(strategy, condition, examples=self._examples, key=key, shrink=shrink)
        return Found(found.counterexample, judged)

    def shows(self, items: Items) -> str:
        """Return a call with its result as text."""
        found = self.score.look(items)
        result = f"scores {shown(found)}" if isinstance(found, float) else found.what
        return f"{self.subject.describe(items)}: {result}"


def undecided(property: str, why: str) -> Finding:
    """Return the finding of a property that no example could be judged by."""
    return Finding(property=property, verdict="undecided", holds=None, counterexample=why)


def not_asked(property: str, why: str) -> Finding:
    """Return the finding of a property that does not apply."""
    return Finding(property=property, verdict="does not apply", holds=None, counterexample=why)


def yes_or_no(
    property: str, counterexample: str | None, judged: int, *, why: str = "it gave no number"
) -> Finding:
    """Return the finding of a search: no if there is a counterexample."""
    if counterexample is None and not judged:
        return undecided(property, why)
    holds = counterexample is None
    return Finding(
        property=property,
        verdict="yes" if holds else "no",
        holds=holds,
        counterexample=counterexample,
    )


def shown(value: float) -> str:
    """Return a score as short text.

    >>> shown(0.1 + 0.2), shown(2.0)
    ('0.3', '2')
    """
    return f"{value:.6g}"


def close(a: float, b: float, *, span: float = 1.0) -> bool:
    """Return whether two scores are the same but for rounding.

    >>> close(0.1 + 0.2, 0.3), close(0.3, 0.4)
    (True, False)
    """
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), span)
