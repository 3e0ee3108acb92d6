"""Scenario ``sampling``: many answers to an item, and what they cost."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.sampling.claims import claims
from scenarios.sampling.parameters import (
    SamplingParameters,
    answers_of,
    name,
    numbers,
    success_of,
)
from simlab.metrics.pass_at_k import share_without
from simlab.scenario import Context, Scenario
from simlab.simulators.family import size_labels
from simlab.simulators.repeated_sampling import expected_best_of, sample_answers
from simlab.simulators.success_distributions import expected_miss, success_quantile
from simlab.streams import seed_key, uniform
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

NODES = 512
"""Items of the closed form of the verifier: the middles of as many equal shares."""


def run(p: SamplingParameters, context: Context) -> ScoreTable:
    """Return coverage, the verifier's and the vote's accuracy of each model, against FLOPs.

    An item has one difficulty for all models and cells: the share of items that are harder.
    Columns beyond the schema: ``k``, ``n_params``, ``expected`` (closed form) and ``plug_in``
    (the biased 1 - (1 - c/n)^k, beside pass@k).
    """
    ks = numbers(p.samples)
    key = seed_key(context.seed, "sampling", "items")
    fooling = seed_key(context.seed, "sampling", "fooled")
    places = [np.uint64(i) for i in range(p.items)]
    difficulty = np.array([uniform(key, i) for i in places])
    fooled = np.array([uniform(fooling, i) for i in places]) < p.fooled
    rows: dict[str, list[Any]] = {}
    labels = size_labels(np.array(p.sizes))
    for step, (n_params, label) in enumerate(zip(p.sizes, labels, strict=True)):
        success = success_quantile(success_of(p, n_params), difficulty)
        found = sample_answers(
            success, fooled, ks, answers=answers_of(p),
            key=seed_key(context.seed, "sampling", "answers", float(n_params)),
        )  # fmt: skip
        scores = _scores(found.n_right[:, -1], found.picked, found.voted, ks)
        for metric, (values, expected) in (scores | _closed_forms(p, n_params, ks, scores)).items():
            _extend(rows, metric, label, n_params, ks, values, expected, p)
        context.progress((step + 1) / len(p.sizes))
    same = {
        "scale_kind": "flops", "task": "repeated sampling", "subtask": name(p),
        "seed": context.seed, "source": "simulated", "n_items": p.items,
    }  # fmt: skip
    return ScoreTable.from_columns(rows | same)


Scored = tuple[Floats, Floats | None]


def _scores(n_right: Any, picked: Any, voted: Any, ks: list[int]) -> dict[str, Scored]:
    """Return item by item what each metric scores: (n_items, n_ks)."""
    n = ks[-1]
    names = ("samples", "right", "k")
    covered = [1 - share_without(np.full(len(n_right), n), n_right, k, names) for k in ks]
    return {
        "pass_at_k": (np.stack(covered, axis=1), None),
        "best_of_n": (picked.astype(np.float64), None),
        "majority_vote": (voted, None),
        "plug_in": (1 - (1 - n_right[:, None] / n) ** np.array(ks, np.float64), None),
    }


def _closed_forms(
    p: SamplingParameters, n_params: float, ks: list[int], scores: dict[str, Scored]
) -> dict[str, Scored]:
    law = success_of(p, n_params)
    middle = success_quantile(law, (np.arange(NODES) + 0.5) / NODES)
    seen, fooled = (expected_best_of(middle, ks, d).mean(axis=0) for d in (p.d, -p.d))
    return {
        "pass_at_k": (scores["pass_at_k"][0], 1 - expected_miss(law, ks)),
        "best_of_n": (scores["best_of_n"][0], (1 - p.fooled) * seen + p.fooled * fooled),
    }


def _extend(
    rows: dict[str, list[Any]], metric: str, label: str, n_params: float, ks: list[int],
    values: Floats, expected: Floats | None, p: SamplingParameters,
) -> None:  # fmt: skip
    """Append one row a number of samples; coverage gives its negative logarithm as well."""
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
    shown = {metric: (mean, error, expected, True)}
    if metric == "pass_at_k":
        with np.errstate(divide="ignore", invalid="ignore"):
            loss = np.where(mean > 0, -np.log(mean), np.nan)
        limit = None if expected is None else -np.log(expected)
        shown["-log_pass_at_k"] = (loss, error / np.maximum(mean, 1e-300), limit, False)
    for name_, (score, stderr, closed, upward) in shown.items():
        columns = {
            "family": [label] * len(ks),
            "n_params": [n_params] * len(ks),
            "scale": [2 * n_params * p.tokens * k for k in ks],
            "k": ks,
            "metric": [name_] * len(ks),
            "score": [float(x) if np.isfinite(x) else None for x in score],
            "stderr": stderr.tolist(),
            "expected": [None] * len(ks) if closed is None else closed.tolist(),
            "higher_is_better": [upward] * len(ks),
        }
        for column, held in columns.items():
            rows.setdefault(column, []).extend(held)


def charts(cells: Sequence[SamplingParameters], table: ScoreTable) -> list[Any]:
    """Return the failure of coverage against k, and accuracy against FLOPs."""
    from scenarios.sampling.chart import cost_figure, coverage_figure

    return [coverage_figure(cells, table), cost_figure(table)]


SCENARIO = Scenario(
    name="sampling",
    title="Repeated sampling: coverage, verifiers, votes, and what they cost",
    summary=(
        "Each model answers each item many times. Coverage (pass@k) keeps rising; the negative "
        "logarithm of its mean falls as a power of k if, and only if, the density of success near "
        "0 is a power: a smallest success above 0 (floor) makes it fall geometrically. A verifier "
        "that errs and a vote stop far below coverage. Look at what a small model with many "
        "answers reaches at the cost of a large one with few."
    ),
    citations=(
        "Chen et al. 2021, Evaluating large language models trained on code, arXiv 2107.03374",
        "Brown et al. 2024, Large language monkeys: scaling inference compute with repeated "
        "sampling, arXiv 2407.21787",
        "Schaeffer et al. 2025, How do large language monkeys get their power (laws)?, "
        "arXiv 2502.17578",
    ),
    parameters=SamplingParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"distribution": ("beta", "kumaraswamy"), "floor": (0.0, 0.02)},
)
