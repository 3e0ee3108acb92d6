"""ScoreTable: a simulated and a published result are the same table."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.cells import column
from simlab.errors import DataError
from simlab.row_groups import RowGroups, row_groups
from simlab.schema import COLUMNS, CURVE_KEY, check, conform
from simlab.table_file import read_frame as read_frame
from simlab.table_file import write_frame

_MANY = (list, tuple, range, np.ndarray, pl.Series)


class Curve(NamedTuple):
    """One curve of score against scale, rows sorted by scale, missing scores left out."""

    key: dict[str, Any]
    """The curve's value in each of `simlab.schema.CURVE_KEY`."""
    scale: NDArray[np.float64]
    """(n_scales,) float64, in the unit that ``key["scale_kind"]`` names."""
    score: NDArray[np.float64]
    """(n_scales,) float64."""
    rows: pl.DataFrame
    """The table's rows behind the curve, in the same order."""


class PackedCurves(NamedTuple):
    """All curves of a table behind one another, for kernels."""

    keys: pl.DataFrame
    """(n_curves, len(CURVE_KEY)): the key of each curve, in the order of first appearance."""
    offsets: NDArray[np.int64]
    """(n_curves + 1,) int64: curve i is ``[offsets[i], offsets[i + 1])`` of the arrays."""
    scale: NDArray[np.float64]
    """(n_points,) float64, ascending within a curve."""
    score: NDArray[np.float64]
    """(n_points,) float64."""
    sign: NDArray[np.float64]
    """(n_curves,) float64: -1 where lower scores are better, else 1 (unknown ones as well)."""


class ScoreTable:
    """A validated, tidy polars frame of scores: one row per model, task, metric and seed.

    ===================  =======  ==========  ====================================================
    column               type     default     meaning
    ===================  =======  ==========  ====================================================
    family               str      "all"       models that differ in scale only
    model                str      family and  one model
                                  scale
    scale                float    (required)  size, compute, data, steps, loss or width
    scale_kind           str      "params"    params, flops, tokens, steps, loss or width
    task                 str      "all"       what was measured
    subtask              str      null        part of a task; null on the aggregate
    shots                int      null        examples in the prompt; null: not applicable
    metric               str      (required)  how it was scored
    score                float    (required)  the score; null: missing
    low, high            float    null        ends of the score's interval (95% in simlab's own)
    chance               float    null        the score of guessing
    higher_is_better     bool     null        the metric's direction; null: unknown
    n_items              int      null        test items behind the score
    stderr               float    null        standard error of the score
    seed                 int      null        which run, where there are several
    source               str      "unknown"   where the row comes from
    ===================  =======  ==========  ====================================================

    One of family and model must be given. Columns beyond these are kept. Missing is null, never
    NaN. Build one with `from_columns`, `from_frame` or `read`; the frame is then taken as it is.

    >>> table = ScoreTable.from_columns(
    ...     {"family": "toy", "scale": [1e7, 1e8, 1e9], "metric": "accuracy", "score": [0, 0, 0.5]}
    ... )
    >>> [curve.score.tolist() for curve in table.curves()]
    [[0.0, 0.0, 0.5]]
    """

    __slots__ = ("_curve_rows", "frame")

    def __init__(self, frame: pl.DataFrame, curve_rows: RowGroups | None = None) -> None:
        self.frame = frame
        self._curve_rows = curve_rows

    @classmethod
    def from_frame(
        cls, frame: pl.DataFrame, *, source: str = "unknown", origin: str = "table"
    ) -> "ScoreTable":
        """Return a table of ``frame``; raise DataError naming row, column, value and remedy."""
        frame = conform(frame, source=source, origin=origin)
        check(frame, origin=origin)
        return cls(frame)

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, Any], *, source: str = "unknown", origin: str = "table"
    ) -> "ScoreTable":
        """Return a table of columns; a scalar stands for a column of equal values."""
        lengths = {c: len(v) for c, v in columns.items() if isinstance(v, _MANY)}
        height = max(lengths.values(), default=1)
        for name, length in lengths.items():
            if length != height:
                longest = max(lengths, key=lengths.__getitem__)
                raise DataError(
                    f"{origin}: column {name} has {length} values and {longest} has {height}; "
                    "give all columns one length"
                )
        held = {c: v if isinstance(v, _MANY) else [v] * height for c, v in columns.items()}
        frame = pl.DataFrame(
            [column(c, values, COLUMNS.get(c), origin=origin) for c, values in held.items()]
        )
        return cls.from_frame(frame, source=source, origin=origin)

    @classmethod
    def concat(cls, tables: Sequence["ScoreTable"]) -> "ScoreTable":
        """Return the rows of all tables, in order; a row may not stand in two of them."""
        if not tables:
            raise DataError("joined tables: there is none; give at least one")
        try:
            frame = pl.concat([t.frame for t in tables], how="diagonal_relaxed")
        except pl.exceptions.PolarsError as error:  # columns beyond the schema
            raise DataError(f"joined tables: {str(error).splitlines()[0]}; rename one") from None
        check(frame, origin="joined tables")
        return cls(frame)

    @classmethod
    def read(cls, path: str | Path) -> "ScoreTable":
        """Read a table from a .parquet, .csv or .jsonl file; see `simlab.table_file`."""
        path = Path(path)
        return cls.from_frame(read_frame(path), source=path.name, origin=str(path))

    def write(self, path: str | Path) -> None:
        """Write the table to a .parquet, .csv or .jsonl file, by the ending of ``path``."""
        write_frame(self.frame, Path(path))

    def packed(self) -> PackedCurves:
        """Return all curves as flat arrays, sorted by scale within a curve, nulls left out.

        A curve whose scores are all null stays, with length 0. Raises DataError where the rows of
        a curve contradict each other in ``higher_is_better``.
        """
        curves = self.curve_rows()
        higher = self.frame["higher_is_better"]
        down = curves.counts(~higher) > 0
        _reject_two_directions(curves.keys.filter(pl.Series((curves.counts(higher) > 0) & down)))
        scale, score, rows = self.frame["scale"], self.frame["score"], curves.of_row
        x, y = scale.to_numpy(), score.to_numpy()
        if score.null_count():
            held = score.is_not_null().to_numpy()
            x, y, rows = x[held], y[held], rows[held]
        order = np.lexsort((x, rows))
        offsets = np.zeros(curves.keys.height + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=curves.keys.height), out=offsets[1:])
        sign = np.where(down, -1.0, 1.0)
        return PackedCurves(curves.keys, offsets, x[order], y[order], sign)

    def curve_rows(self) -> RowGroups:
        """Return which curve each row belongs to; found once and kept."""
        if self._curve_rows is None:
            self._curve_rows = row_groups(self.frame, CURVE_KEY)
        return self._curve_rows

    def curves(self) -> Iterator[Curve]:
        """Yield one curve per family, task, subtask, shots, metric, seed and kind of scale."""
        present = self.frame.filter(pl.col("score").is_not_null())
        for _, rows in present.group_by(CURVE_KEY, maintain_order=True):
            rows = rows.sort("scale", maintain_order=True)
            key = {c: rows[c][0] for c in CURVE_KEY}
            yield Curve(key, rows["scale"].to_numpy(), rows["score"].to_numpy(), rows)

    @property
    def n_missing(self) -> int:
        """Rows without a score."""
        return self.frame["score"].null_count()

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"ScoreTable({self.frame.height} rows)\n{self.frame}"


def _reject_two_directions(curves: pl.DataFrame) -> None:
    if curves.height:
        first = curves.row(0, named=True)
        raise DataError(
            f"curve of {first['family']}, {first['task']}, {first['metric']}: column "
            "higher_is_better: true and false stand in one curve; a metric has one direction, "
            "correct it in all its rows"
        )
