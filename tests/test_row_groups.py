"""Groups of rows against a dictionary."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab import row_groups as module
from simlab.row_groups import first_seen, row_groups

ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "a", "b", "\x00", "\u4e2d"]),
        st.sampled_from([None, 0, 1, -5, 2**62, -(2**63), 2**63 - 1]),
        st.sampled_from([None, True, False]),
        st.just("same"),
    ),
    max_size=40,
)
SCHEMA = {"text": pl.String, "number": pl.Int64, "truth": pl.Boolean, "constant": pl.String}


def _naive(rows: list[tuple[object, ...]]) -> tuple[list[tuple[object, ...]], list[int]]:
    keys = list(dict.fromkeys(rows))
    return keys, [keys.index(row) for row in rows]


@pytest.mark.parametrize("most", [1 << 62, 1 << 21])  # the lower one makes codes dense on the way
@given(rows=ROWS)
def test_groups_are_those_of_a_dictionary(most: int, rows: list[tuple[object, ...]]) -> None:
    frame = pl.DataFrame(rows, SCHEMA, orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MOST_CODES", most)
        for columns in (["text", "number", "truth", "constant"], ["constant"], ["truth"]):
            groups = row_groups(frame, columns)
            keys, of_row = _naive(frame.select(columns).rows())
            assert groups.keys.rows() == keys
            assert groups.of_row.tolist() == of_row


@given(st.lists(st.integers(0, 9), max_size=30), st.sampled_from([10, 10**6]))
def test_first_seen_with_and_without_a_table(codes: list[int], n: int) -> None:
    first, of_row = first_seen(np.array(codes, np.int64), n)
    keys, expected = _naive([(c,) for c in codes])
    assert [(codes[i],) for i in first] == keys
    assert of_row.tolist() == expected


def test_counts_and_spans() -> None:
    frame = pl.DataFrame({"k": ["a", "b", "a", "c"], "v": [1.0, None, -2.0, None]})
    groups = row_groups(frame, ["k"])
    assert groups.counts().tolist() == [2, 1, 1]
    assert groups.counts(frame["v"].is_null()).tolist() == [0, 1, 1]
    assert groups.counts(pl.Series([True, None, True, False])).tolist() == [2, 0, 0]
    least, most = groups.span(frame["v"])
    assert least.tolist() == [-2.0, np.inf, np.inf]
    assert most.tolist() == [1.0, -np.inf, -np.inf]


def test_what_is_known_of_groups_reaches_their_rows() -> None:
    groups = row_groups(pl.DataFrame({"k": ["a", "b", "a"]}), ["k"])
    assert groups.of_each(groups.keys["k"] == "a").to_list() == [True, False, True]
