"""Claims of the scenario ``calibration``: level, areas under ROC curves, coverage."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from scipy.stats import binom

from scenarios.calibration.parameters import NULL_KINDS, CalibrationParameters
from scenarios.calibration.rates import areas, level_metric, threshold_metric
from simlab.claims.claim import Claim, holds
from simlab.table import ScoreTable

_ERROR = 1e-3
"""Probability that a claim fails by chance where its number lies at the edge of what it allows."""
_MOST_FIRES = 0.07
_COVERS = (0.87, 0.93)
_LEAST_AREA = {8: 0.95, 12: 0.98}
_HELD = ("strong-hinge", "step", "overdispersed-step", "steep")
_PAPER = "measured here; levels, areas and coverages as simlab states them"


def claims(cells: Sequence[CalibrationParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    frame = table.frame
    return [*_level(frame), *_bare(frame), *_areas(frame), *_coverage(frame)]


def _level(frame: pl.DataFrame) -> Iterator[Claim]:
    """Hold every smooth cell against a level of 5%, all cells together."""
    rows = frame.filter(
        pl.col("metric") == level_metric(0.05), pl.col("family").is_in(list(NULL_KINDS))
    )
    if rows.is_empty():
        return
    share, n = rows["score"].to_numpy(), rows["n_items"].to_numpy()
    allowed = binom.isf(_ERROR / len(share), n, _MOST_FIRES) / n
    worst = int(np.argmax(share - allowed))
    where = rows.row(worst, named=True)
    mean = float((share * n).sum() / n.sum())
    yield holds(
        "level",
        "On no smooth cell of the grid does the test at 5% call more than 7% of the curves sharp. "
        "It calls fewer where models do not scatter: a few scales cannot rule scatter out, and the "
        "test leaves room for it",
        passed=bool((share <= allowed).all()),
        observed=f"{mean:.1%} on average; at most {share.max():.1%}, on {where['family']} with "
        f"{where['task']} and {where['scale']:g} items",
        expected=f"at most 7%, within the binomial error of all {len(share)} cells together",
        source=_PAPER,
    )


def _bare(frame: pl.DataFrame) -> Iterator[Claim]:
    """The usual reading of the emergence score calls most smooth curves emergent."""
    at = (pl.col("task") == "12 scales") & pl.col("family").is_in(["gumbel", "logistic"])
    rows = frame.filter(pl.col("metric") == threshold_metric(10), at)
    ours = frame.filter(pl.col("metric") == level_metric(0.05), at)
    if rows["family"].n_unique() < 2:
        return
    mean, own = rows["score"].to_numpy().mean(), ours["score"].to_numpy().mean()
    yield holds(
        "bare-score",
        "An emergence score above 10, the usual reading, calls more than half of the smooth curves "
        "of 12 scales emergent; the test at 5% calls fewer than 7%",
        passed=bool(mean > 0.5 and own < _MOST_FIRES),
        observed=f"{mean:.0%} against {own:.1%} (gumbel and logistic)",
        expected="more than 50% against less than 7%",
        source="Srivastava et al. 2022, arXiv 2206.04615, breakthroughness",
    )


def _areas(frame: pl.DataFrame) -> Iterator[Claim]:
    own = frame.filter(pl.col("subtask") == "chance=0")
    for n_scales, least in _LEAST_AREA.items():
        cell = own.filter(pl.col("task") == f"{n_scales} scales", pl.col("scale") == 200.0)
        for kind in _HELD:
            both = areas(cell, kind, tuple(NULL_KINDS))
            if both is None:
                continue
            n = int(cell.filter(pl.col("family") == kind)["n_items"].to_numpy().max())
            slack = 3.0 * np.sqrt(least * (1.0 - least) / n)
            yield holds(
                f"area-{n_scales}-{kind}",
                f"{kind} against all smooth kinds, {n_scales} scales and 200 items: the area under "
                f"the audit's ROC curve is at least {least:g}, and not below that of the bare "
                "emergence score",
                passed=bool(both[0] >= least - slack and both[0] >= both[1] - slack),
                observed=f"{both[0]:.3f}, bare score {both[1]:.3f}",
                expected=f"at least {least:g} (within {slack:.3f}, {n} curves)",
                source=_PAPER,
            )


def _coverage(frame: pl.DataFrame) -> Iterator[Claim]:
    for name, metric, kinds in (
        ("break-coverage", "break covered", None),
        ("forecast-coverage", "forecast covered", NULL_KINDS),
    ):
        rows = frame.filter(pl.col("metric") == metric)
        if kinds is not None:
            rows = rows.filter(pl.col("family").is_in(list(kinds)))
        n = int(rows["n_items"].sum())
        if n < 200:
            continue
        hits = float((rows["score"] * rows["n_items"]).sum())
        low = binom.isf(1.0 - _ERROR, n, _COVERS[0]) / n
        high = binom.isf(_ERROR, n, _COVERS[1]) / n
        share = hits / n
        what = (
            "Intervals of breakpoints that were located cover the true one"
            if kinds is None
            else "Forecasts of the largest model of smooth curves, from the smaller three quarters "
            "of the scales, cover its score"
        )
        yield holds(
            name,
            f"{what} in 87 to 93 of 100 cases, all cells together",
            passed=bool(low <= share <= high),
            observed=f"{share:.1%} of {n}",
            expected=f"87% to 93% (within {low:.1%} to {high:.1%})",
            source=_PAPER,
        )
