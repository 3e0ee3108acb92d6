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

_MOST = 1 << 62


class RowGroups(NamedTuple):
    """The rows of a frame by their values in some columns."""

    keys: pl.DataFrame
    """(n_groups, n_columns): the values, in the order in which they appear first."""
    of_row: NDArray[np.int64]
    """(n_rows,) int64: the group of each row, as its place in ``keys``."""

    def count(self, chosen: pl.Series | None = None) -> NDArray[np.int64]:
        """Return how many rows of each group are true in ``chosen``; without it, how many it has.

        ``chosen`` is (n_rows,) Boolean; null counts as false.
        """
        rows = self.of_row
        if chosen is not None:
            rows = rows[chosen.fill_null(False).to_numpy()]
        return np.bincount(rows, minlength=self.keys.height)


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
        codes = _codes(frame[name])
        if codes is None:
            continue
        some = int(codes.max()) + 1
        if n * some > _MOST:
            code, n = _dense(code)
        if n * some > _MOST:
            codes, some = _dense(codes)
        code = code * some + codes
        n *= some
    _, first, of_row = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return RowGroups(frame.select(columns)[first[order]], rank[of_row])


def _codes(values: pl.Series) -> NDArray[np.int64] | None:
    """Return a number from 0 for each value, the same for the same value; None if all are equal."""
    if values.dtype == pl.String:
        values = values.cast(pl.Categorical).to_physical()
    numbers = values.cast(pl.Int64)
    least, most = numbers.min(), numbers.max()
    if least is None or (least == most and not numbers.null_count()):
        return None
    assert isinstance(least, int) and isinstance(most, int)
    if most - least >= _MOST:  # seeds may be any whole numbers
        numbers = numbers.rank("dense").cast(pl.Int64)
        least = 1
    return (numbers - (least - 1)).fill_null(0).to_numpy()


def _dense(code: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Return codes without gaps in the place of others, and how many there are."""
    found, dense = np.unique(code, return_inverse=True)
    return dense.astype(np.int64), len(found)
