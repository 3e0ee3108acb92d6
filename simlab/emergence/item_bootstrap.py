"""Bootstrap of emergence scores over test items, drawn jointly for all sizes of a family.

Where it is known what each model got on each item, the items are what could have been others. A
replicate draws as many items as there are, with replacement, the same ones at every size and
under every metric, so that what is hard for one model stays hard for the next. The interval says
how far an emergence score, or the difference of two on the same items, is the choice of items.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.emergence.batch import OK, STATUSES, ZERO_MEDIAN, emergence_scores_of
from simlab.emergence.cluster_bootstrap import DEFAULT_REPLICATES, percentile_interval
from simlab.schema import CURVE_KEY
from simlab.streams import integer, seed_key

SAME_ITEMS = tuple(c for c in CURVE_KEY if c != "metric")


class ItemCurve(NamedTuple):
    """One curve item by item."""

    key: dict[str, object]
    """Its value in each of `simlab.schema.CURVE_KEY`."""
    values: NDArray[np.float64]
    """(n_scales, n_items) float64, by scale and by name of the item; higher is better."""
    names: tuple[str, ...]
    """(n_items,)."""


def item_curves(items: pl.DataFrame) -> Iterator[ItemCurve]:
    """Yield the curves whose items are the same at all sizes, each model at a size of its own.

    Parameters
    ----------
    items : polars.DataFrame
        See `simlab.items.item_table`; a column ``higher_is_better`` that is false turns the sign.
        Several answers to one item (epochs) count with their mean.
    """
    down = pl.col("higher_is_better").eq(False) if "higher_is_better" in items.columns else False
    held = items.with_columns(pl.when(down).then(-pl.col("value")).otherwise("value"))
    cells = (
        held.group_by(*CURVE_KEY, "scale", "item", maintain_order=True)
        .agg(
            pl.when(pl.col("value").is_not_null().all()).then(pl.col("value").mean()).first(),
            pl.col("model").n_unique().alias("models"),
        )
        .sort("scale", "item", maintain_order=True)
    )
    for key, rows in cells.group_by(CURVE_KEY, maintain_order=True):
        n_items = rows["item"].n_unique()
        n_scales = rows["scale"].n_unique()
        whole = rows.height == n_scales * n_items and not rows["value"].null_count()
        if whole and (rows["models"] == 1).all():
            values = rows["value"].to_numpy().reshape(n_scales, n_items)
            yield ItemCurve(
                dict(zip(CURVE_KEY, key, strict=True)), values, tuple(rows["item"][:n_items])
            )


def resampled_scores(
    values: NDArray[np.float64], key: np.uint64, *, replicates: int
) -> NDArray[np.float64]:
    """Return emergence scores of curves of resampled items.

    Parameters
    ----------
    values : ndarray
        (n_scales, n_items) float64.
    key : uint64
        The stream. Equal keys and numbers of items give equal draws.
    replicates : int
        Number of draws.

    Returns
    -------
    ndarray
        (replicates,) float64: infinite, with the sign of the rise, at a zero median; 0 where the
        curve is constant; NaN at fewer than 3 scales.
    """
    return scores_with_infinities(resampled_curves(values, key, replicates=replicates))


def resampled_curves(
    values: NDArray[np.float64], key: np.uint64, *, replicates: int
) -> NDArray[np.float64]:
    """Return the (replicates, n_scales) curves behind `resampled_scores`."""
    curves = np.empty((replicates, len(values)))
    _resampled_means(np.ascontiguousarray(values), np.uint64(key), curves)
    return curves


def scores_with_infinities(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return emergence scores of (n_curves, n_scales) curves for comparisons.

    A zero median is infinite, with the sign of the rise; a constant curve scores 0.

    >>> scores_with_infinities(np.array([[0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])).tolist()
    [inf, 0.0]
    """
    scores, codes = emergence_scores_of(curves)
    rises = np.argmax(curves, axis=1) > np.argmin(curves, axis=1)
    scores[codes == ZERO_MEDIAN] = np.inf
    scores[(codes == ZERO_MEDIAN) & ~rises] = -np.inf
    scores[codes == STATUSES.index("constant")] = 0.0
    return scores


def item_intervals(
    items: pl.DataFrame,
    *,
    threshold: float,
    seed: int = 0,
    replicates: int = DEFAULT_REPLICATES,
    level: float = 0.95,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the emergence score of each curve, and the difference of each pair, with intervals.

    Parameters
    ----------
    items : polars.DataFrame
        See `item_curves`.
    threshold : float
        Score above which replicates are counted.
    seed, replicates, level
        Of the bootstrap; the draws of a curve depend on the seed and its `SAME_ITEMS`.

    Returns
    -------
    curves, pairs : polars.DataFrame
        ``curves`` has `simlab.schema.CURVE_KEY`, ``n_scales``, ``n_items``, ``emergence_score``,
        ``low``, ``high`` (null where infinite), ``share_above`` the threshold and
        ``share_zero_median`` of replicates. ``pairs`` has `SAME_ITEMS`, ``metric_a``,
        ``metric_b``, ``n_items``, ``difference`` with ``low`` and ``high``, and
        ``share_a_sharper`` of replicates (ties count half).
    """
    rows, pairs = [], []
    drawn: dict[tuple[object, ...], list[tuple[ItemCurve, float, NDArray[np.float64]]]] = {}
    for curve in item_curves(items):
        same = tuple(curve.key[c] for c in SAME_ITEMS)
        if len(curve.values) < 3:
            continue
        labels = ("" if value is None else value for value in same)
        key = seed_key(seed, "item-bootstrap", *labels)  # type: ignore[arg-type]
        replicate = resampled_scores(curve.values, key, replicates=replicates)
        scores, codes = emergence_scores_of(curve.values.mean(axis=1)[np.newaxis])
        score = float(scores[0]) if codes[0] == OK else float("nan")
        interval = percentile_interval(score, replicate, level=level)
        rows.append(
            {
                **curve.key,
                "n_scales": len(curve.values),
                "n_items": len(curve.names),
                "emergence_score": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "share_above": float(np.mean(replicate > threshold)),
                "share_zero_median": float(np.mean(np.isinf(replicate))),
            }
        )
        for other, other_score, other_replicate in drawn.setdefault(same, []):
            if other.names == curve.names and other.values.shape == curve.values.shape:
                ends = _difference(other_score - score, other_replicate, replicate, level)
                pairs.append(
                    {
                        **dict(zip(SAME_ITEMS, same, strict=True)),
                        "metric_a": other.key["metric"],
                        "metric_b": curve.key["metric"],
                        "n_items": len(curve.names),
                        **ends,
                    }
                )
        drawn[same].append((curve, score, replicate))
    return pl.DataFrame(rows, infer_schema_length=None), pl.DataFrame(
        pairs, infer_schema_length=None
    )


def _difference(
    estimate: float, a: NDArray[np.float64], b: NDArray[np.float64], level: float
) -> dict[str, float | None]:
    both = np.isinf(a) & (a == b)
    difference = np.where(both, 0.0, a - np.where(both, 0.0, b))
    interval = percentile_interval(estimate, np.where(both, 0.0, difference), level=level)
    return {
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "share_a_sharper": float(np.mean((a > b) + 0.5 * (a == b))),
    }


@kernel
def _resampled_means(
    values: NDArray[np.float64], key: np.uint64, curves: NDArray[np.float64]
) -> None:
    """Fill each row of ``curves`` with the means of drawn items, scale by scale."""
    n_scales, n_items = values.shape
    times = np.empty(n_items)
    for r in range(len(curves)):
        times[:] = 0.0
        for j in range(n_items):
            times[integer(key, np.uint64(r * n_items + j), n_items)] += 1.0
        for s in range(n_scales):
            total = 0.0
            for i in range(n_items):
                total += times[i] * values[s, i]
            curves[r, s] = total / n_items
