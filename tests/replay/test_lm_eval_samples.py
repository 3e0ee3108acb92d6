"""Sample logs of lm-evaluation-harness, on small files."""

import json
import math

import polars as pl
import pytest

from simlab.errors import DataError
from tests.replay.harness_files import STAMP, choice, current_results, sample, write
from tests.replay.lm_eval_reading import RESULTS, noted, read, result_of, rows


def logged(tmp_path, lines, metrics, task="t", n=None, **more):
    """A model with one task and its sample log."""
    results = {f"{name},{chain}": value for (name, chain), value in metrics.items()}
    write(tmp_path / "m" / RESULTS, current_results("toy-1b", {task: results}, n=n, **more))
    write(tmp_path / "m" / f"samples_{task}_{STAMP}.jsonl", lines)
    return tmp_path


CHOICES = [choice(0, 0, [-1.0, -2.0]), choice(1, 1, [-1.0, -2.0]), choice(2, 1, [-5.0, -0.5, -3.0])]


def test_chance_is_the_mean_over_items_of_one_in_their_choices(tmp_path):
    reading = read(logged(tmp_path, CHOICES, {("acc", "none"): 2 / 3}))
    chance = dict(rows(reading, "metric", "chance"))
    assert chance["acc"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3) / 3)
    assert chance["brier_score_sum"] == pytest.approx((1 / 2 + 1 / 2 + 2 / 3) / 3)
    assert dict(rows(reading, "metric", "n_items")) == dict.fromkeys(chance, 3)
    assert dict(rows(reading, "metric", "score"))["log_likelihood"] == pytest.approx(-3.5 / 3)


def test_targets_that_contradict_the_bits_are_not_believed(tmp_path):
    lines = [{**line, "target": "0"} for line in CHOICES]
    reading = read(logged(tmp_path, lines, {("acc", "none"): 2 / 3}))
    assert set(rows(reading, "metric")) == {("acc",)}
    assert noted(reading, "targets contradict the metric acc")


@pytest.mark.parametrize("target", ["the second", "7", "-1", "", None])
def test_targets_that_are_no_number_of_a_choice_give_no_log_likelihood(target, tmp_path):
    lines = [{**line, "target": target} for line in CHOICES]
    reading = read(logged(tmp_path, lines, {("acc", "none"): 2 / 3}))
    assert set(rows(reading, "metric")) == {("acc",)}
    assert noted(reading, "targets are not numbers of choices")


def test_the_label_of_the_brier_score_goes_before_the_target(tmp_path):
    lines = [
        {**line, "target": "text", "brier_score": [int(line["target"]), "[0.5 0.5]"]}
        for line in CHOICES
    ]
    metrics = {("acc", "none"): 2 / 3, ("brier_score", "none"): 0.5}
    reading = read(logged(tmp_path, lines, metrics))
    assert ("log_likelihood",) in rows(reading, "metric")
    assert noted(reading, r"the mean brier_score_sum over the 3 items logged is .*says 0.5$")


def test_mutual_information_logs_hold_the_choices_twice(tmp_path):
    lines = [choice(i, 0, [-1.0, -2.0]) | {"acc_mutual_info": 1.0, "acc": 1.0} for i in range(3)]
    for line in lines:
        line["filtered_resps"] += [["-9.0", "False"], ["-0.1", "False"]]
    metrics = {("acc", "none"): 1.0, ("acc_mutual_info", "none"): 1.0}
    found = dict(rows(read(logged(tmp_path, lines, metrics)), "metric", "score"))
    assert found["log_likelihood"] == -1.0


def test_one_answer_an_item_is_the_log_likelihood_of_the_target(tmp_path):
    lines = [
        sample(i, "word", [[str(ll), "False"]], acc=0.0, perplexity=ll)
        for i, ll in enumerate([-1.0, -3.0])
    ]
    metrics = {("acc", "none"): 0.0, ("perplexity", "none"): math.exp(2.0)}
    reading = read(logged(tmp_path, lines, metrics))
    found = dict(rows(reading, "metric", "score"))
    assert found == {"acc": 0.0, "perplexity": math.exp(2.0), "log_likelihood": -2.0}
    assert set(reading.items["metric"]) == {"acc", "log_likelihood"}  # perplexity is no mean


def test_generated_texts_give_exact_match_and_edit_distance(tmp_path):
    lines = [sample(0, "cat", ["cat"], bleu=1.0), sample(1, "dog", ["dig!"], bleu=0.5)]
    reading = read(logged(tmp_path, lines, {("bleu", "none"): 0.75}))
    assert dict(rows(reading, "metric", "score")) == {
        "bleu": 0.75,
        "exact_match": 0.5,
        "token_edit_distance": 1.0,
    }


def test_a_text_that_was_compared_otherwise_has_no_edit_distance(tmp_path):
    lines = [sample(0, "so it is 7", ["7"], exact_match=1.0)]
    reading = read(logged(tmp_path, lines, {("exact_match", "none"): 1.0}))
    assert set(rows(reading, "metric")) == {("exact_match",)}
    assert noted(reading, "exact_match is not that of answer and target")


def test_several_targets_have_no_exact_match(tmp_path):
    lines = [sample(0, "['a', 'b']", ["a"], f1=1.0)]
    reading = read(logged(tmp_path, lines, {("f1", "none"): 1.0}))
    assert set(rows(reading, "metric")) == {("f1",)}
    assert noted(reading, "an item has several targets")


def test_filters_of_a_log_are_metrics_of_their_own(tmp_path):
    lines = [
        sample(0, "7", ["7"], chain="strict", exact_match=1.0),
        sample(0, "7", ["17"], chain="loose", exact_match=0.0),
        sample(1, "8", ["9"], chain="strict", exact_match=0.0),
        sample(1, "8", ["8"], chain="loose", exact_match=1.0),
    ]
    metrics = {("exact_match", "strict"): 0.5, ("exact_match", "loose"): 0.5}
    reading = read(logged(tmp_path, lines, metrics))
    held = reading.items.filter(pl.col("metric").str.starts_with("exact_match"))
    assert held.select("metric", "item", "value").rows() == [
        ("exact_match,strict", "0", 1.0),
        ("exact_match,strict", "1", 0.0),
        ("exact_match,loose", "0", 0.0),
        ("exact_match,loose", "1", 1.0),
    ]
    assert ("token_edit_distance,loose", 0.5) in rows(reading, "metric", "score")


def test_a_damaged_line_is_named_and_the_others_are_used(tmp_path):
    path = logged(tmp_path, CHOICES, {("acc", "none"): 2 / 3})
    log = path / "m" / f"samples_t_{STAMP}.jsonl"
    lines = log.read_bytes().split(b"\n")
    log.write_bytes(b"\n".join([lines[0], lines[1][:50], b"", lines[2], b"[]"]))
    reading = read(path)
    items = reading.items.filter(pl.col("metric") == "acc")
    assert items.select("item", "value").rows() == [("0", 1.0), ("2", 1.0)]
    assert noted(reading, rf"^1 of 2 files .*m/{log.name}: line 2: .*: line 5: expected")
    assert noted(
        reading, "the mean acc over the 2 items logged is 1, the results file says 0.666667"
    )
    assert rows(reading, "metric", "score")[0] == ("acc", 2 / 3)
    with pytest.raises(DataError, match="line 2"):
        read(path, strict=True)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{", b"\xff", b"[1]", b'{"doc_id": 1.5}'])
def test_a_log_without_a_line_is_named(content, tmp_path):
    path = logged(tmp_path, content, {("acc", "none"): 0.5})
    reading = read(path)
    assert reading.items is None
    assert noted(reading, "^1 of 2 files cannot be read")
    assert rows(reading, "score") == [(0.5,)]


def test_numbers_of_a_line_that_are_none_are_missing(tmp_path):
    lines = [sample(i, "x", [], acc=1.0) for i in range(4)]
    text = "\n".join(map(json.dumps, lines)).replace("1.0", "NaN", 1).replace("1.0", "1e400", 1)
    reading = read(logged(tmp_path, text.encode(), {("acc", "none"): 1.0}))
    assert reading.items["value"].to_list() == [None, None, 1.0, 1.0]


def test_an_item_that_stands_twice_counts_once(tmp_path):
    lines = [*CHOICES, CHOICES[0]]
    reading = read(logged(tmp_path, lines, {("acc", "none"): 2 / 3}))
    assert reading.items.filter(pl.col("metric") == "acc").height == 3
    assert noted(reading, "1 items stand twice")


def test_items_of_another_data_set_get_other_names(tmp_path):
    for model, prefix in (("toy-1b", "d"), ("toy-2b", "e")):
        lines = [{**line, "doc_hash": f"{prefix}{line['doc_id']}"} for line in CHOICES]
        results = current_results(model, {"t": {"acc,none": 2 / 3}})
        write(tmp_path / model / RESULTS, results)
        write(tmp_path / model / f"samples_t_{STAMP}.jsonl", lines)
    reading = read(tmp_path)
    names = reading.items.filter(pl.col("metric") == "acc")["item"].to_list()
    assert names == ["0:d0", "1:d1", "2:d2", "0:e0", "1:e1", "2:e2"]
    assert noted(reading, "the items of t are not the same in all logs")


def test_a_log_of_another_time_belongs_to_nothing(tmp_path):
    path = logged(tmp_path, CHOICES, {("acc", "none"): 2 / 3})
    (path / "m" / f"samples_t_{STAMP}.jsonl").rename(
        path / "m" / "samples_t_2020-01-01T00-00-00.jsonl"
    )
    reading = read(path)
    assert reading.items is None
    assert noted(reading, "^1 sample logs have no results file of their time")


def test_logs_of_a_file_that_is_superseded_are_not_read(tmp_path):
    for stamp, right in (("2026-01-01T00-00-00", 0), ("2026-01-02T00-00-00", 1)):
        lines = [choice(i, right, [-1.0, -2.0]) for i in range(3)]
        write(tmp_path / f"results_{stamp}.json", result_of(1.0 - right))
        write(tmp_path / f"samples_t_{stamp}.jsonl", lines)
    reading = read(tmp_path)
    assert reading.items.filter(pl.col("metric") == "acc")["value"].to_list() == [0.0] * 3
    assert dict(rows(reading, "metric", "score"))["log_likelihood"] == -2.0
