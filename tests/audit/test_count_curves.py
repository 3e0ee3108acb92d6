import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.audit.count_curves import AUDIT_KEY, CountCurves, count_curves, curve_streams
from simlab.table import ScoreTable

SCALES = [1e6, 1e7, 1e8, 1e9, 1e10, 1e11]


def table(**columns):
    given = {"family": "toy", "scale": SCALES, "metric": "accuracy", "task": "sums"}
    return ScoreTable.from_columns({**given, "higher_is_better": True, **columns})


def only(**columns):
    """Counts of the one curve of a table, which must be usable."""
    curves, undecidable = count_curves(table(**columns))
    assert undecidable.is_empty(), undecidable["reason"].to_list()
    assert len(curves) == 1
    return curves


def reason(**columns):
    curves, undecidable = count_curves(table(**columns))
    assert not len(curves)
    assert undecidable.columns == [*AUDIT_KEY, "reason", "notes"]
    return undecidable["reason"][0]


SCORE = [0.0, 0.1, 0.2, 0.2, 0.5, 0.9]


def test_counts_of_a_plain_curve():
    curves = only(score=SCORE, n_items=10, chance=0.25)
    assert curves.right.tolist() == [0, 1, 2, 2, 5, 9]
    assert curves.items.tolist() == [10.0] * 6
    assert curves.x.tolist() == [math.log(s) for s in SCALES]
    assert curves.chance.tolist() == [0.25]
    assert curves.notes.to_list() == [""]


@given(st.permutations(range(6)))
def test_neither_the_order_of_rows_nor_other_curves_matter(order):
    rows = table(score=SCORE, n_items=10).frame
    alone, _ = count_curves(ScoreTable(rows))
    other = rows.with_columns(pl.lit("other").alias("task"))
    curves, _ = count_curves(ScoreTable(pl.concat([other, rows[list(order)]])))
    second = curves.take([1])
    assert second.right.tolist() == alone.right.tolist()
    assert second.stream.tolist() == alone.stream.tolist() != curves.stream[:1].tolist()


def test_seeds_are_replicates_and_are_not_averaged():
    rows = table(score=SCORE, n_items=10, seed=0).frame
    again = rows.with_columns(pl.lit(1, pl.Int64).alias("seed"), pl.col("score") / 2)
    curves, _ = count_curves(ScoreTable(pl.concat([rows, again])))
    assert curves.right[:4].tolist() == [0, 0, 1, 0.5]
    assert curves.x[:4].tolist() == [math.log(s) for s in (1e6, 1e6, 1e7, 1e7)]
    assert "2 seeds are replicates" in curves.notes[0]


@pytest.mark.parametrize("metric", ["accuracy_of_mine", "rougeLsum", "multiple_choice_grade"])
def test_percentages_are_found_and_said(metric):
    curves = only(score=[100 * s for s in SCORE], n_items=10, metric=metric, stderr=None)
    assert curves.right.tolist() == [0, 1, 2, 2, 5, 9]
    assert "percentages are divided by 100" in curves.notes[0]


def test_a_low_curve_of_percentages_follows_its_metric_and_its_items():
    high = table(score=[100 * s for s in SCORE], n_items=200, task="a").frame
    low = table(score=[0, 0, 0, 0, 0.5, 0.5], n_items=200, task="b").frame
    share = table(score=[0, 0, 0, 0, 0.005, 0.495], n_items=200, task="c").frame
    curves, _ = count_curves(ScoreTable(pl.concat([high, low, share])))
    parts = {curves.keys["task"][i]: curves.take([i]) for i in range(3)}
    assert parts["c"].right.tolist() == [0, 0, 0, 0, 1, 99]
    assert "shares, as the number of items tells" in parts["c"].notes[0]
    assert parts["a"].right[-1] == 180
    # half a per cent of 200 items is 1, half of them 100: both are whole, so its metric decides
    assert parts["b"].right[-1] in (1, 100)
    assert "other curves of the metric" in parts["b"].notes[0]


def test_scores_out_of_range():
    assert "neither shares nor clearly percentages" in reason(score=[*SCORE[:5], 1.2], n_items=10)
    assert "lies outside 0 .. 100" in reason(score=[1, 2, 3, 4, 5, 700.0], n_items=10)
    assert "lies outside 0 .. 1" in reason(score=[-0.1, *SCORE[1:]], n_items=10)
    mixed = [0.0, 0.3, 0.4, 30.0, 40.0, 50.0]
    assert "mixes shares and percentages" in reason(score=mixed, n_items=10)


def test_percentages_that_were_said_are_held_against_the_items():
    fits_shares = table(score=SCORE, n_items=10)
    curves, undecidable = count_curves(fits_shares, percent=True)
    assert not len(curves)
    assert "n_items fits shares; leave --percent out" in undecidable["reason"][0]
    low, _ = count_curves(table(score=[0, 0.1, 0.1, 0.2, 0.3, 0.9], n_items=1000), percent=True)
    assert low.right.tolist() == [0, 1, 1, 2, 3, 9]
    assert "as was said" in low.notes[0]
    shares, _ = count_curves(fits_shares, percent=False)
    assert shares.right.tolist() == [0, 1, 2, 2, 5, 9]


@pytest.mark.parametrize("metric", ["loss", "nll", "perplexity"])
def test_losses_fall_and_have_no_bounds(metric):
    rows = table(score=[4.0, 3.5, 3.0, 2.5, 2.0, 1.5], metric=metric, higher_is_better=None)
    curves, undecidable = count_curves(rows)
    assert not len(curves)
    assert "no finite bounds" in undecidable["reason"][0]
    assert "direction taken from" in undecidable["notes"][0]


def test_brier_scores_are_turned_and_perplexities_are_undecidable():
    curves = only(
        score=[1.0, 0.9, 0.8, 0.7, 0.5, 0.2], n_items=10, metric="brier_score",
        higher_is_better=False, chance=0.75,
    )  # fmt: skip
    assert np.allclose(curves.share, [0, 0.1, 0.2, 0.3, 0.5, 0.8])
    assert curves.chance.tolist() == [0.25]
    assert curves.lower_is_better.tolist() == [True]
    assert "no finite bounds" in reason(score=SCORE, metric="perplexity", higher_is_better=False)
    assert "not a mean over items" in reason(score=SCORE, metric="bleu", n_items=10)
    two = only(score=[2, 1.8, 1.6, 1, 0.4, 0.2], n_items=10, metric="brier_score_sum",
               higher_is_better=False)  # fmt: skip
    assert np.allclose(two.share, [0, 0.1, 0.2, 0.5, 0.8, 0.9])


def test_items_from_standard_errors():
    score = np.array([0.02, 0.1, 0.2, 0.3, 0.5, 1.0])
    error = np.sqrt(score * (1 - score) / 249)
    curves = only(score=score, stderr=error, metric="acc")
    assert curves.items.tolist() == [250.0] * 6
    assert "items inferred from standard errors" in curves.notes[0]
    graded = only(score=score, stderr=error / 2, metric="rouge_l")
    assert np.allclose(graded.items[:5], 4 * 249, atol=1.01)


def test_items_from_the_scores_themselves_or_not_at_all():
    score = [round(k / 164, 6) for k in (1, 7, 20, 33, 61, 93)]
    curves = only(score=score)
    assert curves.items.tolist() == [164.0] * 6
    assert "multiples of 1/164" in curves.notes[0]
    assert reason(score=[0.11, 0.23, 0.37, 0.51, 0.67, 0.83]) == "no n_items and no stderr"
    assert reason(score=[0.0, 0.0, 0.0, 0.0, 1 / 7, 2 / 7]) == "no n_items and no stderr"


def test_contradictions_are_noted():
    assert "3 scores are no whole number" in only(score=[*SCORE[:3], 0.22, 0.51, 0.93],
        n_items=10).notes[0]  # fmt: skip
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    binomial = np.sqrt(score * (1 - score) / 100)
    wide = only(score=score, stderr=2 * binomial, n_items=100)
    assert np.allclose(wide.items, 25, atol=1.01)
    assert "wider than n_items allows" in wide.notes[0]
    narrow = only(score=score, stderr=binomial / 2, n_items=100)
    assert narrow.items.tolist() == [100.0] * 6
    assert "narrower than n_items allows" in narrow.notes[0]
    assert "one right or wrong item" in reason(score=score, stderr=1.0)


def test_curves_that_cannot_be_decided():
    scarce = [0.1, None, None, 0.2, None, 0.3]
    assert reason(score=scarce, n_items=10) == (
        "3 different scales with a score; at least 4 are needed"
    )
    assert "no different scales" in reason(score=[None] * 6, n_items=10)
    assert reason(score=0.5, n_items=10) == "all scores are equal"
    assert "whether higher is better" in reason(score=SCORE, metric="zest", higher_is_better=None)
    assert "a chance of 1" in reason(score=SCORE, n_items=10, chance=1.0)


def test_missing_scores_zero_scales_and_losses():
    gap = only(score=[0.0, None, 0.2, 0.2, 0.5, 0.9], n_items=10)
    assert len(gap.x) == 5
    assert "1 score is missing" in gap.notes[0]
    steps = only(score=SCORE, n_items=10, scale=[0, 1, 10, 100, 1000, 1e4], scale_kind="steps")
    assert steps.x[0] == 0.0
    assert "scale 0" in steps.notes[0]
    loss = only(score=SCORE[::-1], n_items=10, scale=[1.5, 2, 2.5, 3, 3.5, 4], scale_kind="loss")
    assert (np.diff(loss.x) > 0).all()
    assert loss.right.tolist() == [0, 1, 2, 2, 5, 9]


def test_directions_known_from_the_name():
    curves = only(score=SCORE, n_items=10, higher_is_better=None)
    assert "direction taken from the metric's name" in curves.notes[0]


def test_chance():
    def level(task, metric):
        return {"sums": 0.125}.get(task)

    curves, _ = count_curves(table(score=SCORE, n_items=10), chance_level=level)
    assert curves.chance.tolist() == [0.125]
    assert "chance is unknown" in only(score=SCORE, n_items=10).notes[0]
    lower = {"metric": "brier_score", "higher_is_better": False}
    perfect = only(score=SCORE[::-1], n_items=10, chance=0.0, **lower)
    assert perfect.chance.tolist() == [0.0]
    assert "would be perfect" in perfect.notes[0]
    below = only(score=[0.0, 0.01, 0.02, 0.02, 0.03, 0.04], n_items=100, chance=0.5)
    assert "significantly below chance" in below.notes[0]


def bits(correlated, epochs=1, n_items=400, seed=0):
    """Answers of six models, items of one difficulty or of many."""
    rng = np.random.default_rng(seed)
    p = np.where(correlated, rng.beta(0.5, 0.5, n_items), np.full(n_items, 0.5))
    rows = [
        (scale, str(j), e, float(rng.random() < p[j]))
        for scale in SCALES
        for j in range(n_items)
        for e in range(epochs)
    ]
    frame = pl.DataFrame(rows, schema=["scale", "item", "epoch", "value"], orient="row")
    none = {"subtask": pl.String, "shots": pl.Int64, "seed": pl.Int64}
    return frame.with_columns(
        *(pl.lit(v).alias(c) for c, v in {"family": "toy", "model": "m", "task": "sums",
          "metric": "accuracy", "scale_kind": "params"}.items()),
        *(pl.lit(None, dtype).alias(c) for c, dtype in none.items()),
    )  # fmt: skip


@pytest.mark.parametrize(("correlated", "expected"), [(False, 0.0), (True, 0.5)])
def test_shared_items(correlated, expected):
    items = bits(correlated)
    means = items.group_by("scale").agg(pl.col("value").mean()).sort("scale")["value"]
    rows = table(score=means.to_numpy(), n_items=400)
    plain, _ = count_curves(rows, items)
    curves, _ = count_curves(rows, items, paired=True)
    assert plain.items.tolist() == [400.0] * 6
    r = curves.pairing[0]
    assert abs(r - expected) < 0.08  # var p / (pbar (1 - pbar)) of a beta(.5, .5) is 1/2
    assert np.allclose(curves.items, 400 / (1 - r))
    assert np.allclose(curves.share, means.to_numpy())


def test_epochs_are_clusters():
    items = bits(True, epochs=4)
    means = items.group_by("scale").agg(pl.col("value").mean()).sort("scale")["value"]
    curves, _ = count_curves(table(score=means.to_numpy(), n_items=400), items)
    # an item's mean over 4 epochs has the variance (V + W/4), V = W = 1/8, against V + W
    assert np.allclose(curves.items, 400 / 0.625, rtol=0.08)


def test_take_and_streams():
    curves = CountCurves.from_counts([0, 1, 2], [[0, 1, 2], [1, 2, 3], [2, 3, 4]], 5, chance=0.2)
    back = curves.take([2, 0])
    assert back.offsets.tolist() == [0, 3, 6]
    assert back.right.tolist() == [2, 3, 4, 0, 1, 2]
    assert back.curve.tolist() == [0, 0, 0, 1, 1, 1]
    assert back.stream.tolist() == [curves.stream[2], curves.stream[0]]
    assert len(np.unique(curves.stream)) == 3
    named = curves.keys.with_columns(pl.Series("subtask", [None, "", "0"], pl.String),
                                     pl.lit("t").alias("task"))  # fmt: skip
    assert len(np.unique(curve_streams(named))) == 3
