"""Scenario ``icl``: what a prompt of examples can tell, and who reads it how well."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from scenarios.icl.claims import claims
from scenarios.icl.parameters import IclParameters, estimators, name
from simlab.scenario import Context, Scenario
from simlab.simulators.in_context.closed_form import expected_error
from simlab.simulators.in_context.comparison import compare_estimators
from simlab.table import ScoreTable

ERROR, SPD = "squared_error", "squared_prediction_difference"


def run(p: IclParameters, context: Context) -> ScoreTable:
    """Return each estimator's error, and the difference of each pair, at every prefix."""
    found = compare_estimators(
        p.task,
        d=p.d,
        points=p.points,
        tasks=p.tasks,
        sigma=p.sigma,
        nonzero=p.nonzero,
        freedom=p.freedom,
        estimators=estimators(p),
        seed=context.seed,
        threads=context.threads,
        progress=context.progress,
    )
    prefixes = np.arange(p.points + 1)
    shared: dict[str, Any] = {
        "scale": prefixes.astype(np.float64),
        "scale_kind": "steps",
        "task": p.task,
        "subtask": name(p),
        "higher_is_better": False,
        "n_items": p.tasks,
        "seed": context.seed,
        "source": "simulated",
        "d": p.d,
    }
    frames = []
    for i, estimator in enumerate(found.names):
        expected = [expected_error(estimator, int(n), p.d, p.sigma) for n in prefixes]
        held = [None if e is None or math.isinf(e) else e for e in expected]
        error, stderr = found.error[i], found.stderr[i]
        columns = {
            "family": estimator,
            "metric": ERROR,
            "score": error,
            "stderr": stderr,
            "low": np.maximum(error - 1.96 * stderr, 0.0),
            "high": error + 1.96 * stderr,
            "expected": pl.Series(held, dtype=pl.Float64),
        }
        frames.append(pl.DataFrame(shared | columns))
        for j, other in enumerate(found.names[:i]):
            pair = {"family": f"{other}, {estimator}", "metric": SPD, "score": found.spd[j, i]}
            frames.append(pl.DataFrame(shared | pair | {"first": other, "second": estimator}))
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def charts(cells: Sequence[IclParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.icl.chart import difference_figure, error_figure  # altair is slow to import

    return [error_figure(table), difference_figure(table)]


SCENARIO = Scenario(
    name="icl",
    title="In-context linear regression",
    summary=(
        "Each prompt holds examples (x, w x + noise) of a task of its own, and the next point is "
        "asked for. A dozen estimators answer after every example; one step of the scale is one "
        "example. Look at who learns from the first example, at least squares where there are as "
        "many examples as dimensions, and at which pairs of estimators predict the same: a model "
        "that learns in context can be compared with each of them."
    ),
    citations=(
        "Garg, Tsipras, Liang & Valiant 2022, What can transformers learn in-context?, "
        "arXiv 2208.01066",
        "Akyurek, Schuurmans, Andreas, Ma & Zhou 2022, What learning algorithm is in-context "
        "learning?, arXiv 2211.15661",
    ),
    parameters=IclParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"task": ("gaussian", "sparse", "heavy-tailed")},
)
