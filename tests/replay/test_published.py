"""The embedded tables against the published data they are typed from."""

from importlib.resources import files

import polars as pl
import pytest

from replay.published import about, load

NAMES = sorted(
    file.name.removesuffix(".csv")
    for file in files("replay.published").iterdir()
    if file.name.endswith(".csv")
)


def test_there_are_eight_tables():
    assert NAMES == [
        "bigbench_lite_tasks",
        "bigbench_metrics",
        "bigbench_models",
        "hoffmann2022_budgets",
        "mirage_figure3",
        "mirage_figure5a",
        "wei2022_appendix_e",
        "wei2022_table1",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_cites_its_paper_and_has_no_empty_column(name):
    assert "et al. 20" in about(name) or "bigbench 1.0.0" in about(name) or "2023" in about(name)
    table = load(name)
    assert table.height > 0
    assert all(table[c].null_count() < table.height for c in table.columns)


def test_figure3_is_the_digitised_figure_with_the_sign_turned(data):
    digitised = pl.read_csv(data / "mirage" / "fig3_digitised.csv")
    tasks = {"mult2d": "two_digit_multiplication", "add4d": "four_digit_addition"}
    ours = {
        (row["task"], row["target_length"], row["temperature"], row["n_params"]): row
        for row in load("mirage_figure3").to_dicts()
    }
    assert len(ours) * 2 == digitised.height == 144
    for row in digitised.to_dicts():
        task, kind = row["panel"].split("_")
        cell = ours[tasks[task], row["target_len"], row["temp"], int(row["params"])]
        if kind == "accuracy":
            assert cell["accuracy"] == row["value"]
        else:
            assert kind == "negTED"
            assert cell["token_edit_distance"] == -row["value"]


def test_figure5a_names_the_39_metrics_and_five_maxima(data):
    names = (data / "mirage" / "fig5a_metrics.txt").read_text().splitlines()
    table = load("mirage_figure5a")
    assert table["metric"].to_list() == names
    assert len(names) == 39
    assert dict(table.drop_nulls().rows()) == {
        "bleu": 631,
        "multiple_choice_grade": 198,
        "normalized_aggregate_score": 186,
        "rougeLsum": 173,
        "exact_str_match": 151,
    }


def test_appendix_e_is_the_published_list_with_preferred_metrics_of_bigbench(data):
    published = pl.read_csv(data / "bigbench" / "wei2022_appendix_e.csv")
    ours = load("wei2022_appendix_e")
    assert ours["task"].to_list() == published["task"].to_list()
    assert ours["category"].to_list() == published["category"].to_list()
    assert ours["model"].to_list() == published["emerges_at"].to_list()
    declared: dict[str, set[str]] = {}
    for row in pl.read_csv(data / "bigbench" / "task_metrics.csv").to_dicts():
        if row["preferred_score"]:
            declared.setdefault(row["task"], set()).add(row["preferred_score"])
    for task, metric in ours.select("task", "preferred_metric").rows():
        assert metric == ";".join(sorted(declared.get(task, {"programmatic"}))), task


def test_sizes_of_appendix_e_are_those_of_the_names():
    for model, size in load("wei2022_appendix_e").drop_nulls("model")["model", "n_params"].rows():
        assert model.endswith(f" {size // 10**9}B")


def test_table1_is_consistent_with_itself():
    table = load("wei2022_table1")
    assert table["prompting"].value_counts().sort("prompting").rows() == [
        ("augmented", 13),
        ("few-shot", 9),
    ]
    one_model = table.group_by("model", "n_params").agg(pl.col("flops").n_unique())
    assert one_model["flops"].max() == 1
    assert table.filter(model="GPT-3").sort("n_params")["flops"].to_list()[0] == 2.3e22
    trained = table.filter(model="GPT-3")  # 6 N D with 300e9 tokens, to the digits of the table
    ratio = trained["flops"] / (6 * trained["n_params"] * 3e11)
    assert ratio.is_between(0.95, 1.05).all()


def test_models_of_bigbench_are_those_of_the_published_table(data):
    tidy = pl.read_csv(data / "bigbench" / "bigbench_lite.csv", infer_schema_length=None)
    published = tidy.select(
        family="model_family",
        name="model_name",
        nominal_params=pl.col("nominal_params").cast(pl.Int64),
        flop_matched_params="flop_matched_non_embedding_params",
        total_params="sparse_total_params",
        shots="number_of_shots",
    ).unique()
    ours = load("bigbench_models").drop("max_items")
    t0 = pl.col("family").str.starts_with("T")
    assert ours.filter(t0)["nominal_params"].to_list() == [11_000_000_000] * 4
    for frame in (ours, published):
        assert frame.height == 55
    key = ["family", "name"]
    assert ours.filter(~t0).sort(key).equals(published.filter(~t0).sort(key), null_equal=True)
    assert set(ours.filter(t0)["name"]) == set(published.filter(t0)["name"])


def test_tasks_of_bigbench_lite_are_those_of_bigbench(data):
    declared = pl.read_csv(data / "bigbench" / "task_metrics.csv")
    tidy = pl.read_csv(data / "bigbench" / "bigbench_lite.csv")
    ours = load("bigbench_lite_tasks")
    assert set(ours["task"]) == set(tidy["task"])
    metrics = dict(tidy.select("task", "metric").unique().rows())
    subtasks = dict(tidy.select("task", "has_subtasks").unique().rows())
    for row in ours.to_dicts():
        assert row["metric"] == metrics[row["task"]]
        assert (row["subtask"] is not None) == bool(subtasks[row["task"]])
        if row["subtask"] == "unknown":
            assert row["chance"] is None
            continue
        subtask = row["subtask"] and row["subtask"].split(" or ")[0]
        (facts,) = declared.filter(
            (pl.col("task") == row["task"]) & pl.col("subtask").eq_missing(pl.lit(subtask))
        ).to_dicts()
        assert row["chance"] == (facts["chance_grade"] or 0.0)
        if row["task"] != "operators":  # 211 items, of which the scores count 210
            assert row["n_items"] == facts["n_examples"]
        siblings = declared.filter(
            (pl.col("task") == row["task"]) & pl.col("subtask").is_not_null()
        ).height
        assert row["n_subtasks"] == max(1, siblings)


def test_metrics_of_bigbench_cover_what_its_json_tasks_use(data):
    tasks = pl.read_csv(data / "bigbench" / "task_metrics.csv", infer_schema_length=None)
    table = load("bigbench_metrics")
    known = dict(table.select("metric", "higher_is_better").rows())
    preferred = set(tasks["preferred_score"].drop_nulls()) - {""}
    assert preferred <= set(known)
    assert all(known[metric] for metric in preferred)  # an author prefers what rises with skill
    assert [m for m, up in known.items() if up is False] == [
        "calibration_multiple_choice_brier_score",
        "expected_calibration_error",
    ]
    assert table.filter("renormalised").height == 8
    figure = set(load("mirage_figure5a")["metric"])
    biases = {name for name in figure if "bias" in name or "difference" in name}
    assert not biases & set(known)
