"""The example: eight models, two tasks, the same 250 items."""

import json
import math

import polars as pl
import pytest

from simlab.intervals import wilson
from simlab.lab import replay
from tests.naive import metrics as naive
from tests.replay.lm_eval_reading import EXAMPLE, read, scores_in, scores_of

EXACT_MATCH = [0.028, 0.56, 0.636, 0.9, 1.0, 1.0, 1.0, 1.0]


@pytest.fixture(scope="module")
def addition():
    return read(EXAMPLE)


def curve(reading, metric):
    held = reading.table.frame.filter(pl.col("metric") == metric).sort("scale")
    assert len(held) == 8
    return held


def test_the_example_is_the_published_set(addition, data):
    whole = read(data / "lm_eval" / "addition_family")
    assert whole.table.frame.equals(addition.table.frame)
    assert whole.items.equals(addition.items)


def test_addition_scores_are_those_of_the_files(addition):
    assert curve(addition, "exact_match")["score"].to_list() == EXACT_MATCH
    assert curve(addition, "exact_match")["scale"].to_list() == [
        *(688, 2144, 4368, 7360, 15648, 27008, 58944, 103168)
    ]
    expected = scores_in(EXAMPLE)
    found = scores_of(addition.table)
    for key, (score, stderr) in expected.items():
        assert found[key][0] == score
        if stderr not in ("N/A", 0.0):
            assert math.isclose(found[key][1], stderr, rel_tol=1e-12)
    added = {metric for _, _, metric in found.keys() - expected.keys()}
    assert added == {"log_likelihood", "token_edit_distance"}


def test_addition_has_the_directions_items_and_chance_of_its_metrics(addition):
    facts = {
        row[0]: row[1:]
        for row in addition.table.frame.select("metric", "higher_is_better", "n_items", "chance")
        .unique()
        .iter_rows()
    }
    assert facts == {
        "exact_match": (True, 250, None),
        "acc": (True, 250, 0.25),
        "acc_norm": (True, 250, 0.25),
        "brier_score_sum": (False, 250, 0.75),
        "log_likelihood": (True, 250, None),
        "token_edit_distance": (False, 250, None),
    }
    assert addition.table.frame["low"].null_count() == 4  # no spread and no share: edit distance 0


def test_a_perfect_score_has_a_finite_interval(addition):
    best = curve(addition, "exact_match").row(-1, named=True)
    assert best["score"] == best["high"] == 1.0
    assert best["stderr"] is None
    assert best["low"] == pytest.approx(float(wilson(250, 250)[0]))


def test_addition_items_are_those_of_the_logs_by_a_slow_count(addition):
    items = addition.items
    assert len(items) == 8 * 6 * 250
    for folder in EXAMPLE.iterdir():
        mine = items.filter(pl.col("model") == folder.name)
        for log in folder.glob("samples_local_mc_*.jsonl"):
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            log_likelihood, brier = [], []
            for line in lines:
                lls = [float(pair[0]) for pair in line["filtered_resps"]]
                right = line["doc"]["label"]
                log_likelihood.append(lls[right])
                total = sum(math.exp(ll) for ll in lls)
                brier.append(
                    sum((math.exp(ll) / total - (i == right)) ** 2 for i, ll in enumerate(lls))
                )
            assert values(mine, "log_likelihood") == log_likelihood
            assert values(mine, "brier_score_sum") == pytest.approx(brier, abs=1e-12)
            assert values(mine, "acc") == [line["acc"] for line in lines]
        for log in folder.glob("samples_local_add2_*.jsonl"):
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            pairs = [(line["filtered_resps"][0], line["target"]) for line in lines]
            assert values(mine, "exact_match") == [float(a == b) for a, b in pairs]
            assert values(mine, "token_edit_distance") == [
                naive.token_edit_distance(list(map(ord, a)), list(map(ord, b))) for a, b in pairs
            ]


def values(items, metric):
    held = items.filter(pl.col("metric") == metric)
    assert held["item"].to_list() == [str(i) for i in range(250)]
    return held["value"].to_list()


def test_means_of_items_are_the_scores_and_their_spread_the_standard_errors(addition):
    means = addition.items.group_by("model", "metric").agg(
        mean=pl.col("value").mean(), spread=pl.col("value").std() / pl.len().sqrt()
    )
    both = addition.table.frame.join(means, on=["model", "metric"], validate="1:1")
    assert len(both) == 48
    assert (both["mean"] - both["score"]).abs().max() < 1e-12
    assert (both["spread"] - both["stderr"].fill_null(0)).abs().max() < 1e-12


def test_an_item_is_the_same_question_at_every_model_and_in_both_tasks(addition):
    questions = addition.items.group_by("item").agg(pl.col("prompt_hash").n_unique())
    assert len(questions) == 250
    assert questions["prompt_hash"].to_list() == [1] * 250


def test_without_samples_only_the_results_are_read():
    reading = read(EXAMPLE, samples=False)
    assert reading.items is None
    assert set(reading.table.frame["metric"]) == {
        *("exact_match", "acc", "acc_norm", "brier_score_sum")
    }


def test_one_file_takes_the_sample_logs_beside_it():
    file = next((EXAMPLE / "add-12d").glob("results_*.json"))
    reading = read(file)
    assert len(reading.table) == 6
    assert len(reading.items) == 6 * 250
    assert any("fewer than 3 scales" in note for note in reading.notes)


def test_a_replay_of_the_example_keeps_its_items(tmp_path):
    result = replay("lm-eval", EXAMPLE, out=tmp_path)
    kept = pl.read_parquet(result.directory.path / "items.parquet")
    assert kept.equals(result.items)
    assert set(result.scores["status"]) == {"ok"}
