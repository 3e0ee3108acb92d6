"""Training curves from a file: one point of a run a row."""

from pathlib import Path

from simlab.errors import DataError
from simlab.fitting.curves import TrainingCurves, training_curves
from simlab.fitting.runs_file import find_column, missing_column, numbers
from simlab.table_file import read_frame

RUN = ("run", "run_id", "run_name", "id")
"""Names under which the column of runs is found, in lower case."""


def read_curves(path: Path) -> TrainingCurves:
    """Read training curves from .csv, .parquet or .jsonl.

    Raises
    ------
    DataError
        The file cannot be read, lacks a column or has a cell that is no positive number; see
        `simlab.fitting.curves.training_curves`.
    """
    frame = read_frame(path)
    names = {column.strip().lower(): column for column in reversed(frame.columns)}
    run = next((names[name] for name in RUN if name in names), None)
    if run is None:
        raise DataError(
            f"{path}: no column run among {', '.join(frame.columns[:12])}; training curves need "
            f"the name of each point's run (also read: {', '.join(RUN[1:])})"
        )
    found = {
        name: place
        for name in ("n_params", "n_tokens", "flops", "loss")
        if (place := find_column(frame, name, path)) is not None
    }
    for name in ("n_params", "loss"):
        if name not in found:
            raise missing_column(name, frame, path)
    if "n_tokens" not in found and "flops" not in found:
        raise missing_column("n_tokens", frame, path, "or flops ")
    if not frame.height:
        raise DataError(f"{path}: no rows; a curve needs two points or more")
    if frame[run].null_count():
        row = int(frame[run].is_null().arg_true()[0]) + 1
        raise DataError(f"{path}: row {row}: {run} is missing; every point belongs to a run")
    values = {name: numbers(frame[place], place, path) for name, place in found.items()}
    return training_curves(frame[run].to_numpy(), **values, place=str(path))
