"""The contract of a scenario: typed parameters in, a ScoreTable out, claims and charts about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from simlab.claims.claim import Claim
from simlab.parameters import Parameters
from simlab.table import ScoreTable


class Context(NamedTuple):
    """What a run gives to each cell beside its parameters."""

    seed: int = 0
    """Seed of this replicate; it goes into the table's column ``seed``."""
    threads: int = 1
    """Threads that the cell may use. Results must not depend on it."""
    progress: Callable[[float], None] = lambda share: None
    """Takes the share of the cell that is done, 0 to 1."""
    status: Callable[[str], None] = lambda text: None
    """Takes a few words on where the cell stands, such as its loss; they are shown on stderr."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One experiment. To add one: a file with these, and a line under ``simlab.scenarios``.

    Parameters
    ----------
    name, title : str
        The word on the command line, and a title for people.
    summary : str
        Two or three sentences: what is simulated and what a reader should look at.
    citations : tuple of str
        Papers behind the scenario, one reference each.
    parameters : type
        A frozen `Parameters` struct; every field has a default and a description.
    run : callable
        ``run(parameters, context) -> ScoreTable``: one cell of the grid, one replicate. Equal
        arguments give equal bits, whatever ``context.threads`` is.
    claims : callable
        ``claims(cells, table) -> list[Claim]`` over all cells and replicates of a run. A claim
        whose cells are not in the grid is left out, not passed.
    charts : callable, optional
        ``charts(cells, table) -> list[Figure]``; without it, one panel per metric is drawn.
    grid : mapping, optional
        Axes that a run without options uses, such as ``{"K": (1, 4, 8)}``.
    files : callable, optional
        ``files(parameters) -> list[Path]``: the files that a cell reads. Their sha256 goes into the
        manifest and into the cell's key.
    version : int
        Raised when equal parameters give other numbers than before; part of a cell's key.
    """

    name: str
    title: str
    summary: str
    citations: tuple[str, ...]
    parameters: type[Parameters]
    run: Callable[[Any, Context], ScoreTable]
    claims: Callable[[Sequence[Any], ScoreTable], list[Claim]]
    charts: Callable[[Sequence[Any], ScoreTable], list[Any]] | None = None
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    files: Callable[[Any], Sequence[Path]] | None = None
    version: int = 1
