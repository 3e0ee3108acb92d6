"""Scores of a table on one footing: between 0 and 1, more is better, with the items behind them.

Everything that has to be inferred or doubted is noted per curve; a curve that cannot be brought
onto this footing gets the reason.
"""

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.bounded_metrics import UNBOUNDED, UNKNOWN, Bounds, bounds_of
from simlab.audit.item_numbers import Floats
from simlab.audit.percentages import percentages
from simlab.audit.points import Points, flags_at
from simlab.audit.right_answers import fill_counts, use_items
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable

_KEY = [c for c in CURVE_KEY if c != "seed"]
_BELOW_CHANCE = 1e-3


def oriented_scores(
    table: ScoreTable,
    items: pl.DataFrame | None,
    *,
    paired: bool,
    percent: bool | None,
    chance_level: Callable[[str, str], float | None] | None,
) -> Points:
    """Return the points of all curves; see `simlab.audit.count_curves.count_curves`."""
    points, rows, bounds = _points(table)
    low, high, kind = _ranges(points, rows, bounds)
    score, stderr, chance, n = (
        rows[c].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
        for c in ("score", "stderr", "chance", "n_items")
    )
    factor = percentages(points, score, n, high, kind, percent)
    score, stderr = score / factor[points.curve], stderr / factor[points.curve]
    chance = np.where(chance > high[points.curve], chance / factor[points.curve], chance)
    width = high - low
    outside = (score < low[points.curve] - 1e-9) | (score > high[points.curve] * (1 + 1e-9) + 1e-9)
    at, first = np.unique(points.curve[outside], return_index=True)
    for i, value in zip(at, score[outside][first] * factor[at], strict=True):
        points.reject_one(
            i,
            f"score {value:g} lies outside {low[i]:g} .. {high[i] * factor[i]:g}",
        )
    down = points.lower_is_better[points.curve]
    share = np.clip((score - low[points.curve]) / width[points.curve], 0.0, 1.0)
    share = np.where(down, 1.0 - share, share)
    level = (chance - low[points.curve]) / width[points.curve]
    points.chance = _chance(points, np.where(down, 1.0 - level, level), chance_level)
    fill_counts(points, share, stderr / width[points.curve], n, kind)
    if items is not None:
        use_items(points, share, items, paired=paired)
    _below_chance(points)
    return points


def _points(table: ScoreTable) -> tuple[Points, pl.DataFrame, list[Bounds]]:
    """Return points without counts, their rows in the same order, and the bounds of each curve."""
    rows = table.frame.select(
        (pl.col("table") if "table" in table.frame.columns else pl.lit("")).alias("table"),
        *_KEY,
        "scale",
        "score",
        "chance",
        "higher_is_better",
        "n_items",
        "stderr",
        "seed",
        "model",
    )
    per_curve = rows.group_by(_KEY, maintain_order=True).agg(
        pl.col("score").null_count().alias("missing"),
        ((pl.col("scale") == 0) & pl.col("score").is_not_null()).sum().alias("zero"),
        pl.col("higher_is_better").any().alias("up"),
        (~pl.col("higher_is_better")).any().alias("down"),
        pl.col("seed").n_unique().alias("seeds"),
        pl.col("table").first(),
    )
    keys = per_curve.select(_KEY).with_row_index("curve")
    x = pl.when(pl.col("scale_kind") == "loss").then(-pl.col("scale").log())
    rows = (
        rows.filter(pl.col("score").is_not_null() & (pl.col("scale") > 0))
        .join(keys, on=_KEY, nulls_equal=True, maintain_order="left")
        .with_columns(x.otherwise(pl.col("scale").log()).alias("x"))
        .sort("curve", "x", "seed", "model", nulls_last=False, maintain_order=True)
    )
    n_curves, nothing = keys.height, np.full(rows.height, np.nan)
    points = Points(
        keys.drop("curve"),
        rows["curve"].to_numpy().astype(np.int64),
        rows["x"].to_numpy(),
        nothing,
        nothing,
        np.zeros(n_curves),
        np.zeros(n_curves),
        np.zeros(n_curves, bool),
        np.full(n_curves, "", object),
        np.full(n_curves, "", object),
        np.array([f"{m}\n{t}" for m, t in zip(keys["metric"], per_curve["table"], strict=True)]),
    )
    by_metric = {m: bounds_of(m) for m in keys["metric"].unique()}
    bounds = [by_metric[m] for m in keys["metric"]]
    up, down = per_curve["up"].to_numpy(), per_curve["down"].to_numpy()
    points.reject(up & down, "higher_is_better is true and false in one curve")
    known = np.array([b.higher_is_better for b in bounds], object)
    by_name = ~up & ~down & (known != None)  # noqa: E711 - elementwise
    points.note(by_name, "direction taken from the metric's name")
    points.lower_is_better = down | (by_name & (known == False))  # noqa: E712
    points.reject(
        ~up & ~down & ~by_name,
        "it is not known whether higher is better; fill the column higher_is_better",
    )
    for name, text in (
        ("missing", "{} scores are missing"),
        ("zero", "{} points at scale 0 are left out, as they have no logarithm"),
    ):
        counts = per_curve[name].to_numpy()
        for count in np.unique(counts[counts > 0]):
            points.note(counts == count, text.format(count).replace("1 scores are", "1 score is"))
    seeds = per_curve["seeds"].to_numpy()
    for count in np.unique(seeds[seeds > 1]):
        points.note(seeds == count, f"{count} seeds are replicates")
    return points, rows, bounds


def _ranges(
    points: Points, rows: pl.DataFrame, bounds: list[Bounds]
) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Return bounds and kind of each curve's metric; reject those that are no shares of items."""
    low, high = np.array([b.low for b in bounds]), np.array([b.high for b in bounds])
    kind = np.array([b.kind for b in bounds], object)
    unbounded = kind == UNBOUNDED
    points.reject(unbounded, "the metric has no finite bounds, so that no binomial law holds")
    low[unbounded], high[unbounded] = 0.0, 1.0
    unknown = kind == UNKNOWN
    points.note(unknown, "the metric is unknown: taken as a mean over items between 0 and 1")
    return low, high, kind


def _chance(
    points: Points, level: Floats, chance_level: Callable[[str, str], float | None] | None
) -> Floats:
    """Return the chance of each curve: stated, else known by name, else 0."""
    n_curves = len(points.reason)
    total = np.bincount(points.curve, np.nan_to_num(level), minlength=n_curves)
    stated = points.count(~np.isnan(level))
    chance = np.where(stated > 0, total / np.maximum(stated, 1), np.nan)
    top, bottom = points.most(level), -points.most(-level)
    varying = (stated > 0) & (top - bottom > 1e-9)
    points.note(varying, "chance differs between models: its mean is used")
    perfect = points.lower_is_better & (chance >= 1.0 - 1e-9)
    points.note(perfect, "a chance of 0 would be perfect where lower is better: left out")
    chance[perfect] = np.nan
    missing = np.flatnonzero(np.isnan(chance))
    if chance_level is not None and len(missing):
        names = points.keys[missing].select("task", "metric").rows()
        known = {pair: chance_level(*pair) for pair in set(names)}
        found = np.array([known[pair] for pair in names], np.float64)
        chance[missing] = np.where(points.lower_is_better[missing], np.nan, found)
        points.note(flags_at(missing[~np.isnan(chance[missing])], n_curves), "chance by task")
    unknown = np.isnan(chance)
    points.note(unknown, "chance is unknown: taken as 0")
    chance[unknown] = 0.0
    bad = (chance < -1e-9) | (chance >= 1.0)
    for i in np.flatnonzero(bad):
        points.reject_one(i, f"a chance of {chance[i]:g} is no share below 1")
    return np.clip(chance, 0.0, 1.0)


def _below_chance(points: Points) -> None:
    """Note curves that lie below chance all in all by more than their counts can."""
    from scipy.special import betainc

    own = 1.0 - points.pairing[points.curve]  # items drawn anew: against a fixed level no pairing
    n_curves = len(points.reason)
    right = np.bincount(points.curve, np.nan_to_num(points.right * own), minlength=n_curves)
    items = np.bincount(points.curve, np.nan_to_num(points.items * own), minlength=n_curves)
    held = (points.reason == "") & (points.chance > 0) & (right < points.chance * items)
    k, n, c = right[held], items[held], points.chance[held]
    tail = betainc(np.maximum(n - k, 1e-9), k + 1.0, 1.0 - c)
    low = np.flatnonzero(held)[tail < _BELOW_CHANCE]
    points.note(flags_at(low, n_curves), "all scores together lie significantly below chance")
