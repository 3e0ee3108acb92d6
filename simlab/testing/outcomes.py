"""Right and wrong outcomes of test items, step by step."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from simlab.errors import UsageError


def outcomes(
    *,
    min_items: int = 1,
    max_items: int = 8,
    n_steps: int | None = None,
    max_steps: int = 6,
    difficulty: bool = False,
) -> SearchStrategy[NDArray[np.bool_]]:
    """Return a strategy of outcomes: (n_items, n_steps) arrays of right (True) and wrong.

    Parameters
    ----------
    min_items, max_items : int
        Number of items, at least 1.
    n_steps : int, optional
        Steps (or tokens) of each item; by default 1 to ``max_steps``, the same for all items.
    max_steps : int
        See ``n_steps``.
    difficulty : bool
        Make steps of an item succeed and fail together, as they do where items differ in
        difficulty: some items are wholly right or wholly wrong.

    Raises
    ------
    UsageError
        A number is out of its range.

    >>> from hypothesis import find
    >>> find(outcomes(n_steps=2), lambda right: right.all()).tolist()
    [[True, True]]
    """
    if not 1 <= min_items <= max_items:
        raise UsageError(f"outcomes: {min_items} .. {max_items} items; give 1 <= min <= max")
    longest = max_steps if n_steps is None else n_steps
    if longest < 1:
        raise UsageError(f"outcomes: {longest} steps an item; give at least 1")
    width = st.integers(1, longest) if n_steps is None else st.just(longest)
    item = st.lists(st.booleans(), min_size=longest, max_size=longest)
    if difficulty:
        item |= st.booleans().map(lambda right: [right] * longest)
    rows = st.lists(item, min_size=min_items, max_size=max_items)
    return st.builds(lambda right, k: np.array(right, np.bool_)[:, :k], rows, width)
