"""A metric of probabilities: ``f(probabilities, target) -> float``.

``probabilities`` is a list over the options that sums to 1, ``target`` the place of the correct
one, from 0. With ``batch`` it takes all items at once and returns one float, or one an item.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from simlab.claims.metric.subject import Ability, Guess, Item, Items, Subject
from simlab.testing.probabilities import distributions

_OPTIONS = (2, 3, 5)


def items() -> st.SearchStrategy[Item]:
    """Return a strategy of (probabilities, target); in some all options have the same.

    >>> from hypothesis import find
    >>> find(items(), lambda item: item[0][item[1]] == 1)
    ((1.0, 0.0), 0)
    """
    even = st.sampled_from([2, 4]).map(lambda k: [1 / k] * k)
    stated = distributions(max_options=4) | even
    return st.builds(lambda q, at: (tuple(q), at % len(q)), stated, st.integers(0, 3))


def repaired(item: Item) -> Item:
    """Return the item with half of the mass that was elsewhere moved to the target.

    >>> repaired(((0.5, 0.5), 0))
    ((0.75, 0.25), 0)
    """
    q, target = item
    return tuple((p + (c == target)) / 2 for c, p in enumerate(q)), target


def perfect(item: Item) -> Item:
    """Return the item with all mass on the target.

    >>> perfect(((0.5, 0.5), 0))
    ((1.0, 0.0), 0)
    """
    q, target = item
    return tuple(float(c == target) for c in range(len(q))), target


def moved() -> st.SearchStrategy[tuple[Item, Item]]:
    """Return pairs that differ in the order of the options only.

    >>> from hypothesis import find
    >>> find(moved(), lambda pair: pair[0][0] != pair[1][0])
    (((1.0, 0.0), 0), ((0.0, 1.0), 1))
    """

    def move(item: Item, order: list[int]) -> tuple[Item, Item]:
        q, target = item
        places = [i for i in order if i < len(q)]
        return item, (tuple(q[i] for i in places), places.index(target))

    return st.builds(move, items(), st.permutations(range(4)))


def told(p: float, k: int) -> Items:
    """Return the item that gives the target p and spreads the rest evenly.

    >>> told(0.5, 3)
    (((0.5, 0.25, 0.25), 0),)
    """
    return (((p, *[(1 - p) / (k - 1)] * (k - 1)), 0),)


def even_guess(k: int) -> Guess:
    """Return equal probabilities, with each option the correct one in turn.

    >>> even_guess(2).sets[1]
    (0.5, (((0.5, 0.5), 1),))
    """
    return Guess(k, tuple((1 / k, (((1 / k,) * k, target),)) for target in range(k)))


def probability_metric(name: str, function: Callable[..., Any], *, batch: bool = False) -> Subject:
    """Return a metric of probabilities as the subject of a search.

    >>> metric = probability_metric("mass", lambda probabilities, target: probabilities[target])
    >>> metric.describe((((0.5, 0.5), 1),))
    'probabilities = [0.5, 0.5], target = 1'
    """

    def arguments(items: Items) -> tuple[Any, Any]:
        stated, targets = [list(q) for q, _ in items], [target for _, target in items]
        return (stated, targets) if batch else (stated[0], targets[0])

    return Subject(
        name=name,
        kind="probabilities",
        function=function,
        arguments=arguments,
        argument_names=("probabilities", "target"),
        items=items(),
        takes_sets=batch,
        ability=Ability(sizes=_OPTIONS, size_name="k", of_probability=told),
        better=items().map(lambda item: (item, repaired(item))),
        perfect=perfect,
        symmetries={"blind to the order of options": moved()},
        guess=even_guess,
    )
