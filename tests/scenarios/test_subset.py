"""Scenario subset: its claims hold, fail where they should, and its charts draw."""

import struct

import numpy as np
import polars as pl
import pytest

from scenarios.subset.chart import clusters_figure, subset_figure
from scenarios.subset.published import LENET_ACCURACIES
from scenarios.subset.scenario import SCENARIO, SubsetParameters, charts, claims, run
from simlab.errors import DataError, UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated

QUICK = {"images": [2000], "epochs": [40], "widths": [1, 2, 3, 4, 6, 8, 12]}


@pytest.fixture(scope="module")
def quick():
    return simulated(SCENARIO, QUICK)


def test_claims_hold(quick):
    found = by_id(SCENARIO, *quick)
    assert set(found) == {
        "finite",
        "random-sets",
        "one-class",
        "different-classes",
        "l-decides-where",
        "near-zero-half-way",
    }
    assert [claim for claim in found.values() if not claim.passed] == []


def test_rows_are_the_counts_of_the_same_outputs(quick):
    frame = quick[1].frame
    random = frame.filter(pl.col("sets") == "random", pl.col("L") == 1)
    assert (random["score"] - random["accuracy"]).abs().max() < 1e-12
    sizes = frame.drop_nulls("sets").group_by("sets").agg(pl.col("L").n_unique()).sort("sets")
    assert sizes["L"].to_list() == [9, 9, 10]
    entropy = frame.filter(pl.col("metric") == "cross_entropy").sort("scale")
    assert len(entropy) == 7
    assert 0 < entropy["score"].min() < entropy["score"][0] < np.log(10)
    one, other = (frame.filter(pl.col("sets") == s) for s in ("one class", "different classes"))
    assert (one["score"].mean() or 0) > (other["score"].mean() or 0)


def test_claims_fail_on_scores_that_are_off(quick):
    cells, table = quick
    nothing = {"low": pl.lit(None, pl.Float64), "high": pl.lit(None, pl.Float64)}

    def changed(sets, score):
        held = pl.when(pl.col("sets") == sets).then(score).otherwise(pl.col("score"))
        return by_id(SCENARIO, cells, ScoreTable(table.frame.with_columns(score=held, **nothing)))

    assert not changed("random", pl.col("score") + 0.1)["random-sets"].passed
    assert not changed("one class", 0.9 * pl.col("expected"))["one-class"].passed
    up = pl.col("class_mean") ** pl.col("L") + 1e-6
    assert not changed("different classes", up)["different-classes"].passed
    found = changed("random", pl.col("accuracy"))
    assert not found["l-decides-where"].passed
    assert not found["near-zero-half-way"].passed


def test_digits_and_a_width_that_diverges():
    pytest.importorskip("sklearn")
    cells, table = simulated(SCENARIO, {**QUICK, "data": ["digits"], "epochs": [60]})
    assert all(claim.passed for claim in claims(cells, table))
    best = table.frame.filter(pl.col("sets") == "random", pl.col("L") == 1)["score"].max()
    assert best > 0.94
    cells, table = simulated(SCENARIO, {**QUICK, "lr": [1e30], "epochs": [3]})
    found = by_id(SCENARIO, cells, table)
    assert not found["finite"].passed
    assert "no number in epoch" in found["finite"].observed
    assert table.n_missing == table.frame.height


def test_sets_larger_than_a_class_or_than_the_classes_have_no_rows():
    cells, table = simulated(
        SCENARIO, {**QUICK, "images": [100], "epochs": [2], "L": [1, 2, 11, 20]}
    )
    held = table.frame.group_by("sets").agg(pl.col("L").unique().sort()).sort("sets")
    assert dict(held.iter_rows())["random"] == [1, 2, 11, 20]
    assert 11 not in dict(held.iter_rows()).get("different classes", [])
    assert claims(cells, table)


def test_threads_change_no_bit():
    cell = grid(SubsetParameters, {**QUICK, "epochs": [3]})[0]
    frames = [run(cell, Context(seed=1, threads=t)).frame for t in (1, 2)]
    assert frames[0].equals(frames[1])


def test_charts_draw(quick):
    import vl_convert

    assert [figure.name for figure in charts(*quick)] == ["all-of-l", "clusters"]
    svg = vl_convert.vegalite_to_svg(subset_figure(quick[1]).spec())
    assert "L=10" in svg
    assert "LeNet on MNIST" in svg
    svg = vl_convert.vegalite_to_svg(clusters_figure(quick[1])[0].spec())
    assert "one class" in svg
    single = simulated(SCENARIO, {**QUICK, "epochs": [2], "L": [1]})[1]
    assert clusters_figure(single) == []
    assert subset_figure(simulated(SCENARIO, {**QUICK, "lr": [1e30], "epochs": [2]})[1])


def test_published_accuracies_are_fourteen_shares():
    assert len(LENET_ACCURACIES) == 14
    assert all(0 < a < 1 for a in LENET_ACCURACIES)
    assert (LENET_ACCURACIES[0], max(LENET_ACCURACIES)) == (0.188, 0.959)


def test_images_without_labels_are_refused(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (50, 4, 4), np.uint8)
    path = tmp_path / "images"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, *images.shape) + images.tobytes())
    with pytest.raises(DataError, match="there are no labels beside it"):
        run(SubsetParameters(data=str(path)), Context())


def test_sets_larger_than_the_test_are_refused():
    with pytest.raises(UsageError, match="--L 50: the test holds 20 images; give smaller sets"):
        run(SubsetParameters(images=100, L=(1, 50)), Context())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [0]}, "--widths 0: "),
        ({"L": [5, 1]}, "--L 5 1: give different numbers, ascending"),
        ({"L": [0]}, "--L 0: "),
        ({"class_share": [1.5]}, "--class-share 1.5: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        grid(SubsetParameters, given)
