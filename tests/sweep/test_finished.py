"""Tables of cells that come in any order are joined as if they had come in theirs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.sweep import finished
from simlab.sweep.finished import Finished
from simlab.table import ScoreTable


def cell(place: int, kind: str) -> ScoreTable:
    columns: dict[str, Any] = {
        "family": "a",
        "scale": [1.0, 2.0],
        "metric": "m",
        "score": [0.1 * place, None],
        "seed": place,
    }
    extra = {"plain": {}, "whole": {"x": place}, "real": {"x": place / 7}, "other": {"y": "z"}}
    return ScoreTable.from_columns(columns | extra[kind])


@given(
    kinds=st.lists(st.sampled_from(["plain", "plain", "whole", "real", "other"]), max_size=30),
    missing=st.sets(st.integers(0, 29)),
    joined=st.integers(1, 5),
    data=st.data(),
)
def test_any_order_gives_the_same_table(
    kinds: list[str], missing: set[int], joined: int, data: st.DataObject
) -> None:
    tables = {i: cell(i, kind) for i, kind in enumerate(kinds) if i not in missing}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished, "_JOINED", joined)
        found = Finished()
        for place in data.draw(st.permutations(sorted(tables))):
            found.keep(place, tables[place].frame)
            found.keep(place, tables[place].frame)
    assert len(found) == len(tables)
    if not tables:
        with pytest.raises(DataError, match="there is none"):
            found.table()
        return
    expected = ScoreTable.concat([tables[i] for i in sorted(tables)]).frame
    assert found.table().frame.schema == expected.schema
    assert found.table().frame.equals(expected)
