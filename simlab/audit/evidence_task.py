"""The smooth evidence of a batch of curves as a task of engines."""

from typing import Any

import msgspec
import numpy as np
import polars as pl

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_evidence import Question, smooth_evidence
from simlab.scenario import Context
from simlab.sweep.task import StructTask

_ARRAYS = {
    "offsets": "<i8",
    "x": "<f8",
    "right": "<f8",
    "items": "<f8",
    "chance": "<f8",
    "stream": "<u8",
}


class Batch(msgspec.Struct, frozen=True):
    """Some curves and what is asked of them; all that their evidence depends on."""

    question: Question
    offsets: bytes
    x: bytes
    right: bytes
    items: bytes
    chance: bytes
    stream: bytes

    def __str__(self) -> str:
        return f"a batch of {len(self.chance) // 8} curves"

    @classmethod
    def of(cls, curves: CountCurves, question: Question) -> "Batch":
        """Return a batch of all ``curves``."""
        arrays = {
            name: np.ascontiguousarray(getattr(curves, name), kind).tobytes()
            for name, kind in _ARRAYS.items()
        }
        return cls(question, **arrays)

    def curves(self) -> CountCurves:
        """Return the curves, named by their number."""
        arrays: dict[str, Any] = {
            name: np.frombuffer(getattr(self, name), kind).copy() for name, kind in _ARRAYS.items()
        }
        n = len(arrays["offsets"]) - 1
        return CountCurves(keys=pl.DataFrame({"curve": np.arange(n)}), **arrays)


class EvidenceTask(StructTask[Batch]):
    """`simlab.audit.smooth_evidence.smooth_evidence` of a batch."""

    name = "simlab.audit.evidence_task:TASK"
    kind = Batch

    def run(self, cell: Batch, context: Context) -> pl.DataFrame:
        """Return the evidence, one row a curve."""
        return smooth_evidence(
            cell.curves(), cell.question, threads=context.threads, progress=context.progress
        )


TASK = EvidenceTask()
