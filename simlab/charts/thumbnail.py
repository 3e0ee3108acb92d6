"""A small picture of a table: the curves around its largest emergence score, without names."""

from typing import Any

import polars as pl

from simlab.charts.axes import SCALE_AXES, log_ticks, scale_domain, score_domain
from simlab.charts.colours import colours_of, in_order
from simlab.charts.curves import FACTORS, with_names
from simlab.charts.printable import printable_values
from simlab.charts.style import CONFIG
from simlab.table import ScoreTable

_WIDTH, _HEIGHT = 250, 130
_CURVES, _SCALES, _FEW = 6, 60, 4
_SAME = ("task", "metric", "scale_kind")


def thumbnail(table: ScoreTable, scores: pl.DataFrame) -> tuple[str, str] | None:
    """Return a picture as SVG, and what it shows in words; None for a table without a score.

    Shown are curves of one task under one metric, that of the largest emergence score (``scores``
    is `simlab.emergence.score.emergence_scores` of the table): at most six, the mean over seeds.

    >>> table = ScoreTable.from_columns(
    ...     {"family": "toy", "scale": [1e7, 1e8, 1e9], "metric": "accuracy", "score": [0, 0, 0.5]}
    ... )
    >>> from simlab.emergence.score import emergence_scores
    >>> svg, said = thumbnail(table, emergence_scores(table))
    >>> svg[:4], said
    ('<svg', 'accuracy against parameters, 1 curve')
    """
    points = _points(table, scores)
    if points.is_empty():
        return None
    axis = SCALE_AXES[points["scale_kind"][0]]
    metric = points["metric"][0]
    names = in_order(points["curve"].unique(maintain_order=True).to_list())
    said = f"{metric} against {axis.title}, {len(names)} curve{'s' * (len(names) > 1)}"
    import vl_convert

    return vl_convert.vegalite_to_svg(printable_values(_spec(points, names))), said


def _points(table: ScoreTable, scores: pl.DataFrame) -> pl.DataFrame:
    """Return the points that are drawn: ``curve``, ``scale``, ``score``, and their metric."""
    frame = table.frame.filter(pl.col("score").is_not_null())
    log = [kind for kind, axis in SCALE_AXES.items() if axis.log]
    frame = frame.filter((pl.col("scale") > 0) | ~pl.col("scale_kind").is_in(log))
    if frame.is_empty():
        return frame
    held = frame.filter(*(pl.col(c) == value for c, value in _telling(frame, scores).items()))
    varying = [c for c in FACTORS if held[c].n_unique() > 1]
    held = with_names(held, varying, "curve")
    names = in_order(held["curve"].unique(maintain_order=True).to_list())
    held = held.filter(pl.col("curve").is_in(_some(names, _CURVES)))
    means = held.group_by("curve", "scale", "metric", "scale_kind", maintain_order=True).agg(
        pl.col("score").mean()
    )
    return means.sort("scale", maintain_order=True).filter(
        pl.int_range(pl.len()).over("curve") % ((pl.len().over("curve") - 1) // _SCALES + 1) == 0
    )


def _telling(frame: pl.DataFrame, scores: pl.DataFrame) -> dict[str, Any]:
    """Return task, metric and kind of scale of the curve that tells most.

    It is the one with the largest emergence score, of a metric that rises with ability and on at
    least four scales, if there is one; a falling loss shows the same less plainly.
    """
    up = frame.filter(pl.col("higher_is_better").fill_null(True))["metric"].unique()
    several = pl.col("n_scales") >= _FEW
    ranked = scores.sort(
        several & pl.col("metric").is_in(up.to_list()),
        several,
        pl.col("emergence_score").abs(),
        descending=True,
        nulls_last=True,
    )
    there = ranked.join(frame, on=_SAME, how="semi")
    first = (there if there.height else frame).row(0, named=True)
    return {column: first[column] for column in _SAME}


def _some(names: list[str], most: int) -> list[str]:
    """Return at most that many names, evenly from the first to the last."""
    if len(names) <= most:
        return names
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


def _spec(points: pl.DataFrame, names: list[str]) -> dict[str, Any]:
    axis = SCALE_AXES[points["scale_kind"][0]]
    scale = points["scale"].to_list()
    ends = scale_domain(min(scale), max(scale), log=axis.log)
    ticks = log_ticks(*ends, most=4) if axis.log else []
    high = max(map(abs, points["score"]))
    rows = [
        {"curve": str(names.index(curve)), "x": x, "y": y}
        for curve, x, y in points.select("curve", "scale", "score").iter_rows()
    ]
    return {
        "config": CONFIG,
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": rows},
        "mark": {"type": "line", "point": {"size": 14 if len(rows) < 100 else 2}},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": axis.title,
                "scale": {
                    "type": "log" if axis.log else "linear",
                    "domain": list(ends),
                    "nice": False,
                    "reverse": axis.reverse,
                    **({} if axis.log else {"zero": False}),
                },
                "axis": {
                    "labelExpr": axis.label_expr,
                    "grid": False,
                    "labelOverlap": True,
                    **({"values": ticks} if ticks else {"tickCount": 4}),
                },
            },
            "y": {
                "field": "y",
                "type": "quantitative",
                "title": points["metric"][0],
                "scale": {
                    "domain": list(score_domain(points["score"].to_list())),
                    "nice": False,
                    "zero": False,
                },
                "axis": {"tickCount": 3, "format": "~g" if high < 1e4 else "~s"},
            },
            "color": {
                "field": "curve",
                "type": "nominal",
                "legend": None,
                "scale": {
                    "domain": [str(i) for i in range(len(names))],
                    "range": colours_of(names),
                },
            },
        },
    }
