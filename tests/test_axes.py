import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.axes import axes_of, on_axis
from simlab.emergence.axis_dependence import axis_dependence
from simlab.errors import DataError, UsageError
from simlab.table import ScoreTable


def table(**columns: object) -> ScoreTable:
    held = {"family": "toy", "scale": [1e7, 1e8, 1e9], "metric": "acc", "score": [0.1, 0.2, 0.8]}
    return ScoreTable.from_columns({**held, **columns})


def test_axes_are_the_scale_and_columns_that_hold_something() -> None:
    held = table(tokens=[1e9, None, 1e11], loss=[None, None, None], other=1.0)
    assert axes_of(held) == ["params", "tokens"]
    mixed = table(scale_kind=["params", "params", "flops"])
    assert axes_of(mixed) == ["params", "flops"]


def test_the_old_scale_stays() -> None:
    held = table(tokens=[3e9, 2e9, None])
    moved = on_axis(held, "tokens")
    assert len(held) - len(moved) == 1
    assert moved.frame.select("scale", "scale_kind", "params").rows() == [
        (3e9, "tokens", 1e7),
        (2e9, "tokens", 1e8),
    ]
    back = on_axis(moved, "params").frame
    assert back["scale"].to_list() == [1e7, 1e8]
    assert back["tokens"].to_list() == [3e9, 2e9]


def test_rows_of_the_kind_keep_their_scale() -> None:
    held = table(scale_kind=["flops", "params", "params"], flops=[5.0, 2.0, None])
    assert on_axis(held, "flops").frame["scale"].to_list() == [1e7, 2.0]


def test_columns_of_text_are_read_as_numbers() -> None:
    assert on_axis(table(flops=["1e20", "1e21", "3e21"]), "flops").frame["scale"][2] == 3e21
    with pytest.raises(DataError, match="axis flops: row 2, column flops: 'many' is not a number"):
        on_axis(table(flops=["1", "many", "2"]), "flops")


def trained() -> ScoreTable:
    """Two sizes at three steps: over sizes a family is a step, over steps it is a model."""
    return ScoreTable.from_columns(
        {
            "family": [f"m step{s}" for s in (1, 10, 100) for _ in range(2)],
            "model": [f"m-{n} step{s}" for s in (1, 10, 100) for n in (1, 2)],
            "scale": [1e6, 1e7] * 3,
            "steps": [1, 1, 10, 10, 100, 100],
            "flops": [1e10, 1e11, 1e11, 1e12, 1e12, 1e13],
            "family_on_steps": ["m-1", "m-2"] * 3,
            "metric": "acc",
            "score": [0.1, 0.1, 0.2, 0.4, 0.5, 0.9],
        }
    )


def test_an_axis_may_have_families_of_its_own() -> None:
    held = trained()
    over_steps = on_axis(held, "steps")
    assert {c.key["family"]: (c.scale.tolist(), c.score.tolist()) for c in over_steps.curves()} == {
        "m-1": ([1.0, 10.0, 100.0], [0.1, 0.2, 0.5]),
        "m-2": ([1.0, 10.0, 100.0], [0.1, 0.4, 0.9]),
    }
    back = on_axis(over_steps, "params")
    assert (
        back.frame.select(held.frame.columns)
        .drop("params", strict=False)
        .equals(held.frame.with_columns(steps=held.frame["steps"].cast(float)))
    )
    assert on_axis(held, "flops").frame["family"].equals(held.frame["family"])
    assert on_axis(held, "params").frame["family"].equals(held.frame["family"])


def test_dependence_keeps_curves_of_other_families_apart() -> None:
    found = axis_dependence(trained())
    rows = found.filter(axis="steps").select("family", "n_scales", "depends").rows()
    said = "other curves: this axis has families of its own"
    assert rows == [("m-1", 3, said), ("m-2", 3, said)]
    flops = found.filter(axis="flops")
    assert set(flops["family"]) == {"m step1", "m step10", "m step100"}
    assert set(flops["depends"]) == {"same order, same score"}


def test_wrong_axes() -> None:
    with pytest.raises(UsageError, match="axis 'size': use one of params"):
        on_axis(table(), "size")
    with pytest.raises(DataError, match="axis tokens: no row has it; there is params"):
        on_axis(table(tokens=[None] * 3), "tokens")
    with pytest.raises(DataError, match=r"column scale: -1\.0 is not positive"):
        on_axis(table(tokens=[1.0, -1.0, 2.0]), "tokens")


def test_dependence_names_its_reason() -> None:
    held = table(
        tokens=[1e9, 1e9, 2e9], flops=[1e20, 3e20, 2e20], steps=[1.0, 2.0, None], loss=[3, 2, 1]
    )
    found = {row["axis"]: row for row in axis_dependence(held).iter_rows(named=True)}
    assert {axis: row["depends"] for axis, row in found.items()} == {
        "params": "first axis",
        "flops": "it orders the models otherwise",
        "tokens": "two models share a place",
        "steps": "it has 2 of 3 models",
        "loss": "it orders the models otherwise",
    }
    assert found["params"]["emergence_score"] != found["flops"]["emergence_score"]
    assert found["tokens"]["status"] == "repeated_scales"


def test_steepest_step_per_e_fold() -> None:
    found = axis_dependence(table(flops=[1e20, 1e22, 1e24]))
    params, flops = found["steepest"]
    assert params == pytest.approx(0.6 / 0.7 / np.log(10))
    assert flops == pytest.approx(params / 2)  # twice as many e-folds between the same models


@given(
    st.lists(st.floats(0, 1, width=16), min_size=3, max_size=8),
    st.floats(0.3, 3.0),
)
def test_an_axis_of_the_same_order_gives_the_same_score(scores: list[float], power: float) -> None:
    params = [10.0 ** (6 + i) for i in range(len(scores))]
    held = ScoreTable.from_columns(
        {
            "family": "toy",
            "scale": params,
            "metric": "acc",
            "score": scores,
            "flops": [p**power for p in params],
        }
    )
    found = axis_dependence(held)
    assert found["emergence_score"][0] == found["emergence_score"][1]
    assert found["status"][0] == found["status"][1]
    assert found["depends"][1] == "same order, same score"
