"""What a page says beside scores and claims, kept in the run directory: notes, tables, captions.

The scores, the claims, the manifest and the figures have files of their own; with this one a page
can be built again from its run directory, alone or on one page with other runs.
"""

from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from simlab.atomic import write_atomic
from simlab.charts.curves import FACTORS
from simlab.charts.export import file_names
from simlab.charts.figure import Figure
from simlab.errors import DataError
from simlab.report.report import Report
from simlab.runs.directory import CHARTS

FILE = "report.json"
VERDICTS = "verdicts.parquet"
_LEADING_OUT = frozenset(["url", "href", "embedOptions", "loader"])
"""Names that a figure has only if it loads something, links somewhere or sets up its drawing."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """``report.json`` of a run directory."""

    summary: str
    headline: str = ""
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    n_outcomes: int = 0
    tables: dict[str, dict[str, list[Any]]] = {}
    """Columns by table and name."""
    figures: tuple[tuple[str, str, str], ...] = ()
    """Name, title and caption; the figure itself is in charts/."""

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the tables as frames."""
        return {title: pl.DataFrame(held, strict=False) for title, held in self.tables.items()}


def keep_words(report: Report, folder: Path) -> None:
    """Write ``report.json``; raise DataError if the folder cannot be written."""
    words = Words(
        summary=report.summary,
        headline=report.headline,
        notes=tuple(report.notes),
        citations=tuple(report.citations),
        n_outcomes=report.n_outcomes,
        tables={title: frame.to_dict(as_series=False) for title, frame in report.tables.items()},
        figures=tuple((f.name, f.title, f.caption) for f in report.figures),
    )
    try:
        write_atomic(folder / FILE, msgspec.json.encode(words, enc_hook=str))
    except OSError as error:
        raise DataError(
            f"{folder / FILE}: cannot be written: {error.strerror}; "
            "free the disk or give another folder with --out"
        ) from None


def read_words(folder: Path) -> Words | None:
    """Read ``report.json``; None if the run has none, DataError if it is damaged."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Words)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{path}: {error}; delete the file, the page can do without") from None


def read_verdicts(folder: Path) -> pl.DataFrame | None:
    """Read the audit's word on each curve of a run; None for runs that are no audit."""
    columns = [*FACTORS, "metric", "scale_kind", "verdict", "reason"]
    try:
        return pl.read_parquet(folder / VERDICTS).select(columns)
    except (OSError, pl.exceptions.PolarsError):
        return None


def read_figures(words: Words, folder: Path) -> list[Figure] | None:
    """Return the figures of a run as they were drawn; None if one of them is not there.

    A figure whose file would load something or lead somewhere else is not taken either: files
    may come from anywhere.
    """
    found = []
    names = file_names([name for name, _, _ in words.figures])
    for (name, title, caption), file in zip(words.figures, names, strict=True):
        path = folder / CHARTS / f"{file}.json"
        try:
            spec = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.DecodeError, RecursionError):
            return None
        if _leads_out(spec):
            return None
        found.append(Figure(name=name, title=title, caption=caption, chart=spec))
    return found


def _leads_out(value: Any) -> bool:
    if isinstance(value, dict):
        return any(name in _LEADING_OUT or _leads_out(held) for name, held in value.items())
    return isinstance(value, list) and any(map(_leads_out, value))
