"""Claims of the scenario ``grokking-linear``: when each model generalises, and when it never does.

Steps depend on the draw of the training examples, those of the estimator on its smallest
eigenvalue; the ranges hold what other draws gave.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from scenarios.grokking_linear.parameters import LinearParameters, name
from simlab.claims.claim import Claim, holds, within
from simlab.simulators.slow_bias.linear_estimator import (
    linear_estimator,
    plain_descent,
    steps_of_many,
)
from simlab.table import ScoreTable

LEVI = "Levi et al. 2023, arXiv 2310.16441"
BECK = "Beck et al. 2024, arXiv 2410.04489"
LYU = "Lyu et al. 2023, arXiv 2311.18817"
OWN = "measured for this project with other random draws"
_FACTOR = 2.0
_PLAIN_STEPS = 1000


class Run(NamedTuple):
    """One draw of one ratio of a cell."""

    ratio: float
    train_99: int | None
    test_99: int | None
    diverged_at: int | None
    test_loss: float
    """At the end."""


def claims(cells: Sequence[LinearParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    of = {"estimator": _estimator, "logistic": _logistic, "diagonal": _diagonal}
    runs = {cell: _runs(cell, table.frame) for cell in cells}
    found = [_finite([run for own in runs.values() for run in own])]
    for model, make in of.items():
        chosen = [cell for cell in cells if cell.model == model]
        if len(chosen) == 1:  # a grid over constants of a model is the user's own experiment
            found += make(chosen[0], runs[chosen[0]], int(table.frame["seed"][0]))
    return found


def _runs(cell: LinearParameters, frame: pl.DataFrame) -> list[Run]:
    found = []
    for ratio in cell.own.ratios:
        rows = frame.filter(pl.col("subtask") == name(cell, ratio))
        for _, own in rows.group_by("family", "seed", maintain_order=True):
            loss = own.filter(pl.col("task") == "test", pl.col("metric") == "loss").sort("scale")
            row = own.row(0, named=True)
            found.append(
                Run(
                    ratio,
                    row["train_steps_to_99"],
                    row["test_steps_to_99"],
                    row["diverged_at"],
                    loss["score"][-1],
                )
            )
    return found


def _finite(runs: Sequence[Run]) -> Claim:
    lost = [run for run in runs if run.diverged_at is not None]
    where = f"; ratio {lost[0].ratio:g}: at step {lost[0].diverged_at}" if lost else ""
    return holds(
        "loss-stays-finite",
        "The loss of every run stays finite; curves of others end where it does not",
        passed=not lost,
        observed=f"{len(lost)} of {len(runs)} left the numbers{where}",
        expected="0",
        source="by construction, for a learning rate that is small enough",
    )


def _medians(runs: Sequence[Run]) -> dict[float, tuple[float, float]]:
    """Return median steps to 99% on both sets, of ratios at which all draws got there."""
    found = {}
    for ratio in dict.fromkeys(run.ratio for run in runs):
        own = [(r.train_99, r.test_99) for r in runs if r.ratio == ratio and r.train_99]
        if own and all(test for _, test in own):
            train, test = np.median(np.array(own, np.float64), axis=0)
            found[ratio] = (float(train), float(test))
    return found


def _estimator(cell: LinearParameters, runs: Sequence[Run], seed: int) -> Iterator[Claim]:
    own = cell.own
    if any(run.diverged_at is not None for run in runs):
        return  # there is nothing to say about curves that end
    yield _same_as_plain(cell, seed)
    below = [run for run in runs if run.ratio < 1.0 and run.train_99]
    limits = {
        ratio: steps_of_many(ratio, lr=own.lr, epsilon=cell.epsilon)
        for ratio in dict.fromkeys(run.ratio for run in below)
    }
    due = [(run, limits[run.ratio]) for run in below]
    # beyond a half of the run, a draw with a small eigenvalue may not be through
    due = [(run, t) for run, t in due if t is not None and _FACTOR * t <= own.steps]
    if due:
        shares = [run.test_99 / t if run.test_99 and t else math.inf for run, t in due]
        yield holds(
            "estimator-steps",
            "Below ratio 1, accuracy on unseen inputs reaches 99% within a factor of 2 of the step "
            "that the law of Marchenko and Pastur gives without bound on d",
            passed=all(1 / _FACTOR <= share <= _FACTOR for share in shares),
            observed="; ".join(f"ratio {run.ratio:g}: {run.test_99} of {t}" for run, t in due),
            expected=f"{1 / _FACTOR:g} to {_FACTOR:g} times",
            source=f"closed form; {LEVI}, section 3",
        )
    medians = sorted((r, test / train) for r, (train, test) in _medians(below).items())
    if len(medians) > 1:
        delays = [delay for _, delay in medians]
        yield holds(
            "estimator-delay-grows",
            "The delay of the estimator, steps to 99% on unseen over those on training inputs, "
            "grows as inputs per example near 1 (medians)",
            passed=delays == sorted(delays),
            observed=", ".join(f"{ratio:g}: {delay:.3g}" for ratio, delay in medians),
            expected="ever longer",
            source=f"{LEVI}, section 3",
        )
    above = [run for run in runs if run.ratio > 1.0]
    if above:
        yield holds(
            "estimator-never",
            "Above ratio 1 the estimator fits its training inputs and never generalises",
            passed=all(run.train_99 and run.test_99 is None for run in above),
            observed=f"{sum(run.test_99 is not None for run in above)} of {len(above)} did",
            expected="0, and all fit",
            source=f"{LEVI}, section 3",
        )
        for ratio in dict.fromkeys(run.ratio for run in above):
            losses = [run.test_loss for run in above if run.ratio == ratio]
            null = 1.0 - 1.0 / ratio
            deviation = math.sqrt(2.0 * null / cell.size / len(losses))
            yield within(
                f"estimator-floor-{ratio:g}".replace(".", "-"),
                f"At ratio {ratio:g} its loss on unseen inputs ends at the share of directions "
                "that no training input has, 1 - 1 / ratio (mean over draws)",
                observed=float(np.mean(losses)),
                expected=null,
                tolerance=4.0 * deviation + 0.05 * null,  # what decays has not all decayed
                source="closed form",
            )


def _same_as_plain(cell: LinearParameters, seed: int) -> Claim:
    """Take plain steps of gradient descent, and compare with the eigenvectors' answer."""
    ratio, lr = min(cell.own.ratios), cell.own.lr
    steps = min(_PLAIN_STEPS, cell.own.steps)
    plain = plain_descent(ratio, steps, d=cell.size, lr=lr, seed=seed)
    exact = linear_estimator(ratio, np.array([steps]), d=cell.size, lr=lr, seed=seed)
    loss = float(plain @ plain)
    return within(
        "estimator-is-exact",
        f"Loss on unseen inputs after {steps} plain steps of gradient descent is that of the "
        f"solution by eigenvectors (relative difference, ratio {ratio:g})",
        observed=abs(float(exact.test_loss[0]) / loss - 1.0),
        expected=0.0,
        tolerance=1e-9,
        source="closed form",
    )


def _logistic(cell: LinearParameters, runs: Sequence[Run], seed: int) -> Iterator[Claim]:
    if (cell.size, cell.sigma, cell.own.lr) != (400, 5.0, 0.01) or cell.own.steps < 100_000:
        return
    near = [run for run in runs if run.ratio == 0.4]
    if near:
        late = [run.test_99 for run in near if run.test_99]
        yield holds(
            "logistic-delay",
            "At ratio 0.4, logistic regression on constant labels knows 99% of its examples after "
            "400 to 900 steps, and 99% of unseen ones only after 12,000 to 100,000",
            passed=len(late) == len(near)
            and all(12_000 <= t <= 100_000 for t in late)
            and all(run.train_99 and 400 <= run.train_99 <= 900 for run in near),
            observed="; ".join(f"{run.train_99} and {run.test_99}" for run in near),
            expected="in both ranges; one draw: 620 and 40,100",
            source=f"{BECK}, as a phenomenon; {OWN}",
        )
    separable = [run for run in runs if run.ratio >= 0.5]
    if separable:
        yield holds(
            "logistic-never",
            "From ratio 1/2 on, where the examples are separable, accuracy on unseen ones does not "
            "reach 99% within 100,000 steps",
            passed=all(run.test_99 is None or run.test_99 > 100_000 for run in separable),
            observed=f"{sum(r.test_99 is not None for r in separable)} of {len(separable)} did",
            expected="0",
            source=f"{BECK}, as a phenomenon; {OWN}",
        )


def _diagonal(cell: LinearParameters, runs: Sequence[Run], seed: int) -> Iterator[Claim]:
    own = (cell.examples, cell.alpha, cell.own.lr, cell.weight_decay, cell.own.ratios)
    if own == (100, 2.0, 0.05, 0.01, (10.0,)) and cell.own.steps >= 12_000:
        times = [(run.train_99, run.test_99) for run in runs]
        yield holds(
            "diagonal-delay",
            "The diagonal network of 1000 inputs and 100 examples knows its examples after the "
            "first step, and 99% of unseen ones after 6,500 to 9,500",
            passed=all(a == 1 and b is not None and 6_500 <= b <= 9_500 for a, b in times),
            observed="; ".join(f"{a} and {b}" for a, b in times),
            expected="1, and in the range; one draw: 7870",
            source=f"{LYU}, as a phenomenon; {OWN}",
        )
    elif cell.weight_decay == 0.0:
        yield holds(
            "diagonal-control",
            "Without weight decay the diagonal network does not generalise",
            passed=all(run.test_99 is None for run in runs),
            observed=f"{sum(run.test_99 is not None for run in runs)} of {len(runs)} did",
            expected="0",
            source=f"{LYU}, as a phenomenon; {OWN}",
        )
