"""What a page holds of a large table: whole tasks, the most emergent ones and some at random."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.charts.curves import FACTORS
from simlab.row_groups import row_groups
from simlab.streams import seed_key
from simlab.table import ScoreTable

MAX_ROWS = 25_000
"""Rows of the table that a page holds, at most; about 2.5 MB."""

_TASK = ("task", "subtask", "shots")
_CURVE = (*FACTORS, "scale_kind", "metric")


class Excerpt(NamedTuple):
    """The rows of a table that a page holds."""

    frame: pl.DataFrame
    n_rows: int
    """Rows of the table."""
    said: str = ""
    """Which rows they are; empty if they are all."""


def excerpt(table: ScoreTable, scores: pl.DataFrame, *, max_rows: int | None = None) -> Excerpt:
    """Return what a page holds of a table: all of it up to ``max_rows`` rows.

    Of a larger one it holds tasks (with subtask and shots, where these vary) under all metrics
    and of all families, so that a reader can compare: half of the rows are those of the tasks
    with the largest emergence scores, half are of tasks drawn at random. Where one task alone has
    too many rows, single curves take the place of tasks.

    Parameters
    ----------
    table : ScoreTable
    scores : polars.DataFrame
        `simlab.emergence.score.emergence_scores` of the table.
    max_rows : int, optional
        `MAX_ROWS` by default.
    """
    n_rows = len(table)
    most = MAX_ROWS if max_rows is None else max_rows
    if n_rows <= most:
        return Excerpt(table.frame, n_rows)
    curves = table.curve_rows()
    sizes = scores["emergence_score"].abs().fill_null(-1.0).to_numpy()
    for columns in (_TASK, _CURVE):
        units = row_groups(curves.keys, columns)
        rows = np.bincount(units.of_row, curves.counts(), units.keys.height).astype(np.int64)
        best = np.full(len(rows), -1.0)
        np.maximum.at(best, units.of_row, sizes)
        high, drawn = _chosen(rows, best, most)
        if len(high):
            break
    else:
        said = f"the first {most:,} of {n_rows:,} rows"
        return Excerpt(table.frame.head(most), n_rows, said)
    held = np.zeros(len(rows), bool)
    held[high] = held[drawn] = True
    of_curve = held[units.of_row]
    frame = table.frame.filter(pl.Series(of_curve[curves.of_row]))
    what = _what(units.keys, columns)
    which = f"the {len(high):,} with the largest emergence scores"
    if len(drawn):
        which += f" and {len(drawn):,} drawn at random"
    said = (
        f"{frame.height:,} of {n_rows:,} rows, on {int(of_curve.sum()):,} of {len(of_curve):,} "
        f"curves: {len(high) + len(drawn):,} of {len(rows):,} {what}, {which}"
    )
    return Excerpt(frame, n_rows, said)


def _chosen(
    rows: NDArray[np.int64], best: NDArray[np.float64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return units whose rows fill a page: the first ones by their best score, and random ones.

    None are returned if the very first one does not fit.
    """
    order = np.argsort(-best, kind="stable")
    n_high = int(np.searchsorted(np.cumsum(rows[order]), most // 2, side="right"))
    high, rest = order[:n_high], np.sort(order[n_high:])
    room = most - int(rows[high].sum())
    taken: dict[int, None] = {}
    for draw in range(4 * len(rest) if n_high else 0):
        i = int(rest[int(seed_key(draw, "page")) % len(rest)])
        if i in taken:
            continue
        if rows[i] > room:
            break
        taken[i] = None
        room -= int(rows[i])
    return high, np.array(list(taken), np.int64)


def _what(keys: pl.DataFrame, columns: Sequence[str]) -> str:
    if columns == _CURVE:
        return "curves"
    varying = [c for c in columns if keys[c].n_unique() > 1]
    if len(varying) < 2:
        return f"{varying[0]}s".replace("shotss", "numbers of shots")
    return f"combinations of {', '.join(varying[:-1])} and {varying[-1]}"
