"""Compute the cells of a grid, one after the other, replicate by replicate."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from simlab.parameters import Parameters
from simlab.scenario import Context, Scenario
from simlab.table import ScoreTable

P = TypeVar("P", bound=Parameters)


class Cell(NamedTuple):
    """One point of the grid in one replicate."""

    parameters: Parameters
    seed: int


def cells_of(grid: Sequence[P], *, seed: int, seeds: int) -> list[Cell]:
    """Return all cells of a run; replicate r has seed ``seed + r``.

    >>> [cell.seed for cell in cells_of([Parameters()], seed=5, seeds=3)]
    [5, 6, 7]
    """
    return [Cell(parameters, seed + r) for r in range(seeds) for parameters in grid]


def compute(
    scenario: Scenario,
    cells: Sequence[Cell],
    *,
    threads: int = 1,
    progress: Callable[[float], None] = lambda done: None,
    status: Callable[[str], None] = lambda text: None,
) -> Iterator[ScoreTable]:
    """Yield the table of each cell in order.

    ``progress`` takes the number of cells done, ``status`` what a cell says of where it stands.
    """
    for i, cell in enumerate(cells):

        def within(share: float, done: int = i) -> None:
            progress(done + share)

        context = Context(seed=cell.seed, threads=threads, progress=within, status=status)
        yield scenario.run(cell.parameters, context)
        progress(i + 1.0)
