"""Batches of an audit kept on disk, so that an interrupted one goes on where it stopped.

A batch is named by a hash of its own curves (their keys, counts and chance), of the question, and
of the kernels' sources; so a kept batch can only be taken for the same numbers.
"""

import hashlib
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl

from simlab._jit import kernel_hash
from simlab.atomic import write_atomic
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_evidence import Question


class KeptBatches:
    """Batches in a folder; with None as the folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.reused = 0

    def get(
        self, curves: CountCurves, question: Question, compute: Callable[[], pl.DataFrame]
    ) -> pl.DataFrame:
        """Return the kept frame of these curves, or compute and keep it.

        A file that is damaged is computed anew; a folder that cannot be written keeps nothing.
        """
        if self.folder is None:
            return compute()
        path = self.folder / f"{_name(curves, question)}.parquet"
        if path.is_file():
            try:
                found = pl.read_parquet(path)
                if found.height == len(curves):
                    self.reused += 1
                    return found
            except (OSError, pl.exceptions.PolarsError):
                pass
        frame = compute()
        held = io.BytesIO()
        frame.write_parquet(held)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, held.getvalue())
        except OSError:
            self.folder = None
        return frame

    def drop(self) -> None:
        """Remove the folder: the audit is complete."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _name(curves: CountCurves, question: Question) -> str:
    digest = hashlib.sha256(f"{kernel_hash()} {question!r}".encode())
    for values in (
        curves.stream,
        curves.offsets,
        curves.x,
        curves.right,
        curves.items,
        curves.chance,
    ):
        digest.update(values.tobytes() + b"|")
    return digest.hexdigest()[:24]
