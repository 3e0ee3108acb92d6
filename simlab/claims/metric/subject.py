"""A metric under search: how it is called, and what its inputs look like."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Item = Any
"""One test item with a model's answer; hashable, made of tuples, numbers and booleans."""
Items = tuple[Item, ...]


class Guess(NamedTuple):
    """What one who knows nothing does among k answers."""

    k: int
    sets: tuple[tuple[float, Items], ...]
    """Sets of items to be scored, each with its probability."""


@dataclass(frozen=True, kw_only=True)
class Ability:
    """How items depend on p, the probability of getting one token (one answer) right.

    Either the outcomes of independent tokens are given (then the expected score is a polynomial
    in p), or a probability that the metric is told.
    """

    sizes: tuple[int, ...]
    size_name: str
    """"L" tokens of an answer, "n" answers, or "k" options."""
    of_outcomes: Callable[[tuple[bool, ...]], Items] | None = None
    """Takes which of the tokens are right."""
    of_probability: Callable[[float, int], Items] | None = None
    """Takes p and the size."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A metric with everything that the search needs to know; the kinds' modules make them."""

    name: str
    kind: str
    function: Callable[..., Any]
    arguments: Callable[[Items], tuple[Any, ...]]
    """Fresh arguments of one call, made of lists; the function may do with them what it likes."""
    argument_names: tuple[str, ...]
    items: SearchStrategy[Item]
    takes_sets: bool
    """Whether one call scores several items."""
    ability: Ability | None = None
    better: SearchStrategy[tuple[Item, Item]] | None = None
    """Pairs of an item, and the same with a token repaired, or with more mass on the target."""
    perfect: Callable[[Item], Item] | None = None
    """The same item, wholly right."""
    symmetries: Mapping[str, SearchStrategy[tuple[Item, Item]]] = field(default_factory=dict)
    """Name -> pairs of items that differ in an order or in names only."""
    guess: Callable[[int], Guess] | None = None
    """The plainest guess among k answers."""
    guesses: SearchStrategy[Guess] | None = None
    """Any guess among k answers."""
    weight: Callable[[Item], float] | None = None
    """Tokens of an item, where items may weigh by them."""

    def sets(self, *, at_least: int = 1, at_most: int = 3) -> SearchStrategy[Items]:
        """Return a strategy of what one call scores."""
        if not self.takes_sets:
            return self.items.map(lambda item: (item,))
        return st.lists(self.items, min_size=at_least, max_size=at_most).map(tuple)

    def others(self) -> SearchStrategy[Items]:
        """Return a strategy of items that stand beside one in a call."""
        if not self.takes_sets:
            return st.just(())
        return st.lists(self.items, max_size=2).map(tuple)

    def describe(self, items: Items) -> str:
        """Return the arguments of a call as text."""
        pairs = zip(self.argument_names, self.arguments(items), strict=True)
        return ", ".join(f"{name} = {value!r}" for name, value in pairs)
