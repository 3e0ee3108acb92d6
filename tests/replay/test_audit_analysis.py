from pathlib import Path

import polars as pl
import pytest

from replay.audit_analysis import COUNTS, INDEPENDENCE, SWAPS, Options, chosen, run
from replay.meta_inputs import joined_items, read_inputs
from simlab.errors import DataError, UsageError
from simlab.keeping import InterruptedRunError
from simlab.table import ScoreTable

FAST = Options(replicates=99)


def test_figure_three_states_no_items_and_says_what_the_swap_says() -> None:
    found = run(["mirage:"], FAST, out=None)
    rows = found.parts["verdicts"]
    assert set(rows["verdict"]) == {"undecided"}
    jump = rows.filter(task="four_digit_addition", subtask="L=5, T=0.0", metric="accuracy")
    assert "token_edit_distance on the same outputs keeps 34%" in jump["reason"][0]
    pair = found.parts["independence"].filter(
        pl.col("subtask") == "L=5, T=0.0", pl.col("model") == "175B"
    )
    assert pair.select(pl.col("observed", "implied").round(3)).rows() == [(0.155, 0.042)]
    shown = found.result.tables
    assert shown[COUNTS]["curves"].sum() == 36
    assert {SWAPS, INDEPENDENCE} <= set(shown)
    assert all(frame.height <= 40 for frame in shown.values())


def test_figure_three_with_items_is_full_of_artefacts() -> None:
    """Given a thousand items, several jumps of accuracy are gone under the edit distance."""
    found = run(["mirage:"], Options(replicates=99, n_items=1000, metric=("accuracy",)), out=None)
    assert found.parts["verdicts"].height == 18
    both = run(["mirage:"], Options(replicates=99, n_items=1000), out=None)
    counts = both.parts["counts"]
    assert counts["metric_artefact"] >= 4
    assert counts["survives"] <= 2


def test_item_bits(data: Path) -> None:
    word = f"bigg-items:{data / 'bigbench' / 'bigg_t0_items.csv'}"
    tasks = ("word_sorting", "social_iqa", "mult_data_wrangling", "chess_state_tracking")
    found = run([word], Options(replicates=99, task=tasks), out=None)
    verdict = dict(found.parts["verdicts"].select("task", "verdict").iter_rows())
    assert verdict["social_iqa"] == "no_improvement"
    assert verdict["mult_data_wrangling"] == "smooth"
    assert verdict["word_sorting"] != "no_improvement"
    assert verdict["chess_state_tracking"] != "survives"  # it bounces between models
    assert "shared items" in found.parts["verdicts"]["notes"][0]
    again = run([word], Options(replicates=99, task=tasks), out=None, threads=2)
    assert again.parts["verdicts"].equals(found.parts["verdicts"], null_equal=True)


def test_filters_name_what_there_is() -> None:
    table = read_inputs(["mirage:"])[0].table
    some = chosen(table, Options(metric=("accuracy",), task=("four_digit_addition",)))
    assert len(some) == 40
    with pytest.raises(DataError, match="did you mean 'accuracy'"):
        chosen(table, Options(metric=("acuracy",)))
    with pytest.raises(DataError, match="there is params"):
        chosen(table, Options(scale="flops"))


def test_axis() -> None:
    frame = {"family": "toy", "scale": [1.0, 2.0, 3.0, 4.0], "metric": "accuracy",
             "score": [0.1, 0.2, 0.3, 0.4], "tokens": [1e9, 2e9, 4e9, 8e9]}  # fmt: skip
    table = ScoreTable.from_columns(frame)
    assert chosen(table, Options(scale="tokens")).frame["scale"].to_list() == [1e9, 2e9, 4e9, 8e9]
    assert chosen(table, Options(n_items=7)).frame["n_items"].to_list() == [7] * 4


def test_items_of_several_inputs_keep_their_family() -> None:
    inputs = read_inputs(["mirage:"])
    assert joined_items(inputs) is None
    item = pl.DataFrame({"family": ["GPT-3/InstructGPT"], "item": ["0"]})
    two = [inputs[0]._replace(items=item), inputs[0]._replace(label="again", items=item)]
    assert joined_items(two)["family"].to_list() == [
        "GPT-3/InstructGPT (mirage)",
        "GPT-3/InstructGPT (again)",
    ]


def test_interrupted(tmp_path: Path) -> None:
    def stop(done: float, total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRunError, match="interrupted") as caught:
        run(["mirage:"], Options(replicates=99, n_items=100), out=tmp_path, progress=stop)
    assert caught.value.exit_code == 130
    assert not list(tmp_path.glob("*-audit-*"))


def test_bad_words() -> None:
    with pytest.raises(UsageError, match="audit: give at least one TABLE"):
        run([], FAST, out=None)


def test_tables_of_an_audit_without_undecided_curves() -> None:
    found = run(["mirage:"], Options(replicates=99, n_items=100, metric=("accuracy",)), out=None)
    assert found.parts["counts"]["undecided"] == 0
