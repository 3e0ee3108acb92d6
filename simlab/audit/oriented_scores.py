"""Scores of a table on one footing: between 0 and 1, more is better, with the items behind them.

Everything that has to be inferred or doubted is noted per curve; a curve that cannot be brought
onto this footing gets the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.bounded_metrics import COUNT, NO_MEAN, UNBOUNDED, UNKNOWN, Bounds, bounds_of
from simlab.audit.item_numbers import (
    Floats,
    is_whole,
    items_from_shares,
    items_from_stderr,
    rounding_error,
)
from simlab.audit.item_pairing import item_pairing
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable

Flags = NDArray[np.bool_]

_KEY = [c for c in CURVE_KEY if c != "seed"]
_SURELY_PERCENT = 1.5
"""Times the upper bound: a largest score between 1 and 1.5 may be a slip as well as 1.2%."""
_DOUBT = 1.25
"""Ratio of variances from which a standard error contradicts a number of items."""
_BELOW_CHANCE = 1e-3


@dataclass
class Points:
    """Points of all curves, sorted by curve and x, and what became of each curve."""

    keys: pl.DataFrame
    curve: NDArray[np.int64]
    """(n_points,) int64."""
    x: Floats
    right: Floats
    items: Floats
    """(n_points,) float64 each; NaN in curves with a reason."""
    chance: Floats
    """(n_curves,)."""
    pairing: Floats
    """(n_curves,)."""
    lower_is_better: Flags
    """(n_curves,)."""
    reason: NDArray[np.object_]
    """(n_curves,) str: why the curve cannot be decided on; "" if it can."""
    notes: NDArray[np.object_]
    """(n_curves,) str: sentences, separated by "; "."""

    group: NDArray[np.object_]
    """(n_curves,) str: curves of one metric from one table, which share its unit."""

    def reject(self, which: Flags, text: str) -> None:
        """Give a reason to the curves that have none yet."""
        self.reason[which & (self.reason == "")] = text

    def note(self, which: Flags, text: str) -> None:
        """Add a sentence to the notes of some curves."""
        for i in np.flatnonzero(which):
            self.notes[i] = f"{self.notes[i]}; {text}" if self.notes[i] else text

    def count(self, which: Flags) -> NDArray[np.int64]:
        """Return how many points of each curve are flagged."""
        return np.bincount(self.curve[which], minlength=len(self.reason))

    def most(self, values: Floats) -> Floats:
        """Return the largest value of each curve, -inf where there is none; NaN is passed over."""
        found = np.full(len(self.reason), -np.inf)
        np.fmax.at(found, self.curve, values)
        return found


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
    factor = _percent(points, score, n, high, kind, percent)
    score, stderr = score / factor[points.curve], stderr / factor[points.curve]
    chance = np.where(chance > high[points.curve], chance / factor[points.curve], chance)
    width = high - low
    outside = (score < low[points.curve] - 1e-9) | (score > high[points.curve] * (1 + 1e-9) + 1e-9)
    for i in np.flatnonzero(points.count(outside) > 0):
        value = score[outside & (points.curve == i)][0] * factor[i]
        points.reject(
            np.arange(len(points.reason)) == i,
            f"score {value:g} lies outside {low[i]:g} .. {high[i] * factor[i]:g}",
        )
    down = points.lower_is_better[points.curve]
    share = np.clip((score - low[points.curve]) / width[points.curve], 0.0, 1.0)
    share = np.where(down, 1.0 - share, share)
    level = (chance - low[points.curve]) / width[points.curve]
    points.chance = _chance(points, np.where(down, 1.0 - level, level), chance_level)
    _counts(points, share, stderr / width[points.curve], n, kind)
    if items is not None:
        _use_items(points, share, items, paired=paired)
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


def _percent(
    points: Points,
    score: Floats,
    n: Floats,
    high: Floats,
    kind: NDArray[np.object_],
    percent: bool | None,
) -> Floats:
    """Return 100 for each curve whose shares are percentages, else 1, and say which was chosen."""
    n_curves = len(points.reason)
    if percent is not None:
        points.note(np.full(n_curves, percent), "percentages, as was said: divided by 100")
        return np.full(n_curves, 100.0 if percent else 1.0)
    top = points.most(score) / high
    bounded = points.reason == ""
    between = bounded & (top > 1 + 1e-9) & (top <= _SURELY_PERCENT)
    above = bounded & (top > _SURELY_PERCENT)
    factor = np.where(above, 100.0, 1.0)
    metrics = points.group
    counted = (kind == COUNT)[points.curve] & (score > 0)
    error = rounding_error(score, points.curve, n_curves)
    no_share = points.count(counted & (n > 0) & ~is_whole(score, n, error))
    no_percent = points.count(counted & (n > 0) & ~is_whole(score / 100.0, n, error / 100.0))
    tested = points.count(counted & (n > 0)) > 0
    mixed = (
        above
        & tested
        & (
            points.count(
                counted
                & (score < 1.0)
                & (no_percent > 0)[points.curve]
                & is_whole(score, n, error)
                & ~is_whole(score / 100.0, n, error / 100.0)
            )
            > 0
        )
    )
    points.reject(mixed, "the curve mixes shares and percentages; give one of them")
    for metric in np.unique(metrics[above]):
        same = (metrics == metric) & bounded & (top > 0)
        mostly = above[same].sum() * 2 > same.sum()
        low = same & ~above
        by_items = low & tested & ((no_share > 0) != (no_percent > 0))
        factor[by_items & (no_share > 0)] = 100.0
        points.note(by_items & (no_share > 0), "percentages below 1, as the number of items tells")
        points.note(
            by_items & (no_percent > 0),
            "shares, as the number of items tells, where other curves hold percentages",
        )
        rest = low & ~by_items
        if mostly:
            factor[rest] = 100.0
            points.note(rest, "no score above 1: percentages, as in other curves of the metric")
        else:
            points.note(rest, "no score above 1: shares, unlike other curves of the metric")
    unclear = between & (factor == 1.0)
    for i in np.flatnonzero(unclear):
        points.reject(
            np.arange(n_curves) == i,
            f"scores up to {top[i] * high[i]:g} are neither shares nor clearly percentages; say "
            "--percent, or correct them",
        )
    points.note(factor == 100.0, "percentages are divided by 100")
    return factor


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
    missing = np.flatnonzero(np.isnan(chance))
    if chance_level is not None and len(missing):
        names = points.keys[missing].select("task", "metric").rows()
        known = {pair: chance_level(*pair) for pair in set(names)}
        found = np.array([known[pair] for pair in names], np.float64)
        chance[missing] = np.where(points.lower_is_better[missing], np.nan, found)
        points.note(_at(missing[~np.isnan(chance[missing])], n_curves), "chance by task")
    unknown = np.isnan(chance)
    points.note(unknown, "chance is unknown: taken as 0")
    chance[unknown] = 0.0
    bad = (chance < -1e-9) | (chance >= 1.0)
    for i in np.flatnonzero(bad):
        points.reject(_at(i, n_curves), f"a chance of {chance[i]:g} is no share below 1")
    return np.clip(chance, 0.0, 1.0)


def _at(which: Any, n: int) -> Flags:
    flags = np.zeros(n, bool)
    flags[which] = True
    return flags


def _counts(
    points: Points, share: Floats, stderr: Floats, n: Floats, kind: NDArray[np.object_]
) -> None:
    """Find the items behind each point, and hold stated numbers against scores and errors."""
    n_curves, curve = len(points.reason), points.curve
    error = rounding_error(share, curve, n_curves)
    told = items_from_stderr(share, stderr, error)
    counts = (kind == COUNT)[curve]
    no_mean = (kind == NO_MEAN)[curve]
    items = np.where(no_mean, np.nan, n)
    # A perfect or a zero score has no spread: its neighbours in the curve tell.
    middle = _middle(told, curve, n_curves)
    from_stderr = np.where(np.isnan(told), middle[curve], told)
    inferred = np.isnan(items) & ~np.isnan(from_stderr)
    items = np.where(inferred, from_stderr, items)
    points.note(points.count(inferred) > 0, "items inferred from standard errors")
    wide = ~inferred & ~np.isnan(told) & (told * _DOUBT < items)
    narrow = ~inferred & ~np.isnan(told) & counts & (told > _DOUBT * items)
    points.note(
        points.count(wide) > 0,
        "standard errors are wider than n_items allows: items that count are reduced to theirs",
    )
    points.note(
        points.count(narrow) > 0,
        "standard errors are narrower than n_items allows: n_items is kept",
    )
    items = np.where(wide, told, items)
    bare = (points.count(np.isnan(items)) > 0) & (points.reason == "")
    if bare.any():
        guess = items_from_shares(share, curve, n_curves)
        usable = bare & (kind == COUNT) & ~np.isnan(guess)
        fill = usable[curve] & np.isnan(items)
        items = np.where(fill, guess[curve], items)
        for i in np.flatnonzero(usable):
            points.note(
                _at(i, n_curves), f"all scores are multiples of 1/{guess[i]:g}: so many items"
            )
    points.reject(
        (points.count(np.isnan(items)) > 0) & (kind == NO_MEAN),
        "no stderr, and the metric is not a mean over items",
    )
    points.reject(points.count(np.isnan(items)) > 0, "no n_items and no stderr")
    points.reject(
        points.count(items < 1.0) > 0,
        "a standard error is larger than that of one right or wrong item",
    )
    stated = ~np.isnan(n) & (items == n) & counts
    odd = points.count(stated & ~is_whole(share, n, error))
    for count in np.unique(odd[odd > 0]):
        points.note(
            odd == count,
            f"{count} scores are no whole number of right answers of n_items: partial credit, "
            "a mean over parts, or another n_items",
        )
    right = share * items
    points.right = np.where(is_whole(share, items, error), np.rint(right), right)
    points.items = items


def _middle(values: Floats, curve: NDArray[np.int64], n_curves: int) -> Floats:
    """Return the median of each curve's known values (the lower of two), NaN where none is."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], curve[known]))]
    count = np.bincount(curve[order], minlength=n_curves)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    found = np.full(n_curves, np.nan)
    some = count > 0
    found[some] = values[order[first[some] + (count[some] - 1) // 2]]
    return found


def _use_items(points: Points, share: Floats, items: pl.DataFrame, *, paired: bool) -> None:
    """Let outcomes of items say how many independent items a score is worth."""
    found = item_pairing(items, points.keys)
    n_curves = len(points.reason)
    r = found.correlation.fill_null(float("nan")).to_numpy()
    ratio = found.variance_ratio.fill_null(float("nan")).to_numpy()
    n_items = found.n_items.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    known = ~np.isnan(r) & ~np.isnan(n_items) & (ratio > 0) & (points.reason == "")
    worth = np.where(known, n_items / np.where(known, ratio, 1.0), np.nan)[points.curve]
    of_known = known[points.curve]
    differs = of_known & (np.abs(points.items - worth) > 0.5) & (np.abs(n_items[points.curve]
        - points.items) > 0.5)  # fmt: skip
    points.note(points.count(differs) > 0, "n_items is not the number of items given: these count")
    if paired:
        worth = worth / (1.0 - np.where(known, r, 0.0)[points.curve])
        points.pairing = np.where(known, r, 0.0)
        for i in np.flatnonzero(known & (r > 0)):
            points.note(
                _at(i, n_curves),
                f"shared items: answers of neighbouring scales correlate by {r[i]:.2f}",
            )
    total = np.where(of_known, worth, points.items)
    points.right = np.where(of_known, points.right / points.items * total, points.right)
    points.items = total


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
    points.note(_at(low, n_curves), "all scores together lie significantly below chance")
