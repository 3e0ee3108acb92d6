"""Training runs from a file: a table, or a published file whose columns are recognised."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.errors import DataError
from simlab.fitting.runs import TrainingRuns, training_runs
from simlab.table_file import read_frame

COLUMNS = {
    "n_params": ("n_params", "params", "parameters", "n", "model size"),
    "n_tokens": ("n_tokens", "tokens", "d"),
    "flops": ("flops", "flop", "c", "training flop", "training flops"),
    "loss": ("loss", "final_loss", "l"),
    "weights": ("weight", "weights"),
}
"""Names under which a column is found, in lower case. ``Model Size`` and ``Training FLOP`` are
those of the runs that Besiroglu et al. 2024 read off figure 4 of Hoffmann et al. 2022."""


def read_runs(path: Path, *, drop_highest: int = 0) -> TrainingRuns:
    """Read training runs from .csv, .parquet or .jsonl.

    Tokens come from their column, else from FLOPs / (6 N).

    Raises
    ------
    DataError
        The file cannot be read, has not the columns of `COLUMNS`, or has a cell that is no
        positive number; see `simlab.fitting.runs.training_runs`.
    """
    frame = read_frame(path)
    found = {
        name: place for name in COLUMNS if (place := find_column(frame, name, path)) is not None
    }
    for name in ("n_params", "loss"):
        if name not in found:
            raise missing_column(name, frame, path)
    if "n_tokens" not in found and "flops" not in found:
        raise missing_column("n_tokens", frame, path, "or flops ")
    values = {name: numbers(frame[place], place, path) for name, place in found.items()}
    if not frame.height:
        raise DataError(f"{path}: no rows; a fit needs one run a row")
    return training_runs(
        values["n_params"],
        values["loss"],
        n_tokens=values.get("n_tokens"),
        flops=values.get("flops"),
        weights=values.get("weights"),
        drop_highest=drop_highest,
        place=str(path),
    )


def find_column(frame: pl.DataFrame, name: str, path: Path) -> str | None:
    """Return the column that holds ``name`` of `COLUMNS`; raise DataError where two could."""
    lower: dict[str, list[str]] = {}
    for column in frame.columns:
        lower.setdefault(column.strip().lower(), []).append(column)
    for known in COLUMNS[name]:
        if len(lower.get(known, [])) > 1:
            raise DataError(f"{path}: two columns could be {name}: {lower[known]}; rename one")
        if known in lower:
            return lower[known][0]
    return None


def missing_column(name: str, frame: pl.DataFrame, path: Path, more: str = "") -> DataError:
    """Return the error of a column that is not there."""
    return DataError(
        f"{path}: no column {name} {more}among {', '.join(frame.columns[:12])}; rename one to "
        f"{name} (also read: {', '.join(COLUMNS[name][1:])})"
    )


def numbers(column: pl.Series, name: str, path: Path) -> NDArray[np.float64]:
    """Return a column as floats; raise DataError with the row that is none."""
    found = column.cast(pl.Float64, strict=False)
    bad = found.is_null().arg_true()
    if len(bad):
        cell = column[bad[0]]
        what = "is missing" if cell is None else f"{str(cell)[:40]!r} is not a number"
        raise DataError(f"{path}: row {bad[0] + 1}: {name} {what}; correct the row or leave it out")
    return found.to_numpy()
