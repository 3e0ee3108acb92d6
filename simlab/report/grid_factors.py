"""What a reader chooses curves by: the columns that tell them apart, and names such as "K=4, T=1".

Scenarios name a cell of their grid by its parameters (`simlab.parameters.cell_name`), and some
sources do so too. Taken apart, each parameter is a choice of its own, and one of numbers a slider.
"""

import re
from typing import Any

import polars as pl

from simlab.charts.colours import colours_of, in_order
from simlab.charts.curves import value_name

_PART = re.compile(r"([A-Za-z_][\w.-]*)=([^=,]+)")
_CHECKBOXES = 12
"""Values of a factor up to this number are check boxes; more are a list to choose one from."""

PARAMETER = "subtask:"
"""Begins the name of a column that holds one parameter of the subtasks."""


def with_parameters(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return a frame with a column for each parameter in its subtasks, and their names.

    Words beside the parameters, such as "easy items", stay together as one column more. Where a
    subtask is missing or names no parameter, the column ``subtask`` stays as it is.

    >>> frame = pl.DataFrame({"subtask": ["K=1, easy", "K=4, hard"]})
    >>> held, names = with_parameters(frame)
    >>> names, held["subtask:K"].to_list(), held["subtask:"].to_list()
    (['subtask:K', 'subtask:'], ['1', '4'], ['easy', 'hard'])
    >>> with_parameters(pl.DataFrame({"subtask": ["easy", "K=1"]}))[1]
    ['subtask']
    """
    known = frame["subtask"].unique(maintain_order=True).to_list()
    taken = [_apart(name) for name in known]
    if not (taken and all(taken)):
        return frame, ["subtask"]
    names = list(dict.fromkeys(name for parts in taken if parts for name in parts))
    names.sort(key=lambda name: name == PARAMETER)  # bare words last
    columns = {name: [parts.get(name) for parts in taken if parts] for name in names}
    parts = pl.DataFrame(
        {"subtask": known, **columns}, schema_overrides=dict.fromkeys(names, pl.String)
    )
    return frame.join(parts, on="subtask", how="left", maintain_order="left"), names


def _apart(subtask: str | None) -> dict[str, str] | None:
    """Return the parameters in a subtask, and the rest; None if it names none, or one twice."""
    found: dict[str, str] = {}
    rest = []
    for part in (subtask or "").split(", "):
        match = _PART.fullmatch(part)
        if match is None:
            rest.append(part)
        elif PARAMETER + match[1] in found:
            return None
        else:
            found[PARAMETER + match[1]] = match[2]
    if not found:
        return None
    return {**found, PARAMETER: ", ".join(rest)} if rest else found


def places(series: pl.Series) -> dict[Any, int]:
    """Return the place of each value: by number if the values are numbered, else as they come.

    A curve without the number that others have, such as one of another run, has no place: whatever
    number a reader chooses, it stays.

    >>> places(pl.Series("subtask:K", ["8", "10", "1"]))
    {'1': 0, '8': 1, '10': 2}
    """
    values = series.unique(maintain_order=True).to_list()
    if is_numeric(series.name, values):
        return {value: i for i, value in enumerate(sorted(filter(_is_there, values), key=float))}
    names = [_label(series.name, value) for value in values]
    if len(set(names)) == len(names):
        rank = {name: i for i, name in enumerate(in_order(names))}
        values = sorted(values, key=lambda value: rank[_label(series.name, value)])
    return {value: i for i, value in enumerate(values)}


def is_numeric(name: str, values: list[Any]) -> bool:
    """Return whether a factor has several numbers, each another, of a parameter or of shots."""
    held = list(filter(_is_there, values))
    if len(held) < 2 or not (name == "shots" or name.startswith(PARAMETER)):
        return False
    try:
        return len({float(value) for value in held}) == len(held)
    except ValueError:
        return False


def _is_there(value: Any) -> bool:
    return value is not None


def factor(name: str, known: dict[Any, int], start: Any) -> dict[str, Any]:
    """Return one choice of a reader; ``start`` is its first value where it is one of many."""
    values = [_label(name, value) for value in known]
    kind = "list" if len(values) > _CHECKBOXES else "boxes"
    colours = colours_of(values)
    if is_numeric(name, list(known)):
        kind = "slider"
        colours = colours_of([str(i) for i in range(len(values))])
    return {
        "name": _heading(name),
        "values": values,
        "kind": kind,
        "start": known.get(start, 0),
        "colours": colours,
    }


def _heading(name: str) -> str:
    if name.startswith(PARAMETER):
        return value_name("name", name.removeprefix(PARAMETER)) or "Part"
    return name.capitalize()


def _label(name: str, value: Any) -> str:
    """Return how a value reads beside its curve."""
    parameter = name.removeprefix(PARAMETER)
    if name == parameter:
        return value_name(name, value)
    if not parameter:
        return value_name("part", "no part" if value is None else value)
    return value_name(
        "value", f"{parameter} not named" if value is None else f"{parameter}={value}"
    )
