from pathlib import Path

import polars as pl
import pytest

from replay.meta_analysis import (
    ANNOTATED,
    AXES,
    ITEMS,
    MAXIMA,
    SENSITIVITY,
    Options,
    analyse,
    as_object,
    figures,
    published_claims,
    run,
)
from replay.meta_inputs import joined, read_inputs
from replay.meta_tables import published_maxima, verdicts, with_intervals
from simlab import lab
from simlab.axes import on_axis
from simlab.emergence.score import emergence_scores
from simlab.emergence.sensitivity import CONCLUSIONS
from simlab.errors import DataError, UsageError
from simlab.table import ScoreTable

FEW = Options(replicates=99)


def write(path: Path, **columns: object) -> Path:
    held = {
        "family": "toy",
        "scale": [1e6, 1e7, 1e8, 1e9] * 2,
        "task": "sum",
        "metric": ["exact_match"] * 4 + ["edit_distance"] * 4,
        "score": [0.0, 0.01, 0.1, 0.9, 5.0, 4.0, 2.0, 0.5],
        "higher_is_better": [True] * 4 + [False] * 4,
    }
    ScoreTable.from_columns({**held, **columns}).write(path)
    return path


def test_figure_3_is_sharper_in_accuracy() -> None:
    found = analyse(read_inputs(["mirage:"]), FEW)
    row = found.pairs.row(0, named=True)
    assert (row["metric_a"], row["metric_b"]) == ("accuracy", "token_edit_distance")
    both = found.outputs.drop_nulls(["dropped_a", "dropped_b"])
    assert row["n_pairs"] == both.height
    mean = (both["dropped_a"] - both["dropped_b"]).mean()
    assert row["difference"] == pytest.approx(mean)
    assert row["difference_low"] is None  # two tasks are too few to resample


def test_published_numbers_stand_beside_recomputed_ones() -> None:
    found = analyse(read_inputs(["mirage:"]), FEW)
    counts = {row["preferred_metric"]: row for row in found.tables[ANNOTATED].to_dicts()}
    assert counts["exact_str_match"]["published"] == 11
    assert counts["exact_str_match"]["recomputed"] == 12
    maxima = found.tables[MAXIMA]
    assert maxima.height == 39
    bleu = maxima.row(by_predicate=pl.col("metric") == "bleu", named=True)
    assert (bleu["published"], bleu["recomputed"]) == (631.0, None)
    assert bleu["reason"].startswith("cannot be recomputed")
    own = maxima.row(by_predicate=pl.col("metric") == "accuracy", named=True)
    assert own["recomputed"] == found.shares.filter(metric="accuracy")["largest"][0]
    assert "other models" in own["reason"]
    assert [c.observed for c in published_claims()[1:3]] == pytest.approx([94.03, 92.54], abs=0.01)


def test_maxima_without_a_score_say_so() -> None:
    shares = pl.DataFrame(
        {"metric": ["bleu"], "largest": [None], "largest_task": [None], "n_scored": [0]},
        schema_overrides={"largest": pl.Float64, "largest_task": pl.String},
    )
    rows = published_maxima(shares, ["x"]).filter(metric="bleu")
    assert rows["reason"][0] == "cannot be recomputed: no curve of it has a score"


def test_families_that_two_tables_share_are_told_apart(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.csv"), write(tmp_path / "two.csv")
    inputs = read_inputs([str(one), str(two)])
    table = joined(inputs)
    assert set(table.frame["family"]) == {"toy (one)", "toy (two)"}
    assert emergence_scores(table).height == 4
    assert analyse(inputs, FEW).pairs["n_pairs"].to_list() == [2]


def test_families_of_another_axis_are_told_apart_as_well(tmp_path: Path) -> None:
    steps = {"steps": [1, 10, 100, 1000] * 2, "family_on_steps": "toy-1m"}
    words = [str(write(tmp_path / f"{name}.parquet", **steps)) for name in ("one", "two")]
    table = joined(read_inputs(words))
    assert set(table.frame["family_on_steps"]) == {"toy-1m (one)", "toy-1m (two)"}
    moved = on_axis(table, "steps")
    assert set(moved.frame["family"]) == {"toy-1m (one)", "toy-1m (two)"}
    assert set(emergence_scores(moved)["n_scales"]) == {4}


def test_a_run_keeps_the_items_of_its_tables(tmp_path: Path, data: Path) -> None:
    words = [f"{name}:{data / path}" for name, path in (
        ("lm-eval", "lm_eval/addition_family"), ("inspect", "inspect"))]  # fmt: skip
    done = run(words, FEW, out=tmp_path / "runs")
    folder = done.result.directory.path
    kept = pl.read_parquet(folder / "items.parquet")
    inputs = read_inputs(words)
    assert len(kept) == sum(len(held.items) for held in inputs)
    own = inputs[0].items.select("family", "model", "metric", "item", "value")
    some = kept.filter(pl.col("family").is_in(own["family"].unique().to_list()))
    assert some.select(own.columns).equals(own)
    assert f"holds {len(kept):,} outcomes item by item, of lm-eval, inspect" in " ".join(
        done.result.notes
    )
    (again,) = read_inputs([str(folder)])
    assert again.items.equals(kept)


def test_other_columns_of_other_types_are_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "one.parquet", note=1.5)
    two = write(tmp_path / "two.parquet", family="other", note="text")
    frame = joined(read_inputs([str(one), str(two)])).frame
    assert set(frame["note"]) == {"1.5", "text"}


def test_a_run_folder_is_an_input(tmp_path: Path) -> None:
    file = write(tmp_path / "one.csv")
    done = run([str(file)], FEW, out=tmp_path / "runs")
    folder = done.result.directory.path
    assert (folder / "report.html").is_file()
    (held,) = read_inputs([str(folder)])
    assert held.label == "meta"
    assert held.table.frame["score"].to_list() == ScoreTable.read(file).frame["score"].to_list()


def test_the_seed_names_every_draw(tmp_path: Path) -> None:
    file = str(write(tmp_path / "one.csv"))
    one, two = (as_object(analyse(read_inputs([file, "mirage:"]), FEW, seed=4)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], UsageError, "give at least one TABLE"),
        (["mirage:", "mirage:"], UsageError, "mirage: is given twice"),
        (["obsscaling:"], UsageError, "give its path, obsscaling:PATH"),
        (["mirage:x.csv"], UsageError, "the source is embedded; say mirage:"),
        (["mirage"], DataError, "no such file; did you mean 'mirage:'"),
        (["nothing.csv"], DataError, "nothing.csv: no such file"),
        (["."], DataError, "a folder without manifest.json"),
    ],
)
def test_wrong_inputs(
    words: list[str],
    error: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        read_inputs(words)


def test_a_run_by_its_name(tmp_path: Path) -> None:
    lab.run("compounding", {"K": [1], "items": [100]}, out=tmp_path)
    last = lab.replay("mirage", out=tmp_path)
    assert last.directory is not None
    name = last.directory.path.name
    for word in ("last", name, name[:-3]):
        (held,) = read_inputs([word], runs=tmp_path)
        assert held.label == "mirage"
        assert held.table.frame.equals(last.table.frame)
    with pytest.raises(UsageError, match="fits 2 runs"):
        read_inputs([name[:2]], runs=tmp_path)
    with pytest.raises(DataError, match="last: no such file"):
        read_inputs(["last"], runs=tmp_path / "none")


def test_percentages_for_shares_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "one.csv", score=[0, 1, 10, 90, 5, 4, 2, 0.5])
    with pytest.raises(DataError, match=r"lies outside 0 \.\. 1"):
        read_inputs([str(file)])


def test_tables_without_a_curve_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "one.csv", task=list("abcdefgh"))
    with pytest.raises(DataError, match="no curve of 3 scales has an emergence score"):
        run([str(file)], FEW, out=None)


def test_intervals_read_as_one_text() -> None:
    frame = pl.DataFrame(
        {"share_above": [0.5, 0.25, None], "low": [0.125, None, None], "high": [0.75, None, None]}
    )
    assert with_intervals(frame).to_dict(as_series=False) == {
        "share_above": ["0.5 [0.125, 0.75]", "0.25", None]
    }


def test_all_published_sources_at_once(data: Path, tmp_path: Path) -> None:
    words = [
        "mirage:",
        f"on-emergence:{data / 'on_emergence' / 'evaluation_scores.csv'}",
        f"obsscaling:{data / 'obsscaling'}",
        f"bigg-items:{data / 'bigbench' / 'bigg_t0_items.csv'}",
    ]
    found = analyse(read_inputs(words), FEW)
    exact = found.pairs.row(
        by_predicate=(pl.col("metric_a") == "exact_match")
        & (pl.col("metric_b") == "edit_distance"),
        named=True,
    )
    assert exact["n_tasks"] == 22
    assert 0.4 < exact["share_a_sharper"] < 0.5  # not the sharper one on the same outputs
    rows = found.tables[SENSITIVITY]
    assert set(rows["conclusion"]) == {c.id for c in CONCLUSIONS}
    dimensions = {"baseline", "threshold", "scales", "zero medians", "parts", "shots", "family",
                  "table", "axis"}  # fmt: skip
    assert set(rows["dimension"]) == dimensions
    assert verdicts(rows).height == rows.select("dimension", "choice").unique().height
    items = found.tables[ITEMS]
    assert items.height == 82
    one = items.row(by_predicate=pl.col("task") == "word_sorting", named=True)
    assert one["emergence_score"] == pytest.approx(45.0)
    assert one["low"] > 10
    axes = found.tables[AXES].filter(pl.col("axis") == "flops")
    assert axes.filter(depends="same order, same score")["curves"][0] > 400
    shown = [figure.name for figure in figures(found)]
    assert shown == ["sensitivity", "metric-scores", "metric-swap", "axes"]
