"""Names of subtasks taken apart into the parameters they state."""

import polars as pl
import pytest

from simlab.report.grid_factors import factor, is_numeric, places, with_parameters
from tests.report.conftest import NASTY


def _parts(*subtasks: str | None) -> dict[str, list[str | None]]:
    frame, names = with_parameters(pl.DataFrame({"subtask": subtasks}))
    return {name: frame[name].to_list() for name in names}


def test_parameters_are_columns_in_the_order_of_the_rows() -> None:
    assert _parts("K=8, T=1.0", "K=1, T=0.5", "K=8, T=1.0") == {
        "subtask:K": ["8", "1", "8"],
        "subtask:T": ["1.0", "0.5", "1.0"],
    }
    assert _parts("hard items, K=1", "K=1, rho=0.2") == {
        "subtask:K": ["1", "1"],
        "subtask:rho": [None, "0.2"],
        "subtask:": ["hard items", None],
    }


@pytest.mark.parametrize(
    "subtasks",
    [("K=1", None), ("K=1", "easy"), ("K=1, K=2",), ("K=1=2",), ("=1",), ("K=",), NASTY],
)
def test_other_names_stay_whole(subtasks: tuple[str | None, ...]) -> None:
    assert _parts(*subtasks) == {"subtask": list(subtasks)}


def test_numbers_make_a_slider_in_their_order() -> None:
    values = pl.Series("subtask:items", ["1e6", "10", "2.5"])
    assert list(places(values)) == ["2.5", "10", "1e6"]
    made = factor("subtask:items", places(values), "10")
    assert (made["name"], made["kind"], made["start"]) == ("items", "slider", 1)
    assert made["values"] == ["items=2.5", "items=10", "items=1e6"]
    assert factor("shots", {0: 0, 5: 1}, 5)["values"] == ["0-shot", "5-shot"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("subtask:K", ["1", None]),
        ("subtask:K", ["1", "one"]),
        ("subtask:K", ["1", "1.0"]),
        ("shots", [None, 3]),
        ("task", ["1", "2"]),
    ],
)
def test_what_is_no_number_makes_no_slider(name: str, values: list[str | None]) -> None:
    assert not is_numeric(name, values)
    assert factor(name, places(pl.Series(name, values)), None)["kind"] == "boxes"


def test_a_parameter_that_some_names_lack_says_so() -> None:
    made = factor("subtask:rho", {None: 0, "0.2": 1}, None)
    assert made["values"] == ["rho not named", "rho=0.2"]
