"""Results of lm-evaluation-harness: rules, on small files."""

import pytest

from simlab.errors import DataError
from tests.replay.harness_files import current_results, old_results, write
from tests.replay.lm_eval_reading import noted, read, result_of, rows


@pytest.fixture
def folder(tmp_path):
    def make(**files):
        for name, content in files.items():
            write(tmp_path / f"{name}.json", content)
        return tmp_path

    return make


def test_filters_are_part_of_the_metric(folder):
    metrics = {
        "exact_match,strict-match": 0.5,
        "exact_match_stderr,strict-match": 0.1,
        "exact_match,flexible-extract": 0.75,
        "exact_match_stderr,flexible-extract": "N/A",
    }
    reading = read(folder(a=current_results("toy-1b", {"gsm8k": metrics}, n=4)))
    assert rows(reading, "metric", "score", "stderr", "n_items", "higher_is_better") == [
        ("exact_match,strict-match", 0.5, 0.1, 4, True),
        ("exact_match,flexible-extract", 0.75, None, 4, True),
    ]


def test_the_file_states_the_direction_before_the_small_table_does(folder):
    results = {"t": {"own,none": 0.5, "other,none": 0.5, "ppl,none": 9.0}}
    stated = {"t": {"own": False, "other": None}}
    reading = read(folder(a=current_results("toy-1b", results, higher_is_better=stated)))
    assert rows(reading, "metric", "higher_is_better") == [
        ("own", False),
        ("other", None),
        ("ppl", False),
    ]


def test_groups_are_told_from_their_members_in_all_files(folder):
    leaf = {"acc,none": 0.5, "acc_stderr,none": 0.11}
    grouped = current_results(
        "toy-1b",
        {"mmlu": {"acc,none": 0.6}, "mmlu_stem": {"acc,none": 0.7}, "mmlu_x": leaf, "other": leaf},
        group_subtasks={"mmlu": ["mmlu_stem"], "mmlu_stem": ["mmlu_x", "mmlu_y"], "other": []},
    )
    grouped["n-samples"] = {"mmlu_x": {"effective": 4}, "mmlu_y": {"effective": 6}}
    alone = current_results("toy-2b", {"mmlu_x": leaf})
    reading = read(folder(a=grouped, b=alone))
    columns = ("model", "task", "subtask", "aggregate", "n_items")
    assert rows(reading, *columns) == [
        ("toy-1b", "mmlu", None, True, 10),
        ("toy-1b", "mmlu", "mmlu_stem", True, 10),
        ("toy-1b", "mmlu", "mmlu_x", False, 4),
        ("toy-1b", "other", None, False, None),
        ("toy-2b", "mmlu", "mmlu_x", False, None),
    ]


def test_groups_that_hold_each_other_do_not_hang(folder):
    circle = current_results(
        "toy-1b", {"a": {"acc,none": 0.6}}, group_subtasks={"a": ["b", "a"], "b": ["a"]}
    )
    assert len(read(folder(a=circle)).table) == 1


def test_a_group_that_stands_only_under_groups_is_read(folder):
    file = current_results("toy-1b", {"a": {"acc,none": 0.6}}, groups={"g": {"acc,none": 0.1}})
    assert rows(read(folder(a=file)), "task", "score") == [("g", 0.1), ("a", 0.6)]


def test_the_newest_file_wins_and_a_difference_is_noted(folder):
    reading = read(folder(new=result_of(0.5, date=9.0), old=result_of(0.25, date=1.0)))
    assert rows(reading, "score", "source") == [(0.5, "new.json")]
    assert noted(
        reading, r"^1 scores stand in several files.*toy-1b t acc 0.5 in new.json, not 0.25"
    )


def test_a_time_in_the_name_goes_before_the_date(tmp_path):
    write(tmp_path / "results_2026-01-01T00-00-00.json", result_of(0.5, date=9.0))
    write(tmp_path / "results_2026-01-02T00-00-00.json", result_of(0.25, date=1.0))
    assert rows(read(tmp_path), "score") == [(0.25,)]


def test_equal_files_double_nothing(folder):
    reading = read(folder(a=result_of(0.5), b=result_of(0.5)))
    assert len(reading.table) == 1
    assert noted(reading, r"^1 scores stand in several files") == noted(reading, "time is stated")
    assert "Scores that differ between files" not in reading.tables


def test_a_run_on_some_items_never_replaces_a_whole_one(folder):
    reading = read(folder(a=result_of(0.5, date=1.0), b=result_of(0.25, date=9.0, limit=10)))
    assert rows(reading, "score") == [(0.5,)]
    alone = read(folder(a=result_of(0.25, limit=10), b=result_of(0.25, limit=10)))
    assert noted(alone, "only some of the items were asked of toy-1b")


def test_other_shots_are_another_score(folder):
    reading = read(folder(a=old_results("toy-1b", shots=0), b=old_results("toy-1b", shots=5)))
    assert sorted(set(rows(reading, "shots"))) == [(0,), (5,)]


def test_percentages_of_squad_become_shares(folder):
    metrics = {"exact": 50.0, "f1": 60.0, "HasAns_exact": 1.5}
    reading = read(folder(a=old_results("toy-1b", results={"squad2": metrics})))
    assert rows(reading, "score") == [(0.5,), (0.6,), (0.015,)]
    assert noted(reading, "divided by 100")


def test_sizes_come_from_the_map_then_the_file_then_the_name(folder, tmp_path):
    path = folder(
        a=result_of(0.5),
        b=current_results("toy-2b", {"t": {"acc,none": 0.5}}, n_params=2.2e9),
        c=current_results("odd", {"t": {"acc,none": 0.5}}),
        d=current_results("toy-3b", {"t": {"acc,none": 0.5}}, n_params=-1),
    )
    reading = read(path)
    assert rows(reading, "model", "scale") == [("toy-1b", 1e9), ("toy-2b", 2.2e9), ("toy-3b", 3e9)]
    assert noted(reading, "^1 models are skipped, as nothing states their size.*: odd$")
    scale_map = write(tmp_path / "map.csv", b"model,scale\nodd,7\ntoy-1b,8\nnone,9\n")
    mapped = read(path, scale_map=str(scale_map))
    assert rows(mapped, "model", "scale") == [
        *(("toy-1b", 8.0), ("toy-2b", 2.2e9), ("odd", 7.0), ("toy-3b", 3e9))
    ]
    assert noted(mapped, "the scale map names models that no file is of: none")


def test_models_of_no_known_scale_are_an_error_that_names_the_remedy(folder):
    path = folder(a=current_results("odd", {"t": {"acc,none": 0.5}}))
    with pytest.raises(DataError, match="nothing states the size of odd; give a --scale-map"):
        read(path)
    with pytest.raises(DataError, match="nothing states the steps of odd"):
        read(path, scale="steps")


def test_a_model_in_a_path_and_one_that_is_not_named(tmp_path):
    write(tmp_path / "a.json", old_results("/data/LLaMA/lm/huggingface/7B"))
    unnamed = old_results("x")
    unnamed["config"]["model_args"] = None
    write(tmp_path / "toy-2b" / "b.json", unnamed)
    assert set(rows(read(tmp_path), "family", "model")) == {
        ("llama", "LLaMA-7B"),
        ("toy", "toy-2b"),
    }
