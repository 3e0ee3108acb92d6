"""``simlab audit``: a calibrated verdict on every curve of any tables of scores.

A bare emergence score cannot decide: a straight line of K points scores K - 1, and noise alone
passes 5 in one of twenty flat curves. The audit asks of each curve whether it improves, whether it
is sharper than any smooth curve at its own scales and items, what another metric makes of the same
outputs, and corrects for the number of curves.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import polars as pl

from replay.chance_levels import chance_level
from replay.meta_inputs import MetaInput, digests, joined, joined_items, read_inputs
from simlab.analysis import Analysis, Findings
from simlab.audit.audit import Audit, audit
from simlab.audit.smooth_evidence import Question
from simlab.axes import axes_of, on_axis
from simlab.errors import EXIT_INTERRUPTED, DataError, did_you_mean
from simlab.keeping import InterruptedRunError
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.sweep.engine import EngineChoice, LostWorkerError
from simlab.sweep.interrupts import Interrupts
from simlab.sweep.parts import read_parts
from simlab.table import ScoreTable

COUNTS = "Verdicts"
SURVIVORS = "Curves that survive"
ARTEFACTS = "Curves whose jump another metric takes away"
LIMITED = "Curves whose zeros say nothing"
SHARPEST = "Sharpest of the other curves"
UNDECIDED = "Why curves are undecided"
SWAPS = "The largest step under another metric on the same outputs"
INDEPENDENCE = "Edit distance beside what the accuracy implies"

_MOST_ROWS = 40
_NEITHER = ("survives", "metric_artefact", "resolution_limited", "undecided")

CITATIONS = (
    "Schaeffer, Miranda & Koyejo 2023, Are emergent abilities of large language models a mirage?, "
    "arXiv 2304.15004",
    "Aranda-Ordaz 1981, On two families of transformations to additivity for binary response "
    "data, Biometrika 68, 357-363",
    "Benjamini & Hochberg 1995, Controlling the false discovery rate, JRSS B 57, 289-300",
)


class Options(Parameters, frozen=True, kw_only=True):
    """Options of ``simlab audit``."""

    alpha: Annotated[
        float,
        Meta(gt=0, lt=1, description="Level of each test of improvement, and false discovery rate"),
    ] = 0.05
    fdr: Annotated[
        Literal["bh", "by"],
        Meta(description="Benjamini-Hochberg, or Benjamini-Yekutieli for any dependence"),
    ] = "bh"
    replicates: Annotated[
        int,
        Meta(
            ge=99,
            le=100_000,
            description="Null curves simulated for one curve, at most; a "
            "hundred times as many where only that can decide",
        ),
    ] = 999
    max_slope: Annotated[
        float,
        Meta(gt=0, le=5, description="Largest |d ln(-ln accuracy) / d ln scale| of a smooth curve"),
    ] = 1.0
    metric: Annotated[tuple[str, ...], Meta(description="Only these metrics")] = ()
    task: Annotated[tuple[str, ...], Meta(description="Only these tasks")] = ()
    family: Annotated[tuple[str, ...], Meta(description="Only these families")] = ()
    scale: Annotated[
        Literal["own", "params", "flops", "tokens", "steps", "loss", "width"],
        Meta(description="Axis of scale, where a table has several"),
    ] = "own"
    target_length: Annotated[
        Annotated[float, Meta(ge=1)] | None,
        Meta(
            description="Tokens of an answer, to compare its edit distance with its accuracy; a "
            "column target_length comes first"
        ),
    ] = None
    n_items: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Test items behind each score, where a table states none"),
    ] = None
    percent: Annotated[bool, Meta(description="Scores are percentages")] = False


def run(
    words: Sequence[str],
    options: Options,
    *,
    seed: int = 0,
    out: str | Path | None = "runs",
    charts: Sequence[str] = ("json",),
    passed: dict[str, Sequence[Any]] | None = None,
    threads: int | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Callable[[float, int], None] = lambda done, total: None,
) -> Findings:
    """Read the tables named by ``words``, audit their curves, and write one run directory.

    Errors are those of `replay.meta_inputs.read_inputs`, and DataError where a filter or an axis
    leaves no row. An interrupted audit keeps its finished batches in a hidden folder of ``out``;
    the same call goes on from there.

    >>> run(["mirage:"], Options(replicates=99), out=None).parts["counts"]["undecided"]
    36
    """
    from simlab.lab import keep

    started = time.perf_counter()
    choice = EngineChoice(workers=workers, cluster=cluster, threads=threads)
    inputs = read_inputs(words, command="audit", shares=False, runs=out)
    table = chosen(_labelled(inputs), options)
    items = joined_items(inputs)
    files = digests(inputs)
    builtins = msgspec.to_builtins(options)
    name = hashlib.sha256(msgspec.json.encode([words, builtins, seed, files], order="sorted"))
    batches = Path(out) / f".audit-{name.hexdigest()[:12]}" if out else None
    try:
        with choice.open() as engine, Interrupts() as interrupts:

            def done(share: float) -> None:
                interrupts.check()
                progress(share * 100.0, 100)

            found = audit(
                table,
                items,
                alpha=options.alpha,
                fdr=options.fdr,
                question=Question(options.replicates, options.max_slope, seed, options.alpha),
                percent=True if options.percent else None,
                chance_level=chance_level,
                target_length=options.target_length,
                engine=engine,
                keep=batches,
                progress=done,
            )
    except KeyboardInterrupt as error:
        raise InterruptedRunError(
            f"{str(error) or 'interrupted'}{_kept(batches)}",
            exit_code=getattr(error, "exit_code", EXIT_INTERRUPTED),
        ) from None
    except LostWorkerError as error:
        raise LostWorkerError(f"{error}{_kept(batches)}") from None
    notes = (*_notes(found, options), *(f"{i.label}: {n}" for i in inputs for n in i.notes))
    reading = Reading(table, notes=notes, tables=tables(found), headline=headline(found))
    source = Source(
        name=ANALYSIS.name,
        title=ANALYSIS.title,
        summary=ANALYSIS.summary,
        citations=CITATIONS,
        origin=", ".join(words),
        licence="that of the tables",
        path="required",
        read=lambda path, given: reading,
        charts=lambda given: figures(found, options),
    )
    result = keep(
        source,
        reading,
        options,
        passed={"tables": list(words), **(passed or {})},
        inputs=files,
        out=out,
        charts=charts,
        seed=seed,
        started=started,
        frames={
            "verdicts.csv": found.verdicts,
            "verdicts.parquet": found.verdicts,
            "points.parquet": found.points,
        },
    )
    return Findings(result, as_object(found))


def _kept(batches: Path | None) -> str:
    """Return what to say of the batches that an audit leaves behind."""
    n = sum(len(keys) for keys, _, _ in read_parts(batches)) if batches else 0
    batch = "batch is" if n == 1 else "batches are"
    more = f"; {n} finished {batch} kept, and the same command goes on from there"
    return more if n else ""


def headline(found: Audit) -> str:
    """Return the counts of the verdicts as a sentence.

    >>> from simlab.audit.audit import audit
    >>> headline(audit(ScoreTable.from_columns({"family": "toy", "metric": "accuracy",
    ...     "n_items": 100, "scale": [1e6, 1e7, 1e8, 1e9], "score": [0.2, 0.21, 0.19, 0.2]})))
    '0 of 1 curves survive the audit (1 no_improvement)'
    """
    n = sum(found.counts.values())
    others = ((k, name) for name, k in found.counts.items() if k and name != "survives")
    rest = ", ".join(f"{k:,} {name}" for k, name in others)
    more = f" ({rest})" if rest else ""
    return f"{found.counts['survives']:,} of {n:,} curves survive the audit{more}"


def _labelled(inputs: Sequence[MetaInput]) -> ScoreTable:
    """Return all rows in one table; several tables keep their names in the column ``table``."""
    if len(inputs) == 1:
        return inputs[0].table
    return joined(
        [
            held._replace(
                table=ScoreTable(held.table.frame.with_columns(pl.lit(held.label).alias("table")))
            )
            for held in inputs
        ]
    )


def chosen(table: ScoreTable, options: Options) -> ScoreTable:
    """Return the rows of the chosen axis, metrics, tasks and families.

    Raises DataError naming what there is, where a name fits nothing.
    """
    if options.scale != "own":
        if options.scale not in axes_of(table):
            raise DataError(
                f"--scale {options.scale}: no row has it; there is {', '.join(axes_of(table))}"
            )
        table = on_axis(table, options.scale)
    frame = table.frame
    for column in ("metric", "task", "family"):
        wanted: tuple[str, ...] = getattr(options, column)
        known = frame[column].unique(maintain_order=True).to_list()
        for name in wanted:
            if name not in known:
                raise DataError(
                    f"--{column} {name}: no row has it{did_you_mean(name, known)}; there is "
                    f"{', '.join(known[:8])}{', ...' * (len(known) > 8)}"
                )
        if wanted:
            frame = frame.filter(pl.col(column).is_in(list(wanted)))
    if options.n_items is not None:
        frame = frame.with_columns(pl.col("n_items").fill_null(options.n_items))
    if frame.is_empty():
        raise DataError("audit: the filters together leave no row; give fewer of them")
    return ScoreTable(frame)


def tables(found: Audit) -> dict[str, pl.DataFrame]:
    """Return what readers are shown: counts, and of long tables the first rows."""
    v = found.verdicts
    counts = pl.DataFrame(
        {"verdict": list(found.counts), "curves": list(found.counts.values())}
    ).with_columns((pl.col("curves") / max(v.height, 1)).round(3).alias("share"))
    per_metric = v.group_by("verdict").agg(
        pl.col("metric").value_counts(sort=True).head(4).struct.field("metric").alias("metrics")
    )
    counts = counts.join(per_metric, on="verdict", how="left", maintain_order="left").with_columns(
        pl.col("metrics").list.join(", ")
    )
    order = v.sort("q_sharp", "p_sharp", "p_improvement", nulls_last=True, maintain_order=True)
    key = [c for c in ("family", "task", "subtask", "shots", "metric") if v[c].n_unique() > 1]
    key = key or ["metric"]
    shown = {COUNTS: counts}
    for title, verdict in (
        (SURVIVORS, "survives"),
        (ARTEFACTS, "metric_artefact"),
        (LIMITED, "resolution_limited"),
    ):
        shown[title] = order.filter(pl.col("verdict") == verdict).select(*key, "reason")
    rest = order.filter(~pl.col("verdict").is_in(_NEITHER))
    shown[SHARPEST] = rest.select(*key, "verdict", "reason")
    undecided = v.filter(pl.col("verdict") == "undecided")
    shown[UNDECIDED] = undecided.group_by("reason").agg(
        pl.len().cast(pl.Int64).alias("curves"), pl.col("metric").unique().sort().head(4)
    ).sort("curves", "reason", descending=[True, False]).with_columns(
        pl.col("metric").list.join(", ")
    )  # fmt: skip
    swapped = v.filter(pl.col("retained").is_not_null() & (pl.col("verdict") != "no_improvement"))
    shown[SWAPS] = swapped.sort("swap_score", descending=True, nulls_last=True).select(
        *key, "verdict", "partner", "swap_score", "partner_score", "difference", "difference_low",
        "difference_high", "retained", "retained_low", "retained_high",
    )  # fmt: skip
    shown[INDEPENDENCE] = found.independence.select(
        *key, "model", "target_length", "accuracy", "observed", "implied", "low", "high", "outside"
    )
    return {title: frame.head(_MOST_ROWS) for title, frame in shown.items() if frame.height}


def _notes(found: Audit, options: Options) -> list[str]:
    """Return what a reader of the verdicts must know."""
    n = found.verdicts.height
    notes = [
        f"{found.counts['survives']:,} of {n:,} curves survive at a false discovery rate of "
        f"{options.alpha:g} ({options.fdr}) over {found.n_tested:,} tested curves; the rows of all "
        "curves are in verdicts.csv, those of their points in points.parquet",
        "that a curve is called smooth says that a smooth curve explains it, not that it has no "
        "break: with few scales or items a break leaves no trace",
    ]
    held = found.verdicts["notes"].drop_nulls()
    for phrase, text in _COUNTED.items():
        count = int(held.str.contains(phrase, literal=True).sum())
        if count:
            notes.append(f"{count:,} curve{'s' * (count > 1)}: {text}")
    return notes


_COUNTED = {
    "items inferred from": "the number of items is inferred from standard errors",
    "multiples of 1/": "the number of items is inferred from the scores, all multiples of 1/n",
    "chance is unknown": "chance is unknown and taken as 0",
    "percentages": "scores are taken as percentages",
    "wider than n_items": "standard errors contradict n_items, and the wider ones count",
    "narrower than n_items": "standard errors contradict n_items, which counts",
    "no whole number of right": "scores times n_items are no whole numbers",
    "seeds are replicates": "seeds are replicates, none of them averaged",
    "significantly below chance": "all scores together lie significantly below chance",
}


def figures(found: Audit, options: Options) -> list[Any]:
    """Return the charts of an audit."""
    from simlab.charts.audit import audit_figures

    return audit_figures(found, alpha=options.alpha)


def as_object(found: Audit) -> dict[str, Any]:
    """Return the parts of the object that ``simlab audit --format json`` prints.

    Frames stay frames: of a million verdicts, only that format makes dicts.
    """
    return {
        "verdicts": found.verdicts,
        "counts": found.counts,
        "n_tested": found.n_tested,
        "independence": found.independence,
    }


ANALYSIS = Analysis(
    name="audit",
    title="Audit: which curves are sharper than smooth ones",
    summary="A verdict on every curve: whether it improves, whether it is sharper than any smooth "
    "curve at its own scales and items, and what another metric makes of the same outputs, "
    "corrected for the number of curves. Look at the survivors and their reasons first.",
    run=run,
    options=Options,
    citations=CITATIONS,
)
