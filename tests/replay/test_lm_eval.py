"""Results of lm-evaluation-harness: published ones value by value, small ones rule by rule."""

import json
import math
import re
import time
from pathlib import Path

import polars as pl
import pytest

from replay import lm_eval
from replay.lm_eval import Options
from replay.model_axis import PYTHIA_TOKENS_A_STEP
from simlab.axes import on_axis
from simlab.cli import main
from simlab.emergence.score import emergence_scores
from simlab.errors import DataError
from simlab.intervals import wilson
from simlab.lab import replay
from tests import naive
from tests.replay.harness_files import STAMP, choice, current_results, old_results, sample, write

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lm_eval" / "addition_family"
SIZES = {"70m": 70e6, "160m": 160e6, "410m": 410e6, "1b": 1e9}
SIZES |= {"1.4b": 1.4e9, "2.8b": 2.8e9, "6.9b": 6.9e9, "12b": 12e9}
EXACT_MATCH = [0.028, 0.56, 0.636, 0.9, 1.0, 1.0, 1.0, 1.0]
RESULTS = f"results_{STAMP}.json"


def read(path, **options):
    return lm_eval.read(path, Options(**options))


def scores_in(folder):
    """Every number of every results file below a folder, read with the standard library alone."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        results = json.loads(path.read_text())["results"]
        for task, metrics in results.items():
            for key, value in metrics.items():
                if isinstance(value, float) and "_stderr" not in key:
                    own, comma, chain = key.partition(",")
                    stderr = metrics.get(f"{own}_stderr{comma}{chain}")
                    name = key.removesuffix(",none").replace("brier_score", "brier_score_sum")
                    found[path.relative_to(folder).as_posix(), task, name] = value, stderr
    return found


def scores_of(table):
    """The same numbers of a table."""
    columns = ("source", "task", "metric", "score", "stderr")
    return {row[:3]: row[3:] for row in table.frame.select(columns).iter_rows()}


# The published files


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


# The example: eight models, two tasks, the same 250 items


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


# Rules, on small files


@pytest.fixture
def folder(tmp_path):
    def make(**files):
        for name, content in files.items():
            write(tmp_path / f"{name}.json", content)
        return tmp_path

    return make


def rows(reading, *columns):
    return reading.table.frame.select(columns).rows()


def noted(reading, text):
    return [note for note in reading.notes if re.search(text, note)]


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


def result_of(score, **more):
    return current_results("toy-1b", {"t": {"acc,none": score}}, **more)


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


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("NaN", "is not finite"),
        ("Infinity", "is not finite"),
        ("-Infinity", "is not finite"),
        ("1e400", "is not finite"),
        ("1" + "0" * 400, "is not finite"),
        ("null", "is missing"),
        ('"N/A"', "is missing"),
        ('"0.5"', "'0.5' is not a number"),
        ("true", "True is not a number"),
        ("[0.5]", r"\[0.5\] is not a number"),
        ("{}", "{} is not a number"),
        ("1.5", "1.5 lies outside 0 .. 1"),
        ("-0.5", "-0.5 lies outside 0 .. 1"),
    ],
)
def test_what_is_no_score_is_left_empty_counted_and_named(value, why, tmp_path):
    text = json.dumps(old_results("toy-1b")).replace("0.75", value)
    write(tmp_path / "a.json", text.encode())
    reading = read(tmp_path)
    assert rows(reading, "metric", "score") == [("acc", None), ("acc_norm", 0.5)]
    assert noted(reading, f"^1 values are no score.*a.json: results.piqa.acc: {why}")
    assert len(reading.tables["Values that are no score"]) == 1


@pytest.mark.parametrize("value", ["NaN", "1e400", "-0.5", "true", '"x"'])
def test_what_is_no_standard_error_is_left_empty_and_named(value, tmp_path):
    write(tmp_path / "a.json", json.dumps(old_results("toy-1b")).replace("0.1", value).encode())
    reading = read(tmp_path)
    assert rows(reading, "score", "stderr") == [(0.75, None), (0.5, None)]
    assert noted(reading, "results.piqa.acc_stderr")


GOOD = json.dumps(old_results("toy-1b")).encode()
DAMAGED = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n ", "the file is empty"),
    "cut": (GOOD[:-40], "line 1, column .*: not JSON, or cut off"),
    "latin": (GOOD.replace(b"piqa", b"pi\xffa"), "byte .*: not UTF-8"),
    "deep": (b'{"results": ' + b'{"a":' * 50_000 + b"}" * 50_000 + b"}", "nested too deeply"),
    "number": (GOOD.replace(b"0.75", b"9" * 5000), "holds a number of thousands of digits"),
    "list": (GOOD.replace(b'{"piqa"', b'[{"piqa"').replace(b'}}, "v', b'}}], "v'), "expected"),
    "typed": (b'{"results": {"piqa": 5}}', "expected `object`, got `int`"),
    "args": (GOOD.replace(b'"pretrained=toy-1b"', b"7"), "at .*model_args"),
    "renamed": (GOOD.replace(b'"results"', b'"result"'), "has no key 'results'"),
    "binary": (bytes(range(256)) * 20, "not UTF-8|not JSON"),
    "utf16": (GOOD.decode().encode("utf-16"), "not UTF-8|not JSON"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_named_with_its_place_and_the_rest_is_used(kind, tmp_path):
    content, why = DAMAGED[kind]
    write(tmp_path / "bad" / "b.json", content)
    write(tmp_path / "good.json", old_results("toy-2b"))
    reading = read(tmp_path)
    assert set(rows(reading, "model")) == {("toy-2b",)}
    (note,) = noted(reading, "^1 of 2 files cannot be read, in whole or in part: bad/b.json: ")
    assert re.search(why, note)
    table = reading.tables["Files that cannot be read, or in part"]
    assert table["file"].to_list() == ["bad/b.json"]
    assert re.search(why, table["problem"][0])
    with pytest.raises(DataError, match=why) as caught:
        read(tmp_path, strict=True)
    assert str(caught.value).startswith(f"{tmp_path}/bad/b.json: ")
    assert "\n" not in str(caught.value)


def test_only_damaged_files_are_an_error_that_says_why(tmp_path):
    write(tmp_path / "a.json", b"{")
    with pytest.raises(DataError, match=r"no results .* among 1 files.*a.json: line 1") as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], {}])
def test_other_json_is_passed_over_even_if_strict(content, tmp_path):
    write(tmp_path / "config.json", content)
    write(tmp_path / "good.json", old_results("toy-2b"))
    reading = read(tmp_path, strict=True)
    assert noted(reading, "^1 JSON files are no results")


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no results of lm-evaluation-harness among 0 files"):
        read(tmp_path)
    with pytest.raises(DataError, match="no such file or folder"):
        read(tmp_path / "none")
    write(tmp_path / "a.json", {"results": {}})
    with pytest.raises(DataError, match="no results of lm-evaluation-harness among 1 files"):
        read(tmp_path)


def test_a_file_that_the_system_does_not_give_is_named(tmp_path):
    write(tmp_path / "good.json", old_results("toy-2b"))
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    assert noted(read(tmp_path), "gone.json: No such file or directory")


def test_names_that_are_none_are_left_out(tmp_path):
    results = {" ": {"acc": 0.5}, "t": {" ": 0.5, "acc": 0.25}}
    write(tmp_path / "a.json", old_results("toy-1b", results=results))
    reading = read(tmp_path)
    assert rows(reading, "task", "metric", "score") == [("t", "acc", 0.25)]
    assert noted(reading, "^2 values are no score")


def test_half_a_character_pair_in_a_name_is_replaced(tmp_path):
    text = json.dumps(old_results("toy-1b")).replace("piqa", "\\ud800")
    write(tmp_path / "a.json", text.encode())
    assert set(rows(read(tmp_path), "task")) == {("?",)}


# Sample logs, on small files


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


# The command line


def test_the_command_reads_a_folder_and_stops_at_damage_if_strict(tmp_path, capsys):
    def simlab(*words):
        with pytest.raises(SystemExit) as ended:
            main(["replay", "lm-eval", *map(str, words), "--out", str(tmp_path / "runs")])
        return ended.value.code or 0, *capsys.readouterr()

    for i in (1, 2, 4, 8):
        write(tmp_path / "in" / f"{i}.json", old_results(f"toy-{i}b"))
    write(tmp_path / "in" / "bad.json", b"{")
    code, out, _ = simlab(tmp_path / "in", "--no-samples")
    assert code == 0
    assert "1 of 5 files cannot be read" in out
    code, out, err = simlab(tmp_path / "in", "--strict")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "bad.json: line 1, column 2" in err
