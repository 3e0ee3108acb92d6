"""Published results of lm-evaluation-harness: every number of every file."""

import time

import polars as pl
import pytest

from replay import lm_eval
from replay.lm_eval import Options
from replay.model_axis import PYTHIA_TOKENS_A_STEP
from simlab.axes import on_axis
from simlab.emergence.score import emergence_scores
from simlab.intervals import wilson
from tests.replay.lm_eval_reading import EXAMPLE, SIZES, read, scores_in, scores_of


@pytest.fixture(scope="module")
def pythia(data):
    return read(data / "lm_eval" / "pythia")


@pytest.fixture(scope="module")
def harness(data):
    return read(data / "lm_eval" / "harness")


def test_pythia_has_8_sizes_by_27_steps_with_every_score_of_its_files(pythia, data):
    frame = pythia.table.frame
    assert len(frame) == 216 * 172
    assert frame.group_by("steps").agg(pl.col("params").n_unique())["params"].to_list() == [8] * 27
    assert sorted(frame["params"].unique()) == sorted(SIZES.values())
    for size, params in SIZES.items():
        held = frame.filter(pl.col("source").str.starts_with(f"pythia-{size}"))
        assert held["params"].unique().to_list() == [params]
        assert held["source"].n_unique() == 27
    steps = frame["source"].str.extract(r"_step(\d+)").cast(pl.Int64)
    assert (frame["steps"] == steps).all()
    assert (frame["tokens"] == frame["steps"] * PYTHIA_TOKENS_A_STEP).all()
    assert (frame["flops"] == 6 * frame["params"] * frame["tokens"]).all()
    assert set(frame["family"]) == {f"pythia step{step}" for step in steps.unique()}
    assert set(frame["shots"]) == {0}
    expected = scores_in(data / "lm_eval" / "pythia")
    found = scores_of(pythia.table)
    assert found.keys() == expected.keys()
    for key, (score, stderr) in expected.items():
        assert found[key] == (score, stderr or None)


@pytest.mark.parametrize(
    ("task", "n_items", "chance"),
    [
        ("arc_challenge", 1172, 0.25),
        ("arc_easy", 2376, 0.25),
        ("lambada_openai", 5153, None),
        ("piqa", 1838, 0.5),
        ("sciq", 1000, 0.25),
        ("winogrande", 1267, 0.5),
        ("wsc", 104, 0.5),
        ("hendrycksTest-virology", 166, 0.25),
    ],
)
def test_pythia_items_follow_from_the_standard_errors(pythia, task, n_items, chance):
    held = pythia.table.frame.filter(pl.col("task") == task)
    assert held["n_items"].unique().to_list() == [n_items]
    assert held.filter(pl.col("metric") == "acc")["chance"].unique().to_list() == [chance]


def test_every_pythia_score_has_items_and_an_interval(pythia):
    frame = pythia.table.frame
    assert frame["n_items"].null_count() == 0
    assert frame["low"].null_count() == 0
    assert set(frame["n_items_from"]) == {"stderr", "other models", "other metrics"}
    bits = frame.filter(pl.col("metric").is_in(["acc", "acc_norm", "pct_stereotype"]))
    right = (bits["score"] * bits["n_items"]).to_numpy()
    assert abs(right - right.round()).max() < 1e-6
    low, high = wilson(right, bits["n_items"].to_numpy())
    assert abs(bits["low"].to_numpy() - low).max() < 1e-9
    assert abs(bits["high"].to_numpy() - high).max() < 1e-9


def test_pythia_over_training(data):
    reading = read(data / "lm_eval" / "pythia", scale="steps")
    frame = reading.table.frame
    assert set(frame["family"]) == {f"pythia-{size}" for size in SIZES}
    assert frame.group_by("family").agg(pl.col("scale").n_unique())["scale"].to_list() == [27] * 8
    assert frame["scale"].min() == 0
    assert frame["scale"].max() == 143000
    one = frame.filter(
        (pl.col("family") == "pythia-6.9b")
        & (pl.col("scale") == 43000)
        & (pl.col("task") == "hendrycksTest-high_school_macroeconomics")
        & (pl.col("metric") == "acc")
    )
    assert one["score"].to_list() == [0.2358974358974359]
    assert one["stderr"].to_list() == [0.021525965407408726]
    assert len(emergence_scores(reading.table)) == 8 * 172


def test_pythia_moved_to_another_axis_is_pythia_read_on_it(pythia, data):
    over_steps = read(data / "lm_eval" / "pythia", scale="steps").table
    for moved, own in (
        (on_axis(pythia.table, "steps"), over_steps),
        (on_axis(over_steps, "params"), pythia.table),
        (on_axis(pythia.table, "tokens"), read(data / "lm_eval" / "pythia", scale="tokens").table),
        (on_axis(over_steps, "flops"), read(data / "lm_eval" / "pythia", scale="flops").table),
    ):
        order = ["family", "scale", "task", "metric"]
        columns = [*order, "model", "scale_kind", "score"]
        assert moved.frame.select(columns).sort(order).equals(own.frame.select(columns).sort(order))


def test_the_harness_results_have_three_families_and_the_scores_of_their_files(harness, data):
    frame = harness.table.frame
    sizes = {family: sorted(held["scale"].unique()) for (family,), held in frame.group_by("family")}
    assert sizes == {
        "bloom": [0.56e9, 1.1e9, 1.7e9, 3e9, 7.1e9],
        "llama": [7e9, 13e9, 30e9],
        "xglm": [0.564e9, 1.7e9, 2.9e9, 4.5e9, 7.5e9],
    }
    expected = scores_in(data / "lm_eval" / "harness")
    found = scores_of(harness.table)
    assert len(expected) - len(found) == 6  # twice in the files of one model
    for (source, task, metric), (score, _) in found.items():
        percent = task == "squad2"
        published = expected[source, task, metric][0]
        assert score == (published / 100 if percent else published)
    shots = frame["source"].str.extract(r"_(\d+)-shot").cast(pl.Int64)
    assert (frame["shots"] == shots).all()
    assert frame.filter(pl.col("task") == "xnli_de")["chance"].unique().to_list() == [1 / 3]


def test_scores_that_differ_between_files_are_named(harness):
    differing = harness.tables["Scores that differ between files"]
    assert sorted(differing.select("model", "task", "metric").rows()) == [
        ("LLaMA-13B", "boolq", "acc"),
        ("LLaMA-13B", "drop", "em"),
        ("LLaMA-13B", "drop", "f1"),
        ("LLaMA-7B", "drop", "em"),
        ("LLaMA-7B", "drop", "f1"),
    ]
    assert any(n.startswith("6 scores stand in several files") for n in harness.notes)


def test_all_364_files_take_under_two_seconds_of_computing(data):
    lm_eval.read(EXAMPLE, Options())  # compiled kernels are in place
    started = time.process_time()
    reading = lm_eval.read(data / "lm_eval", Options())
    assert time.process_time() - started < 2
    assert len(reading.table) == 39_263
