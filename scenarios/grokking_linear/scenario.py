"""Scenario ``grokking-linear``: late generalisation in models that have nothing to understand."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from scenarios.grokking.rows import rows_of_run
from scenarios.grokking_linear.claims import claims
from scenarios.grokking_linear.parameters import LinearParameters, name
from simlab.scenario import Context, Scenario
from simlab.simulators.modular_training import look_steps
from simlab.simulators.slow_bias.constant_labels import constant_labels
from simlab.simulators.slow_bias.curves import SlowBiasCurves
from simlab.simulators.slow_bias.diagonal_network import diagonal_network
from simlab.simulators.slow_bias.linear_estimator import linear_estimator
from simlab.table import ScoreTable
from simlab.threads import map_ordered


def run(p: LinearParameters, context: Context) -> ScoreTable:
    """Return the curves of each ratio and draw of a cell."""
    jobs = [(ratio, draw) for ratio in p.own.ratios for draw in range(p.draws)]
    done, lock = 0, threading.Lock()

    def train(job: tuple[float, int]) -> SlowBiasCurves:
        nonlocal done
        found = curves(p, *job, seed=context.seed)
        with lock:
            done += 1
            share = done / len(jobs)
        context.status(f"{p.model}, training loss {found.train_loss[-1]:.3g}")
        context.progress(share)
        return found

    runs = map_ordered(train, jobs, threads=context.threads)
    frames = [_rows(p, *job, context.seed, found) for job, found in zip(jobs, runs, strict=True)]
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def curves(p: LinearParameters, ratio: float, draw: int, *, seed: int) -> SlowBiasCurves:
    """Return the curves of one run."""
    own = p.own
    at = np.array(look_steps(own.steps, p.looks))
    if p.model == "estimator":
        return linear_estimator(
            ratio, at, d=p.size, lr=own.lr, epsilon=p.epsilon, seed=seed, draw=draw
        )
    if p.model == "logistic":
        return constant_labels(ratio, at, n=p.size, sigma=p.sigma, lr=own.lr, seed=seed, draw=draw)
    return diagonal_network(
        at,
        d=round(ratio * p.examples),
        n=p.examples,
        alpha=p.alpha,
        lr=own.lr,
        weight_decay=p.weight_decay,
        test_items=p.test_items,
        seed=seed,
        draw=draw,
    )


def _rows(
    p: LinearParameters, ratio: float, draw: int, seed: int, found: SlowBiasCurves
) -> pl.DataFrame:
    shared = {"family": f"draw {draw}", "subtask": name(p, ratio), "seed": seed, "ratio": ratio}
    chance = None if p.model == "estimator" else 0.5
    return rows_of_run(found, shared, found.others, chance=chance)


def charts(cells: Sequence[LinearParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figure."""
    from scenarios.grokking.chart import Below, accuracy_panels
    from simlab.charts.figure import Figure

    below = Below("loss", "loss", log=True)
    chart, said = accuracy_panels(table, below, columns=4, most=8, legend="examples")
    return [
        Figure(
            name="late-generalisation",
            title="Late generalisation without a circuit to discover",
            caption=(
                "Above: accuracy on the examples trained on and on unseen ones, a line a draw; "
                "dashed: guessing. Below: loss on both (for the estimator, the mean squared "
                f"error).{said}"
            ),
            chart=chart,
        )
    ]


SCENARIO = Scenario(
    name="grokking-linear",
    title="Grokking in linear models: slow implicit bias",
    summary=(
        "Three models without a hidden representation that know their training examples long "
        "before the rest: a linear student of a linear teacher, whose error dies out along ever "
        "smaller eigenvalues; logistic regression on constant labels near separability; a "
        "diagonal network with large first weights. Look at how the delay grows as inputs per "
        "example near the critical ratio (1 for the estimator, 1/2 for constant labels)."
    ),
    citations=(
        "Levi, Beck & Bar-Sinai 2023, Grokking in linear estimators: a solvable model that groks "
        "without understanding, arXiv 2310.16441",
        "Beck, Levi & Bar-Sinai 2024, Grokking at the edge of linear separability, "
        "arXiv 2410.04489",
        "Lyu, Jin, Li, Du, Lee & Hu 2023, Dichotomy of early and late phase implicit biases can "
        "provably induce grokking, arXiv 2311.18817",
    ),
    parameters=LinearParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"model": ("estimator", "logistic", "diagonal")},
)
