import math

import numpy as np
import polars as pl
import pytest

from simlab.emergence.common_scales import pairs_on_common_scales
from simlab.emergence.metric_pairs import SCHEMA, metric_pairs, same_outputs, sign_test
from simlab.emergence.metric_shares import metric_shares
from simlab.emergence.score import emergence_score
from simlab.emergence.scored_curves import scored_curves
from simlab.table import ScoreTable

X = [1e6, 1e7, 1e8, 1e9, 1e10]


def family(n_tasks: int = 12, *, swap: bool = False) -> ScoreTable:
    """Tasks whose exact match p^K is sharper than their edit distance 1 - p."""
    rows = []
    for t in range(n_tasks):
        p = np.clip(np.linspace(0.2, 0.9, 5) + 0.01 * t, 0, 1) ** (1 + 0.05 * t)
        sharp, smooth = p**10, 1 - p
        for x, a, b in zip(X, sharp, smooth, strict=True):
            rows += [("exact_match", x, f"t{t}", a if not swap else p[0], True),
                     ("edit_distance", x, f"t{t}", b, False)]  # fmt: skip
    metric, scale, task, score, up = map(list, zip(*rows, strict=True))
    return ScoreTable.from_columns(
        {"family": "toy", "metric": metric, "scale": scale, "task": task, "score": score,
         "higher_is_better": up}
    )  # fmt: skip


def test_pairs_agree_in_all_but_the_metric() -> None:
    held = family(3)
    pairs = same_outputs(scored_curves(held))
    assert pairs.height == 3
    row = pairs.row(0, named=True)
    assert (row["metric_a"], row["metric_b"]) == ("exact_match", "edit_distance")
    exact = held.frame.filter(metric="exact_match", task="t0")
    want = emergence_score(exact["scale"], exact["score"]).score
    assert row["dropped_a"] == row["emergence_score_a"] == want
    assert row["dropped_b"] > 0  # a distance that falls is a gain


@pytest.mark.parametrize("column", ["subtask", "shots", "seed", "family", "scale_kind"])
def test_other_outputs_are_not_paired(column: str) -> None:
    other = {"shots": 5, "seed": 1, "scale_kind": "tokens"}.get(column, "other")
    apart = pl.when(pl.col("metric") == "exact_match").then(pl.lit(other)).otherwise(column)
    held = ScoreTable(family(3).frame.with_columns(apart.alias(column)))
    assert same_outputs(scored_curves(held)).is_empty()


@pytest.mark.parametrize("gap", [False, True])
def test_metrics_over_other_items_are_not_paired(gap: bool) -> None:
    metrics = ("exact", "f1", "HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1")
    rows = [(m, x, 0.1 * i + 0.01 * i * k) for k, m in enumerate(metrics)
            for i, x in enumerate(X) if not (gap and x == 1e7 and m.endswith("f1"))]  # fmt: skip
    metric, scale, score = map(list, zip(*rows, strict=True))
    held = ScoreTable.from_columns(
        {"family": "toy", "metric": metric, "scale": scale, "score": score}
    )
    curves = scored_curves(held).with_columns(input=pl.lit("x"))
    pairs = pairs_on_common_scales(curves, {"x": held}) if gap else same_outputs(curves)
    assert set(pairs.select("metric_a", "metric_b").rows()) == {
        ("exact", "f1"), ("HasAns_exact", "HasAns_f1"), ("NoAns_exact", "NoAns_f1")}  # fmt: skip


def test_curves_that_lack_a_model_are_not_paired() -> None:
    held = family(3).frame
    gap = (pl.col("metric") == "exact_match") & (pl.col("scale") == 1e8) & (pl.col("task") == "t1")
    short = ScoreTable(held.filter(~gap))
    assert same_outputs(scored_curves(short))["task"].to_list() == ["t0", "t2"]


def test_tables_are_kept_apart() -> None:
    curves = scored_curves(family(2))
    two = pl.concat([curves.with_columns(input=pl.lit(name)) for name in "ab"])
    assert same_outputs(two).height == 2 * 2


def test_the_sharper_metric_is_found() -> None:
    found = metric_pairs(same_outputs(scored_curves(family(12))), replicates=199)
    assert found.schema == SCHEMA
    row = found.row(0, named=True)
    assert (row["n_pairs"], row["n_tasks"], row["tasks_a"], row["tasks_b"]) == (12, 12, 12, 0)
    assert row["sign_test"] == 2 * 0.5**12
    assert row["difference_low"] > 0
    assert row["ratio_low"] > 1
    assert row["share_a_sharper"] == 1.0
    assert 0.7 < row["share_a_sharper_low"] < row["share_a_sharper_high"] == 1.0


def test_numbers_against_plain_python() -> None:
    pairs = same_outputs(scored_curves(family(6)))
    a, b = pairs["dropped_a"].to_list(), pairs["dropped_b"].to_list()
    row = metric_pairs(pairs, replicates=99).row(0, named=True)
    assert row["difference"] == pytest.approx(sum(x - y for x, y in zip(a, b, strict=True)) / 6)
    logs = [math.log(x / y) for x, y in zip(a, b, strict=True)]
    assert row["ratio"] == pytest.approx(math.exp(sum(logs) / 6))
    assert row["median_a"] == pytest.approx(float(np.median(a)))


def test_no_metric_is_sharper_when_scores_are_noise() -> None:
    """Under the null the interval of the share holds 1/2 about 95% of the time."""
    rng = np.random.default_rng(11)
    inside = 0
    for run in range(60):
        n = 30
        frame = {
            "family": "toy",
            "task": [f"t{t}" for t in range(n) for _ in range(8)],
            "metric": (["exact_match"] * 4 + ["edit_distance"] * 4) * n,
            "scale": [1e6, 1e7, 1e8, 1e9] * 2 * n,
            "score": rng.random(8 * n),
        }
        pairs = same_outputs(scored_curves(ScoreTable.from_columns(frame)))
        row = metric_pairs(pairs, replicates=199, seed=run).row(0, named=True)
        inside += row["share_a_sharper_low"] <= 0.5 <= row["share_a_sharper_high"]
    assert inside >= 48  # 60 runs at 93% fall below 48 with a probability of 2e-4


def test_infinite_scores_are_sharper_but_have_no_difference() -> None:
    flat = family(6, swap=False).frame.with_columns(
        score=pl.when((pl.col("metric") == "exact_match") & (pl.col("scale") < 1e10))
        .then(pl.lit(0.0))
        .otherwise("score")
    )
    pairs = same_outputs(scored_curves(ScoreTable(flat)))
    assert set(pairs["status_a"]) == {"zero_median"}
    assert metric_pairs(pairs, replicates=99).is_empty()
    row = metric_pairs(pairs, treatment="emergent", replicates=99).row(0, named=True)
    assert (row["share_a_sharper"], row["n_positive"], row["difference"]) == (1.0, 0, None)
    assert row["median_a"] is None


def test_sign_test_is_binomial() -> None:
    from scipy.stats import binomtest

    for wins, losses in ((7, 2), (0, 9), (4, 4), (30, 41)):
        want = binomtest(wins, wins + losses).pvalue
        assert sign_test(wins, losses) == pytest.approx(want)


def test_shares_per_metric() -> None:
    curves = scored_curves(family(12))
    found = metric_shares(curves, threshold=5.0, replicates=199)
    exact = found.row(by_predicate=pl.col("metric") == "exact_match", named=True)
    values = curves.filter(metric="exact_match")["emergence_score"]
    above = int((values > 5).sum())
    assert (exact["n_above"], exact["n_scored"], exact["n_tasks"]) == (above, 12, 12)
    assert exact["share_above"] == above / 12
    assert exact["largest"] == values.max()
    assert exact["low"] <= exact["share_above"] <= exact["high"]
    assert found["metric"].to_list() == ["exact_match", "edit_distance"]  # the largest first


def test_shares_without_a_score_are_null() -> None:
    held = ScoreTable.from_columns(
        {"family": "toy", "metric": ["a"] * 2 + ["b"] * 4, "scale": [1.0, 2, 1, 2, 3, 4],
         "score": [0.1, 0.2, 0, 0, 0, 1]}
    )  # fmt: skip
    found = metric_shares(scored_curves(held), threshold=5.0, replicates=99)
    assert found["share_above"].to_list() == [None, None]
    some = metric_shares(
        scored_curves(held), threshold=5.0, treatment="emergent", replicates=99
    ).row(by_predicate=pl.col("metric") == "b", named=True)
    assert (some["n_above"], some["largest"], some["q50"], some["low"]) == (1, None, None, None)
