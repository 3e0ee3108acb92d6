"""Scenario ``training-runs``: run with its claims, and charts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.training_runs.claims import claims
from scenarios.training_runs.parameters import TrainingRunsParameters, name
from scenarios.training_runs.study import APPROACHES, Study, run_study
from simlab.fitting.chinchilla_frontier import frontier_of
from simlab.intervals import clopper_pearson
from simlab.laws.chinchilla import BESIROGLU
from simlab.scenario import Context, Scenario
from simlab.table import ScoreTable
from simlab.threads import map_ordered

LEVEL = 0.9
"""Coverage that every interval promises."""

FURTHER = (1e21, 1e22, 1e23, 1e24, 1e25)
"""Budgets of extrapolations, FLOPs."""

_BLOCK = 8

Array = NDArray[np.float64]


def run(p: TrainingRunsParameters, context: Context) -> ScoreTable:
    """Return losses and predictions of the first study; coverage and bias over all studies."""
    budgets = sorted(set(p.budgets))
    at = [*budgets, *(c for c in FURTHER if c > budgets[-1])]
    seeds = [context.seed * p.studies + k for k in range(p.studies)]
    first: Study | None = None
    rows: list[Array] = []
    for start in range(0, p.studies, _BLOCK):
        block = seeds[start : start + _BLOCK]
        studies = map_ordered(lambda seed: run_study(p, seed), block, threads=context.threads)
        first = first or studies[0]
        rows += [_numbers(study, at) for study in studies]
        context.progress(len(rows) / p.studies)
    assert first is not None
    tables = [
        _losses(first, budgets),
        *(
            table
            for k, approach in enumerate(APPROACHES)
            for table in _approach(approach, np.array(rows)[:, k], at, float(budgets[-1]))
        ),
    ]
    same = {"task": "training runs", "subtask": name(p), "seed": context.seed,
            "source": "simulated"}  # fmt: skip
    return ScoreTable.concat([ScoreTable.from_columns(table | same) for table in tables])


def _numbers(study: Study, at: Sequence[float]) -> Array:
    """Return (3, 3, 1 + n_budgets): by approach the estimate, low and high of a and of ln N."""
    out = np.full((len(APPROACHES), 3, 1 + len(at)), np.nan)
    for k, approach in enumerate(APPROACHES):
        if approach not in study.frontiers:
            continue
        frontier, draws = study.frontiers[approach]
        out[k, 0, 0], out[k, 1:, 0] = frontier.a, draws.interval("a", LEVEL)
        out[k, 0, 1:] = np.log(frontier.optimum(at).n_params)
        for j, c in enumerate(at):
            out[k, 1:, 1 + j] = np.log(draws.optimum_interval(c, LEVEL))
    return out


def _losses(study: Study, budgets: Sequence[float]) -> dict[str, Any]:
    """Return the final losses of the first study, one curve a budget."""
    runs = study.curves.final_runs()
    nearest = np.abs(np.log(runs.flops[:, None] / np.array(budgets))).argmin(axis=1)
    return {
        "family": [f"{budgets[k]:g} FLOPs" for k in nearest],
        "scale": runs.n_params.tolist(),
        "metric": "loss",
        "score": runs.loss.tolist(),
        "higher_is_better": False,
    }


def _approach(
    approach: str, rows: Array, at: Sequence[float], largest: float
) -> list[dict[str, Any]]:
    """Return the tables of one approach: exponent, predictions, bias and coverage.

    Columns beyond the schema: ``expected`` (the truth), ``spread`` (standard deviation between
    studies).
    """
    truth = frontier_of(BESIROGLU, largest)
    true = np.array([truth.a, *np.log(truth.optimum(at).n_params)])
    made = np.isfinite(rows[:, 0, 0])
    if made.sum() < 2:
        return []
    good = rows[made]
    error = good[:, 0] - true
    hits = ((good[:, 1] <= true) & (true <= good[:, 2])).sum(axis=0)
    low, high = clopper_pearson(hits, len(good))
    spread = good[:, 0].std(axis=0, ddof=1)
    bias, stderr = error.mean(axis=0), spread / np.sqrt(len(good))
    by_size = {"family": approach, "scale": list(at), "scale_kind": "flops"}
    one = {"family": approach, "scale": [largest], "scale_kind": "flops"}
    first = np.exp(rows[0, :, 1:])
    tables: list[dict[str, Any]] = [
        one | {"metric": "exponent_a", "score": [float(good[:, 0, 0].mean())],
               "low": [float(np.quantile(good[:, 0, 0], 0.025))],
               "high": [float(np.quantile(good[:, 0, 0], 0.975))],
               "stderr": [float(stderr[0])], "expected": [truth.a],
               "spread": [float(spread[0])], "n_items": len(good)},
        one | {"metric": "exponent_coverage", "score": [float(hits[0] / len(good))],
               "low": [float(low[0])], "high": [float(high[0])], "expected": [LEVEL],
               "higher_is_better": True, "n_items": len(good)},
        by_size | {"metric": "size_coverage", "score": (hits[1:] / len(good)).tolist(),
                   "low": low[1:].tolist(), "high": high[1:].tolist(),
                   "expected": [LEVEL] * len(at), "higher_is_better": True, "n_items": len(good)},
        by_size | {"metric": "log_size_error", "score": bias[1:].tolist(),
                   "low": (bias - 2 * stderr)[1:].tolist(),
                   "high": (bias + 2 * stderr)[1:].tolist(),
                   "stderr": stderr[1:].tolist(), "expected": [0.0] * len(at),
                   "spread": spread[1:].tolist(), "n_items": len(good)},
    ]  # fmt: skip
    if made[0]:
        tables.append(
            by_size | {"metric": "optimal_params", "score": first[0].tolist(),
                       "low": np.minimum(first[0], first[1]).tolist(),
                       "high": np.maximum(first[0], first[2]).tolist(),
                       "expected": np.exp(true[1:]).tolist()}
        )  # fmt: skip
    return tables


def charts(cells: Sequence[TrainingRunsParameters], table: ScoreTable) -> list[Any]:
    """Return the figures of the first study of the first cell, and coverage and bias of all."""
    from scenarios.training_runs.chart import coverage_figure, study_figures

    return [*study_figures(cells[0], table, LEVEL), coverage_figure(table)]


SCENARIO = Scenario(
    name="training-runs",
    title="Three approaches to scaling laws, on runs of a known law",
    summary=(
        "Training runs are drawn from a known law, with noise between seeds, cosine schedules, "
        "outliers and a learning rate that may not follow the size, and the three approaches of "
        "Hoffmann et al. 2022 fit them: the envelope of the curves, isoFLOP profiles, and the law "
        "itself. Look at whether 90% intervals hold the truth in 90% of the studies. With noise "
        "alone those of approaches 2 and 3 do; those of approach 1 are too wide, since leaving out "
        "a run moves the envelope by more than noise does. One learning rate for all sizes bends "
        "every approach alike, and then no interval covers: it knows the noise, not the design."
    ),
    citations=(
        "Hoffmann et al. 2022, Training compute-optimal large language models, arXiv 2203.15556",
        "Besiroglu et al. 2024, Chinchilla scaling: a replication attempt, arXiv 2404.10102",
        "Porian et al. 2024, Resolving discrepancies in compute-optimal scaling of language "
        "models, arXiv 2406.19146",
    ),
    parameters=TrainingRunsParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"lr_drift": (0.0, 0.5)},
)
