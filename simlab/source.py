"""The contract of a source: published files or figures in, a ScoreTable out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from simlab.claims.claim import Claim
from simlab.parameters import Parameters
from simlab.table import ScoreTable

Progress = Callable[[int, int | None], None]
"""Takes the bytes that were read, and those in all, or None if nobody knows."""


def no_progress(here: int, total: int | None) -> None:
    """Show nothing."""


class Reading(NamedTuple):
    """What a source returns."""

    table: ScoreTable
    notes: tuple[str, ...] = ()
    """Sentences a reader must know: what is missing, what was skipped, which sizes are nominal."""
    tables: Mapping[str, pl.DataFrame] = {}
    """Further tables of the source by title, printed and put in the report."""
    items: pl.DataFrame | None = None
    """Outcomes item by item, where the source knows them: see `simlab.items.item_table`."""
    files: tuple[Path, ...] = ()
    """The files that were read, where PATH is not the only one; the manifest holds their digest."""
    headline: str = ""
    """What the page says first, where there are no claims, such as the count of verdicts."""
    digest: str = ""
    """The digest for the manifest of what was read, where the source has it already."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One published source. To add one: a file with these, and a line under ``simlab.sources``.

    Parameters
    ----------
    name, title, summary : str
        The word on the command line, a title, and two or three sentences.
    citations : tuple of str
        The papers or data sets, one reference each.
    origin, licence : str
        Where a user's copy of the data comes from, and its licence.
    path : {"none", "required", "optional"}
        Whether the command line takes a PATH, or the figures are embedded.
    options : type
        A frozen `Parameters` struct; a field never becomes an axis here.
    read : callable
        ``read(path, options) -> Reading``; raises DataError naming file, place and remedy.
    read_address : callable, optional
        ``read_address(address, options) -> Reading`` of an http(s) address in the place of PATH.
    tells_progress : bool
        Whether ``read`` and ``read_address`` take a keyword ``progress``, a `Progress`; for a
        source whose reading can take more than two seconds.
    claims : callable, optional
        ``claims(reading) -> list[Claim]``: published values beside recomputed ones.
    charts : callable, optional
        ``charts(reading) -> list[Figure]``; without it, one panel per metric is drawn.
    """

    name: str
    title: str
    summary: str
    citations: tuple[str, ...]
    origin: str
    licence: str
    path: str
    read: Callable[..., Reading]
    options: type[Parameters] = field(default=Parameters)
    read_address: Callable[..., Reading] | None = None
    tells_progress: bool = False
    claims: Callable[[Reading], list[Claim]] | None = None
    charts: Callable[[Reading], list[Any]] | None = None
