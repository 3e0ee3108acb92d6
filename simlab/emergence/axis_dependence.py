"""Where a reading of emergence depends on the axis of scale (Wei et al. 2022, figures 4, 11, 12).

The emergence score sees only the order of the models, not the distances between them. So two axes
give one score as long as they order the models alike; they differ where an axis lacks a model,
puts two models at one place (all models of a family trained on the same tokens), or orders them
otherwise. How steep a curve looks does depend on the axis: the steepest step per e-fold of a
scale is given beside the score, as a share of the curve's range.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.axes import FAMILY_ON, axes_of, on_axis
from simlab.emergence.score import emergence_scores
from simlab.formatted import formatted
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable

KEY = tuple(c for c in CURVE_KEY if c != "scale_kind")


def axis_dependence(table: ScoreTable) -> pl.DataFrame:
    """Return each curve's emergence score on every axis that its table has.

    Returns
    -------
    polars.DataFrame
        One row per curve and axis: the columns of `KEY`, ``axis``, ``n_scales``,
        ``emergence_score``, ``status``, ``steepest`` (largest share of the curve's range gained
        per e-fold of this axis between two neighbours; null where two models share a place, or at
        scale 0), and ``depends``: a sentence on what differs from the first axis. Where an axis
        has families of its own, its curves are others and have rows of their own.

    >>> table = ScoreTable.from_columns({"family": "toy", "scale": [1e7, 1e8, 1e9],
    ...     "metric": "acc", "score": [0.1, 0.2, 0.8], "tokens": 3e11})
    >>> axis_dependence(table).select("axis", "status", "depends").rows()
    [('params', 'ok', 'first axis'), ('tokens', 'repeated_scales', 'two models share a place')]
    """
    tables = {kind: on_axis(table, kind) for kind in axes_of(table)}
    parts = [
        emergence_scores(held)
        .drop("scale_kind")
        .with_columns(
            pl.lit(kind).alias("axis"),
            pl.Series("steepest", _steepest(held)).fill_nan(None),
            *_orders(held),
            pl.lit(FAMILY_ON + kind in table.frame.columns).alias("regrouped"),
        )
        for kind, held in tables.items()
    ]
    rows = pl.concat(parts).with_row_index("place")
    key = [*KEY, "regrouped"]
    curves = rows.group_by(key, maintain_order=True).agg(pl.col("place").min().alias("first"))
    rows = rows.join(curves, on=key, nulls_equal=True, maintain_order="left")
    rows = rows.sort("first", "place")
    first = {c: pl.col(c).first().over("first") for c in ("n_scales", "order", "axis")}
    said = (
        pl.when("regrouped")
        .then(pl.lit("other curves: this axis has families of its own"))
        .when(pl.col("axis") == first["axis"])
        .then(pl.lit("first axis"))
        .when(pl.col("ties"))
        .then(pl.lit("two models share a place"))
        .when(pl.col("n_scales") != first["n_scales"])
        .then(formatted("it has {} of {} models", "n_scales", first["n_scales"]))
        .when(pl.col("order") != first["order"])
        .then(pl.lit("it orders the models otherwise"))
        .otherwise(pl.lit("same order, same score"))
    )
    return rows.with_columns(said.alias("depends")).select(
        *KEY, "axis", "n_scales", "emergence_score", "status", "steepest", "depends"
    )


def _orders(table: ScoreTable) -> pl.DataFrame:
    """Return the models of each curve in the order of their scales, and whether two share one."""
    key = list(CURVE_KEY)
    curves = table.frame.select(key).unique(maintain_order=True)
    orders = (
        table.frame.filter(pl.col("score").is_not_null())
        .sort("scale", maintain_order=True)
        .group_by(key)
        .agg(
            pl.col("model").str.join("\n").alias("order"),
            pl.col("scale").is_duplicated().any().alias("ties"),
        )
    )
    held = curves.join(orders, on=key, how="left", nulls_equal=True, maintain_order="left")
    return held.select(pl.col("order").fill_null(""), pl.col("ties").fill_null(False))


def _steepest(table: ScoreTable) -> NDArray[np.float64]:
    """Return the largest share of a curve's range per e-fold of scale; NaN where undefined."""
    curves = table.packed()
    steepest = np.full(len(curves.offsets) - 1, np.nan)
    for i, sign in enumerate(curves.sign):
        part = slice(curves.offsets[i], curves.offsets[i + 1])
        x, y = curves.scale[part], sign * curves.score[part]
        if len(x) < 2 or np.ptp(y) == 0 or x[0] <= 0 or (np.diff(x) == 0).any():
            continue
        steepest[i] = np.max(np.diff(y) / np.diff(np.log(x))) / np.ptp(y)
    return steepest
