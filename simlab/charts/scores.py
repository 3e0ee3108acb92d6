"""The default figures of any table: score against scale, one panel a metric or a task."""

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from simlab.charts.axes import SCALE_AXES, ScaleAxis, scale_domain
from simlab.charts.captions import caption
from simlab.charts.colours import in_order
from simlab.charts.curves import (
    DEFAULT_MAX_CURVES,
    DEFAULT_MAX_PANELS,
    largest,
    layout,
    spans,
    with_names,
    with_panels,
)
from simlab.charts.figure import Figure
from simlab.charts.layers import Frame, faceted
from simlab.charts.marks import LABEL_GAP, MOST_REPLICATES, Row, panel_rows
from simlab.table import ScoreTable

_SIZES = (
    (2, 400.0, 260.0, 230.0, 2),
    (6, 270.0, 200.0, 150.0, 3),
    (math.inf, 190.0, 110.0, 0.0, 4),
)
"""Up to how many panels; then width, height, width of labels (0: none), and columns."""


def score_figures(
    table: ScoreTable,
    *,
    scores: pl.DataFrame | None = None,
    max_curves: int = DEFAULT_MAX_CURVES,
    max_panels: int = DEFAULT_MAX_PANELS,
) -> list[Figure]:
    """Return one figure for each kind of scale in the table.

    If at most ``max_curves`` curves differ in family, task, subtask and shots, there is one panel
    a metric. Otherwise there is one a task, and the ``max_panels`` with the largest emergence
    score are drawn, and of each curve the points of `MOST_REPLICATES` replicates; the caption says
    of how many.

    Parameters
    ----------
    table : ScoreTable
        A further column ``expected`` holds the score of a closed form; it is drawn as a thin line.
    scores : polars.DataFrame, optional
        `simlab.emergence.score.emergence_scores` of the table; without it, what is drawn of many
        is chosen by the range of scores.
    max_curves, max_panels : int
        Curves in a panel, and panels in a figure, at most.

    Returns
    -------
    list of Figure
        Empty if the table has no score.

    >>> table = ScoreTable.from_columns(
    ...     {"family": "toy", "scale": [1e7, 1e8, 1e9], "metric": "accuracy", "score": [0, 0, 0.5]}
    ... )
    >>> [figure.title for figure in score_figures(table)]
    ['Score against parameters']
    """
    kinds = table.curve_rows().keys["scale_kind"].unique(maintain_order=True).to_list()
    curves = spans(table, scores)
    figures = []
    for kind in kinds:
        axis = SCALE_AXES[kind]
        own = curves if len(kinds) == 1 else curves.filter(pl.col("scale_kind") == kind)
        drawn = _choose(table, own, kind, max_curves, max_panels)
        if drawn is not None:
            name = "scores" if len(kinds) == 1 else f"scores-{kind}"
            figures.append(_draw(drawn, name, axis))
    return figures


class _Drawn(NamedTuple):
    """What is drawn of a table, and what a reader must know about the rest."""

    points: pl.DataFrame
    """With the columns ``panel`` and ``curve``."""
    panels: list[str]
    curves: list[str]
    notes: list[str]


def _choose(
    table: ScoreTable,
    curves: pl.DataFrame,
    kind: str,
    max_curves: int,
    max_panels: int,
) -> _Drawn | None:
    """Choose panels and curves of one kind of scale; None if there is no score.

    ``curves`` are those of `spans` of that kind: what is drawn is chosen among them, so that of a
    million scores only the few that are drawn are named.
    """
    if curves.is_empty():
        return None
    plan = layout(curves, max_curves=max_curves)
    curves = with_names(with_panels(curves, plan), plan.curve, "curve")
    notes = []
    chosen = {}
    for by, what, most in (
        ("panel", "panels", max_panels),
        ("curve", "curves a panel", max_curves),
    ):
        chosen[by], reason = largest(curves, by, most, None)
        if reason:
            total = curves[by].n_unique()
            notes.append(
                f"Shown: {most} of {total:,} {what}, those with the largest {reason}; "
                "the others are in the table."
            )
        curves = curves.filter(pl.col(by).is_in(chosen[by]))
    each = pl.int_range(pl.len()).over("panel", "curve")
    most_replicates = int(curves.select(each.max() + 1).item() or 0)
    if most_replicates > MOST_REPLICATES:
        notes.append(
            f"Points: the first {MOST_REPLICATES} of up to {most_replicates:,} replicates of a "
            "curve; lines: the mean of all."
        )
    points, n_missing, at_zero = _points(table, curves, kind)
    if n_missing:
        notes.append(f"Missing: {n_missing:,} {'score' if n_missing == 1 else 'scores'}.")
    if at_zero:
        notes.append(
            f"Left out: {at_zero:,} {'score' if at_zero == 1 else 'scores'} at scale 0, "
            "which has no place on a log axis."
        )
    return _Drawn(points, chosen["panel"], in_order(chosen["curve"]), notes)


def _points(table: ScoreTable, curves: pl.DataFrame, kind: str) -> tuple[pl.DataFrame, int, int]:
    """Return the rows that draw the curves, and how many of the kind are missing, or at scale 0."""
    frame, groups = table.frame, table.curve_rows()
    own, missing = groups.of_each(groups.keys["scale_kind"] == kind), frame["score"].is_null()
    at_zero = own & ~missing & (frame["scale"] == 0 if SCALE_AXES[kind].log else False)
    drawn = np.zeros(groups.keys.height, bool)
    drawn[curves["curve_row"]] = True
    rows = np.flatnonzero(drawn[groups.of_row] & ~(missing | at_zero).to_numpy())
    named = curves.select("curve_row", "panel", "curve")
    points = (
        frame[rows]
        .with_columns(pl.Series("curve_row", groups.of_row[rows]))
        .join(named, on="curve_row", how="left", maintain_order="left")
        .drop("curve_row")
    )
    return points, int((own & missing).sum()), int(at_zero.sum())


def _draw(drawn: _Drawn, name: str, axis: ScaleAxis) -> Figure:
    """Lay out the rows of every panel and return their chart as a figure."""
    points = drawn.points
    scale = points["scale"]
    _, width, height, label_width, columns = next(s for s in _SIZES if len(drawn.panels) <= s[0])
    most = points.group_by("panel").agg(pl.col("curve").n_unique())["curve"].max()
    assert isinstance(most, int)
    frame = Frame(
        axis=axis,
        x_domain=scale_domain(float(scale.min()), float(scale.max()), log=axis.log),  # type: ignore[arg-type]
        width=width,
        height=height,
        columns=min(len(drawn.panels), columns),
        label_width=label_width if len(drawn.curves) > 1 and most * LABEL_GAP <= height else 0.0,
    )
    rows: list[Row] = []
    kinds: set[str] = set()
    for title in drawn.panels:
        panel = panel_rows(
            points.filter(pl.col("panel") == title),
            title,
            x_domain=frame.x_domain,
            reverse=axis.reverse,
            height=height,
            labels=frame.label_width > 0,
        )
        rows.extend(panel.rows)
        kinds |= panel.kinds
    return Figure(
        name=name,
        title=f"Score against {axis.title}",
        caption=caption(points, frozenset(kinds), drawn.notes),
        chart=faceted(rows, frozenset(kinds), drawn.panels, drawn.curves, frame),
    )
