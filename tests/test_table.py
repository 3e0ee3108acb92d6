"""ScoreTable: building, joining, and curves against a naive oracle."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.schema import COLUMNS, CURVE_KEY
from simlab.table import ScoreTable
from tests.naive import emergence as naive

SMALL: dict[str, Any] = {"family": "toy", "scale": [1.0, 2.0], "metric": "m", "score": [0.0, 1.0]}


@st.composite
def tables(draw: st.DrawFn) -> ScoreTable:
    """Unsorted rows of several curves: null keys, several seeds, ties in scale, missing scores."""
    n = draw(st.integers(1, 40))

    def some(*values: object) -> list[object]:
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    rows = pl.DataFrame(
        {
            "family": some("a", "b"),
            "model": [f"model {i}" for i in range(n)],  # so that ties in scale are no duplicates
            "scale": some(1.0, 2.0, 2.5, 1e9),
            "scale_kind": some("params", "params", "flops"),
            "task": some("x", "<script>"),
            "subtask": some(None, "part"),
            "shots": some(None, 0, 5),
            "metric": some("accuracy", "brier"),
            "score": some(None, 0.0, 0.5, 0.5, 1.0),
            "seed": some(None, 0, 1),
        },
        schema_overrides={c: COLUMNS[c] for c in ("subtask", "shots", "seed", "score")},
    )
    down = pl.col("metric") == "brier"  # one direction per metric; unknown in some rows
    known = pl.Series(some(True, False), dtype=pl.Boolean)
    return ScoreTable.from_frame(
        rows.with_columns(higher_is_better=pl.when(known).then(~down).otherwise(None))
    )


@given(tables())
def test_curves_against_the_oracle(table: ScoreTable) -> None:
    rows = table.frame.rows(named=True)
    expected = naive.curves(rows)
    scale, score = table.frame["scale"], table.frame["score"]

    packed = table.packed()
    assert packed.keys.columns == list(CURVE_KEY)
    assert packed.keys.rows() == list(expected)
    assert packed.offsets.tolist() == np.cumsum([0, *map(len, expected.values())]).tolist()
    order = [number for members in expected.values() for number in members]
    assert packed.scale.tolist() == [scale[i] for i in order]
    assert packed.score.tolist() == [score[i] for i in order]
    downs = {
        key
        for row in rows
        if row["higher_is_better"] is False and (key := tuple(row[c] for c in CURVE_KEY))
    }
    assert packed.sign.tolist() == [-1.0 if key in downs else 1.0 for key in expected]
    for array, dtype in (
        (packed.offsets, np.int64),
        (packed.scale, np.float64),
        (packed.score, np.float64),
        (packed.sign, np.float64),
    ):
        assert array.dtype == dtype
        assert array.flags.c_contiguous

    curves = {tuple(curve.key.values()): curve for curve in table.curves()}
    present = {key: members for key, members in expected.items() if members}
    assert set(curves) == set(present)
    for key, curve in curves.items():
        members = present[key]
        assert list(curve.key) == list(CURVE_KEY)
        assert curve.rows.rows(named=True) == [rows[i] for i in members]
        assert curve.scale.tolist() == [scale[i] for i in members]
        assert curve.score.tolist() == [score[i] for i in members]


@given(tables(), st.randoms())
def test_the_order_of_rows_does_not_matter_beyond_ties(table: ScoreTable, draw: Any) -> None:
    order = list(range(len(table)))
    draw.shuffle(order)
    shuffled = ScoreTable.from_frame(table.frame[order])

    def by_key(t: ScoreTable) -> dict[tuple[object, ...], list[tuple[float, float]]]:
        return {
            tuple(c.key.values()): sorted(zip(c.scale, c.score, strict=True)) for c in t.curves()
        }

    assert by_key(shuffled) == by_key(table)


def test_missing_scores() -> None:
    table = ScoreTable.from_columns(SMALL | {"score": [None, None]})
    assert table.n_missing == 2
    assert list(table.curves()) == []
    packed = table.packed()
    assert packed.keys.height == 1
    assert packed.offsets.tolist() == [0, 0]
    assert packed.scale.size == packed.score.size == 0


def test_two_directions_in_one_curve() -> None:
    table = ScoreTable.from_columns(SMALL | {"higher_is_better": [True, False]})
    with pytest.raises(DataError) as caught:
        table.packed()
    assert str(caught.value) == (
        "curve of toy, all, m: column higher_is_better: true and false stand in one curve; a "
        "metric has one direction, correct it in all its rows"
    )


# --------------------------------------------------------------------------------------- building


def test_scalars_stand_for_columns() -> None:
    for many in (
        [1.0, 2.0],
        (1, 2),
        range(1, 3),
        np.array([1, 2]),
        np.array([1, 2], np.float32),
        pl.Series([1.0, 2.0]),
        [np.int64(1), 2.0],
    ):
        table = ScoreTable.from_columns(
            {"scale": many, "model": "m", "family": "f", "metric": "m", "score": 0.5, "n_items": 9}
        )
        assert table.frame["scale"].to_list() == [1.0, 2.0]
        assert table.frame["n_items"].to_list() == [9, 9]
    single = ScoreTable.from_columns({"family": "f", "scale": 1, "metric": "m", "score": None})
    assert len(single) == 1


def test_what_stands_for_a_number_must_be_one() -> None:
    def error(**changes: Any) -> str:
        with pytest.raises(DataError) as caught:
            ScoreTable.from_columns(SMALL | changes, origin="cell")
        return str(caught.value)

    assert error(score=[0.1, "bad"]) == (
        "cell: row 2, column score: 'bad' is not a number; correct it, or leave it empty if the "
        "value is missing"
    )
    assert error(score=[0.1, True]).startswith("cell: row 2, column score: True is not a number")
    assert error(score=[0.1, math.nan]) == (
        "cell: row 2, column score: nan is not finite; leave it empty (null) if the value is "
        "missing"
    )
    assert error(score=np.array([np.nan, 0.1])).startswith("cell: row 1, column score: nan is not")
    assert error(score=pl.Series([0.1, math.inf])).startswith("cell: row 2, column score: inf is")
    assert error(shots=[1, 1.5]).startswith("cell: row 2, column shots: 1.5 is not a whole number")
    assert error(seed=[1, 2**64]).startswith("cell: row 2, column seed: 18446744073709551616 is")
    assert error(score=np.zeros((2, 2))).startswith("cell: row 1, column score: array([0., 0.])")
    assert error(score=[0.1]) == (
        "cell: column score has 1 values and scale has 2; give all columns one length"
    )
    assert error(score=[], scale=[]) == "cell: it has a header and no row; give at least one score"
    with pytest.raises(DataError, match=r"^table: header: no column family \(or model\), scale"):
        ScoreTable.from_columns({})


def test_large_integers_stay_exact() -> None:
    table = ScoreTable.from_columns(SMALL | {"seed": [2**53 + 1, None], "n_items": [2**62 + 1, 1]})
    assert table.frame["seed"].to_list() == [2**53 + 1, None]
    assert table.frame["n_items"].to_list() == [2**62 + 1, 1]


def test_a_table_is_not_changed_by_reading_it_again() -> None:
    table = ScoreTable.from_columns(SMALL | {"note": ["a", None]})
    assert ScoreTable.from_frame(table.frame).frame.equals(table.frame)
    assert len(table) == 2
    assert repr(table).startswith("ScoreTable(2 rows)\n")


# ---------------------------------------------------------------------------------------- joining


def test_concat() -> None:
    one = ScoreTable.from_columns(SMALL | {"note": "x", "rank": [1, 2]})
    two = ScoreTable.from_columns(SMALL | {"seed": 1, "rank": [0.5, None], "other": "y"})
    joined = ScoreTable.concat([one, two]).frame
    assert joined.columns == [*COLUMNS, "note", "rank", "other"]
    assert {c: joined.schema[c] for c in COLUMNS} == COLUMNS
    assert joined["seed"].to_list() == [None, None, 1, 1]
    assert joined["note"].to_list() == ["x", "x", None, None]
    assert joined["rank"].to_list() == [1.0, 2.0, 0.5, None]
    assert ScoreTable.concat([one]).frame.equals(one.frame)


def test_concat_of_what_cannot_be_joined() -> None:
    table = ScoreTable.from_columns(SMALL)
    with pytest.raises(DataError) as caught:
        ScoreTable.concat([table, table])
    assert str(caught.value) == (
        "joined tables: rows 1 and 3, column scale: 1 stands twice in one curve ('toy', 'all', "
        "'m'); give runs of one model a seed column, or drop one row"
    )
    with pytest.raises(DataError, match=r"^joined tables: there is none; give at least one$"):
        ScoreTable.concat([])
    nested = ScoreTable(table.frame.with_columns(seed=pl.lit(1), note=pl.lit([[1]])))
    plain = ScoreTable(table.frame.with_columns(note=pl.lit(True)))
    with pytest.raises(DataError) as caught:
        ScoreTable.concat([nested, plain])
    assert str(caught.value).startswith("joined tables: ")
    assert "\n" not in str(caught.value)


def test_top_level_name() -> None:
    import simlab

    assert simlab.ScoreTable is ScoreTable
