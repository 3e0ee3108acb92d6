"""What a command prints on stdout: tables for people, one JSON object, CSV or Markdown."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import polars as pl

from simlab.claims.claim import Claim, Evidence
from simlab.result import Result
from simlab.visible import json_escaped, visible

MOST_ROWS = 40
_SLICE = 20_000
"""Rows that are put into words at a time: all of a million would take gigabytes."""


def plain(value: Any) -> str:
    """Return a cell as text; control characters from files become visible, never obeyed.

    >>> plain("a\\x1b[31m"), plain(None), plain(0.25)
    ('a\\\\x1b[31m', '', '0.25')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return visible(str(value).replace("\n", " "))


def rows_of(frame: pl.DataFrame) -> list[list[str]]:
    """Return the cells of a frame as text."""
    return [[plain(cell) for cell in row] for row in frame.iter_rows()]


def write_table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print an aligned table that fits the terminal; outside of one, lines are not cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(plain(title)), title_justify="left", box=box.SIMPLE, pad_edge=False)
    for i, name in enumerate(names):
        numeric = all(_is_number(row[i]) for row in rows) and bool(rows)
        table.add_column(Text(plain(name)), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, width=None if _on_a_terminal() else 160, highlight=False).print(table)


def write_markdown(title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table; no cell can end its column, be HTML, or be a link."""
    print(f"\n### {_markdown(title)}\n")
    print("| " + " | ".join(map(_markdown, names)) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(map(_markdown, row)) + " |")


def _markdown(cell: str) -> str:
    safe = plain(cell).replace("|", "\\|").replace("<", "\\<").replace("`", "\\`")
    return safe.replace("](", "]\\(")


def write_notes(notes: Iterable[str], form: str) -> None:
    """Print notes below the tables."""
    for note in notes:
        print(f"note: {_markdown(note) if form == 'md' else plain(note)}")


def _on_a_terminal() -> bool:
    return sys.stdout.isatty()


def write_csv(frame: pl.DataFrame) -> None:
    """Print a frame as CSV: in a pipe or file as it is, on a terminal with `visible` cells."""
    terminal = _on_a_terminal()
    for i, part in enumerate(frame.iter_slices(_SLICE)):
        text = part.write_csv(include_header=i == 0)
        if terminal:
            text = "\n".join(map(visible, text.split("\n")))
        sys.stdout.write(text)
    if frame.is_empty():
        sys.stdout.write(frame.write_csv())


def write_json(value: Any) -> None:
    """Print one JSON object; frames among its values become lists of objects, slice by slice."""
    if not isinstance(value, dict) or not any(isinstance(v, pl.DataFrame) for v in value.values()):
        sys.stdout.write(_json(value) + "\n")
        return
    for i, (name, held) in enumerate(value.items()):
        sys.stdout.write(f"{',' if i else '{'}\n  {_json(name)}: ")
        if isinstance(held, pl.DataFrame) and held.height:
            for k, part in enumerate(held.iter_slices(_SLICE)):
                rows = _json(part.to_dicts()).removeprefix("[").removesuffix("\n]")
                sys.stdout.write(("," if k else "[") + rows.replace("\n", "\n  "))
            sys.stdout.write("\n  ]")
        else:
            some = [] if isinstance(held, pl.DataFrame) else held
            sys.stdout.write(_json(some).replace("\n", "\n  "))
    sys.stdout.write("\n}\n")


def _json(value: Any) -> str:
    return json_escaped(msgspec.json.format(msgspec.json.encode(value)).decode())


def write_result(result: Result, form: str) -> None:
    """Print a result in one of the formats of ``--format``."""
    if form == "json":
        write_json(as_object(result))
    elif form == "csv":
        write_csv(result.table.frame)
    else:
        _write_tables(result, form)


def as_object(result: Result) -> dict[str, Any]:
    """Return the object that ``--format json`` prints; scores and curves are frames."""
    curves = result.scores.select(
        "family", "task", "subtask", "shots", "metric", "seed", "scale_kind", "n_scales",
        "emergence_score", "status",
    )  # fmt: skip
    return {
        "run": run_object(result),
        "scores": result.table.frame,
        "curves": curves,
        "claims": result.claims,
        "summary": _summary(result).to_dicts(),
        "tables": {title: frame.to_dicts() for title, frame in result.tables.items()},
        "notes": result.notes,
    }


def run_object(result: Result) -> dict[str, Any] | None:
    """Return the manifest of a result's run with its path and page; None if none was written."""
    directory = result.directory
    if not directory:
        return None
    manifest: dict[str, Any] = msgspec.to_builtins(directory.manifest)
    page = str(directory.path / "report.html")
    return {**manifest, "path": str(directory.path), "report": page}


def _summary(result: Result) -> pl.DataFrame:
    from simlab.emergence.summary import summarise

    return summarise(result.scores)


def _write_tables(result: Result, form: str) -> None:
    write = write_markdown if form == "md" else write_table
    curves = curve_rows(result.scores)
    shown = curves.sort(pl.col("emergence_score").abs(), descending=True, nulls_last=True)
    few = curves.height <= MOST_ROWS
    title = "Emergence score of each curve"
    if not few:
        title += f" ({MOST_ROWS} largest of {curves.height}; --format csv or json gives all rows)"
    some = curves if few else shown.head(MOST_ROWS)
    write(title, some.columns, rows_of(some))
    if result.scores["metric"].n_unique() > 1 or not few:
        summary = _summary(result)
        told = [c for c in summary.columns if not c.startswith("n_") or summary[c].sum()]
        write("Summary per metric", told, rows_of(summary.select(told)))
    for name, frame in result.tables.items():
        write(name, frame.columns, rows_of(frame))
    if result.claims:
        write("Claims", ["", "claim", "observed", "expected"], claim_rows(result.claims))
    write_notes(result.notes, form)


def curve_rows(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a frame of scores that differ between its curves."""
    key = ["family", "task", "subtask", "shots", "metric", "seed", "scale_kind"]
    telling = [c for c in key if scores[c].n_unique() > 1 or c == "metric"]
    return scores.select(*telling, "n_scales", "emergence_score", "status")


_MARKS = {"pass": "ok", "fail": "FAILED", "contradiction": "contradiction"}


def claim_rows(claims: Sequence[Claim]) -> list[list[str]]:
    """Return one row a claim: mark, statement, observed, expected with its tolerance."""
    return [
        [
            _MARKS[claim.verdict],
            plain(claim.statement),
            _evidence(claim.observed),
            _evidence(claim.expected)
            + (f" +- {claim.tolerance:.3g}" if claim.tolerance is not None else ""),
        ]
        for claim in claims
    ]


def _evidence(value: Evidence) -> str:
    return f"{value:.8g}" if isinstance(value, float) else plain(value)


def _is_number(cell: str) -> bool:
    try:
        float(cell or "0")
    except ValueError:
        return False
    return True
