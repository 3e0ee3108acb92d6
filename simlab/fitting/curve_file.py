"""One curve from a file: a column of sizes, tokens or compute, and one of losses."""

from pathlib import Path

import polars as pl

from simlab.errors import DataError
from simlab.fitting.curve_fit import CurveData, curve_data
from simlab.fitting.runs_file import numbers
from simlab.table_file import read_frame

X_NAMES = ("x", "n_params", "n_tokens", "flops", "examples", "steps", "params", "tokens", "scale")
Y_NAMES = ("y", "loss", "error", "score")


def read_curve(path: Path, *, x: str | None = None, y: str | None = None) -> CurveData:
    """Read a curve from .csv, .parquet or .jsonl.

    Without ``x`` and ``y`` the columns are the known names, or the two that hold numbers where
    there are just two of these.

    Raises DataError where a column is not there or not certain, or a cell is no positive number.
    """
    frame = read_frame(path)
    numeric = [c for c in frame.columns if not frame[c].cast(pl.Float64, strict=False).has_nulls()]
    chosen = []
    for given, names, option in ((x, X_NAMES, "--x"), (y, Y_NAMES, "--y")):
        known = [c for c in frame.columns if c.strip().lower() in names]
        if given is not None and given not in frame.columns:
            raise DataError(
                f"{path}: no column {given!r} among {', '.join(frame.columns[:12])}; give another "
                f"{option}"
            )
        if given is not None:
            chosen.append(given)
        elif len(known) == 1:
            chosen.append(known[0])
        elif len(numeric) == 2:
            chosen.append(numeric[0 if option == "--x" else 1])
        else:
            raise DataError(
                f"{path}: which column is {option[2:]}? give {option} one of "
                f"{', '.join(frame.columns[:12])}"
            )
    if chosen[0] == chosen[1]:
        raise DataError(f"{path}: x and y are both {chosen[0]}; give --x and --y")
    columns: list[pl.Series] = [frame[name] for name in chosen]
    values = [numbers(c, name, path) for c, name in zip(columns, chosen, strict=True)]
    return curve_data(*values, place=str(path))
