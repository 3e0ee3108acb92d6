"""The search for the smallest counterexample, by Hypothesis, the same for one seed.

Hypothesis also draws constants that it finds in the source of loaded modules, so that its examples
depend on what has been imported; here that pool is empty, and nothing is written to the working
folder. Examples are then a matter of the strategy and of the key.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from hypothesis import Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample, Unsatisfiable
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """What a search came to."""

    counterexample: T | None
    """The smallest example that is wrong; None if none was found."""
    tried: int
    """Examples looked at up to the first wrong one, before it was made smaller."""

    @property
    def any(self) -> bool:
        """Whether a counterexample was found."""
        return self.counterexample is not None


def smallest(
    strategy: SearchStrategy[T],
    wrong: Callable[[T], bool],
    *,
    examples: int,
    key: np.uint64,
    shrink: bool = True,
) -> Found[T]:
    """Search for an example of which ``wrong`` is true, and make it as small as can be.

    Parameters
    ----------
    strategy : SearchStrategy
        Draws examples; None is not one.
    wrong : callable
        Whether an example contradicts; it must give the same answer each time.
    examples : int
        Most examples to look at, at least 1.
    key : uint64
        Names the draws: `simlab.streams.seed_key`.
    shrink : bool
        Whether to make it smaller; without, the first one found is returned.

    >>> from hypothesis import strategies as st
    >>> smallest(st.integers(0, 99), lambda n: n > 20, examples=100, key=1).counterexample
    21
    >>> smallest(st.booleans(), lambda bit: False, examples=100, key=1)
    Found(counterexample=None, tried=2)
    """
    tried, at = 0, None

    def condition(example: T) -> bool:
        nonlocal tried, at
        tried += at is None
        found = bool(wrong(example))
        if found and at is None:
            at = tried
        return found

    with _no_constants_of_modules():
        try:
            example = find(
                strategy, condition, settings=_settings(examples, shrink), random=Random(int(key))
            )
        except (NoSuchExample, Unsatisfiable):
            return Found(None, tried)
    return Found(example, at or tried)


def _settings(examples: int, shrink: bool) -> settings:
    """Return settings that leave nothing to a profile, a database or a clock."""
    return settings(
        max_examples=examples,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )


@contextmanager
def _no_constants_of_modules() -> Iterator[None]:
    """Keep Hypothesis from reading the source of loaded modules."""
    try:
        held: dict[str, Any] = vars(import_module("hypothesis.internal.conjecture.providers"))
        reader = held["_get_local_constants"]
    except (ImportError, KeyError):  # releases of Hypothesis that have no such pool
        yield
        return
    kinds = ("integers", "floats", "bytes", "strings")
    empty = held["Constants"](**{kind: held["SortedSet"]() for kind in kinds})
    held["_get_local_constants"] = lambda: empty
    held["CONSTANTS_CACHE"].cache.clear()
    try:
        yield
    finally:
        held["_get_local_constants"] = reader
        held["CONSTANTS_CACHE"].cache.clear()
