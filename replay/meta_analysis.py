"""The meta-analysis of Schaeffer et al. 2023 over any tables of scores, and what it leaves open.

Prediction 1: emergent curves stand under few metrics. Prediction 2: on the same outputs, another
metric takes the emergence away. The paper's own code and data set of scores were not published;
its numbers stand here beside those that the given tables yield, with the reason where the two
differ or one cannot be had. Every choice that the paper leaves open is then changed, one at a
time, and each conclusion is held against it.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import polars as pl

from replay import wei2022
from replay.meta_choices import choices
from replay.meta_inputs import MetaInput, digests, joined, joined_items, read_inputs
from replay.meta_tables import about, published_maxima, verdicts, with_intervals
from simlab.analysis import Analysis, Findings
from simlab.axes import axes_of, on_axis
from simlab.claims.claim import Claim
from simlab.emergence.axis_dependence import axis_dependence
from simlab.emergence.cluster_bootstrap import DEFAULT_REPLICATES
from simlab.emergence.common_scales import pairs_on_common_scales
from simlab.emergence.item_bootstrap import item_intervals
from simlab.emergence.metric_pairs import metric_pairs, same_outputs
from simlab.emergence.metric_shares import metric_shares
from simlab.emergence.scored_curves import scored_curves
from simlab.emergence.sensitivity import Choice, sensitivity, standing
from simlab.errors import DataError
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable

SHARES = "Prediction 1: emergence scores under each metric"
ANNOTATED = "Prediction 1: hand-annotated emergent tasks by metric, published and recomputed"
MAXIMA = "Largest emergence score per metric: figure 5A, and these tables"
PAIRS = "Prediction 2: two metrics on the same outputs"
ITEMS = "Emergence scores with their items resampled"
ITEM_PAIRS = "Two metrics on the same items, resampled jointly"
STANDING = "Which conclusions stand"
SENSITIVITY = "Every conclusion under every choice"
AXES = "Emergence by axis of scale, where the axis matters"
INPUTS = "Tables"


class Options(Parameters, frozen=True, kw_only=True):
    """Options of ``simlab meta``."""

    threshold: Annotated[
        float, Meta(gt=0, description="Emergence score above which a curve counts as emergent")
    ] = 10.0
    min_scales: Annotated[
        int, Meta(ge=3, description="Scales that a curve needs to be counted")
    ] = 3
    zero_medians: Annotated[
        Literal["dropped", "emergent", "smallest-step"],
        Meta(
            description="Curves whose median step is 0: left out, emergent if they rise, or scored "
            "by their smallest step"
        ),
    ] = "dropped"
    replicates: Annotated[
        int, Meta(ge=99, le=100_000, description="Replicates of every bootstrap")
    ] = DEFAULT_REPLICATES


class MetaAnalysis(NamedTuple):
    """What a meta-analysis finds."""

    reading: Reading
    """With the tables as they are shown."""
    tables: dict[str, pl.DataFrame]
    """All numbers, by the titles above."""
    shares: pl.DataFrame
    outputs: pl.DataFrame
    """`simlab.emergence.metric_pairs.same_outputs`."""
    pairs: pl.DataFrame
    sensitivity: pl.DataFrame
    options: Options


def analyse(inputs: Sequence[MetaInput], options: Options, *, seed: int = 0) -> MetaAnalysis:
    """Return both predictions and their sensitivity over all inputs.

    Parameters
    ----------
    inputs : sequence of MetaInput
    options : Options
    seed : int
        Of the bootstraps; equal seeds give equal bits.

    >>> found = analyse(read_inputs(["mirage:"]), Options(replicates=99))
    >>> found.pairs.select("metric_a", "metric_b", "n_pairs", "tasks_a").rows()
    [('accuracy', 'token_edit_distance', 18, 2)]
    """
    tables_given = {held.label: held.table for held in inputs}
    own = _scored(tables_given)
    kept = own.filter(pl.col("n_scales") >= options.min_scales)
    n = options.replicates
    treatment = options.zero_medians
    shares = metric_shares(
        kept, threshold=options.threshold, treatment=treatment, seed=seed, replicates=n
    )
    all_outputs = _same_outputs(own, tables_given)
    outputs = all_outputs.filter(pl.col("n_scales") >= options.min_scales)
    pairs = metric_pairs(outputs, treatment=treatment, seed=seed, replicates=n)
    items, item_pairs = _items(inputs, options, seed)
    on_axes, dependence = _axes(inputs)
    by_axis = {kind: _scored(tables) for kind, tables in on_axes.items()}
    rows = sensitivity(
        {"own": own, **by_axis},
        choices(own, list(by_axis), _baseline(options)),
        pairs={
            "own": all_outputs,
            **{kind: _same_outputs(by_axis[kind], on_axes[kind]) for kind in by_axis},
        },
        seed=seed,
        replicates=n,
    )
    tables = {
        STANDING: standing(rows),
        SHARES: shares,
        PAIRS: pairs,
        SENSITIVITY: rows,
        ANNOTATED: wei2022.read(None, Parameters()).tables[wei2022.COUNTS],
        MAXIMA: published_maxima(shares, [held.label for held in inputs]),
        ITEMS: items,
        ITEM_PAIRS: item_pairs,
        AXES: dependence,
        INPUTS: about(inputs, own),
    }
    shown = {title: with_intervals(frame) for title, frame in tables.items() if frame.height}
    if SENSITIVITY in shown:
        shown[SENSITIVITY] = verdicts(rows)
    reading = Reading(
        joined(inputs),
        notes=tuple(_notes(inputs, own, kept, outputs, shares, options)),
        tables=shown,
        items=joined_items(inputs),
    )
    return MetaAnalysis(reading, tables, shares, outputs, pairs, rows, options)


def _scored(tables: dict[str, ScoreTable]) -> pl.DataFrame:
    """Return the scored curves of all tables, with the column ``input``."""
    return pl.concat(
        [scored_curves(t).with_columns(pl.lit(label).alias("input")) for label, t in tables.items()]
    )


def _baseline(options: Options) -> Choice:
    return Choice(
        "baseline",
        f"threshold {options.threshold:g}, {options.min_scales} scales, zero medians "
        f"{options.zero_medians}",
        options.threshold,
        least_scales=options.min_scales,
        treatment=options.zero_medians,
    )


def _same_outputs(curves: pl.DataFrame, tables: dict[str, ScoreTable]) -> pl.DataFrame:
    """Return all pairs of curves on the same outputs, cut to common scales where one has a gap."""
    return pl.concat([same_outputs(curves), pairs_on_common_scales(curves, tables)])


def _axes(
    inputs: Sequence[MetaInput],
) -> tuple[dict[str, dict[str, ScoreTable]], pl.DataFrame]:
    """Return the tables that have several axes on each of them, and where the axis matters."""
    several = {held.label: held.table for held in inputs if len(axes_of(held.table)) > 1}
    kinds = dict.fromkeys(kind for table in several.values() for kind in axes_of(table))
    by_axis = {
        kind: {n: on_axis(t, kind) for n, t in several.items() if kind in axes_of(t)}
        for kind in kinds
    }
    if not several:
        return {}, pl.DataFrame()
    rows = pl.concat(
        [
            axis_dependence(t).with_columns(pl.lit(label).alias("table"))
            for label, t in several.items()
        ]
    )
    counts = rows.group_by("table", "axis", "depends", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("curves"),
        (pl.col("status") == "ok").sum().cast(pl.Int64).alias("with_a_score"),
        pl.col("steepest").median().alias("median_steepest"),
    )
    return by_axis, counts


def _items(
    inputs: Sequence[MetaInput], options: Options, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the item bootstraps of all inputs that have items."""
    curves, pairs = [], []
    for held in inputs:
        if held.items is None:
            continue
        key = [
            "family",
            "model",
            "task",
            "subtask",
            "shots",
            "metric",
            "seed",
            "scale_kind",
            "scale",
        ]
        directions = held.table.frame.select(*key, "higher_is_better").unique(key)
        known = held.items.drop("higher_is_better", strict=False).join(
            directions, on=key, how="left", nulls_equal=True, maintain_order="left"
        )
        some, both = item_intervals(
            known, threshold=options.threshold, seed=seed, replicates=options.replicates
        )
        curves += [some.with_columns(pl.lit(held.label).alias("table"))] if some.height else []
        pairs += [both.with_columns(pl.lit(held.label).alias("table"))] if both.height else []
    order = pl.col("emergence_score")
    held_curves = pl.concat(curves, how="diagonal_relaxed") if curves else pl.DataFrame()
    if held_curves.height:
        held_curves = held_curves.sort(order, descending=True, nulls_last=True, maintain_order=True)
    return held_curves, pl.concat(pairs, how="diagonal_relaxed") if pairs else pl.DataFrame()


def _notes(
    inputs: Sequence[MetaInput],
    own: pl.DataFrame,
    kept: pl.DataFrame,
    outputs: pl.DataFrame,
    shares: pl.DataFrame,
    options: Options,
) -> list[str]:
    """Return what a reader of the conclusions must know."""
    scored = kept.filter(pl.col(options.zero_medians).is_not_null()).height
    unknown = kept.filter(pl.col("kind") == "unknown")["metric"].unique(maintain_order=True)
    notes = [
        f"{scored:,} of {own.height:,} curves count: the others have fewer than "
        f"{options.min_scales} scales, no change, two models at one scale, or a zero median that "
        "is left out",
        f"{outputs.height:,} pairs of curves are on the same outputs: they agree in everything but "
        "the metric; where one lacks a model, both are scored on the models they share",
        "the paper states no threshold; an emergence score grows with the number of scales, and "
        "noise alone passes 10 in about 0.5% of flat curves of 8 scales",
    ]
    if len(unknown):
        notes.append(
            f"metrics of unknown kind take no part in conclusions on kinds: {', '.join(unknown)}"
        )
    if shares.height < 3:
        notes.append("with fewer than 3 metrics nothing can be said on how few are emergent")
    known = [held for held in inputs if held.items is not None]
    if known:
        n_items = sum(len(held.items) for held in known if held.items is not None)
        notes.append(
            f"items.parquet, beside this page's scores.parquet, holds {n_items:,} outcomes item by "
            f"item, of {', '.join(held.label for held in known)}"
        )
    return notes + [f"{held.label}: {note}" for held in inputs for note in held.notes]


def run(
    words: Sequence[str],
    options: Options,
    *,
    seed: int = 0,
    out: str | Path | None = "runs",
    charts: Sequence[str] = ("json",),
    passed: dict[str, Sequence[Any]] | None = None,
    progress: Callable[[float, int], None] = lambda done, total: None,
) -> Findings:
    """Read the tables named by ``words``, analyse them, and write one run directory.

    ``progress`` takes what is done and what there is: a step a table, one for the analysis, one
    for the page.

    Errors are those of `replay.meta_inputs.read_inputs`, and DataError if no curve counts.
    """
    from simlab.lab import keep

    started = time.perf_counter()
    n = len(words) + 2
    inputs = read_inputs(words, runs=out, progress=lambda done: progress(done, n))
    found = analyse(inputs, options, seed=seed)
    progress(n - 1, n)
    if not found.shares["n_scored"].sum():
        raise DataError(
            f"{', '.join(words)}: no curve of {options.min_scales} scales has an emergence score; "
            "models of one family share the column family and differ in scale"
        )
    source = Source(
        name=ANALYSIS.name,
        title=ANALYSIS.title,
        summary=ANALYSIS.summary,
        citations=wei2022.SOURCE.citations,
        origin=", ".join(words),
        licence="that of the tables",
        path="required",
        read=lambda path, given: found.reading,
        claims=lambda reading: published_claims(),
        charts=lambda reading: figures(found),
    )
    result = keep(
        source,
        found.reading,
        options,
        passed={"tables": list(words), **(passed or {})},
        inputs=digests(inputs),
        out=out,
        charts=charts,
        seed=seed,
        started=started,
    )
    progress(n, n)
    return Findings(result, as_object(found))


def published_claims() -> list[Claim]:
    """Return the checks of published shares that can be recomputed from lists of tasks alone."""
    return wei2022.claims(wei2022.read(None, Parameters()))


def figures(found: MetaAnalysis) -> list[Any]:
    """Return figures after the paper's 5A and 6, the verdicts, and one task against each axis."""
    from simlab.charts.axis_comparison import axis_figures
    from simlab.charts.metric_scores import metric_figure
    from simlab.charts.metric_swap import swap_figure
    from simlab.charts.sensitivity import sensitivity_figure
    from simlab.emergence.score import emergence_scores

    table = found.reading.table
    threshold = found.options.threshold
    return [
        *sensitivity_figure(found.sensitivity),
        *metric_figure(found.shares, threshold=threshold),
        *swap_figure(found.outputs, found.pairs, threshold=threshold),
        *axis_figures(table, scores=emergence_scores(table)),
    ]


def as_object(found: MetaAnalysis) -> dict[str, Any]:
    """Return the parts of the object that ``simlab meta --format json`` prints."""

    def rows(title: str) -> list[dict[str, Any]]:
        return found.tables[title].to_dicts()

    metrics = rows(SHARES)
    return {
        "prediction_1": {
            "threshold": found.options.threshold,
            "n_metrics": sum(row["n_scored"] > 0 for row in metrics),
            "metrics_above": [row["metric"] for row in metrics if row["n_above"]],
            "metrics": metrics,
            "items": rows(ITEMS),
        },
        "prediction_2": {"pairs": rows(PAIRS), "items": rows(ITEM_PAIRS)},
        "conclusions": rows(STANDING),
        "sensitivity": found.sensitivity.to_dicts(),
        "published": {"annotated": rows(ANNOTATED), "figure_5a": rows(MAXIMA)},
        "axes": rows(AXES),
        "inputs": rows(INPUTS),
    }


ANALYSIS = Analysis(
    name="meta",
    title="Meta-analysis: emergence and the choice of the metric",
    summary="Both predictions of Schaeffer et al. 2023 over the given tables: which metrics have "
    "curves above a threshold, and what another metric makes of the same outputs. Look at the "
    "table of conclusions: which stand under every choice.",
    run=run,
    options=Options,
    citations=wei2022.SOURCE.citations,
)
