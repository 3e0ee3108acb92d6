"""The cells of a grid, and their tables computed in this process, one cell after the other."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from simlab.parameters import Parameters, cell_name
from simlab.scenario import Context, Scenario
from simlab.table import ScoreTable

P = TypeVar("P", bound=Parameters)

Keep = Callable[[int, ScoreTable], None]
"""Takes the place of a cell among all cells, and its table, as soon as that is there."""


class Cell(NamedTuple):
    """One point of the grid in one replicate."""

    parameters: Parameters
    seed: int

    def __str__(self) -> str:
        name = cell_name(self.parameters)
        return f"{name}, seed {self.seed}" if name else f"seed {self.seed}"


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
    keep: Keep,
    threads: int = 1,
    progress: Callable[[float], None] = lambda done: None,
    status: Callable[[str], None] = lambda text: None,
) -> None:
    """Hand the table of each cell to ``keep``, in order.

    ``progress`` takes the number of cells done, ``status`` what a cell says of where it stands.
    """
    for i, cell in enumerate(cells):

        def within(share: float, done: int = i) -> None:
            progress(done + share)

        context = Context(seed=cell.seed, threads=threads, progress=within, status=status)
        keep(i, scenario.run(cell.parameters, context))
        progress(i + 1.0)
