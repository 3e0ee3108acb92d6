"""What a page shows of one run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from simlab.charts.figure import Figure
from simlab.claims.claim import Claim
from simlab.table import ScoreTable


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a page shows.

    Parameters
    ----------
    title, summary : str
        A heading, and two or three sentences on what was done.
    kind : {"scenario", "source"}
        Whether the scores were simulated or read.
    claims : sequence of Claim
        Checked statements; they make the verdict.
    scores : polars.DataFrame
        `simlab.emergence.score.emergence_scores` of the table.
    table : ScoreTable
    figures : sequence of Figure
    notes : sequence of str
        Sentences a reader must know.
    tables : mapping of str to polars.DataFrame
        Further tables by title.
    citations : sequence of str
    manifest : mapping
        How the numbers came about; may be nested.
    n_outcomes : int
        Rows of items.parquet beside the page; 0 if there is none.
    headline : str
        What the verdict says where there are no claims.
    verdicts : polars.DataFrame, optional
        The audit's word on each curve: family, task, subtask, shots, metric, scale_kind, verdict
        and reason.
    """

    title: str
    kind: str
    summary: str
    claims: Sequence[Claim]
    scores: pl.DataFrame
    table: ScoreTable
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    citations: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    n_outcomes: int = 0
    headline: str = ""
    verdicts: pl.DataFrame | None = None
