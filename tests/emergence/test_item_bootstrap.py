import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.emergence.item_bootstrap import item_curves, item_intervals, resampled_scores
from simlab.items import item_table
from simlab.streams import seed_key
from tests.naive import emergence as naive


def items(values: list[list[float]], metric: str = "accuracy", **columns: object) -> pl.DataFrame:
    rows = [
        {"model": f"m{s}", "scale": 10.0 ** (6 + s), "item": f"{i:03d}", "value": value}
        for s, scale in enumerate(values)
        for i, value in enumerate(scale)
    ]
    frame = pl.DataFrame(rows).with_columns(
        pl.lit(v).alias(k)
        for k, v in {"family": "toy", "task": "sum", "metric": metric, **columns}.items()
    )
    return item_table(frame)


@settings(max_examples=30)
@given(st.integers(3, 6), st.integers(1, 12), st.integers(0, 2**63), st.data())
def test_replicates_are_those_of_the_oracle(
    n_scales: int, n_items: int, key: int, data: st.DataObject
) -> None:
    row = st.lists(st.integers(0, 1), min_size=n_items, max_size=n_items)
    bits = data.draw(st.lists(row, min_size=n_scales, max_size=n_scales))
    found = resampled_scores(np.array(bits, np.float64), np.uint64(key), replicates=4)
    for score, y in zip(found, naive.resampled_means(bits, key, 4), strict=True):
        status, sign, square = naive.emergence_score(list(enumerate(y)))
        if status == "ok":
            assert score == pytest.approx(sign * math.sqrt(square), rel=1e-12)
        else:
            assert score == {"constant": 0.0, "zero_median": sign * math.inf}[status]


def test_curves_need_the_same_items_at_every_size() -> None:
    whole = items([[0, 1], [1, 1], [1, 1]])
    (curve,) = item_curves(whole)
    assert curve.values.tolist() == [[0, 1], [1, 1], [1, 1]]
    assert curve.names == ("000", "001")
    assert list(item_curves(whole.head(5))) == []
    missing = whole.with_columns(pl.when(pl.int_range(pl.len()) != 2).then("value").alias("value"))
    assert list(item_curves(missing)) == []
    twins = pl.concat([whole, whole.with_columns(model=pl.lit("twin"))])
    assert list(item_curves(twins)) == []


def test_epochs_count_with_their_mean_and_direction_turns() -> None:
    first = items([[0, 1], [1, 1], [1, 0]]).with_columns(epoch=pl.lit(1))
    second = items([[1, 1], [1, 1], [1, 0]]).with_columns(epoch=pl.lit(2))
    (curve,) = item_curves(pl.concat([first, second]))
    assert curve.values.tolist() == [[0.5, 1], [1, 1], [1, 0]]
    down = first.with_columns(higher_is_better=pl.lit(False))
    (curve,) = item_curves(down)
    assert curve.values.tolist() == [[0, -1], [-1, -1], [-1, 0]]


def test_equal_items_have_no_width() -> None:
    same = [[p] * 20 for p in (0.0, 0.25, 0.5, 1.0)]
    curves, pairs = item_intervals(items(same), threshold=2.0, replicates=99)
    row = curves.row(0, named=True)
    assert (row["low"], row["emergence_score"], row["high"]) == (4.0, 4.0, 4.0)
    assert (row["share_above"], row["share_zero_median"], row["n_items"]) == (1.0, 0.0, 20)
    assert pairs.is_empty()


def test_metrics_of_one_output_see_the_same_draws() -> None:
    rng = np.random.default_rng(5)
    bits = (rng.random((5, 40)) < np.linspace(0.1, 0.9, 5)[:, np.newaxis]).astype(float)
    both = pl.concat(
        [items(bits.tolist(), "accuracy"), items((0.5 + 0.5 * bits).tolist(), "graded")]
    )
    curves, pairs = item_intervals(both, threshold=2.0, replicates=199)
    assert curves["low"][0] == pytest.approx(curves["low"][1])
    row = pairs.row(0, named=True)  # B is invariant under y -> a y + b: on every draw
    assert row["difference"] == pytest.approx(0.0, abs=1e-12)
    assert row["low"] == pytest.approx(0.0, abs=1e-9)
    assert row["high"] == pytest.approx(0.0, abs=1e-9)


def test_more_items_narrow_the_interval() -> None:
    rng = np.random.default_rng(1)
    p = np.array([0.1, 0.25, 0.45, 0.7, 0.9])[:, np.newaxis]
    widths = []
    for n in (30, 1000):
        bits = (rng.random((5, n)) < p).astype(float)
        curves, _ = item_intervals(items(bits.tolist()), threshold=5.0, replicates=199)
        row = curves.row(0, named=True)
        assert row["low"] <= row["emergence_score"] <= row["high"]
        widths.append(row["high"] - row["low"])
    assert widths[1] < 0.5 * widths[0]


def test_the_seed_names_the_draws() -> None:
    rng = np.random.default_rng(1)
    held = items((rng.random((4, 25)) < 0.5).astype(float).tolist())
    one, again, other = (
        item_intervals(held, threshold=5.0, replicates=99, seed=s)[0] for s in (1, 1, 2)
    )
    assert one.equals(again)
    assert not one.equals(other)
    assert resampled_scores(np.eye(4), seed_key(0), replicates=3).shape == (3,)
