"""The result of a run or a replay: its table, its scores, its claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from simlab.claims.claim import Claim
from simlab.runs.directory import RunDirectory
from simlab.table import ScoreTable


@dataclass(frozen=True)
class Result:
    """What a run or a replay gives."""

    table: ScoreTable
    scores: pl.DataFrame
    """One row a curve: see `simlab.emergence.score.emergence_scores`."""
    claims: list[Claim]
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    directory: RunDirectory | None = None
    """None if nothing was written."""
    items: pl.DataFrame | None = None
    """Outcomes item by item, where a source knows them: see `simlab.items.item_table`."""
    headline: str = ""
    """What the page says first, where there are no claims."""

    @property
    def passed(self) -> bool:
        """Whether every claim holds."""
        return all(claim.passed for claim in self.claims)
