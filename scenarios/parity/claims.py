"""Claims of the scenario ``parity``: a jump, weights that grow before it, and what it costs."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from scenarios.loss_stays_finite import loss_stays_finite
from scenarios.parity.parameters import ParityParameters, name
from simlab.claims.claim import Claim, holds
from simlab.table import ScoreTable

PAPER = "Barak et al. 2022, arXiv 2207.08799"
_LEAVES_CHANCE = 0.6
_LEARNED = 0.99
_LOOKS = 10  # before accuracy leaves chance: fewer do not show what happens meanwhile


class Ascent(NamedTuple):
    """How one network of a cell came to its accuracy; only of those that learned."""

    leaves: int
    """The first look at which accuracy is above 60%."""
    learned: int
    """The first look at 99%."""
    steps: int
    """The steps of that look."""
    half_way: float
    """Accuracy at half of these steps."""
    ratio: float
    """Ratio of weights at the last look before accuracy leaves chance, over that at the start."""
    jump: float
    """The largest rise of accuracy between two looks, as a share of all its rise up to 99%."""
    weight_jump: float
    """The same of the logarithm of the ratio."""


def claims(cells: Sequence[ParityParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    found = {cell: ascents(table.frame.filter(pl.col("subtask") == name(cell))) for cell in cells}
    seen = {c: a for c, a in found.items() if a and np.median([x.leaves for x in a]) >= _LOOKS}
    return [
        loss_stays_finite(
            table.frame, network="network", named=["subtask", "family"], when="at step"
        ),
        *_flat_then_jump(seen),
        *_hidden(seen),
        *_headline(found, table.frame),
        *_growth(found),
        *_gap(found),
    ]


def ascents(rows: pl.DataFrame) -> list[Ascent]:
    """Return how each network of a cell rose that reached 99%, in the order of the rows."""
    result = []
    for _, net in rows.group_by("family", "seed", maintain_order=True):
        curves = {str(m): g.sort("scale") for (m,), g in net.group_by("metric")}
        steps = curves["accuracy"]["scale"].to_numpy()
        accuracy = curves["accuracy"]["score"].to_numpy()
        ratio = curves["relevant_weight_ratio"]["score"].to_numpy()
        if not (accuracy >= _LEARNED).any():
            continue
        learned = int(np.argmax(accuracy >= _LEARNED))
        leaves = int(np.argmax(accuracy >= _LEAVES_CHANCE))
        half = float(np.interp(steps[learned] / 2.0, steps, accuracy))
        before = float(ratio[max(leaves - 1, 0)] / ratio[0])
        jumps = [_largest_rise(y[: learned + 1]) for y in (accuracy, np.log(ratio))]
        result.append(Ascent(leaves, learned, int(steps[learned]), half, before, *jumps))
    return result


def _largest_rise(y: np.ndarray) -> float:
    span = float(y.max() - y[0])
    return float(np.diff(y).max() / span) if span > 0 and len(y) > 1 else math.nan


def _median(found: Sequence[Ascent], field: str) -> float:
    return float(np.median([getattr(a, field) for a in found]))


def _flat_then_jump(seen: dict[ParityParameters, list[Ascent]]) -> Iterator[Claim]:
    if not seen:
        return
    half = {name(cell): _median(found, "half_way") for cell, found in seen.items()}
    worst = max(half, key=half.__getitem__)
    yield holds(
        "flat-then-jump",
        "Half way to 99%, accuracy is still within 5 points of guessing (median of networks, the "
        "worst of the cells with ten looks at chance or more)",
        passed=half[worst] <= 0.55,
        observed=f"{half[worst]:.3f} ({worst})",
        expected="at most 0.55",
        source=f"{PAPER}, section 1",
    )


def _hidden(seen: dict[ParityParameters, list[Ascent]]) -> Iterator[Claim]:
    """Weights of the relevant bits grow while accuracy is that of guessing."""
    if not seen:
        return
    ratio = {name(cell): _median(found, "ratio") for cell, found in seen.items()}
    least = min(ratio, key=ratio.__getitem__)
    yield holds(
        "hidden-progress",
        "At the last look before accuracy passes 60%, the weights of relevant bits have grown "
        "against the others (median of networks, the least of these cells)",
        passed=ratio[least] >= 1.15,
        observed=f"{ratio[least]:.2f} times ({least})",
        expected="at least 1.15 times",
        source=f"{PAPER}, section 5: hidden progress measures",
    )
    weights = float(np.mean([_median(found, "weight_jump") for found in seen.values()]))
    accuracy = float(np.mean([_median(found, "jump") for found in seen.values()]))
    yield holds(
        "smoother-than-accuracy",
        "Between two looks, the logarithm of the weights' ratio never makes as large a share of "
        "its way as accuracy does (largest share; median of networks, mean of these cells)",
        passed=weights < accuracy,
        observed=f"{weights:.2f} of the ratio, {accuracy:.2f} of accuracy",
        expected="less of the ratio",
        source=f"{PAPER}, section 5: hidden progress measures",
    )


def _headline(found: dict[ParityParameters, list[Ascent]], frame: pl.DataFrame) -> Iterator[Claim]:
    standard = ParityParameters(n=50, k=3)
    for cell in found:
        if name(cell) != name(standard) or cell.steps < 3500 or cell.every > 100:
            continue
        networks = frame.filter(pl.col("subtask") == name(cell)).select("family", "seed").n_unique()
        steps = _median(found[cell], "steps") if found[cell] else math.nan
        yield holds(
            "steps-to-99",
            "With n = 50, k = 3, width 100, networks reach 99% after 2,000 to 3,500 steps (median)",
            passed=len(found[cell]) == networks and 2000 <= steps <= 3500,
            observed=f"{steps:,.0f}; {len(found[cell])} of {networks} networks reach it",
            expected="2,000 to 3,500, and all networks",
            source="20 seeds of a prototype of this network",
        )


def _growth(found: dict[ParityParameters, list[Ascent]]) -> Iterator[Claim]:
    """Steps grow with n at every k, and with k at the largest n; only of cells like the default."""
    plain = {
        (c.n, c.k): _median(a, "steps")
        for c, a in found.items()
        if a and c == ParityParameters(n=c.n, k=c.k)
    }
    for k in sorted({k for _, k in plain}):
        sizes = sorted(n for n, other in plain if other == k)
        steps = [plain[n, k] for n in sizes]
        if len(sizes) < 3:
            continue
        slope = float(np.polyfit(np.log(sizes), np.log(steps), 1)[0])
        yield holds(
            f"steps-grow-with-n-k-{k}",
            f"With k = {k}, more bits take more steps: medians at n = "
            + ", ".join(map(str, sizes)),
            passed=steps == sorted(steps) and steps[-1] > steps[0],
            observed=f"{', '.join(f'{s:,.0f}' for s in steps)} (about n^{slope:.1f})",
            expected="ascending",
            source=f"{PAPER}: n^O(k) steps",
        )
    n = max((n for n, _ in plain), default=0)
    orders = sorted(k for other, k in plain if other == n)
    if len(orders) >= 2:
        steps = [plain[n, k] for k in orders]
        yield holds(
            "steps-grow-with-k",
            f"With n = {n}, more relevant bits take more steps: medians at k = "
            + ", ".join(map(str, orders)),
            passed=steps == sorted(steps) and steps[-1] > steps[0],
            observed=", ".join(f"{s:,.0f}" for s in steps),
            expected="ascending",
            source=f"{PAPER}: n^O(k) steps",
        )


def _gap(found: dict[ParityParameters, list[Ascent]]) -> Iterator[Claim]:
    """Inputs used against those that would tell all parities apart."""
    excess = {
        name(c): _median(a, "steps") * c.batch / math.log2(math.comb(c.n, c.k))
        for c, a in found.items()
        if a and 3 <= c.k < c.n
    }
    if excess:
        least = min(excess, key=excess.__getitem__)
        yield holds(
            "statistical-gap",
            "Networks use far more inputs than the log2 C(n, k) labels that tell all parities of k "
            "bits apart (the least, k of 3 and more)",
            passed=excess[least] >= 100.0,
            observed=f"{excess[least]:,.0f} times ({least})",
            expected="at least 100 times",
            source=f"{PAPER}, section 2: the statistical-computational gap",
        )
