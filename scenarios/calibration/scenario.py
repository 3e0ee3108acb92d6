"""Scenario ``calibration``: the audit on curves whose truth is known."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from scenarios.calibration.claims import claims
from scenarios.calibration.parameters import NULL_KINDS, SHARP_KINDS, CalibrationParameters
from scenarios.calibration.rates import (
    LEVELS,
    THRESHOLDS,
    UNDEFINED,
    level_metric,
    threshold_metric,
)
from scenarios.zoo.parameters import GROUPS
from simlab.audit.audit import Audit, audit
from simlab.audit.smooth_evidence import Question
from simlab.audit.verdict import VERDICTS, verdicts
from simlab.intervals import wilson
from simlab.parameters import cell_name
from simlab.scenario import Context, Scenario
from simlab.simulators.zoo.kinds import kind_of
from simlab.simulators.zoo.simulate import simulate_scores
from simlab.simulators.zoo.smooth import Flat
from simlab.sweep.engine import Engine
from simlab.table import ScoreTable

_FALLING = ("token_edit_distance", "brier_score")
_SHIFTS = 10


def run(p: CalibrationParameters, context: Context) -> ScoreTable:
    """Return the rates of one cell: how often the audit says what, and how often it is right.

    Each row's score is a share of ``n_items`` curves; its scale is the number of test items of the
    audited curves. Metrics: ``p <= LEVEL`` (sharper than smooth at that level), ``score > B`` and
    ``score undefined`` (the bare emergence score), ``verdict V`` (each curve audited alone),
    ``break located`` and ``break covered`` (of those located), ``forecast covered`` (of the
    largest model's score, held out).
    """
    kind = kind_of(p.kind)
    found = audit(
        _zoo_table(p, context),
        question=Question(replicates=p.replicates, seed=context.seed),
        engine=Engine(threads=context.threads),
        progress=context.progress,
    )
    own = found.verdicts.filter(pl.col("metric") == kind.metrics[0])
    rates = {
        **{level_metric(a): (own["p_sharp"] <= a).fill_null(False).to_numpy() for a in LEVELS},
        **_score_rates(own),
        **_verdict_rates(own),
        **_coverage(own, found, kind.truth.break_at),
    }
    rows = [(metric, float(np.mean(hit)), len(hit)) for metric, hit in rates.items() if len(hit)]
    metric, score, count = zip(*rows, strict=True)
    low, high = wilson(np.rint(np.multiply(score, count)), np.array(count))
    return ScoreTable.from_columns(
        {
            "family": p.kind,
            "model": f"{p.n_scales} scales, {p.items} items",
            "scale": float(p.items),
            "scale_kind": "items",
            "task": f"{p.n_scales} scales",
            "subtask": cell_name(
                p, always=["chance"], never=["kind", "n_scales", "items", "curves", "replicates"]
            ),
            "metric": metric,
            "score": score,
            "low": np.minimum(low, score),
            "high": np.maximum(high, score),
            "n_items": count,
            "seed": context.seed,
            "source": "simulated",
        }
    )


def _zoo_table(p: CalibrationParameters, context: Context) -> ScoreTable:
    """Return ``curves`` curves of the kind, one a task, under each metric of the kind.

    The scales are shifted by parts of the distance between two of them, so that breaks lie
    anywhere between their neighbours.
    """
    kind, gap = kind_of(p.kind), float(p.log_scales[1] - p.log_scales[0])
    if p.kind == "flat" and p.chance == 0.0:  # at 0 there would be nothing to audit
        kind = Flat(level=0.25)
    frames = []
    for part, numbers in enumerate(np.array_split(np.arange(p.curves), _SHIFTS)):
        log_scales = p.log_scales + gap * ((part + 0.5) / _SHIFTS - 0.5)
        for metric in kind.metrics:
            if metric in GROUPS or kind.n_scored(p.items, metric) <= 0 or not len(numbers):
                continue
            scores = simulate_scores(
                kind, log_scales, p.items, metric=metric, chance=p.chance, n_curves=len(numbers),
                seed=context.seed, first=int(numbers[0]), threads=context.threads,
            )  # fmt: skip
            guessed = p.chance or None if metric == kind.metrics[0] else None
            frames.append(
                pl.DataFrame(
                    {
                        "family": "zoo",
                        "task": np.repeat([f"curve {i + 1}" for i in numbers], p.n_scales),
                        "scale": np.tile(np.exp(log_scales), len(numbers)),
                        "metric": metric,
                        "score": scores.ravel(),
                        "n_items": kind.n_scored(p.items, metric),
                        "higher_is_better": metric not in _FALLING,
                        "chance": pl.Series([guessed] * scores.size, dtype=pl.Float64),
                    }
                )
            )
    return ScoreTable.from_frame(pl.concat(frames))


def _score_rates(own: pl.DataFrame) -> dict[str, Any]:
    """Return what readings of the bare emergence score call sharp; undefined is the strictest."""
    undefined = ((own["status"] == "zero_median") & (own["last"] > own["first"])).fill_null(False)
    score = own["emergence_score"].fill_null(-math.inf)
    return {
        UNDEFINED: undefined.to_numpy(),
        **{threshold_metric(b): ((score > b) | undefined).to_numpy() for b in THRESHOLDS},
    }


def _verdict_rates(own: pl.DataFrame) -> dict[str, Any]:
    """Return the shares of verdicts, each curve as if it were audited alone: q is p."""
    undecided = own["verdict"] == "undecided"
    alone = own.with_columns(
        q_sharp=pl.col("p_sharp"),
        reason=pl.when(undecided).then(pl.col("reason")).otherwise(None),
    )
    said = verdicts(alone)["verdict"]
    return {f"verdict {verdict}": (said == verdict).to_numpy() for verdict in VERDICTS}


def _coverage(own: pl.DataFrame, found: Audit, break_at: float | None) -> dict[str, Any]:
    rates = {}
    if break_at is not None:
        located = own.filter(pl.col("p_sharp") <= 0.05)
        place = located["breakpoint"].is_not_null()
        rates["break located"] = place.to_numpy()
        named = located.filter(place)
        inside = (named["breakpoint_low"] <= break_at) & (break_at <= named["breakpoint_high"])
        rates["break covered"] = inside.to_numpy()
    row = found.verdicts.with_row_index("curve").filter(pl.col("metric") == own["metric"][0])[
        "curve"
    ]
    last = (
        found.points.filter(pl.col("curve").is_in(row.implode()))
        .group_by("curve", maintain_order=True)
        .last()
        .drop_nulls("predicted_low")
    )
    share = last["share"]
    covered = (last["predicted_low"] <= share) & (share <= last["predicted_high"])
    return rates | {"forecast covered": covered.to_numpy()}


def charts(cells: Sequence[CalibrationParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.calibration.chart import calibration_figures  # altair is slow to import

    return calibration_figures(table)


SCENARIO = Scenario(
    name="calibration",
    title="How often the audit is right",
    summary=(
        "Curves of the zoo, whose truth is known, are audited one by one. Look at how often smooth "
        "curves are called sharp, by the audit and by the usual reading of the emergence score; at "
        "how often real breaks are found; and at whether intervals of breakpoints and forecasts "
        "cover nine in ten."
    ),
    citations=(
        "Schaeffer, Miranda & Koyejo 2023, Are emergent abilities of large language models a "
        "mirage?, arXiv 2304.15004",
        "Srivastava et al. 2022, Beyond the imitation game, arXiv 2206.04615",
        "Aranda-Ordaz 1981, On two families of transformations to additivity for binary response "
        "data, doi:10.1093/biomet/68.2.357",
        "Besag & Clifford 1991, Sequential Monte Carlo p-values, doi:10.1093/biomet/78.2.301",
    ),
    parameters=CalibrationParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"kind": (*NULL_KINDS, *SHARP_KINDS), "n_scales": (8, 12)},
)
