"""The contract between engines and what they compute: a task, whose cells stand each for itself."""

import hashlib
import importlib
import importlib.util
import sys
from abc import ABC, abstractmethod
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import polars as pl

from simlab._jit import kernel_hash
from simlab.errors import UsageError
from simlab.scenario import Context

C = TypeVar("C")
S = TypeVar("S", bound=msgspec.Struct)

_SCENARIO = "scenario "
_OURS = "simlab."
_SHOWN = {"cli", "report", "charts"}
"""Folders of simlab that show numbers and make none."""


class Task(ABC, Generic[C]):
    """One kind of work. Equal cells under equal code give equal bits, on any engine."""

    name: str
    """By which `find_task` finds it on a worker: "scenario NAME", or "simlab.module:NAME"."""

    def code(self) -> dict[str, str]:
        """Return what must be equal for equal bits, beside `code_versions`."""
        return {}

    def inputs(self, cell: C) -> dict[str, str]:
        """Return the sha256 of each file that a cell reads, by path."""
        return {}

    @abstractmethod
    def pack(self, cell: C) -> bytes:
        """Return a cell as MessagePack; equal cells give equal bytes."""

    @abstractmethod
    def unpack(self, data: bytes) -> C:
        """Return the cell that was packed."""

    @abstractmethod
    def run(self, cell: C, context: Context) -> pl.DataFrame:
        """Compute a cell."""


class StructTask(Task[S]):
    """A task of simlab's own, whose cells are msgspec structs of this ``kind``."""

    kind: type[S]

    def code(self) -> dict[str, str]:
        """Return a hash of simlab."""
        return {"the code of simlab": source_hash("simlab.scenario")}

    def pack(self, cell: S) -> bytes:
        """Return a cell as MessagePack."""
        return msgspec.msgpack.encode(cell)

    def unpack(self, data: bytes) -> S:
        """Return the cell that was packed."""
        return msgspec.msgpack.decode(data, type=self.kind)


@cache
def code_versions() -> dict[str, str]:
    """Return what must be equal here and on a worker for equal bits."""
    packages = ("simlab", "numpy", "numba", "llvmlite")
    return {**{name: version(name) for name in packages}, "kernels": kernel_hash()}


@cache
def source_hash(module: str) -> str:
    """Return 12 hex digits over the sources of the package that ``module`` belongs to.

    Folders of simlab that show numbers and make none are left out. Of a module that is no package,
    over its own file; empty where it has none.

    >>> source_hash("simlab.sweep.task") == source_hash("simlab.table") != source_hash("ast")
    True
    """
    top = sys.modules.get(module.partition(".")[0])
    spec = getattr(top, "__spec__", None)
    digest = hashlib.sha256()
    if spec is not None and spec.submodule_search_locations:
        roots = [Path(place) for place in spec.submodule_search_locations]
        found = ((root, path) for root in roots for path in sorted(root.rglob("*.py")))
        files = [(a, b) for a, b in found if b.relative_to(a).parts[0] not in _SHOWN]
    else:
        own = getattr(sys.modules.get(module), "__file__", None)
        files = [(Path(own).parent, Path(own))] if own else []
    for root, path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12] if files else ""


def find_task(name: str) -> Task[Any]:
    """Return the task of this name; raise UsageError if there is none."""
    if name.startswith(_SCENARIO):
        from simlab import registry
        from simlab.sweep.cells import ScenarioTask

        return ScenarioTask(registry.load(registry.SCENARIOS, name.removeprefix(_SCENARIO)))
    module, _, attribute = name.partition(":")
    if module.startswith(_OURS) and importlib.util.find_spec(module):
        found = getattr(importlib.import_module(module), attribute, None)
        if isinstance(found, Task):
            return found
    raise UsageError(f"no task {name!r}; install the same simlab there and here")
