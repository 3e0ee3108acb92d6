"""Claims of the scenario ``sampling``: closed forms, the power law, bias, and equal costs."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from scenarios.sampling.parameters import SamplingParameters, answers_of, name, success_of
from simlab.charts.axes import format_scale
from simlab.claims.claim import Claim, holds, within
from simlab.simulators.repeated_sampling import vote_threshold
from simlab.simulators.success_distributions import (
    expected_miss,
    miss_asymptote,
    share_below,
)
from simlab.table import ScoreTable

MONKEYS = "Schaeffer et al. 2025, arXiv 2502.17578"
_ERRORS = 5.0  # standard errors: the largest of some hundred correlated ones
_FAR = 1e7  # attempts at which the closed form has reached its power


def claims(cells: Sequence[SamplingParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    frame = table.frame
    return [
        *_closed_forms(frame),
        *_bias(frame),
        *_bounds(frame),
        *_votes(cells, frame),
        *_powers(cells),
        *_equal_costs(cells, frame),
    ]


def _closed_forms(frame: pl.DataFrame) -> Iterator[Claim]:
    for metric, words, source in (
        ("pass_at_k", "Unbiased pass@k", "1 - E (1 - p)^k; Chen et al. 2021, equation 1"),
        ("best_of_n", "The accuracy of the verifier's best", "closed form, see expected_best_of"),
    ):
        held = frame.filter(pl.col("metric") == metric)
        # where all items are alike there is no spread: then one item is the resolution
        error = np.hypot(held["stderr"].to_numpy(), 1 / held["n_items"].to_numpy())
        off = np.abs(held["score"].to_numpy() - held["expected"].to_numpy()) / error
        yield within(
            metric.replace("_", "-"),
            f"{words} agrees with its closed form at all {held.height} points (largest distance "
            "in standard errors)",
            observed=float(off.max()), expected=0.0, tolerance=_ERRORS, source=source,
        )  # fmt: skip


def _bias(frame: pl.DataFrame) -> Iterator[Claim]:
    """The plug-in 1 - (1 - c/n)^k lies below the unbiased estimator for every k above 1."""
    key = ["family", "subtask", "seed", "k"]
    both = frame.filter(pl.col("metric") == "pass_at_k").join(
        frame.filter(pl.col("metric") == "plug_in"), on=key, suffix="_plug"
    )
    both = both.filter(pl.col("k") > 1)
    gap = both["score"].to_numpy() - both["score_plug"].to_numpy()
    yield holds(
        "plug-in-biased",
        "The plug-in 1 - (1 - c/n)^k is too low: below the unbiased pass@k at every k > 1",
        passed=bool((gap > -1e-12).all() and gap.sum() > 0),
        observed=f"by {gap.min():.2g} to {gap.max():.2g}",
        expected="never above it",
        source="Chen et al. 2021, section 2.1",
    )


def _bounds(frame: pl.DataFrame) -> Iterator[Claim]:
    """No choice among k answers can beat coverage by all k of them."""
    last = frame.filter(pl.col("k") == pl.col("k").max().over("subtask"))
    score = {
        metric: last.filter(pl.col("metric") == metric).sort("subtask", "family", "seed")["score"]
        for metric in ("pass_at_k", "best_of_n", "majority_vote")
    }
    for metric in ("best_of_n", "majority_vote"):
        lost = score["pass_at_k"].to_numpy() - score[metric].to_numpy()
        yield holds(
            f"{metric.replace('_', '-')}-below-coverage",
            f"With all answers, {metric.replace('_', ' ')} is right on fewer items than coverage "
            "solves",
            passed=bool((lost >= 0).all()),
            observed=f"fewer by {lost.min():.3f} to {lost.max():.3f}",
            expected="at least 0",
            source="on the same answers",
        )


def _votes(cells: Sequence[SamplingParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    """Endless votes are right on the items whose success beats the best wrong answer."""
    for cell in cells:
        for n_params in cell.sizes:
            held = frame.filter(
                pl.col("subtask") == name(cell),
                pl.col("n_params") == n_params,
                pl.col("metric") == "majority_vote",
                pl.col("k") == cell.samples,
            )
            limit = 1 - share_below(success_of(cell, n_params), vote_threshold(answers_of(cell)))
            # items within a standard deviation of the threshold are still undecided
            undecided = 0.5 / np.sqrt(cell.samples)
            error = float(held["stderr"].mean()) / np.sqrt(held.height)  # type: ignore[arg-type]
            yield within(
                f"vote-limit-{_label(cell)}-{format_scale(n_params, 'params').lower()}",
                f"{name(cell)}, {format_scale(n_params, 'params')}: {cell.samples} votes are right "
                "on the items whose success exceeds that of the commonest wrong answer",
                observed=float(held["score"].mean()),  # type: ignore[arg-type]
                expected=limit, tolerance=_ERRORS * error + undecided,
                source="closed form of endless votes",
            )  # fmt: skip


def _powers(cells: Sequence[SamplingParameters]) -> Iterator[Claim]:
    """Return the exponent of -log mean pass@k far out: the shape, or none at all."""
    for cell in cells:
        law = success_of(cell, cell.sizes[0])
        ks = _FAR * np.array([1.0, 100.0]) if not cell.floor else np.array([16.0, 32, 64, 128, 256])
        loss = -np.log1p(-expected_miss(law, ks))
        slopes = [float(np.log(a / b)) for a, b in pairwise(loss)]
        if cell.floor:
            exponents = np.array(slopes) / np.log(2)
            yield holds(
                f"no-power-law-{_label(cell)}",
                f"{name(cell)}: -log of mean pass@k is no power of k; its local exponent grows "
                "with k",
                passed=bool((np.diff(exponents) > 0).all() and exponents[-1] > cell.shape + 0.5),
                observed=" ".join(f"{x:.2f}" for x in exponents),
                expected=f"rising, beyond {cell.shape + 0.5:g}",
                source=f"closed form; {MONKEYS}",
            )
            continue
        yield within(
            f"power-law-{_label(cell)}",
            f"{name(cell)}: -log of mean pass@k falls as k^-{cell.shape:g}, the density of success "
            f"near 0 being p^{cell.shape - 1:.3g}",
            observed=slopes[0] / float(np.log(100.0)), expected=cell.shape,
            tolerance=0.01 * cell.shape, source=f"closed form; {MONKEYS}",
        )  # fmt: skip
        c, shape = miss_asymptote(law)
        yield within(
            f"power-law-factor-{_label(cell)}",
            f"{name(cell)}: its factor is that of the closed form (ratio)",
            observed=float(loss[-1] / (c * ks[-1] ** -shape)), expected=1.0, tolerance=0.01,
            source=f"closed form; {MONKEYS}",
        )  # fmt: skip


def _equal_costs(cells: Sequence[SamplingParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    """Hold the smallest model with many answers against the largest with few, at one cost."""
    for cell in cells:
        small, large = min(cell.sizes), max(cell.sizes)
        ratio = large / small
        if small == large or ratio != int(ratio) or ratio > cell.samples:
            continue
        own = frame.filter(pl.col("subtask") == name(cell))
        for metric, words in (("pass_at_k", "coverage"), ("best_of_n", "the verifier's choice")):
            first, second = (_at(own, metric, n, k) for n, k in ((small, int(ratio)), (large, 1)))
            if first is None or second is None:
                continue
            gap, error = first[0] - second[0], float(np.hypot(first[1], second[1]))
            expected = first[2] - second[2]
            yield within(
                f"equal-cost-{metric.replace('_', '-')}-{_label(cell)}",
                f"{name(cell)}, {words}: {ratio:.0f} answers of the smallest model against one of "
                f"the largest, at equal FLOPs: {'more' if expected > 0 else 'fewer'} items "
                "(difference of shares)",
                observed=gap, expected=expected, tolerance=_ERRORS * error,
                source="closed forms",
            )  # fmt: skip


def _at(frame: pl.DataFrame, metric: str, n: float, k: int) -> tuple[float, float, float] | None:
    held = frame.filter(pl.col("metric") == metric, pl.col("n_params") == n, pl.col("k") == k)
    if held.is_empty():
        return None
    means: Any = held.select("score", "stderr", "expected").mean().row(0)
    return float(means[0]), float(means[1]) / float(np.sqrt(held.height)), float(means[2])


def _label(cell: SamplingParameters) -> str:
    parts = (part.replace("=", "-").replace("_", "-") for part in name(cell).split(", "))
    return "-".join(parts).lower().removeprefix("distribution-")
