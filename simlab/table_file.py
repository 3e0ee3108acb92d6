"""Tables in files: Parquet, CSV and JSON lines, told by the ending of the name."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from simlab.cells import column, shown
from simlab.errors import DataError
from simlab.schema import COLUMNS

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "None")
"""Cells of a CSV file that are null; in the schema's columns of text, only the empty one is."""

MOST_CELLS = 1 << 30
"""Of a Parquet file, which is refused beyond: as numbers they are 8 GiB."""

_POLARS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
_TEXTS = [name for name, dtype in COLUMNS.items() if dtype == pl.String]


def read_frame(path: Path) -> pl.DataFrame:
    """Read .parquet, .csv or .jsonl as it is; raise DataError if it cannot be read.

    In CSV every cell arrives as text (numbers are checked later, cell by cell), the cells of
    `MISSING` are null, empty rows and columns without a name are left out. In JSON lines a column
    beyond the schema holds lists and objects as JSON text.
    """
    if not os.path.isfile(path):
        raise DataError(f"{path}: no such file; give a .parquet, .csv or .jsonl table")
    readers = {
        ".parquet": _read_parquet,
        ".csv": _read_csv,
        ".jsonl": _read_jsonl,
        ".ndjson": _read_jsonl,
    }
    if path.suffix not in readers:
        raise DataError(f"{path}: unknown ending {path.suffix!r}; use .parquet, .csv or .jsonl")
    try:
        return readers[path.suffix](path)
    except UnicodeDecodeError:
        raise DataError(f"{path}: it is not UTF-8; save it as UTF-8") from None
    except (*_POLARS, OSError, ValueError, RecursionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path}: cannot be read: {reason}; is it really {path.suffix}?") from None


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write .parquet, .csv or .jsonl; raise DataError if it cannot be written.

    CSV keeps the schema's columns exactly; others come back as text, with `MISSING` as null.
    """
    writers: dict[str, Callable[[Path], object]] = {
        ".parquet": frame.write_parquet,
        ".csv": frame.write_csv,
        ".jsonl": frame.write_ndjson,
        ".ndjson": frame.write_ndjson,
    }
    if path.suffix not in writers:
        raise DataError(f"{path}: unknown ending {path.suffix!r}; use .parquet, .csv or .jsonl")
    try:
        writers[path.suffix](path)
    except (*_POLARS, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path}: cannot be written: {reason}") from None


def _read_parquet(path: Path) -> pl.DataFrame:
    if not path.stat().st_size:
        raise DataError(f"{path}: the file is empty; it needs a header and rows")
    lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    n_rows, n_columns = lazy.select(pl.len()).collect().item(), len(lazy.collect_schema())
    if n_rows * n_columns > MOST_CELLS:  # a few kilobytes may say billions of equal cells
        raise DataError(
            f"{path}: {n_rows:,} rows of {n_columns} columns are more than {MOST_CELLS:,} cells; "
            "split the table"
        )
    return pl.read_parquet(path, glob=False, hive_partitioning=False)


def _read_csv(path: Path) -> pl.DataFrame:
    """Read with polars what Python's csv has found to be whole: polars fills short rows up."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, strict=True)
        try:
            header = next((row for row in rows if row), None)
            if header is None:
                raise DataError(f"{path}: the file is empty; it needs a header and rows")
            _check_header(header, path)
            n_rows = 0
            for row in rows:
                n_rows += any(row)
                if row and len(row) != len(header):
                    raise DataError(
                        f"{path}: row {n_rows}: {len(row)} cells, but the header has "
                        f"{len(header)}; complete the row (is the file cut off?)"
                    )
        except csv.Error as error:
            raise DataError(
                f"{path}: line {rows.line_num}: {error}; close the quotes, double them within a "
                "cell"
            ) from None
    frame = pl.read_csv(path, infer_schema=False, null_values="", glob=False)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if frame.shape != (n_rows, len(header)):
        raise DataError(f"{path}: its rows cannot be told apart; end each line with a newline")
    frame = frame.select(c for c, name in zip(frame.columns, header, strict=True) if name.strip())
    return frame.with_columns(
        pl.when(~pl.col(c).is_in(MISSING)).then(pl.col(c)).alias(c)
        for c in frame.columns
        if c not in _TEXTS
    )


def _check_header(header: list[str], path: Path) -> None:
    names = [name for name in header if name.strip()]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise DataError(f"{path}: header: column {shown(twice)} stands twice; rename or drop one")
    if len(names) == 1 and (other := next((c for c in ";\t|" if c in names[0]), None)):
        raise DataError(f"{path}: header: cells are separated by {other!r}; save it with commas")


def _read_jsonl(path: Path) -> pl.DataFrame:
    """Read one object a line. A line's number stands in every message about it."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    rows: list[dict[str, Any]] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.isspace() or not line:
                continue
            try:
                row = decoder.decode(line)
            except msgspec.DecodeError as error:
                raise DataError(
                    f"{path}: line {number}: {error}; give one JSON object a line"
                ) from None
            if line.count(b":") > len(row):  # else no key can stand twice
                _reject_repeated_keys(line, f"{path}: line {number}")
            rows.append(row)
    if not rows:
        raise DataError(f"{path}: the file is empty; give one JSON object a line")
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(
        [
            column(name, [row.get(name) for row in rows], COLUMNS.get(name), origin=str(path))
            for name in names
        ]
    )


def _reject_repeated_keys(line: bytes, place: str) -> None:
    def check(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
        if twice is not None:
            raise DataError(f"{place}: key {shown(twice)} stands twice; drop one")

    json.loads(line, object_pairs_hook=check)
