"""A batch of cells as bytes: what a worker is sent, what it computes, what it returns.

Both ways are MessagePack, and tables are Arrow IPC, so that every engine carries the same bytes
and nothing but a function's name is ever unpickled.
"""

import io
import time
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
import polars as pl

from simlab import registry
from simlab._jit import kernel_hash
from simlab.errors import SimlabError
from simlab.scenario import Context, Scenario
from simlab.sweep.cells import Cell
from simlab.table import ScoreTable

Watch = Callable[[int, float, str], None]
"""Takes the place of a cell in its batch, the share of it that is done, and its status."""


class Request(msgspec.Struct, frozen=True):
    """Cells of one scenario, and the code that must compute them."""

    scenario: str
    code: dict[str, str]
    threads: int
    parameters: list[dict[str, Any]]
    seeds: list[int]


class Failure(msgspec.Struct, frozen=True):
    """Why the cells of a batch from ``cell`` on have no table."""

    kind: str
    """Name of the exception's class; empty if the worker has other code."""
    message: str
    trace: str
    cell: int
    where: str = ""
    """The worker, where an engine has named ones."""


class Reply(msgspec.Struct, frozen=True):
    """Tables of the first cells of a batch, all of them unless there was a failure."""

    frames: list[tuple[bytes, list[int]]]
    """Arrow IPC of the rows of cells that have equal columns, and how many rows each cell has."""
    seconds: float
    failure: Failure | None = None


@cache
def code_versions() -> dict[str, str]:
    """Return what must be equal here and on a worker for equal bits."""
    packages = ("simlab", "numpy", "numba", "llvmlite")
    return {**{name: version(name) for name in packages}, "kernels": kernel_hash()}


def pack(scenario: Scenario, cells: Sequence[Cell], *, threads: int) -> bytes:
    """Return the request for ``cells``."""
    return msgspec.msgpack.encode(
        Request(
            scenario.name,
            {**code_versions(), f"scenario {scenario.name}": str(scenario.version)},
            threads,
            [msgspec.to_builtins(cell.parameters) for cell in cells],
            [cell.seed for cell in cells],
        )
    )


def unpack(data: bytes) -> tuple[list[ScoreTable], float, Failure | None]:
    """Return the tables of a reply, the seconds that they took, and what ended them early."""
    reply = msgspec.msgpack.decode(data, type=Reply)
    tables = []
    for encoded, heights in reply.frames:
        frame, start = pl.read_ipc(io.BytesIO(encoded)), 0
        for height in heights:
            tables.append(ScoreTable(frame.slice(start, height)))
            start += height
    return tables, reply.seconds, reply.failure


def run_batch(
    data: bytes, watch: Watch = lambda place, share, status: None, where: str = ""
) -> bytes:
    """Compute the cells of a request, one after the other, up to the first that fails."""
    request = msgspec.msgpack.decode(data, type=Request)
    tables: list[ScoreTable] = []
    failure, started = None, time.perf_counter()
    try:
        scenario: Scenario = registry.load(registry.SCENARIOS, request.scenario)
        failure = _other_code(request, scenario)
        if failure is None:
            for i, (parameters, seed) in enumerate(
                zip(request.parameters, request.seeds, strict=True)
            ):
                watch(i, 0.0, "")
                cell = Cell(msgspec.convert(parameters, scenario.parameters), seed)
                tables.append(_run(scenario, cell, request.threads, i, watch))
    except Exception as error:
        failure = _failure_of(error, len(tables))
    if failure is not None:
        failure = msgspec.structs.replace(failure, where=where)
    seconds = time.perf_counter() - started
    return msgspec.msgpack.encode(Reply(_frames(tables), seconds, failure))


def _failure_of(error: Exception, cell: int) -> Failure:
    if isinstance(error, SimlabError):
        return Failure(type(error).__name__, str(error), "", cell)
    message = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Failure("Exception", message, traceback.format_exc(), cell)


def _run(scenario: Scenario, cell: Cell, threads: int, place: int, watch: Watch) -> ScoreTable:
    at, words = 0.0, ""

    def progress(share: float) -> None:
        nonlocal at
        at = share
        watch(place, at, words)

    def status(text: str) -> None:
        nonlocal words
        words = text
        watch(place, at, words)

    context = Context(seed=cell.seed, threads=threads, progress=progress, status=status)
    return scenario.run(cell.parameters, context)


def _other_code(request: Request, scenario: Scenario) -> Failure | None:
    own = {**code_versions(), f"scenario {scenario.name}": str(scenario.version)}
    other = [
        f"{name} {own.get(name, 'none')} instead of {wanted}"
        for name, wanted in request.code.items()
        if own.get(name) != wanted
    ]
    if not other:
        return None
    message = f"has other code: {', '.join(other)}; install the same versions there and here"
    return Failure("", message, "", 0)


def _frames(tables: Sequence[ScoreTable]) -> list[tuple[bytes, list[int]]]:
    """Join neighbours with equal columns: only these come out of one frame as they went in."""
    groups: list[list[pl.DataFrame]] = []
    for table in tables:
        if not groups or groups[-1][0].schema != table.frame.schema:
            groups.append([])
        groups[-1].append(table.frame)
    encoded = []
    for group in groups:
        held = io.BytesIO()
        pl.concat(group).write_ipc(held)
        encoded.append((held.getvalue(), [frame.height for frame in group]))
    return encoded
