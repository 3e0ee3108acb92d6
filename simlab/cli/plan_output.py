"""What the planners print: one row a plan, and below a table what each row means."""

from collections.abc import Mapping, Sequence
from typing import Any


def write_plans(form: str, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that have one set of columns and a sentence under ``meaning``."""
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    if form == "json":
        write_json({"plans": rows})
        return
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, infer_schema_length=None))
        return
    shown = [c for c in rows[0] if c != "meaning" and any(row[c] is not None for row in rows)]
    if len(shown) <= MOST_COLUMNS:
        cells = [[plain(row[c]) for c in shown] for row in rows]
    else:  # too wide for a line: one column a plan
        cells = [[c, *(plain(row[c]) for row in rows)] for c in shown]
        shown = ["", *(str(i + 1) for i in range(len(rows)))]
    write = write_markdown if form == "md" else write_table
    write(title, shown, cells)
    if form == "md":
        print()
    for row in rows:
        print(f"- {plain(row['meaning'])}")


MOST_COLUMNS = 9
