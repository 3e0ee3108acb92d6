"""Two runs compared: what is identical, within intervals, apart, or in one of them only."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.intervals import wilson
from simlab.runs.comparison import VERDICTS, compare, difference_interval, settings_apart
from simlab.runs.score_margins import score_margins
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable


def table(score, **held):
    columns = {"family": "toy", "scale": [1e7 * (1 + i) for i in range(len(score))]}
    return ScoreTable.from_columns(
        {**columns, "metric": "accuracy", "n_items": 100, **held, "score": score}
    )


def share(k, n):
    low, high = wilson(k, n)
    return np.array(k / n), k / n - low, high - k / n


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (10, 10), 0.6075, 1.0),
    ],
)
def test_published_intervals(first, second, low, high):
    found = difference_interval(share(*first), share(*second))
    assert [float(x) for x in found] == pytest.approx([low, high], abs=6e-5)


@pytest.mark.parametrize(("n", "p"), [(50, 0.5), (200, 0.03), (1000, 0.9)])
def test_coverage_of_equal_shares(n, p):
    draws = np.random.default_rng(5).binomial(n, p, (2, 20_000))
    low, high = difference_interval(share(draws[0], n), share(draws[1], n))
    held = np.mean((low <= 0) & (high >= 0))
    assert 0.95 - 4 * math.sqrt(0.05 * 0.95 / 20_000) - 0.005 < held < 0.985


def oracle(first, second, tolerance, level):
    """Match row by row with dictionaries and judge by the words of the docstring."""
    rows = []
    for held in (first, second):
        named = {}
        for r in held.frame.iter_rows(named=True):
            named[tuple(r[c] for c in (*CURVE_KEY, "scale"))] = r
        rows.append(named)
    both = [k for k in rows[0] if k in rows[1]]

    def interval(k, at):
        sides = []
        for named in rows:
            down, up = score_margins(pl.DataFrame([named[k]]), level=at)
            sides.append((named[k]["score"], float(down[0]), float(up[0])))
        (x, dx, ux), (y, dy, uy) = sides
        if any(v is None or math.isnan(v) for v in (x, dx, ux, y, dy, uy)):
            return None
        return y - x - math.sqrt(dy**2 + ux**2), y - x + math.sqrt(uy**2 + dx**2)

    n = max(sum(interval(k, level) is not None for k in both), 1)
    verdicts = dict.fromkeys(rows[0], "first only") | dict.fromkeys(rows[1], "second only")
    for k in both:
        x, y = rows[0][k]["score"], rows[1][k]["score"]
        if x is None or y is None:
            verdicts[k] = "identical" if x is y else "missing"
            continue
        ends = interval(k, 1 - (1 - level) / n)
        if x == y:
            verdicts[k] = "identical"
        elif abs(y - x) <= tolerance:
            verdicts[k] = "within"
        elif ends is None:
            verdicts[k] = "apart"
        else:
            verdicts[k] = "apart" if ends[0] > tolerance or ends[1] < -tolerance else "within"
    return verdicts


SCORES = st.lists(
    st.one_of(st.none(), st.integers(0, 20).map(lambda k: k / 20)), min_size=1, max_size=6
)


@settings(max_examples=40)
@given(
    first=SCORES,
    second=SCORES,
    n_items=st.sampled_from([None, 20, 400]),
    tolerance=st.sampled_from([0.0, 0.1, 0.3]),
    level=st.sampled_from([0.5, 0.95]),
)
def test_rows_are_judged_as_by_hand(first, second, n_items, tolerance, level):
    one, two = table(first, n_items=n_items), table(second, n_items=n_items)
    found = compare(one, two, tolerance=tolerance, level=level)
    wanted = oracle(one, two, tolerance, level)
    names = (*CURVE_KEY, "scale")
    held = {tuple(r[c] for c in names): r["verdict"] for r in found.rows.iter_rows(named=True)}
    assert held == wanted
    assert found.counts == {v: list(wanted.values()).count(v) for v in VERDICTS}
    back = compare(two, one, tolerance=tolerance, level=level)
    assert back.counts["apart"] == found.counts["apart"]
    assert back.counts["first only"] == found.counts["second only"]


def test_many_scores_of_the_same_truth_agree_though_some_lie_outside_their_own_interval():
    draws = np.random.default_rng(3).binomial(100, 0.4, (2, 500)) / 100
    seeds = {"scale": 1e8, "seed": list(range(500))}
    found = compare(table(draws[0], **seeds), table(draws[1], **seeds))
    assert found.agrees()
    assert 8 <= found.n_outside <= 45
    shifted = np.array(draws[1])
    shifted[17] = min(draws[0][17] + 0.4, 1.0)
    moved = compare(table(draws[0], **seeds), table(shifted, **seeds))
    assert moved.rows.filter(pl.col("verdict") == "apart")["seed"].to_list() == [17]


def test_replicates_match_in_order_only_where_no_seed_is_shared():
    one = table([0.1, 0.2], scale=1e8, seed=[0, 1])
    found = compare(one, table([0.2, 0.1], scale=1e8, seed=[101, 100]))
    assert (found.by_replicate, found.counts["identical"]) == (True, 2)
    found = compare(one, table([0.1, 0.2], scale=1e8, seed=[0, 100]))
    assert not found.by_replicate
    assert [found.counts[v] for v in ("identical", "first only", "second only")] == [1, 1, 1]


def test_models_of_one_size_are_told_apart_by_name():
    names = {"scale": 1e8, "model": ["a", "b"]}
    found = compare(table([0.1, 0.9], **names), table([0.9, 0.1], scale=1e8, model=["b", "a"]))
    assert found.counts["identical"] == found.rows.height == 2
    renamed = compare(table([0.1], model=["a"]), table([0.1], model=["b"]))
    assert renamed.counts["identical"] == 1


def test_what_agrees():
    one, two = table([0.1, 0.2]), table([0.1])
    found = compare(one, two)
    assert not found.agrees()
    assert found.agrees(common=True)
    lost = compare(one, table([0.1, None]))
    assert lost.counts["missing"] == 1
    assert not lost.agrees(common=True)
    exact = {"n_items": None}
    assert not compare(table([0.1], **exact), table([0.1 + 1e-12], **exact)).agrees()
    assert compare(table([0.1], **exact), table([0.1 + 1e-12], **exact), tolerance=1e-9).agrees()


def test_bad_values_and_nothing_in_common():
    one = table([0.1])
    for bad in ({"tolerance": -1.0}, {"tolerance": math.nan}, {"level": 1.0}, {"level": 0.0}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            compare(one, one, **bad)
    with pytest.raises(UsageError, match="no curve and scale stands in both"):
        compare(one, table([0.1], family="other"))


def test_settings_of_nested_values():
    one = {"a": {"b": 1, "c": [1, 2]}, "d": None}
    two = {"a": {"b": 1, "c": [1, 3]}, "e": 2}
    assert settings_apart(one, two) == [("a.c", [1, 2], [1, 3]), ("e", None, 2)]
    assert settings_apart(one, one) == []
