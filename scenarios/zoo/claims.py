"""Claims of the scenario ``zoo``: simulated means are the stated truth, and slopes are as stated.

As in the scenario ``compounding``, a correct simulator fails each claim once in a thousand runs,
however many scores it is about.
"""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
import polars as pl

from scenarios.zoo.parameters import GROUPS, ZooParameters, name
from simlab.claims.claim import Claim, holds, within
from simlab.simulators.zoo.breaks import Hinge
from simlab.simulators.zoo.kind import RateKind
from simlab.simulators.zoo.kinds import NULLS, kind_of
from simlab.simulators.zoo.mirage import Mirage
from simlab.simulators.zoo.percolation import Percolation
from simlab.simulators.zoo.quantisation import Quanta
from simlab.simulators.zoo.seed_mixture import SeedMixture
from simlab.simulators.zoo.smooth import Gumbel
from simlab.table import ScoreTable

Cells = Sequence[ZooParameters]

_ERROR = 1e-3
_Z = NormalDist().inv_cdf(1 - _ERROR / 2)
_FEWEST_HITS = 30.0
_GRAPHS = 2000
"""Graphs behind the stated mean of percolation."""


def claims(cells: Cells, table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    frame = table.frame
    return [
        *_means(cells, frame),
        *_slopes(cells, frame),
        *_quanta(cells),
        *_emergence_scores(cells, frame),
    ]


def _means(cells: Cells, frame: pl.DataFrame) -> Iterator[Claim]:
    """Hold means over curves against the truth, by Bernstein's inequality."""
    for kind_name in dict.fromkeys(cell.kind for cell in cells):
        own = [cell for cell in cells if cell.kind == kind_name]
        kind = kind_of(kind_name)
        rows = frame.filter(pl.col("task") == kind_name)
        curves = {
            subtask: cell.curves
            for cell in own
            for subtask in (name(cell), *(f"{name(cell)}, {group}" for group in GROUPS.values()))
        }
        n = rows["subtask"].replace_strict(curves).to_numpy()
        truth, mean = rows["expected"].to_numpy(), rows["mean_score"].to_numpy()
        items = rows["n_items"].to_numpy()
        error = rows["mean_stderr"].to_numpy()
        share = np.clip(truth, 0.0, 1.0)  # scores that are rare may show no spread
        error = np.maximum(error, np.sqrt(share * (1.0 - share) / items / n))
        if isinstance(kind, Percolation):
            error = error * np.sqrt(1.0 + n / _GRAPHS)
        largest = np.where(rows["metric"].to_numpy() == "token_edit_distance", truth.max(), 1.0)
        alone = isinstance(kind, Percolation | SeedMixture) or getattr(kind, "rho", 0.0) > 0.0
        log = math.log(2.0 * len(truth) / _ERROR)
        bound = math.sqrt(2.0 * log) * error + largest * log / (3.0 * n * (1 if alone else items))
        off = np.abs(mean - truth)
        worst = int(np.argmax(off / np.maximum(bound, 1e-300)))
        yield holds(
            f"mean-{kind_name}",
            f"{kind_name}: the mean of {n.min():,} curves is the stated truth, at all "
            f"{len(truth)} scales, chances and metrics. {kind.truth.reason}",
            passed=bool((off <= bound).all()),
            observed=f"off by {off[worst]:.2g} where {bound[worst]:.2g} is allowed, at worst",
            expected="within Bernstein's bound at 99.9% for all together",
            source=kind.truth.source,
        )


def _slopes(cells: Cells, frame: pl.DataFrame) -> Iterator[Claim]:
    """Fit ln(-ln score) against ln N by weighted least squares, where there is no guessing."""
    for cell in cells:
        kind = kind_of(cell.kind)
        if cell.chance or cell.n_scales < 4:
            continue
        plain = isinstance(kind, RateKind) and kind.ceiling == 1.0 and kind.rho == 0.0
        rows = frame.filter(
            pl.col("task") == cell.kind,
            pl.col("subtask") == name(cell),
            pl.col("metric").is_in(["accuracy", "exact_match"]),
        )
        if isinstance(kind, Mirage) and kind.theta == 0.0:
            yield from _slope(cell, rows, "", kind.alpha, -math.inf, math.inf)
        elif plain and isinstance(kind, Gumbel):
            yield from _slope(cell, rows, "", kind.slope, -math.inf, math.inf)
        elif plain and isinstance(kind, Hinge):
            at = math.log(kind.break_at)
            yield from _slope(cell, rows, "-before", kind.slope_before, -math.inf, at)
            yield from _slope(cell, rows, "-after", kind.slope_after, at, math.inf)


def _slope(
    cell: ZooParameters, rows: pl.DataFrame, where: str, slope: float, low: float, high: float
) -> Iterator[Claim]:
    seeds = len(set(rows["seed"]))
    means = rows.group_by("scale").agg(pl.col("mean_score").mean()).sort("scale")
    x, p = np.log(means["scale"].to_numpy()), means["mean_score"].to_numpy()
    n = cell.items * cell.curves * seeds
    used = (x >= low) & (x <= high) & (p * n > _FEWEST_HITS) & ((1.0 - p) * n > _FEWEST_HITS)
    if used.sum() < 2:
        return
    x, p = x[used], p[used]
    eta = np.log(-np.log(p))
    precise = n * p * np.log(p) ** 2 / (1.0 - p)  # 1 over the variance of eta
    centre = (precise * x).sum() / precise.sum()
    spread = (precise * (x - centre) ** 2).sum()
    fitted = float((precise * (x - centre) * eta).sum() / spread)
    bias = 0.5 * float(np.max((1.0 - p) / (n * p * np.abs(np.log(p))))) / float(np.ptp(x))
    yield within(
        f"slope-{cell.kind}{where}" + (f"-{_slug(name(cell))}" if name(cell) != "chance=0" else ""),
        f"{cell.kind}: ln(-ln score) against ln N{where.replace('-', ' ')} has the stated slope "
        f"(weighted least squares on the mean of {cell.curves * seeds:,} curves)",
        observed=fitted,
        expected=slope,
        tolerance=_Z / math.sqrt(spread) + bias,
        source="ln(-ln p^L) = alpha ln N + const; Schaeffer et al. 2023, arXiv 2304.15004",
    )


def _quanta(cells: Cells) -> Iterator[Claim]:
    """The polygenic loss falls as N^-(a growth) once many skills are learned."""
    kinds = {kind for cell in cells if isinstance(kind := kind_of(cell.kind), Quanta)}
    for kind in kinds:
        if kind.skill:
            continue
        x = math.log(kind.first_at) + np.log([1e5, 1e6]) / kind.growth
        loss = np.log(kind.not_learned(x))
        yield within(
            "quanta-exponent",
            "Skills learned one by one: the frequency of those not learned falls as a power of N, "
            "n^-a (slope between 1e5 and 1e6 skills)",
            observed=float((loss[1] - loss[0]) / (x[1] - x[0])),
            expected=-kind.exponent * kind.growth,
            tolerance=1e-4,
            source="Michaud et al. 2023, arXiv 2303.13506",
        )


def _emergence_scores(cells: Cells, frame: pl.DataFrame) -> Iterator[Claim]:
    """An emergence score above 10 is common among smooth curves of 12 scales."""
    smooth = {c.kind for c in cells if c.kind in NULLS and c.n_scales >= 12 and not c.chance}
    steep = {c.kind for c in cells if c.kind in ("step", "strong-hinge") and not c.chance}
    if not {"gumbel", "logistic"} <= smooth or not steep:
        return
    rows = frame.filter(pl.col("subtask") == "chance=0", pl.col("metric").is_in(_FIRST))
    shares = dict(rows.group_by("task").agg(pl.col("beyond_10").mean()).iter_rows())
    shown = {kind: shares[kind] for kind in ("gumbel", "logistic", *sorted(steep))}
    yield holds(
        "beyond-10-says-little",
        "An emergence score above 10 is reached by more than half of the smooth curves of the "
        "kinds gumbel and logistic, so that it tells no break from a smooth curve",
        passed=shares["gumbel"] > 0.5 and shares["logistic"] > 0.5,
        observed="; ".join(f"{kind} {share:.0%}" for kind, share in shown.items()),
        expected="more than 50% of gumbel and of logistic",
        source="Srivastava et al. 2022, arXiv 2206.04615, breakthroughness",
    )


_FIRST = ("accuracy", "exact_match", "multiple_choice_grade")


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
