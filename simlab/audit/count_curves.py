"""Curves of counts: what the audit's statistics are computed from.

A table's curve becomes pairs of right answers and items at ascending scales, oriented so that more
is better and between 0 and 1. Runs with other seeds, and several models at one scale, are
replicates: their points repeat a scale and are never averaged. What cannot be made into counts is
handed back with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from simlab.audit.oriented_scores import oriented_scores
from simlab.audit.points import Points
from simlab.errors import DataError
from simlab.schema import CURVE_KEY
from simlab.streams import seed_key
from simlab.table import ScoreTable

AUDIT_KEY = tuple(c for c in CURVE_KEY if c != "seed")
"""What the rows of one audited curve agree in."""

LEAST_SCALES = 4


@dataclass(frozen=True, kw_only=True)
class CountCurves:
    """Many curves of right answers out of items, one behind the other.

    The first seven fields are what statistics need; the others are for people.
    """

    keys: pl.DataFrame
    """(n_curves, ...): the value of each curve in `AUDIT_KEY`."""
    offsets: NDArray[np.int64]
    """(n_curves + 1,) int64: curve i is ``[offsets[i], offsets[i + 1])`` of the arrays."""
    x: NDArray[np.float64]
    """(n_points,) float64: natural logarithm of the scale, ascending; minus that where the scale
    is a loss. Replicates repeat it."""
    right: NDArray[np.float64]
    """(n_points,) float64: the score times the items, not always whole."""
    items: NDArray[np.float64]
    """(n_points,) float64, above 0: test items, or how many independent ones the score is worth."""
    chance: NDArray[np.float64]
    """(n_curves,) float64 in [0, 1): the score of guessing."""
    stream: NDArray[np.uint64]
    """(n_curves,) uint64: a key made from the curve's own key, and from nothing else."""
    pairing: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """(n_curves,) float64: the correlation r of shared items that is contained in ``items``, which
    then are items / (1 - r); 0 where there is none."""
    lower_is_better: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """(n_curves,) bool: whether the published score falls where ``right`` rises."""
    notes: pl.Series = field(default_factory=lambda: pl.Series("notes", [], pl.String))
    """(n_curves,): what was inferred, rescaled or found to contradict, as sentences."""

    def __post_init__(self) -> None:
        n = len(self.offsets) - 1
        if not len(self.pairing):
            object.__setattr__(self, "pairing", np.zeros(n))
        if not len(self.lower_is_better):
            object.__setattr__(self, "lower_is_better", np.zeros(n, np.bool_))
        if not len(self.notes):
            object.__setattr__(self, "notes", pl.Series("notes", [""] * n, pl.String))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def share(self) -> NDArray[np.float64]:
        """(n_points,) float64: right answers over items."""
        return self.right / self.items

    @property
    def curve(self) -> NDArray[np.int64]:
        """(n_points,) int64: the number of each point's curve."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def take(self, which: ArrayLike) -> "CountCurves":
        """Return some of the curves, by their numbers, in that order."""
        at = np.asarray(which, np.int64)
        lengths = np.diff(self.offsets)[at]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        points = np.repeat(self.offsets[at] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return CountCurves(
            keys=self.keys[at],
            offsets=offsets,
            x=self.x[points],
            right=self.right[points],
            items=self.items[points],
            chance=self.chance[at],
            stream=self.stream[at],
            pairing=self.pairing[at],
            lower_is_better=self.lower_is_better[at],
            notes=self.notes.gather(at),
        )

    @classmethod
    def from_counts(
        cls, x: ArrayLike, right: ArrayLike, items: ArrayLike, *, chance: ArrayLike = 0.0
    ) -> "CountCurves":
        """Return simulated curves with equally many points, named by their number.

        Parameters
        ----------
        x : array_like
            (n_points,) or (n_curves, n_points): ascending logarithms of scales.
        right, items : array_like
            Broadcast to (n_curves, n_points).
        chance : array_like
            Broadcast to (n_curves,).

        >>> curves = CountCurves.from_counts([0, 1, 2, 3], [[0, 1, 2, 9], [0, 0, 1, 4]], 10)
        >>> len(curves), curves.take([1]).right.tolist()
        (2, [0.0, 0.0, 1.0, 4.0])
        """
        counts = np.asarray(right, np.float64)
        n_curves, n_points = counts.shape
        keys = pl.DataFrame(
            {
                "family": ["simulated"] * n_curves,
                "task": [str(i) for i in range(n_curves)],
                "subtask": pl.Series([None] * n_curves, dtype=pl.String),
                "shots": pl.Series([None] * n_curves, dtype=pl.Int64),
                "metric": ["accuracy"] * n_curves,
                "scale_kind": ["params"] * n_curves,
            }
        )
        return cls(
            keys=keys,
            offsets=np.arange(n_curves + 1) * n_points,
            x=np.broadcast_to(np.asarray(x, np.float64), counts.shape).ravel().copy(),
            right=counts.ravel().copy(),
            items=np.broadcast_to(np.asarray(items, np.float64), counts.shape).ravel().copy(),
            chance=np.broadcast_to(np.asarray(chance, np.float64), n_curves).copy(),
            stream=curve_streams(keys),
        )


def count_curves(
    table: ScoreTable,
    items: pl.DataFrame | None = None,
    *,
    paired: bool = False,
    percent: bool | None = None,
    chance_level: Callable[[str, str], float | None] | None = None,
) -> tuple[CountCurves, pl.DataFrame]:
    """Return the curves of a table as counts, and those that cannot be.

    Parameters
    ----------
    table : ScoreTable
    items : polars.DataFrame, optional
        Outcomes of items, see `simlab.items.item_table`.
    paired : bool
        Whether models are to be compared on their shared items: ``items`` then counts
        n / (1 - r) items, see `simlab.audit.item_pairing`.
    percent : bool, optional
        Whether shares stand as percentages; without it, the scores tell.
    chance_level : callable, optional
        ``chance_level(task, metric)``: the score of guessing where the table states none, or None.

    Returns
    -------
    curves : CountCurves
        In the order of first appearance.
    undecidable : polars.DataFrame
        `AUDIT_KEY`, ``reason`` and ``notes`` of each other curve.

    Notes
    -----
    A metric with finite bounds is mapped to 0 .. 1, and turned where lower is better (a Brier
    score b becomes 1 - b). Items are those of the column ``n_items``; else s (1 - s) / stderr^2;
    else, where all scores of a count are multiples of 1/n for one small n, that n.

    >>> table = ScoreTable.from_columns(
    ...     {"family": "toy", "scale": [1e6, 1e7, 1e8, 1e9], "metric": "accuracy",
    ...      "score": [0.0, 0.1, 0.2, 0.5], "n_items": 10}
    ... )
    >>> curves, undecidable = count_curves(table)
    >>> curves.right.tolist(), undecidable.height
    ([0.0, 1.0, 2.0, 5.0], 0)
    """
    points = oriented_scores(
        table, items, paired=paired, percent=percent, chance_level=chance_level
    )
    _reject_flat(points)
    kept = np.flatnonzero(points.reason == "")
    undecided = np.flatnonzero(points.reason != "")
    of_kept = np.isin(points.curve, kept)
    offsets = np.zeros(len(kept) + 1, np.int64)
    lengths = np.bincount(points.curve[of_kept], minlength=len(points.reason))[kept]
    np.cumsum(lengths, out=offsets[1:])
    keys = points.keys[kept]
    curves = CountCurves(
        keys=keys,
        offsets=offsets,
        x=points.x[of_kept],
        right=points.right[of_kept],
        items=points.items[of_kept],
        chance=points.chance[kept],
        stream=curve_streams(keys),
        pairing=points.pairing[kept],
        lower_is_better=points.lower_is_better[kept],
        notes=pl.Series("notes", points.notes[kept].tolist(), pl.String),
    )
    undecidable = points.keys[undecided].with_columns(
        pl.Series("reason", points.reason[undecided].tolist(), pl.String),
        pl.Series("notes", points.notes[undecided].tolist(), pl.String),
    )
    return curves, undecidable


def _reject_flat(points: Points) -> None:
    """Give curves of too few scales, and curves without any change, their reasons."""
    n = len(points.reason)
    step = np.ones(len(points.x), bool)
    step[1:] = (np.diff(points.x) > 0) | (np.diff(points.curve) > 0)
    scales = np.bincount(points.curve[step], minlength=n)
    for count in range(LEAST_SCALES):
        named = "1 scale" if count == 1 else f"{count or 'no'} different scales"
        text = f"{named} with a score; at least {LEAST_SCALES} are needed"
        points.reject(scales == count, text)
    share = points.right / points.items
    points.reject(
        (scales > 0) & (points.most(share) == -points.most(-share)), "all scores are equal"
    )


def curve_streams(keys: pl.DataFrame) -> NDArray[np.uint64]:
    """Return a stream key for each curve, from the values of its own key alone.

    Parameters
    ----------
    keys : polars.DataFrame
        The columns of `AUDIT_KEY`.

    >>> one = CountCurves.from_counts([0, 1], [[0, 1], [1, 2]], 3)
    >>> bool((curve_streams(one.keys[[1]]) == one.stream[1:]).all())
    True
    """
    missing = [c for c in AUDIT_KEY if c not in keys.columns]
    if missing:
        raise DataError(f"keys of curves: no column {', '.join(missing)}; give {AUDIT_KEY}")
    found = np.full(keys.height, seed_key(0, "audit-curve"), np.uint64)
    for name in AUDIT_KEY:
        values = keys[name].unique(maintain_order=True)
        labels = {value: _label(name, value) for value in values.to_list()}
        own = keys[name].replace_strict(labels, return_dtype=pl.UInt64).to_numpy()
        found = _mixed(found ^ own)
    return found


def _label(name: str, value: Any) -> int:
    return int(seed_key(0, name) if value is None else seed_key(0, name, value))


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`simlab.streams.mix` on arrays."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
