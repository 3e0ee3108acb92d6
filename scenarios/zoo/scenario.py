"""Scenario ``zoo``: curves of every kind whose truth is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.zoo.claims import claims
from scenarios.zoo.parameters import GROUPS, KIND_NAMES, ZooParameters, name
from simlab.emergence.batch import OK, ZERO_MEDIAN, emergence_scores_of
from simlab.intervals import wilson
from simlab.scenario import Context, Scenario
from simlab.simulators.family import size_labels
from simlab.simulators.zoo.kind import Kind
from simlab.simulators.zoo.kinds import kind_of
from simlab.simulators.zoo.mirage import Mirage
from simlab.simulators.zoo.simulate import expected_scores, simulate_scores
from simlab.table import ScoreTable

_FALLING = ("token_edit_distance", "brier_score")
THRESHOLD = 10.0
"""A usual reading of the emergence score: beyond it, a curve is called emergent."""


def run(p: ZooParameters, context: Context) -> ScoreTable:
    """Return one curve under each metric of the kind, and what is true of it.

    Columns beyond the schema: ``expected`` (the true mean); ``mean_score`` and ``mean_stderr``
    over ``curves`` curves; ``beyond_10`` and ``zero_median``, the shares of these curves whose
    emergence score is above 10, and undefined since their median step is 0; ``breaks``,
    ``break_at`` (parameters) and ``sharp``, as `simlab.simulators.zoo.kind.Truth` explains them.
    """
    kind, sizes = kind_of(p.kind), np.exp(p.log_scales)
    truth = kind.truth
    shared = {
        "family": "zoo",
        "model": size_labels(sizes),
        "scale": sizes,
        "task": p.kind,
        "n_items": p.items,
        "seed": context.seed,
        "source": "simulated",
        "breaks": truth.breaks,
        "break_at": pl.Series([truth.break_at] * len(sizes), dtype=pl.Float64),
        "sharp": truth.sharp,
    }
    frames = [
        pl.DataFrame(shared | _scored(kind, metric, p, context))
        for metric in kind.metrics
        if kind.n_scored(p.items, metric) > 0
    ]
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def _scored(kind: Kind, metric: str, p: ZooParameters, context: Context) -> dict[str, Any]:
    """Return the columns of one metric."""
    scores = simulate_scores(
        kind,
        p.log_scales,
        p.items,
        metric=metric,
        chance=p.chance,
        n_curves=p.curves,
        seed=context.seed,
        threads=context.threads,
    )
    falling = metric in _FALLING
    emergence, codes = emergence_scores_of(-scores if falling else scores)
    n_scored = kind.n_scored(p.items, metric)
    guessed = metric == kind.metrics[0] or metric in GROUPS
    return {
        "metric": "accuracy" if metric in GROUPS else metric,
        "subtask": ", ".join([name(p), GROUPS[metric]]) if metric in GROUPS else name(p),
        "n_items": n_scored,
        "score": scores[0],
        "expected": expected_scores(kind, p.log_scales, chance=p.chance, metric=metric),
        "higher_is_better": not falling,
        "chance": pl.Series([p.chance if guessed else None] * p.n_scales, dtype=pl.Float64),
        "mean_score": scores.mean(axis=0),
        "mean_stderr": scores.std(axis=0) / np.sqrt(p.curves),
        "beyond_10": float(np.mean((codes == OK) & (emergence > THRESHOLD))),
        "zero_median": float(np.mean(codes == ZERO_MEDIAN)),
    } | _interval(kind, metric, scores[0], n_scored)


def _interval(
    kind: Kind, metric: str, score: NDArray[np.float64], n_scored: int
) -> dict[str, NDArray[np.float64]]:
    """Return the Wilson interval of shares of items, and of tokens if they are independent."""
    if metric == "brier_score":
        return {}
    tokens = 1
    if metric == "token_edit_distance" and isinstance(kind, Mirage):
        if kind.theta > 0.0:
            return {}
        tokens = kind.n_tokens
    trials = n_scored * tokens
    low, high = wilson(np.rint(score / tokens * trials), trials)
    return {"low": low * tokens, "high": high * tokens}


def charts(cells: Sequence[ZooParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.zoo.chart import zoo_figures  # altair is slow to import

    return zoo_figures(cells, table)


SCENARIO = Scenario(
    name="zoo",
    title="A zoo of curves whose truth is known",
    summary=(
        "Every kind of curve that an analysis of emergence may meet, with its truth: smooth ones, "
        "ones that only a metric, few items or a mixture makes look like a jump, and abilities "
        "that really break. Look at how alike they are on 12 scales and 200 items, and at how many "
        "smooth curves an emergence score above 10 would call emergent."
    ),
    citations=(
        "Schaeffer, Miranda & Koyejo 2023, Are emergent abilities of large language models a "
        "mirage?, arXiv 2304.15004",
        "Michaud et al. 2023, The quantization model of neural scaling, arXiv 2303.13506",
        "Caballero et al. 2023, Broken neural scaling laws, arXiv 2210.14891",
        "Nam et al. 2024, An exactly solvable model for emergence and scaling laws in the "
        "multitask sparse parity problem, arXiv 2404.17563",
        "Du et al. 2024, Understanding emergent abilities of language models from the loss "
        "perspective, arXiv 2403.15796",
        "Lubana et al. 2024, A percolation model of emergence, arXiv 2408.12578",
        "Wu & Lo 2024, U-shaped and inverted-U scaling behind emergent abilities of large "
        "language models, arXiv 2410.01692",
        "Zhao et al. 2025, Distributional scaling for emergent capabilities, arXiv 2502.17356",
    ),
    parameters=ZooParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"kind": KIND_NAMES, "chance": (0.0, 0.25)},
)
