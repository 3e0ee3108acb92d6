"""Other axes of scale that a table carries: columns named params, flops, tokens, steps, ...

A table has one scale a row, and one kind of it. Where a source knows more coordinates of a model
(Wei et al. 2022 draw the same scores against parameters, FLOPs and loss), each stands in a column
named like its kind, and `on_axis` puts one of them in the place of the scale.

Which models make a curve may depend on the axis as well: over parameters the checkpoints of one
step, over training steps the checkpoints of one model. A column ``family_on_steps`` (and so on,
by kind) then names the family that a row belongs to on that axis.
"""

import polars as pl

from simlab.cells import cast, shown
from simlab.errors import DataError, UsageError
from simlab.schema import SCALE_KINDS
from simlab.table import ScoreTable

FAMILY_ON = "family_on_"
"""Begins the name of a column, and a kind of scale ends it: the family on that axis."""


def axes_of(table: ScoreTable) -> list[str]:
    """Return the kinds of scale that rows of a table can be drawn against.

    These are the kinds in its column ``scale_kind``, first, and the columns named like a kind
    that hold a value, in the order of `simlab.schema.SCALE_KINDS`.

    >>> table = ScoreTable.from_columns({"family": "toy", "scale": [1e7, 1e8], "metric": "acc",
    ...     "score": [0.1, 0.2], "tokens": [2e8, 2e9]})
    >>> axes_of(table)
    ['params', 'tokens']
    """
    frame = table.frame
    own = frame["scale_kind"].unique(maintain_order=True).to_list()
    return own + [
        kind
        for kind in SCALE_KINDS
        if kind in frame.columns and kind not in own and frame[kind].null_count() < frame.height
    ]


def on_axis(table: ScoreTable, kind: str) -> ScoreTable:
    """Return the table with the coordinate ``kind`` as its scale.

    Rows without that coordinate are left out: ``len(table) - len(on_axis(table, kind))`` of them.
    The scale that a row had stays, in a column named like its kind. Where the table states other
    families for this axis, they take the place of its families, which stay in a column as well.

    Parameters
    ----------
    table : ScoreTable
        Rows whose ``scale_kind`` is ``kind`` keep their scale; the others take it from the column
        named ``kind``.
    kind : {"params", "flops", "tokens", "steps", "loss", "width", "items"}
        Units as in `simlab.table.ScoreTable`.

    Raises
    ------
    UsageError
        ``kind`` is no kind of scale.
    DataError
        No row has the coordinate, or one is no number or out of the range of its kind.

    >>> table = ScoreTable.from_columns({"family": "toy", "scale": [1e7, 1e8], "metric": "acc",
    ...     "score": [0.1, 0.2], "tokens": [2e8, None]})
    >>> on_axis(table, "tokens").frame.select("scale", "scale_kind", "params").rows()
    [(200000000.0, 'tokens', 10000000.0)]
    """
    if kind not in SCALE_KINDS:
        raise UsageError(f"axis {shown(kind)}: use one of {', '.join(SCALE_KINDS)}")
    frame = _with_coordinates(table.frame)
    if kind not in frame.columns or frame[kind].null_count() == frame.height:
        raise DataError(f"axis {kind}: no row has it; there is {', '.join(axes_of(table))}")
    if FAMILY_ON + kind in frame.columns:
        frame = _with_family(frame, kind)
    placed = frame.filter(pl.col(kind).is_not_null()).with_columns(
        scale=pl.col(kind), scale_kind=pl.lit(kind)
    )
    return ScoreTable.from_frame(placed, origin=f"axis {kind}")


def _with_family(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the frame with the families of the axis ``kind``; the others stay beside them."""
    for own in frame["scale_kind"].unique(maintain_order=True):
        name = FAMILY_ON + own
        held = pl.when(pl.col("scale_kind") == own).then(pl.col("family"))
        known = [pl.col(name).cast(pl.String)] if name in frame.columns else []
        frame = frame.with_columns(pl.coalesce(held, *known).alias(name))
    wanted = pl.col(FAMILY_ON + kind).cast(pl.String)
    return frame.with_columns(pl.coalesce(wanted, "family").alias("family"))


def _with_coordinates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a column for each kind of scale that its rows have."""
    for kind in frame["scale_kind"].unique(maintain_order=True):
        own = pl.when(pl.col("scale_kind") == kind).then(pl.col("scale"))
        if kind in frame.columns:
            held = cast(frame[kind], pl.Float64, origin=f"axis {kind}")
            frame = frame.with_columns(held).with_columns(pl.coalesce(own, kind).alias(kind))
        else:
            frame = frame.with_columns(own.alias(kind))
    return frame.with_columns(
        cast(frame[kind], pl.Float64, origin=f"axis {kind}")
        for kind in SCALE_KINDS
        if kind in frame.columns
    )
