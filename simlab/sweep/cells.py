"""The cells of a scenario: one point of its grid in one replicate each."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
import polars as pl

from simlab.parameters import Parameters, cell_name
from simlab.runs.provenance import file_digest
from simlab.scenario import Context, Scenario
from simlab.sweep.task import Task, source_hash

P = TypeVar("P", bound=Parameters)


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


class ScenarioTask(Task[Cell]):
    """A scenario as engines see it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.name = f"scenario {scenario.name}"
        self._digest = cache(file_digest)

    def code(self) -> dict[str, str]:
        """Return the version of the scenario, and hashes of its package and of simlab."""
        module = self.scenario.run.__module__
        return {
            self.name: str(self.scenario.version),
            "the code of simlab": source_hash("simlab.scenario"),
            f"the code of {module.partition('.')[0]}": source_hash(module),
        }

    def inputs(self, cell: Cell) -> dict[str, str]:
        """Return the sha256 of each file that a cell reads, by path."""
        files = self.scenario.files
        return {} if files is None else {str(f): self._digest(f) for f in files(cell.parameters)}

    def pack(self, cell: Cell) -> bytes:
        """Return a cell as MessagePack."""
        return msgspec.msgpack.encode(cell)

    def unpack(self, data: bytes) -> Cell:
        """Return the cell that was packed."""
        kind: Any = tuple[self.scenario.parameters, int]  # type: ignore[name-defined]
        return Cell(*msgspec.msgpack.decode(data, type=kind))

    def run(self, cell: Cell, context: Context) -> pl.DataFrame:
        """Compute a cell."""
        return self.scenario.run(cell.parameters, context._replace(seed=cell.seed)).frame
