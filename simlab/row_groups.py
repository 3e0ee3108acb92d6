"""Which rows of a frame agree in some columns: one number a row, at a million rows and more.

Grouping by several columns of text hashes all of them together, which takes a second for two
million rows, and every group_by does it anew. Here each column is coded by itself, the codes are
joined into one whole number a row, and what comes after works on numbers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_MOST_CODES = 1 << 62


class RowGroups(NamedTuple):
    """The rows of a frame by their values in some columns."""

    keys: pl.DataFrame
    """(n_groups, n_columns): the values, in the order in which they appear first."""
    of_row: NDArray[np.int64]
    """(n_rows,) int64: the group of each row, as its place in ``keys``."""

    def of_each(self, known: pl.Series) -> pl.Series:
        """Return for each row what is known of its group; ``known`` is (n_groups,) Boolean.

        A frame's constant column is one value until someone asks for it as a whole: to ask the
        groups instead saves its memory.
        """
        return pl.Series(known.to_numpy()[self.of_row])

    def counts(self, chosen: pl.Series | None = None) -> NDArray[np.int64]:
        """Return how many rows of each group are true in ``chosen``; without it, how many it has.

        ``chosen`` is (n_rows,) Boolean; null counts as false.
        """
        rows = self.of_row
        if chosen is not None:
            rows = rows[chosen.fill_null(False).to_numpy()]
        return np.bincount(rows, minlength=self.keys.height)

    def span(self, values: pl.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the least and the largest of each group's ``values``, (n_rows,) Float64.

        Null does not count; a group without a value has infinity and minus infinity.
        """
        held = values.is_not_null().to_numpy()
        rows, numbers = self.of_row, values.to_numpy()
        if not held.all():
            rows, numbers = rows[held], numbers[held]
        least = np.full(self.keys.height, np.inf)
        most = np.full(self.keys.height, -np.inf)
        np.minimum.at(least, rows, numbers)
        np.maximum.at(most, rows, numbers)
        return least, most


def row_groups(frame: pl.DataFrame, columns: Sequence[str]) -> RowGroups:
    """Return the groups of rows that agree in ``columns``; null is a value like any other.

    Parameters
    ----------
    frame : polars.DataFrame
        Its ``columns`` are text, whole numbers or Booleans.
    columns : sequence of str

    >>> frame = pl.DataFrame({"task": ["b", "a", "b"], "shots": [None, 1, None]})
    >>> groups = row_groups(frame, ["task", "shots"])
    >>> groups.keys.rows(), groups.of_row.tolist()
    ([('b', None), ('a', 1)], [0, 1, 0])
    """
    code, n = np.zeros(frame.height, np.int64), 1
    for name in columns:
        codes, some = _codes(frame[name])
        if n * some > _MOST_CODES:
            first, code = first_seen(code, n)
            n = len(first)
        code = codes if n == 1 else code * some + codes
        n *= some
    first, of_row = first_seen(code, n)
    return RowGroups(frame.select(columns)[first], of_row)


def first_seen(code: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each different code stands first, in order, and each row's place in that order.

    Parameters
    ----------
    code : ndarray
        (n_rows,) int64, each in 0 .. ``n`` - 1.
    n : int
        Where it is not much above the number of rows, a table of all codes does without a sort.

    Returns
    -------
    first, of_row : ndarray
        (n_groups,) and (n_rows,) int64.

    >>> first, of_row = first_seen(np.array([7, 3, 7]), 8)
    >>> first.tolist(), of_row.tolist()
    ([0, 1], [0, 1, 0])
    """
    if n <= 4 * len(code) + 1000:
        place = np.full(n, -1, np.int64)
        place[code[::-1]] = np.arange(len(code) - 1, -1, -1)  # the last one written is the first
        first = np.sort(place[place >= 0])
        place[code[first]] = np.arange(len(first))
        return first, place[code]
    _, found, inverse = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(found)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return found[order], rank[inverse]


def _codes(values: pl.Series) -> tuple[NDArray[np.int64], int]:
    """Return a number from 0 for each value, the same for the same value, and their end."""
    if values.dtype == pl.String:
        values = values.cast(pl.Categorical).to_physical()
    numbers = values.cast(pl.Int64)
    least, most = numbers.min(), numbers.max()
    if least is None or most is None:  # no row, or null in all
        return np.zeros(len(values), np.int64), 1
    assert isinstance(least, int)
    assert isinstance(most, int)
    if most - least >= _MOST_CODES >> 20:  # seeds may be any whole numbers
        numbers, least = numbers.rank("dense").cast(pl.Int64), 1
        most = len(numbers)
    end = most - least + 1
    if numbers.null_count():
        return (numbers - least).fill_null(end).to_numpy(), end + 1
    return (numbers - least).to_numpy(), end
