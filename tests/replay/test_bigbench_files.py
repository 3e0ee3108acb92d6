"""Score files of BIG-bench against the slow reader, value for value."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay import bigbench, bigbench_source
from replay.bigbench import Options
from replay.bigbench_rows import Collector
from replay.bigbench_table import score_table
from simlab import lab
from simlab.errors import DataError, UsageError
from simlab.schema import CURVE_KEY, check
from tests.benchmarks.bigbench_tree import MODELS, write_tree
from tests.replay import naive_bigbench

SOME = [m for m in MODELS if m.name in ("2m", "1b", "GPT-3 XL", "GPT-3 200B", "8b", "44M", "LM XL")]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("bigbench") / "benchmark_tasks"
    root.mkdir()
    write_tree(root, n_tasks=24, models=SOME, n_odd=9)
    return root


def collected(root, quick_after):
    into = Collector(quick_after=quick_after)
    for path in naive_bigbench.files_below(root):
        into.add(path, (root / path).read_bytes(), above="x/")
    return into.rows()


def assert_same(frame, expected):
    """All values are equal, and the rows come in the same order."""
    expected = pl.DataFrame(expected, schema=dict(frame.select(list(expected[0])).schema))
    ours = frame.select(expected.columns)
    for name in expected.columns:
        assert ours[name].equals(expected[name], null_equal=True), name


@pytest.mark.parametrize("quick_after", [0, 1 << 40])
@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("scale", ["flop-matched", "total", "non-embedding"])
def test_every_value_is_that_of_the_slow_reader(tree, quick_after, normalise, scale):
    found = collected(tree, quick_after)
    placed = score_table(found, scale=scale, normalise=normalise, tasks=None, source="files")
    check(placed.table.frame, origin="table")
    assert_same(placed.table.frame, naive_bigbench.rows(tree, scale=scale, normalise=normalise))


def test_the_tree_holds_what_the_reader_must_tell_apart(tree):
    frame = bigbench.read(tree, Options()).table.frame
    assert set(frame["family"]) == {m.family for m in SOME}
    assert set(frame["shots"].unique()) == {None, 0, 1, 2, 3, 5}
    assert frame["computed"].any()
    assert frame["subtask"].str.contains(" #2", literal=True).any()
    assert frame.filter(pl.col("score").is_null() & ~pl.col("computed")).height > 5
    whole = frame.filter(pl.col("subtask").is_null())
    assert not whole.select(*CURVE_KEY, "model").is_duplicated().any()


def test_templates_are_used_and_change_nothing(tree, monkeypatch):
    from replay.bigbench_template import Template

    matched = []
    match = Template.match

    def counted(self, *args):
        model = match(self, *args)
        matched.append(model is not None)
        return model

    monkeypatch.setattr(Template, "match", counted)
    quick, slow = collected(tree, 0), collected(tree, 1 << 40)
    assert sum(matched) > len(quick.files) / 2
    assert quick.rows.equals(slow.rows, null_equal=True)
    assert quick.slots.equals(slow.slots, null_equal=True)
    assert quick.files.equals(slow.files, null_equal=True)
    assert quick.problems.equals(slow.problems)


ENTRY = {
    "score_dict": {"multiple_choice_grade": 0.5},
    "preferred_score": "multiple_choice_grade",
    "number_of_shots": 0,
    "low_score": 0.25,
    "high_score": 1.0,
    "subtask_description": "logic",
}
FILE = {
    "scores": [ENTRY],
    "task": {"task_name": "logic"},
    "model": {
        "model_family": "PaLM",
        "model_name": "8b",
        "total_params": 9,
        "non_embedding_params": 8,
        "flop_matched_non_embedding_params": 7,
    },
}


def written(root, file=FILE, *, task="logic", name="scores_PaLM_8b.json"):
    place = root / task / "results"
    place.mkdir(parents=True, exist_ok=True)
    text = file if isinstance(file, bytes) else json.dumps(file, indent=2).encode()
    (place / name).write_bytes(text)
    return root


def with_entries(*entries):
    return {**FILE, "scores": [{**ENTRY, **entry} for entry in entries]}


def only(root, **options):
    return bigbench.read(root, Options(**options)).table.frame


def test_one_file(tmp_path):
    (row,) = only(written(tmp_path)).to_dicts()
    assert row == {
        "family": "PaLM",
        "model": "8b",
        "scale": 7.0,
        "scale_kind": "params",
        "task": "logic",
        "subtask": None,
        "shots": 0,
        "metric": "multiple_choice_grade",
        "score": 0.5,
        "low": None,
        "high": None,
        "chance": 0.25,
        "higher_is_better": True,
        "n_items": None,
        "stderr": None,
        "seed": None,
        "source": "BIG-bench score files",
        "total_params": 9.0,
        "non_embedding_params": 8.0,
        "flop_matched_params": 7.0,
        "preferred": True,
        "low_score": 0.25,
        "high_score": 1.0,
        "computed": False,
    }


def test_normalise_multiplies_the_eight_metrics_and_the_ends_of_the_preferred_one(tmp_path):
    scores = {"multiple_choice_grade": 0.5, "bleu": 12.5, "exact_str_match": 0.07}
    written(tmp_path, with_entries({"score_dict": scores}))
    frame = only(tmp_path, normalise=True)
    assert dict(frame.select("metric", "score").rows()) == {
        "multiple_choice_grade": 50.0,
        "bleu": 12.5,
        "exact_str_match": 0.07 * 100,
    }
    assert frame["low_score"].unique().to_list() == [25.0]
    assert frame["high_score"].unique().to_list() == [100.0]
    assert frame["chance"].to_list() == [25.0, None, None]
    bleu = {"score_dict": scores, "preferred_score": "bleu", "low_score": 1, "high_score": 90}
    frame = only(written(tmp_path, with_entries(bleu)), normalise=True)
    assert frame["low_score"].unique().to_list() == [1.0]
    assert frame["chance"].null_count() == 3


def test_a_score_that_100_makes_infinite_is_empty(tmp_path):
    written(tmp_path, with_entries({"score_dict": {"multiple_choice_grade": 1e307, "bleu": 1e307}}))
    assert only(tmp_path)["score"].to_list() == [1e307, 1e307]
    assert only(tmp_path, normalise=True)["score"].to_list() == [None, 1e307]


def test_subtasks_lose_the_name_of_their_task_and_are_told_apart(tmp_path):
    names = ["logic:easy", "easy", "hard", "logic", "easy #2", "", " ", "logic:"]
    written(tmp_path, with_entries(*({"subtask_description": name} for name in names)))
    reading = bigbench.read(tmp_path, Options())
    assert reading.table.frame["subtask"].to_list() == [
        "easy", "easy #3", "hard", None, "easy #2", "(unnamed)", "(unnamed) #2", "(unnamed) #3",
    ]  # fmt: skip
    assert "3 subtasks repeat another of their file" in "\n".join(reading.notes)


def test_repeated_entries_of_the_whole_task_are_trials(tmp_path):
    trials = [{"score_dict": {"multiple_choice_grade": x}, "low_score": 0.5} for x in (0.5, 1.0)]
    written(tmp_path, with_entries(*trials, {"subtask_description": "logic", "number_of_shots": 1}))
    frame = only(tmp_path)
    assert frame.select("subtask", "shots", "metric", "score", "computed").rows() == [
        ("logic", 0, "multiple_choice_grade", 0.5, False),
        ("logic #2", 0, "multiple_choice_grade", 1.0, False),
        (None, 1, "multiple_choice_grade", 0.5, False),
        (None, 0, "multiple_choice_grade", 0.75, True),
        (None, 0, "normalized_aggregate_score", 50.0, True),
    ]


def test_a_computed_mean_over_a_missing_score_is_missing(tmp_path):
    parts = [
        {"subtask_description": "a", "score_dict": {"multiple_choice_grade": None, "bleu": 1.0}},
        {"subtask_description": "b", "score_dict": {"multiple_choice_grade": 0.5, "bleu": 2.0}},
    ]
    frame = only(written(tmp_path, with_entries(*parts))).filter("computed")
    assert frame.select("metric", "score").rows() == [
        ("multiple_choice_grade", None),
        ("bleu", 1.5),
        ("normalized_aggregate_score", None),
    ]


def test_equal_ends_and_a_missing_preferred_metric_give_no_normalised_score(tmp_path):
    for k, change in enumerate(({"high_score": 0.25}, {"preferred_score": "none"})):
        root = written(tmp_path / str(k), with_entries({"subtask_description": "a", **change}))
        frame = only(root).filter(metric="normalized_aggregate_score")
        assert frame["score"].to_list() == [None]


def test_models_without_the_size_are_left_out_and_listed(tmp_path):
    written(tmp_path)
    model = {**FILE["model"], "model_name": "64b", "total_params": None}
    written(tmp_path, {**FILE, "model": model}, name="scores_PaLM_64b.json")
    assert only(tmp_path)["model"].to_list() == ["64b", "8b"]
    reading = bigbench.read(tmp_path, Options(scale="total"))
    assert reading.table.frame["model"].to_list() == ["8b"]
    assert reading.table.frame["scale"].to_list() == [9.0]
    (problem,) = reading.tables["Files with a problem"].to_dicts()
    assert problem["outcome"] == "left out"
    assert "no total_params is stated for PaLM 64b; try --scale flop-matched" in problem["problem"]
    (tmp_path / "logic" / "results" / "scores_PaLM_8b.json").unlink()
    with pytest.raises(DataError, match=r"stated for PaLM 64b.*no score is left"):
        only(tmp_path, scale="total")


@pytest.mark.parametrize("size", [0, -1, "NaN", "1e400", "9" * 400])
def test_a_size_that_is_none_is_not_stated(tmp_path, size):
    text = json.dumps(FILE).replace(": 7}", f": {size}}}")
    written(tmp_path, text.encode())
    with pytest.raises(DataError, match="no flop_matched_params is stated"):
        only(tmp_path)
    assert only(tmp_path, scale="total")["scale"].to_list() == [9.0]


def test_items_and_chance_from_a_table_of_tasks(tmp_path, data):
    parts = [
        {"subtask_description": f"logical_deduction:{part}_objects", "low_score": None}
        for part in ("three", "five", "seven")
    ]
    whole = {"subtask_description": "logical_deduction", "preferred_score": "none"}
    file = with_entries(*parts, whole)
    file["task"] = {"task_name": "logical_deduction"}
    for family, most in (("PaLM", 1000), ("BIG-G T=0", 1024), ("Own", 10**9)):
        root = tmp_path / family[:3]
        file["model"] = {**FILE["model"], "model_family": family}
        written(root, file, task="logical_deduction", name=f"scores_{family}_8b.json")
        frame = only(root, metrics=str(data / "bigbench" / "task_metrics.csv"))
        asked = [min(n, most // 3) for n in (300, 500, 700)]
        assert frame["n_items"].to_list() == [*asked, sum(asked)]
        assert frame["chance"].to_list() == pytest.approx([1 / 3, 1 / 5, 1 / 7, None], abs=1e-6)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("task,n\nlogic,1\n", "no column n_examples"),
        ("task,n_examples\nlogic,many\n", "row 1, column n_examples: 'many' is not a whole number"),
        ("task,n_examples\nlogic,1\nlogic,2\n", "row 1: 'logic' stands twice"),
        ("task,n_examples,chance_grade\nlogic,1,2.5\n", "2.5 lies outside 0 .. 1"),
    ],
)
def test_a_wrong_table_of_tasks_is_one_line(tmp_path, table, message):
    (tmp_path / "tasks.csv").write_text(table)
    with pytest.raises(DataError, match=r"tasks\.csv") as caught:
        only(written(tmp_path / "tree"), metrics=str(tmp_path / "tasks.csv"))
    assert message in str(caught.value)


def test_items_are_unknown_where_the_table_is_silent(tmp_path):
    (tmp_path / "tasks.csv").write_text("task,n_examples\nchess,1\n")
    frame = only(written(tmp_path / "tree"), metrics=str(tmp_path / "tasks.csv"))
    assert frame["n_items"].to_list() == [None]
    assert frame["chance"].to_list() == [0.25]


def test_any_depth_links_and_a_root_inside_the_tree(tmp_path):
    root = tmp_path / "clone"
    written(root / "bigbench" / "benchmark_tasks")
    (root / "results").mkdir()
    (root / "results" / "scores.csv").write_text("no score file")
    (root / "bigbench" / "again").symlink_to(root / "bigbench" / "benchmark_tasks")
    (root / "bigbench" / "loop").symlink_to(root)
    assert len(only(root)) == 1
    for part in ("bigbench/benchmark_tasks/logic", "bigbench/benchmark_tasks/logic/results"):
        reading = bigbench.read(root / part, Options())
        assert len(reading.table) == 1
        assert "Files with a problem" not in reading.tables
    file = root / "bigbench/benchmark_tasks/logic/results/scores_PaLM_8b.json"
    assert len(only(file)) == 1


def test_options_of_the_other_kind_of_path(tmp_path, data):
    with pytest.raises(UsageError, match="score files state sizes"):
        only(written(tmp_path), scale="nominal")
    wide = data / "bigbench" / "bigbench_lite_wide.csv"
    with pytest.raises(UsageError, match="the Lite table states no sizes"):
        only(wide, scale="total")
    with pytest.raises(UsageError, match="are for score files"):
        only(wide, normalise=True)


def test_replay_by_name_keeps_the_digest_and_the_curves(tree):
    result = lab.replay("bigbench", tree, {"normalise": [True]}, out=None)
    assert result.claims == []
    assert result.scores["status"].n_unique() > 2
    assert len(bigbench.read(tree, Options()).digest) == 64


names = st.sampled_from(["logic", "logic:easy", "easy", "easy #2", "", "hard"])
numbers = st.floats(-2, 2) | st.sampled_from([0.0, 0.25, 1.0, float("nan"), float("inf")])
entries = st.fixed_dictionaries(
    {
        "score_dict": st.dictionaries(
            st.sampled_from(["multiple_choice_grade", "bleu", "full"]), numbers, min_size=1
        ),
        "preferred_score": st.sampled_from(["multiple_choice_grade", "bleu", "rouge"]),
        "number_of_shots": st.sampled_from([-1, 0, 3]),
        "low_score": numbers,
        "high_score": numbers,
        "subtask_description": names,
    }
)


@settings(max_examples=200)
@given(st.lists(entries, min_size=1, max_size=6), st.booleans(), st.sampled_from([None, 2]))
def test_any_file_reads_as_the_slow_reader_reads_it(held, normalise, indent):
    file = {**FILE, "scores": held}
    into = Collector(quick_after=0)
    text = json.dumps(file, indent=indent).encode()
    other = {**file, "model": {**FILE["model"], "model_name": "64b"}}
    into.add("logic/results/scores_PaLM_8b.json", text)
    into.add("logic/results/scores_PaLM_64b.json", json.dumps(other, indent=indent).encode())
    placed = score_table(
        into.rows(), scale="flop-matched", normalise=normalise, tasks=None, source="files"
    )
    check(placed.table.frame, origin="table")
    expected = [
        row
        for one in (file, other)
        for row in naive_bigbench.rows_of(one, scale="flop-matched", normalise=normalise)
    ]
    assert_same(placed.table.frame, expected)


def test_progress_counts_the_bytes_of_a_folder(tmp_path):
    _, n_bytes = write_tree(tmp_path / "tree", n_tasks=3, models=MODELS[:4])
    told = []
    bigbench_source.read_folder(tmp_path / "tree", cache=False, progress=lambda *t: told.append(t))
    assert len(told) == 12
    assert [t[0] for t in told] == sorted(t[0] for t in told)
    assert told[-1] == (n_bytes, n_bytes)
