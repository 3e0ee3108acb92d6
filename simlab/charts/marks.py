"""The rows of a chart of scores: one for every point, band end, line end and label it draws."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl

from simlab.charts.axes import format_scale, score_domain
from simlab.charts.labels import spread

LABEL_GAP = 13.0
"""Pixels between the lines of two labels."""
MOST_REPLICATES = 50
"""Seeds of one curve whose points are drawn; its line is the mean of all."""

Row = dict[str, Any]


class Panel(NamedTuple):
    """One panel of a figure; a row's ``kind`` says which mark draws it."""

    rows: list[Row]
    kinds: frozenset[str]


def panel_rows(
    points: pl.DataFrame,
    title: str,
    *,
    x_domain: tuple[float, float],
    reverse: bool,
    height: float,
    labels: bool,
) -> Panel:
    """Return the rows of one panel.

    Parameters
    ----------
    points : polars.DataFrame
        Rows of a table with a score, the column ``curve``, and ``expected`` where there is a
        closed form.
    title : str
        One line or two. Goes into each row's ``panel``.
    x_domain : tuple of float
        Ends of the axis of scale, in its unit.
    reverse : bool
        True if the axis runs from high to low.
    height : float
        Pixels of the axis of scores; labels are kept apart by it.
    labels : bool
        Whether each curve gets its name beside its last point.

    Notes
    -----
    Kinds: ``frame`` (invisible, spans the axis), ``chance`` (one level for all curves),
    ``curve chance``, ``band``, ``interval``, ``seed`` (one of several runs), ``expected``,
    ``line``, ``point``, ``replicate`` (one point of several runs), ``leader``, ``label``, and
    ``title`` and ``subtitle``, the two lines of the panel's title.
    """
    curves = [
        (name, _sorted(group)) for (name,), group in points.group_by("curve", maintain_order=True)
    ]
    rows: list[Row] = []
    ends: list[tuple[str, float, float]] = []
    for name, held in curves:
        rows.extend(_curve_rows(name, held))
        last = held[0] if reverse else held[-1]
        ends.append((name, last["scale"], last["mean"]))
    rows.extend(_chance_rows(curves, x_domain))
    low, high = score_domain(
        [v for row in rows for v in (row["y"], row.get("y2")) if v is not None]
    )
    edge = x_domain[0] if reverse else x_domain[1]
    if labels:
        per_pixel = (high - low) / height
        places = spread(
            [(y - low) / per_pixel for _, _, y in ends], gap=LABEL_GAP, low=0.0, high=height
        )
        for (name, x, y), place in zip(ends, places, strict=True):
            beside = low + place * per_pixel
            rows.append({"kind": "label", "curve": name, "x": edge, "y": beside})
            rows.append({"kind": "leader", "curve": name, "x": x, "y": y})
            rows.append({"kind": "leader", "curve": name, "x": edge, "y": beside})
    rows.extend({"kind": "frame", "x": x_domain[0], "y": end} for end in (low, high))
    for kind, text in zip(("title", "subtitle"), title.split("\n"), strict=False):
        rows.append({"kind": kind, "text": text})
    return Panel([{"panel": title, **row} for row in rows], frozenset(r["kind"] for r in rows))


def _sorted(group: pl.DataFrame) -> list[Row]:
    """Return a curve's rows by scale, each with the mean score at its scale and how many seeds.

    Of many seeds the first ones stay.
    """
    columns = ["model", "scale", "scale_kind", "score", "low", "high", "chance", "seed", "n_items"]
    expected = pl.col("expected") if "expected" in group.columns else pl.lit(None, pl.Float64)
    return (
        group.select(
            *columns,
            expected.alias("expected"),
            pl.col("score").mean().over("scale").alias("mean"),
            pl.col("seed").n_unique().alias("n_seeds"),
        )
        .filter(pl.col("seed").rank("dense").fill_null(1) <= MOST_REPLICATES)
        .sort("scale", maintain_order=True)
        .to_dicts()
    )


def _curve_rows(name: str, held: Sequence[Row]) -> Iterable[Row]:
    """Yield the marks of one curve: its points, and either its closed form or its line."""
    runs = {row["seed"] for row in held}
    scales = {row["scale"] for row in held}
    for row in held:
        yield {
            "kind": "replicate" if len(runs) > 1 else "point",
            "curve": name,
            "x": row["scale"],
            "y": row["score"],
            **_words(row),
        }
    means = [(x, next(at)["mean"]) for x, at in groupby(held, itemgetter("scale"))]
    if len(runs) > 1:
        for x, y in means:
            scale = format_scale(x, held[0]["scale_kind"])
            said = {"model": f"mean of {held[0]['n_seeds']:,} seeds", "scale": scale}
            yield {"kind": "point", "curve": name, "x": x, "y": y, **said}
    elif len(held) == len(scales):
        yield from _interval_rows(name, held)
    if all(row["expected"] is not None for row in held):
        for x, at in groupby(held, itemgetter("scale")):
            yield {"kind": "expected", "curve": name, "x": x, "y": next(at)["expected"]}
        return
    for x, y in means:
        yield {"kind": "line", "curve": name, "x": x, "y": y}
    if len(runs) > 1:
        for row in held:
            run = str(row["seed"])
            yield {"kind": "seed", "curve": name, "run": run, "x": row["scale"], "y": row["score"]}


def _interval_rows(name: str, held: Sequence[Row]) -> Iterable[Row]:
    """Yield a band if every point has an interval, else a bar at each point that has one."""
    bounded = [row for row in held if row["low"] is not None and row["high"] is not None]
    kind = "band" if len(bounded) == len(held) > 1 else "interval"
    for row in bounded:
        yield {"kind": kind, "curve": name, "x": row["scale"], "y": row["low"], "y2": row["high"]}


def _chance_rows(
    curves: Sequence[tuple[str, Sequence[Row]]], x_domain: tuple[float, float]
) -> Iterable[Row]:
    """Yield one level across the panel if all curves share it, else a line along each curve."""
    levels = {row["chance"] for _, held in curves for row in held}
    if len(levels) == 1:
        level = levels.pop()
        if level is not None:
            yield from ({"kind": "chance", "x": x, "y": level} for x in x_domain)
        return
    for name, held in curves:
        for row in held:
            if row["chance"] is not None:
                x, y = row["scale"], row["chance"]
                yield {"kind": "curve chance", "curve": name, "x": x, "y": y}


def _words(row: Mapping[str, Any]) -> Row:
    """Return what a tooltip says about a point beside its score."""
    said = {"model": row["model"], "scale": format_scale(row["scale"], row["scale_kind"])}
    if row["low"] is not None and row["high"] is not None:
        said["interval"] = f"{row['low']:.4g} to {row['high']:.4g}"
    if row["n_items"] is not None:
        said["items"] = f"{row['n_items']:,}"
    return said
