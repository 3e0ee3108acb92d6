"""A metric of outcomes: ``f(outcomes) -> float``, a list of True (right) and False, one an item."""

from collections.abc import Callable
from itertools import product
from typing import Any

from hypothesis import strategies as st

from simlab.claims.metric.subject import Ability, Guess, Items, Subject

_NUMBERS = tuple(range(1, 9))


def _guess_of(k: int, n: int) -> Guess:
    """Return n answers, each right with probability 1/k."""
    patterns = product((False, True), repeat=n)
    return Guess(k, tuple(((1 / k) ** sum(b) * (1 - 1 / k) ** (n - sum(b)), b) for b in patterns))


def outcome_metric(name: str, function: Callable[..., Any]) -> Subject:
    """Return a metric of outcomes as the subject of a search.

    >>> outcome_metric("any", any).describe((True, False))
    'outcomes = [True, False]'
    """

    def arguments(items: Items) -> tuple[list[bool]]:
        return (list(items),)

    return Subject(
        name=name,
        kind="outcomes",
        function=function,
        arguments=arguments,
        argument_names=("outcomes",),
        items=st.booleans(),
        takes_sets=True,
        ability=Ability(sizes=_NUMBERS, size_name="n", of_outcomes=lambda right: right),
        better=st.just((False, True)),
        perfect=lambda item: True,
        guess=lambda k: _guess_of(k, 1),
        guesses=st.builds(_guess_of, st.integers(2, 5), st.integers(1, 4)),
    )
