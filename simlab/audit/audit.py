"""The audit of a table: evidence of every curve, corrected for their number, and the verdicts."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.count_curves import AUDIT_KEY, CountCurves, count_curves
from simlab.audit.evidence_task import TASK, Batch
from simlab.audit.false_discovery import Method, false_discovery_q
from simlab.audit.implied_scores import independence
from simlab.audit.improvement import Improvement, improvement, successive_rho
from simlab.audit.metric_swap import metric_swaps
from simlab.audit.same_outputs import swap_rank
from simlab.audit.smooth_evidence import POINT_COLUMNS, Progress, Question
from simlab.audit.verdict import STRAIGHT, VERDICTS, verdicts
from simlab.emergence.score import emergence_scores
from simlab.sweep.engine import Engine
from simlab.sweep.parts import compute_kept
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

BATCH = 200
"""Curves whose evidence is computed, and kept, together; it changes no number."""
MANY = 5000
"""Curves above which a metric swap has intervals only where a verdict may need them."""
DEFAULT = Question()
ROUNDS, MOST_TIMES = 4, 100
"""How often, and up to how many times, replicates grow where more could change a verdict."""

COLUMNS = (
    "family",
    "task",
    "subtask",
    "shots",
    "metric",
    "verdict",
    "reason",
    "p_improvement",
    "p_sharp",
    "q_sharp",
    "emergence_score",
    "status",
    "breakpoint",
    "breakpoint_low",
    "breakpoint_high",
)
"""First columns of `Audit.verdicts`; others follow."""


@dataclass(frozen=True)
class Audit:
    """What an audit finds."""

    verdicts: pl.DataFrame
    """One row a curve, in the order of the table: `COLUMNS`, then what the verdict rests on."""
    curves: CountCurves
    """The curves with counts."""
    points: pl.DataFrame
    """One row a point of these: ``curve`` (row of ``verdicts``), ``scale``, ``share`` (more is
    better), ``items``, ``fitted`` (the smooth curve), ``predicted``, ``predicted_low``,
    ``predicted_high`` (forecast from the smaller scales, at the largest)."""
    independence: pl.DataFrame
    """`simlab.audit.implied_scores.independence`."""
    n_tested: int
    """Curves whose sharpness was tested, over which the q-values correct."""

    @property
    def counts(self) -> dict[str, int]:
        """Number of curves of each verdict."""
        found = dict(self.verdicts["verdict"].value_counts().iter_rows())
        return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


def audit(
    table: ScoreTable,
    items: pl.DataFrame | None = None,
    *,
    alpha: float = 0.05,
    fdr: Method = "bh",
    question: Question = DEFAULT,
    percent: bool | None = None,
    chance_level: Callable[[str, str], float | None] | None = None,
    target_length: float | None = None,
    engine: Engine | None = None,
    keep: Path | None = None,
    progress: Progress = lambda share: None,
) -> Audit:
    """Return a verdict on every curve of a table.

    Parameters
    ----------
    table : ScoreTable
    items : polars.DataFrame, optional
        Outcomes of items, `simlab.items.item_table`.
    alpha : float
        Level of the tests of improvement, and the false discovery rate of sharp curves.
    fdr : {"bh", "by"}
        Benjamini-Hochberg, or Benjamini-Yekutieli.
    question : Question
        Replicates, seed and largest plausible slope of the smooth null.
    percent, chance_level
        See `simlab.audit.count_curves.count_curves`.
    target_length : float, optional
        Tokens of an answer, where the table has no column of that name.
    engine : Engine, optional
        Computes batches of curves; results do not depend on it. Default: this process, one thread.
    keep : Path, optional
        Folder in which finished batches are kept until the audit is complete. Another audit of the
        same numbers with the same folder goes on from there.
    progress : callable
        Takes the share that is done.

    Raises
    ------
    UsageError
        An option is out of its range.
    DataError
        The rows of a curve contradict each other in ``higher_is_better``; ``keep`` cannot be
        written.
    LostWorkerError
        A worker is gone; finished batches are kept.

    >>> table = ScoreTable.from_columns({"family": "toy", "metric": "accuracy", "n_items": 100,
    ...     "scale": [1e6, 1e7, 1e8, 1e9], "score": [0.20, 0.21, 0.19, 0.20]})
    >>> audit(table).counts["no_improvement"]
    1
    """
    verdicts(pl.DataFrame({"reason": ["probe"]}), alpha=alpha)  # an alpha out of range, at once
    false_discovery_q([], method=fdr)
    order = table.frame.select(AUDIT_KEY).unique(maintain_order=True).with_row_index("curve")
    curves, undecidable = count_curves(
        table, items, paired=items is not None, percent=percent, chance_level=chance_level
    )
    engine = engine or Engine(threads=1)
    evidence = _in_batches(curves, question, engine, keep, lambda share: progress(0.9 * share))
    evidence = _deeper(
        curves, evidence, question, alpha, engine, keep, lambda share: progress(0.9 + 0.1 * share)
    )
    p_sharp = _floats(evidence, "p_sharp")
    q_sharp = false_discovery_q(p_sharp, method=fdr)
    # where a floor or a break makes the smooth fit fail, neighbours know the scatter better
    scatter = np.minimum(_floats(evidence, "rho", 1.0), successive_rho(curves))
    rises = improvement(curves, rho=scatter)
    if items is not None:  # both must agree: shared items know nothing of scatter between models
        by_item = improvement(curves, items)
        rises = _larger(rises, by_item)
    decided = pl.concat(
        [
            curves.keys.select(AUDIT_KEY),
            evidence.drop(POINT_COLUMNS),
            pl.DataFrame(
                {
                    "q_sharp": q_sharp,
                    "p_improvement": rises.p,
                    "p_flat": rises.p_flat,
                    "p_chance": rises.p_chance,
                    "first": rises.first,
                    "last": rises.last,
                    "chance": curves.chance,
                    "items": _median_items(curves),
                    "notes": curves.notes,
                }
            ).with_columns(pl.col("q_sharp").fill_nan(None)),
        ],
        how="horizontal",
    )
    every = pl.concat([_in_scales(decided), undecidable], how="diagonal")
    on = list(AUDIT_KEY)
    every = order.join(every, on=on, how="left", nulls_equal=True, maintain_order="left")
    scores = _scores(table)
    for more in (scores, _swaps(table, items, curves, p_sharp, scores, question)):
        every = every.join(more, on=on, how="left", nulls_equal=True, maintain_order="left")
    graded = {m: swap_rank(m) is not None for m in every["metric"].unique()}
    own = pl.col("metric").replace_strict(graded, return_dtype=pl.Boolean).alias("graded")
    progress(1.0)
    said = verdicts(every.with_columns(own), alpha=alpha)
    every = every.drop("reason").with_columns(said["verdict"], said["reason"])
    first = [*COLUMNS, "scale_kind", "n_scales"]
    found = every.select(*first, *(c for c in every.columns if c not in (*first, "curve")))
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
    return Audit(
        found,
        curves,
        _points(curves, evidence, order),
        independence(table, length=target_length),
        int(np.count_nonzero(~np.isnan(q_sharp))),
    )


def _in_batches(
    curves: CountCurves, question: Question, engine: Engine, keep: Path | None, progress: Progress
) -> pl.DataFrame:
    """Return the smooth evidence of all curves, batch by batch, those apart that are kept."""
    n = len(curves)
    starts = range(0, max(n, 1), BATCH)
    batches = [
        Batch.of(curves.take(np.arange(start, min(start + BATCH, n))), question) for start in starts
    ]
    frames = compute_kept(
        TASK, batches, engine, folder=keep, progress=lambda done: progress(done / len(batches))
    )
    return pl.concat(frames)


def _deeper(
    curves: CountCurves,
    evidence: pl.DataFrame,
    question: Question,
    alpha: float,
    engine: Engine,
    keep: Path | None,
    progress: Progress,
) -> pl.DataFrame:
    """Give more replicates to curves whose p is as small as it can be, if that p cannot suffice.

    With m curves, a smallest p of 1 / (replicates + 1) that k of them reach has a q of m / k times
    it; so 1.5 m / (alpha k) replicates are enough while all k stay, at a cost that is the same
    whatever k is.
    The p-values stay valid: a curve goes on with the replicates it has, and only if its p is
    at the bottom, so that its p below that threshold is the longer run's.
    """
    replicates = question.replicates
    for _ in range(ROUNDS):
        p = _floats(evidence, "p_sharp")
        tested, least = np.count_nonzero(~np.isnan(p)), 1.0 / (replicates + 1)
        lowest = np.count_nonzero(p <= least * (1 + 1e-9))
        capped = replicates >= question.replicates * MOST_TIMES
        if not lowest or least * tested <= alpha * lowest or capped:
            break
        enough = math.ceil(1.5 * tested / (alpha * lowest))
        at = np.flatnonzero(p <= 2.0 * least)
        replicates = min(enough, question.replicates * MOST_TIMES)
        longer = question._replace(replicates=replicates)
        again = _in_batches(curves.take(at), longer, engine, keep, progress)
        rows = pl.DataFrame({"row": at}).with_columns(pl.col("row").cast(pl.UInt32))
        evidence = evidence.with_row_index("row")
        changed = pl.concat([rows, again], how="horizontal").select(evidence.columns)
        rest = evidence.join(rows, on="row", how="anti")
        evidence = pl.concat([rest, changed]).sort("row").drop("row")
    return evidence


def _floats(frame: pl.DataFrame, name: str, missing: float = float("nan")) -> Floats:
    return frame[name].cast(pl.Float64).fill_null(missing).to_numpy()


def _larger(a: Improvement, b: Improvement) -> Improvement:
    """Return the larger of the p-values of two tests, of which both must agree."""
    flat, chance = np.maximum(a.p_flat, b.p_flat), np.maximum(a.p_chance, b.p_chance)
    return replace(a, p=np.maximum(flat, chance), p_flat=flat, p_chance=chance)


def _in_scales(frame: pl.DataFrame) -> pl.DataFrame:
    """Return breakpoints in units of the scale; ends change places where it is a loss."""
    loss = pl.col("scale_kind") == "loss"
    low, high = pl.col("breakpoint_low"), pl.col("breakpoint_high")
    return frame.with_columns(
        pl.when(loss).then(-pl.col("breakpoint")).otherwise("breakpoint").exp().alias("breakpoint"),
        pl.when(loss).then(-high).otherwise(low).exp().alias("breakpoint_low"),
        pl.when(loss).then(-low).otherwise(high).exp().alias("breakpoint_high"),
    )


def _median_items(curves: CountCurves) -> list[float]:
    ends = zip(curves.offsets[:-1], curves.offsets[1:], strict=True)
    own = curves.items * (1.0 - curves.pairing[curves.curve])
    return [float(np.median(own[a:b])) for a, b in ends]


def _scores(table: ScoreTable) -> pl.DataFrame:
    """Return the emergence score of each audited curve; seeds of one model count by their mean."""
    whole = table.frame.with_columns(
        pl.col("score").mean().over(*AUDIT_KEY, "scale", "model"),
        pl.lit(None, pl.Int64).alias("seed"),
    ).unique([*AUDIT_KEY, "scale", "model"], keep="first", maintain_order=True)
    scores = emergence_scores(ScoreTable(whole))
    return scores.select(*AUDIT_KEY, "n_scales", "emergence_score", "status")


def _swaps(
    table: ScoreTable,
    items: pl.DataFrame | None,
    curves: CountCurves,
    p_sharp: Floats,
    scores: pl.DataFrame,
    question: Question,
) -> pl.DataFrame:
    """Return the swaps of `metric_swaps`, with the sharpness of the partner's own curve.

    Of many curves, only those have intervals that are sharp or look like a jump.
    """
    intervals = None
    if scores.height > MANY:
        per_step = pl.col("emergence_score") / (pl.col("n_scales") - 1)
        jumps = (per_step > STRAIGHT) | (pl.col("status") == "zero_median")
        intervals = pl.concat(
            [
                scores.filter(jumps).select(AUDIT_KEY),
                curves.keys.filter(p_sharp <= question.ask).select(AUDIT_KEY),
            ]
        )
    swaps = metric_swaps(table, items, curves, intervals=intervals, seed=question.seed)
    own = curves.keys.select(
        *(pl.col(c).alias("partner" if c == "metric" else c) for c in AUDIT_KEY)
    ).with_columns(pl.Series("partner_p", p_sharp).fill_nan(None))
    on = ["partner", *(c for c in AUDIT_KEY if c != "metric")]
    return swaps.join(own, on=on, how="left", nulls_equal=True, maintain_order="left")


def _points(curves: CountCurves, evidence: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    """Return the points of all curves with what was fitted and forecast."""
    numbers = curves.keys.join(
        order, on=list(AUDIT_KEY), how="left", nulls_equal=True, maintain_order="left"
    )
    at = curves.curve
    loss = (curves.keys["scale_kind"] == "loss").to_numpy()[at]
    return pl.DataFrame(
        {
            "curve": numbers["curve"].to_numpy()[at],
            "scale": np.exp(np.where(loss, -curves.x, curves.x)),
            "share": curves.share,
            "items": curves.items * (1.0 - curves.pairing[at]),
        }
    ).with_columns(
        evidence[name].explode().cast(pl.Float64).fill_nan(None).alias(name)
        for name in POINT_COLUMNS
    )
