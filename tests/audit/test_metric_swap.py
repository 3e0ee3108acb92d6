import numpy as np
import polars as pl
import pytest

from simlab.audit.count_curves import count_curves
from simlab.audit.implied_scores import implied_brier, implied_edit_distance, independence
from simlab.audit.metric_swap import metric_swaps
from simlab.audit.same_outputs import partners, swap_rank
from simlab.errors import UsageError
from simlab.table import ScoreTable

SCALES = np.array([1e6, 1e7, 1e8, 1e9, 1e10, 1e11])
LENGTH = 5


def family(p, n_items=1000, **columns):
    """Exact match and edit distance of a per-token ability, without noise."""
    exact, distance = p**LENGTH, LENGTH * (1 - p)
    return ScoreTable.from_columns(
        {
            "family": "toy",
            "scale": [*SCALES, *SCALES],
            "metric": ["exact_match"] * 6 + ["token_edit_distance"] * 6,
            "score": [*np.round(exact * n_items) / n_items, *distance],
            "higher_is_better": [True] * 6 + [False] * 6,
            "n_items": n_items,
            "stderr": [None] * 6 + [0.02] * 6,
            "target_length": LENGTH,
            **columns,
        }
    )


SMOOTH = np.exp(-((SCALES / 1e10) ** -0.3) / 2)
BROKEN = np.array([0.4, 0.41, 0.42, 0.43, 0.99, 0.995])


def test_ranks():
    assert [swap_rank(m) for m in ("token_edit_distance,none", "bleu", "rougeL")] == [0, 1, 2]
    assert swap_rank("acc_norm") is swap_rank("normalized_aggregate_score") is None


def test_partners_have_the_same_models():
    table = family(SMOOTH)
    assert partners(table)["partner"].to_list() == ["token_edit_distance"]
    short = ScoreTable(table.frame[:-1])
    assert partners(short).is_empty()
    empty = metric_swaps(short)
    assert empty.is_empty()
    assert "retained" in empty.columns


def test_a_smooth_ability_loses_its_jump_and_a_broken_one_keeps_it():
    for p, kept in ((SMOOTH, False), (BROKEN, True)):
        table = family(p)
        curves, _ = count_curves(table)
        row = metric_swaps(table, curves=curves, replicates=499).row(0, named=True)
        assert row["interval_from"] == "counts"
        assert row["retained_low"] <= row["retained"] <= row["retained_high"]
        assert (row["retained"] > 0.5) == kept
        assert (row["retained_high"] < 1) != kept
        steps = np.diff(p) / (p[-1] - p[0])
        largest = int(np.argmax(np.diff(p**LENGTH)))
        assert row["partner_step_share"] == pytest.approx(steps[largest])
        assert row["straight_share"] == pytest.approx(0.2)


def test_without_noise_there_is_no_interval():
    row = metric_swaps(family(SMOOTH, stderr=None)).row(0, named=True)
    assert row["interval_from"] == "none"
    assert row["difference_low"] is row["retained_low"] is None
    assert row["difference"] == pytest.approx(row["swap_score"] - row["partner_score"])


def test_the_same_seed_gives_the_same_interval_whatever_else_is_in_the_table():
    one = family(SMOOTH)
    other = family(BROKEN, task="other")
    both = ScoreTable.concat([other, one])
    rows = []
    for table in (one, both):
        curves, _ = count_curves(table)
        rows.append(metric_swaps(table, curves=curves, replicates=99).filter(task="all").rows())
    assert rows[0] == rows[1]


def test_intervals_where_they_are_asked_for():
    both = ScoreTable.concat([family(SMOOTH), family(BROKEN, task="other")])
    curves, _ = count_curves(both)
    asked = curves.keys.filter(task="other")
    rows = metric_swaps(both, curves=curves, intervals=asked, replicates=99)
    assert rows["interval_from"].to_list() == ["none", "counts"]
    every = metric_swaps(both, curves=curves, replicates=99)
    assert every[1].equals(rows[1])
    assert every["retained"].to_list() == rows["retained"].to_list()


def test_any_seed_will_do():
    table = family(SMOOTH)
    curves, _ = count_curves(table)
    lows = {metric_swaps(table, curves=curves, replicates=99, seed=s)["retained_low"][0]
            for s in range(8)}  # fmt: skip
    assert len(lows) > 1


def test_shared_items_are_drawn_jointly():
    rng = np.random.default_rng(0)
    tokens = rng.random((6, 300, LENGTH)) < SMOOTH[:, None, None]
    exact, distance = tokens.all(axis=2), (~tokens).sum(axis=2)
    table = family(SMOOTH, n_items=300)
    scores = [*exact.mean(axis=1), *distance.mean(axis=1)]
    table = ScoreTable(table.frame.with_columns(pl.Series("score", scores)))
    parts = [
        pl.DataFrame(
            {
                "scale": np.repeat(SCALES, 300),
                "item": [str(j) for j in range(300)] * 6,
                "value": values.astype(float).ravel(),
                "metric": metric,
            }
        )
        for metric, values in (("exact_match", exact), ("token_edit_distance", distance))
    ]
    none = {"subtask": pl.String, "shots": pl.Int64, "seed": pl.Int64, "epoch": pl.Int64}
    items = pl.concat(parts).with_columns(
        *(pl.lit(v).alias(c) for c, v in {"family": "toy", "model": "m", "task": "all",
          "scale_kind": "params"}.items()),
        *(pl.lit(None, d).alias(c) for c, d in none.items()),
    )  # fmt: skip
    curves, _ = count_curves(table)
    jointly = metric_swaps(table, items, curves, replicates=499).row(0, named=True)
    apart = metric_swaps(table, None, curves, replicates=499).row(0, named=True)
    assert jointly["interval_from"] == "shared items"
    assert jointly["retained_low"] <= jointly["retained"] <= jointly["retained_high"]
    assert jointly["difference"] == apart["difference"]


def test_implied_scores():
    assert implied_edit_distance(0.5**LENGTH, LENGTH) == pytest.approx(2.5)
    assert implied_brier(0.5**LENGTH, LENGTH) == pytest.approx(0.25)
    assert implied_edit_distance(0.3, 1) == pytest.approx(0.7)
    with pytest.raises(UsageError, match=r"accuracy 1\.2"):
        implied_brier([0.1, 1.2], 2)
    with pytest.raises(UsageError, match="at least 1 token"):
        implied_edit_distance(0.1, 0)
    with pytest.raises(UsageError, match="at least 1 token"):
        independence(family(SMOOTH), length=0.0)


def test_independence_holds_where_it_does_and_is_rejected_where_tokens_fail_together():
    held = independence(family(SMOOTH))
    assert not held["outside"].any()
    assert np.allclose(held["observed"][3:], held["implied"][3:], atol=0.05)
    table = family(SMOOTH)
    tripled = pl.when(pl.col("metric") == "exact_match").then("score").otherwise(
        pl.col("score") / 3)  # fmt: skip
    rejected = independence(ScoreTable(table.frame.with_columns(tripled.alias("score"))))
    assert rejected["outside"].sum() >= 4


def test_level_of_the_test_of_independence():
    """Under independence, all scales of a curve together stay inside in 95% of the curves."""
    rng = np.random.default_rng(1)
    n, curves = 400, 300
    frames = []
    for c in range(curves):
        tokens = rng.random((6, n, LENGTH)) < SMOOTH[:, None, None]
        wrong = (~tokens).sum(axis=2)
        error = wrong.std(axis=1) / np.sqrt(n)
        frames.append(
            family(SMOOTH, n_items=n, task=str(c)).frame.with_columns(
                pl.Series("score", [*tokens.all(axis=2).mean(axis=1), *wrong.mean(axis=1)]),
                pl.Series("stderr", [*[None] * 6, *error], pl.Float64),
            )
        )
    found = independence(ScoreTable(pl.concat(frames)))
    missed = found.group_by("task").agg(pl.col("outside").any())["outside"].mean()
    assert missed < 0.05 + 3 * np.sqrt(0.05 * 0.95 / curves)


def test_figure_three(data):
    from replay.mirage import SOURCE

    found = independence(SOURCE.read(None, SOURCE.options()).table)
    row = found.filter(
        pl.col("task") == "four_digit_addition", pl.col("target_length") == 5,
        pl.col("scale") > 1e11, pl.col("subtask").str.contains("T=0.0"),
    ).row(0, named=True)  # fmt: skip
    assert (round(row["observed"], 3), round(row["implied"], 3)) == (0.155, 0.042)
