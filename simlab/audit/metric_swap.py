"""Metric swap: is the jump still there when the same outputs are scored by a gentler metric.

Schaeffer et al. 2023 (arXiv 2304.15004), prediction 2. The emergence scores of both curves are
compared; the interval of their difference is that over resampled items where the outcomes of the
items are known (the same draws for both metrics), else each curve is drawn anew from the
distribution of its scores: binomial counts, or normal with the stated standard error. The latter
takes the two metrics as independent, so that its interval is rather too wide.

An emergence score also grows where a curve saturates, so that a second number says what becomes
of the jump: the curve's largest step holds a share of all its rises, on a straight line it would
hold its share of the axis, and the excess of the one over the other is what makes it a jump.
``retained`` is the part of that excess which the same step has under the partner: 1, the jump is
as large; 0, the partner rises like a straight line there.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.audit.count_curves import AUDIT_KEY, CountCurves, curve_streams
from simlab.audit.same_outputs import oriented_means, partners, step_shares
from simlab.emergence.batch import OK, STATUSES, TOO_FEW_SCALES, emergence_scores_of
from simlab.emergence.cluster_bootstrap import percentile_interval
from simlab.emergence.item_bootstrap import (
    ItemCurve,
    item_curves,
    resampled_curves,
    scores_with_infinities,
)
from simlab.simulators.binomial import binomial
from simlab.streams import child, normal, seed_key
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

_FROM_ITEMS, _FROM_COUNTS, _NONE = "shared items", "counts", "none"

SCHEMA = {
    "partner": pl.String,
    "partner_rank": pl.Int64,
    "swap_score": pl.Float64,
    "partner_score": pl.Float64,
    "partner_status": pl.String,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "interval_from": pl.String,
    "step_share": pl.Float64,
    "partner_step_share": pl.Float64,
    "straight_share": pl.Float64,
    "retained": pl.Float64,
    "retained_low": pl.Float64,
    "retained_high": pl.Float64,
}
"""Columns of `metric_swaps` after the key.

partner, partner_rank
    The other metric; 0 linear, 1 continuous, 2 partial credit.
swap_score, partner_score, partner_status
    Emergence scores of both curves, replicates of a scale averaged; null where undefined.
difference, difference_low, difference_high
    Score of the curve minus that of the partner, with its 95% interval; an end is null where it
    is infinite, both where there is no interval.
interval_from
    "shared items", "counts" or "none".
step_share, partner_step_share, straight_share
    What share of all rises the curve's largest step holds, the same step of the partner, and that
    of a straight line in ln scale.
retained, retained_low, retained_high
    (partner_step_share - straight_share) / (step_share - straight_share) with its 95% interval;
    null where the curve's step is no larger than a straight line's.
"""


def metric_swaps(
    table: ScoreTable,
    items: pl.DataFrame | None = None,
    curves: CountCurves | None = None,
    *,
    intervals: pl.DataFrame | None = None,
    replicates: int = 999,
    seed: int = 0,
) -> pl.DataFrame:
    """Return the swap of every curve that has a partner on the same outputs.

    Parameters
    ----------
    table : ScoreTable
    items : polars.DataFrame, optional
        Outcomes of items, `simlab.items.item_table`.
    curves : CountCurves, optional
        Counts behind the curves of the table.
    intervals : polars.DataFrame, optional
        `AUDIT_KEY` of the curves that get intervals, where not all do.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    polars.DataFrame
        `AUDIT_KEY` and the columns of `SCHEMA`.

    >>> table = ScoreTable.from_columns({"family": "toy", "scale": [1.0, 2.0, 3.0, 4.0] * 2,
    ...     "metric": ["exact_match"] * 4 + ["token_edit_distance"] * 4,
    ...     "score": [0.0, 0.01, 0.05, 0.6, 4.0, 3.0, 2.0, 1.0],
    ...     "higher_is_better": [True] * 4 + [False] * 4})
    >>> metric_swaps(table).select("partner", "partner_score", "difference", "step_share").rows()
    [('token_edit_distance', 3.0, 12.0, 0.916...)]
    """
    pairs = partners(table).with_row_index("pair")
    if pairs.is_empty():
        schema: dict[str, Any] = {**{c: table.frame.schema[c] for c in AUDIT_KEY}, **SCHEMA}
        return pl.DataFrame(schema=schema)
    other = pairs.with_columns(pl.col("partner").alias("metric"))
    a = _by_pair(oriented_means(table, pairs), pairs.height)
    b = _by_pair(oriented_means(table, other), pairs.height)
    counts = [_counts(curves, keys) for keys in (pairs, other)]
    streams = curve_streams(pairs)
    wanted = np.ones(pairs.height, bool)
    if intervals is not None:
        named = intervals.select(AUDIT_KEY).unique().with_columns(pl.lit(True).alias("wanted"))
        held = pairs.join(
            named, on=list(AUDIT_KEY), how="left", nulls_equal=True, maintain_order="left"
        )
        wanted = held["wanted"].fill_null(False).to_numpy()
    jobs = _item_pairs(items, pairs) if items is not None else {}
    rows = [
        _swap(
            (a[i], b[i]),
            (counts[0][i], counts[1][i]),
            jobs.get(i),
            seed_key(seed, "metric-swap", int(streams[i])),
            replicates if wanted[i] else 0,
        )
        for i in range(pairs.height)
    ]
    found = pl.DataFrame(rows, {c: SCHEMA[c] for c in _MEASURED})
    return pl.concat([pairs.rename({"rank": "partner_rank"}).drop("pair"), found], how="horizontal")


_MEASURED = [c for c in SCHEMA if c not in ("partner", "partner_rank")]


class _Curve(NamedTuple):
    x: Floats
    score: Floats
    stderr: Floats


def _by_pair(rows: pl.DataFrame, n: int) -> list[_Curve]:
    """Return the curve of each pair."""
    at = np.searchsorted(rows["pair"].to_numpy(), np.arange(n + 1))
    columns = [
        rows[c].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for c in ("x", "score", "stderr")
    ]
    return [_Curve(*(c[at[i] : at[i + 1]] for c in columns)) for i in range(n)]


def _counts(curves: CountCurves | None, keys: pl.DataFrame) -> list[CountCurves | None]:
    """Return the counts of each key, None where there are none or replicates repeat a scale."""
    if curves is None:
        return [None] * keys.height
    own = curves.keys.select(AUDIT_KEY).with_row_index("number")
    held = keys.join(own, on=list(AUDIT_KEY), how="left", nulls_equal=True, maintain_order="left")
    return [None if i is None else curves.take([i]) for i in held["number"]]


def _item_pairs(items: pl.DataFrame, pairs: pl.DataFrame) -> dict[int, tuple[ItemCurve, ItemCurve]]:
    """Return the values of the same items under both metrics, where both are known."""
    found: dict[tuple[object, ...], list[ItemCurve]] = {}
    for held in item_curves(items):
        found.setdefault(tuple(held.key[c] for c in AUDIT_KEY), []).append(held)
    both = {}
    for row in pairs.iter_rows(named=True):
        a = found.get(tuple(row[c] for c in AUDIT_KEY), [])
        b = found.get(tuple({**row, "metric": row["partner"]}[c] for c in AUDIT_KEY), [])
        if len(a) == len(b) == 1 and a[0].names == b[0].names:
            both[int(row["pair"])] = (a[0], b[0])
    return both


def _swap(
    pair: tuple[_Curve, _Curve],
    counts: tuple[CountCurves | None, CountCurves | None],
    items: tuple[ItemCurve, ItemCurve] | None,
    key: np.uint64,
    replicates: int,
) -> dict[str, object]:
    """Return one row of the table."""
    a, b = pair
    row: dict[str, object] = dict.fromkeys(_MEASURED)
    if len(a.score) < 3:
        return {**row, "partner_status": STATUSES[TOO_FEW_SCALES], "interval_from": _NONE}
    (score_a, score_b), codes = emergence_scores_of(np.stack([a.score, b.score]))
    ok = codes == OK
    shares = step_shares(a.score[np.newaxis])[0], step_shares(b.score[np.newaxis])[0]
    step = int(np.argmax(shares[0]))
    reach = a.x[-1] - a.x[0]
    straight = float((a.x[step + 1] - a.x[step]) / reach) if np.isfinite(reach) else np.nan
    row |= {
        "swap_score": float(score_a) if ok[0] else None,
        "partner_score": float(score_b) if ok[1] else None,
        "partner_status": STATUSES[codes[1]],
        "difference": float(score_a - score_b) if ok.all() else None,
        "interval_from": _NONE,
        "step_share": float(shares[0][step]),
        "partner_step_share": float(shares[1][step]),
        "straight_share": straight if np.isfinite(reach) else None,
    }
    jump = shares[0][step] > straight  # false for nan
    if jump:
        row["retained"] = float((shares[1][step] - straight) / (shares[0][step] - straight))
    if not replicates:
        return row
    drawn, row["interval_from"] = _draws(pair, counts, items, key, replicates)
    if drawn is None:
        return row
    scores = [scores_with_infinities(curves) for curves in drawn]
    both = np.isinf(scores[0]) & (scores[0] == scores[1])
    difference = np.where(both, 0.0, scores[0] - np.where(both, 0.0, scores[1]))
    row["difference_low"], row["difference_high"] = percentile_interval(0.0, difference)[1:]
    if jump:
        own, other = (step_shares(curves)[:, step] - straight for curves in drawn)
        ratio = np.where(own > 0.0, other / np.where(own > 0.0, own, 1.0), np.inf)
        row["retained_low"], row["retained_high"] = percentile_interval(0.0, ratio)[1:]
    return row


def _draws(
    pair: tuple[_Curve, _Curve],
    counts: tuple[CountCurves | None, CountCurves | None],
    items: tuple[ItemCurve, ItemCurve] | None,
    key: np.uint64,
    replicates: int,
) -> tuple[list[Floats] | None, str]:
    """Return redrawn curves of both metrics, (replicates, n_scales), and what they rest on."""
    if items is not None:
        turned = [_turned(held, curve) for held, curve in zip(items, pair, strict=True)]
        return [resampled_curves(v, key, replicates=replicates) for v in turned], _FROM_ITEMS
    drawn = []
    for i, (curve, own) in enumerate(zip(pair, counts, strict=True)):
        law = _law(curve, own)
        if law is None:
            return None, _NONE
        values = np.empty((replicates, len(curve.score)))
        _redrawn(*law, np.uint64(child(key, np.uint64(i))), values)
        drawn.append(values)
    return drawn, _FROM_COUNTS


def _turned(held: ItemCurve, curve: _Curve) -> Floats:
    """Return item values with the sign that makes their means the oriented scores."""
    means = held.values.mean(axis=1)
    same = np.abs(means - curve.score).sum() <= np.abs(means + curve.score).sum()
    return np.asarray(held.values if same else -held.values)


def _law(curve: _Curve, own: CountCurves | None) -> tuple[Floats, Floats, Floats] | None:
    """Return share, items and standard error of each scale, or None where its noise is unknown."""
    n = len(curve.score)
    if own is not None and len(own.x) == n:
        level = own.items * (1.0 - own.pairing[0])
        return own.share, np.maximum(np.rint(level), 1.0), np.zeros(n)
    if np.isnan(curve.stderr).any():
        return None
    return curve.score, np.zeros(n), curve.stderr


@kernel
def _redrawn(share: Floats, items: Floats, stderr: Floats, key: np.uint64, curves: Floats) -> None:
    """Fill each row with one redrawn curve: counts where there are items, else normal."""
    n = len(share)
    for r in range(len(curves)):
        for i in range(n):
            at = np.uint64(r * n + i)
            if items[i] > 0.0:
                curves[r, i] = binomial(key, at, int(items[i]), share[i]) / items[i]
            else:
                curves[r, i] = share[i] + stderr[i] * normal(key, at)
