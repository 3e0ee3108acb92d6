"""Emergence score against an exact oracle, its invariances, and published or derived numbers."""

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simlab.emergence import batch
from simlab.emergence.score import (
    STATUSES,
    EmergenceScore,
    emergence_score,
    emergence_scores,
    emergence_scores_of,
)
from simlab.errors import DataError
from simlab.schema import CURVE_KEY
from simlab.table import ScoreTable
from tests.naive import emergence as naive

SCORE = st.one_of(
    st.sampled_from([0.0, -0.0, 0.25, 0.5, 1.0]),  # ties, equal neighbours, constants
    st.floats(0.0, 1.0),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALE = st.one_of(st.integers(1, 12).map(float), st.floats(1e3, 1e12))
POINTS = st.lists(st.tuples(SCALE, st.none() | SCORE), max_size=20)


@pytest.fixture(autouse=True, scope="module", params=[0, 10**9], ids=["kernel", "numpy"])
def both_ways(request):
    """Batches of many scores go through the kernel, those of few through NumPy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "_FEW", request.param)
        yield


PER_TOKEN = np.exp(-((np.array([3.5e8, 1.3e9, 6.7e9, 2e11]) / 2e9) ** -0.5))


def agrees(score: float, sign: int, square: Fraction) -> bool:
    """Whether a float is the root of an exact square, up to 5 roundings."""
    if math.copysign(1.0, score) != sign:
        return False
    ratio = Fraction(score) ** 2 / square
    return abs(ratio - 1) < Fraction(1, 10**15)


# ---- one curve


@given(POINTS)
@example([(1.0, 0.0), (2.0, 1.0), (3.0, 0.0), (4.0, 1.0)])
@example([(1.0, -1.7e308), (2.0, 1.7e308), (3.0, 0.0)])
@example([(1.0, 0.0), (2.0, 5e-324), (3.0, 1.5e-323), (4.0, 1.0)])
@example([(1.0, 0.0), (2.0, 0.0), (3.0, 1.0), (4.0, 1.5)])
def test_one_curve_equals_the_exact_oracle(points):
    status, sign, square = naive.emergence_score(points)
    got = emergence_score([p[0] for p in points], [p[1] for p in points])
    assert got.status == status
    if status == "ok":
        assert agrees(got.score, sign, square)
    else:
        assert got.score is None


@pytest.mark.parametrize("n_scales", [3, 4, 5, 7, 8, 9, 16, 24, 33, 100])
def test_every_length_equals_the_plain_formula_in_numpy(n_scales):
    y = np.random.default_rng(n_scales).normal(size=(300, n_scales))
    spread = y.max(axis=1) - y.min(axis=1)
    plain = (
        np.sign(y.argmax(axis=1) - y.argmin(axis=1))
        * spread
        / np.sqrt(np.median(np.diff(y, axis=1) ** 2, axis=1))
    )
    scores, codes = emergence_scores_of(y)
    assert not codes.any()
    np.testing.assert_allclose(scores, plain, rtol=1e-14)


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=16),
    st.integers(1, 1000),
    st.integers(-1000, 1000),
    st.sampled_from([0, -900, -300, 300, 900]),
)
def test_affine_invariance(y, a, b, exponent):
    scales = range(1, len(y) + 1)
    moved = [math.ldexp(a * v + b, exponent) for v in y]
    assert emergence_score(scales, moved).status == emergence_score(scales, y).status
    if emergence_score(scales, y).status == "ok":
        assert emergence_score(scales, moved).score == pytest.approx(
            emergence_score(scales, y).score, rel=1e-15
        )
        mirrored = [-v for v in y]
        assert emergence_score(scales, mirrored).score == -emergence_score(scales, y).score


def test_squares_neither_overflow_nor_vanish():
    y = np.array([0.0, 1.0, 3.0, 2.0, 7.0])
    expected = emergence_score(range(5), y).score
    for factor in (1e-200, 1e-300, 1e200, 1e307, 2.5e307):
        assert emergence_score(range(5), factor * y).score == pytest.approx(expected, rel=1e-14)


@given(POINTS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(points, random):
    points = list({p[0]: p for p in points}.values())
    shuffled = points.copy()
    random.shuffle(shuffled)
    a = emergence_score([p[0] for p in points], [p[1] for p in points])
    assert a == emergence_score([p[0] for p in shuffled], [p[1] for p in shuffled])


def test_points_that_lack_a_value_are_left_out():
    whole = emergence_score([1, 2, 4, 8], [0.0, 0.5, 1.0, 1.5])
    assert whole == EmergenceScore(3.0, "ok")
    holes = emergence_score([1, 2, 3, 4, None, 8], [0.0, 0.5, math.nan, 1.0, 9.0, 1.5])
    assert holes == whole


def test_statuses():
    def status(*y):
        return emergence_score(range(1, len(y) + 1), y).status

    assert status() == "no_scores"
    assert status(None, None, None, None) == "no_scores"
    assert status(0.5) == status(0.0, 1.0) == status(0.0, None, 1.0) == "too_few_scales"
    assert status(0.25, 0.25, 0.25) == "constant"
    assert status(0.0, -0.0, 0.0) == "constant"
    assert status(0.0, 0.0, 0.0, 1.0) == "zero_median"
    assert status(0.0, 0.0, 1.0) == "ok"  # the mean of the middle two squares, 0 and 1
    assert emergence_score([1, 1, 1], [0, 1, 2]).status == "repeated_scales"
    assert emergence_score([1, 1, 2], [5, 5, 5]).status == "repeated_scales"
    assert emergence_score([1, 1], [0, 1]).status == "too_few_scales"


def test_the_first_of_equal_extremes_gives_the_sign():
    assert emergence_score([1, 2, 3], [0.0, 1.0, 0.0]).score == 1.0
    assert emergence_score([1, 2, 3], [1.0, 0.0, 1.0]).score == -1.0
    # the largest comes first at 2, the smallest at 3, although both occur again
    assert emergence_score([1, 2, 3, 4, 5], [1.0, 2.0, 0.0, 0.0, 2.0]).score < 0


@pytest.mark.parametrize(
    ("scale", "score", "words"),
    [
        ([1, 2, 3], [0, 1], r"scale has shape \(3,\) and score \(2,\)"),
        ([[1, 2]], [[0, 1]], r"scale has shape \(1, 2\)"),
        ([1, 2, 3], [0, 1, math.inf], "a score is infinite"),
        ([1, 2, math.inf], [0, 1, 2], "a scale is infinite"),
    ],
)
def test_bad_curves_are_refused(scale, score, words):
    with pytest.raises(DataError, match=words):
        emergence_score(scale, score)


# ---- many curves of equal length


def test_a_batch_equals_its_curves_one_by_one():
    rng = np.random.default_rng(3)
    y = rng.binomial(20, 0.1, (600, 6)) / 20  # more than two blocks
    y[::50] = 0.25
    scores, codes = emergence_scores_of(y)
    assert set(codes.tolist()) == {0, 1, 2}
    for row, score, code in zip(y, scores, codes, strict=True):
        one = emergence_score(range(6), row)
        assert one.status == STATUSES[code]
        assert one.score == score if one.status == "ok" else math.isnan(score)


@pytest.mark.parametrize("n_curves", [0, 1, 255, 256, 257, 700])
def test_neighbours_in_a_block_do_not_touch_each_other(n_curves):
    y = np.random.default_rng(4).random((700, 8))
    whole, _ = emergence_scores_of(y)
    part, codes = emergence_scores_of(y[:n_curves])
    assert part.tobytes() == whole[:n_curves].tobytes()
    assert codes.shape == (n_curves,)
    backwards, _ = emergence_scores_of(y[:n_curves][::-1])
    assert backwards[::-1].tobytes() == part.tobytes()


@pytest.mark.parametrize("n_scales", [3, 4, 5, 8, 12, 17])
@pytest.mark.parametrize("unit", [1.0, 1e308, 5e-324])
def test_both_ways_give_the_same_bits(n_scales, unit, monkeypatch):
    y = np.random.default_rng(n_scales).integers(-8, 9, (700, n_scales)) / 8 * unit
    found = []
    for few in 0, 10**9:
        monkeypatch.setattr(batch, "_FEW", few)
        scores, codes = emergence_scores_of(y)
        found.append((scores.tobytes(), codes.tobytes()))
    assert found[0] == found[1]


def test_a_huge_curve_among_others():
    y = np.random.default_rng(5).random((300, 5))
    y[270] = [-1.5e308, 1.5e308, 0.0, 1e308, 1.2e308]
    scores, codes = emergence_scores_of(y)
    assert not codes.any()
    assert scores[270] == pytest.approx(emergence_score(range(5), y[270] / 1e308).score, rel=1e-14)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [(0, 0), (1, 2), (299, 1)])
@pytest.mark.parametrize("n_scales", [3, 4])
def test_values_that_are_not_finite_are_refused_by_place(bad, place, n_scales):
    y = np.random.default_rng(6).random((300, n_scales))
    y[place] = bad
    with pytest.raises(DataError, match=f"curve {place[0] + 1}, point {place[1] + 1} is {bad}"):
        emergence_scores_of(y)


def test_batches_of_few_scales_and_of_another_shape():
    for n_scales, status in ((0, "no_scores"), (1, "too_few_scales"), (2, "too_few_scales")):
        scores, codes = emergence_scores_of(np.zeros((2, n_scales)))
        assert np.isnan(scores).all()
        assert [STATUSES[c] for c in codes] == [status] * 2
    with pytest.raises(DataError, match="curve 1, point 2 is nan"):
        emergence_scores_of([[0.0, math.nan]])
    with pytest.raises(DataError, match=r"got shape \(3,\)"):
        emergence_scores_of([0.0, 1.0, 2.0])


# ---- all curves of a table


@st.composite
def tables(draw):
    """Rows of several curves, shuffled, and the points of each curve."""
    rows, curves = [], {}
    for task in draw(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)):
        points = draw(st.lists(st.tuples(SCALE, st.none() | SCORE), min_size=1, max_size=9))
        better = draw(st.sampled_from([True, False, None]))
        sure = better is not None and draw(st.booleans())  # some rows may leave it out
        seed = draw(st.sampled_from([None, 0]))
        turn = -1 if better is False else 1
        curves[task] = [(x, y if y is None else turn * y) for x, y in points]
        for i, (x, y) in enumerate(points):
            told = better if sure or i == 0 else None
            rows.append((task, f"model {i}", x, y, told, seed))
    return draw(st.permutations(rows)), curves


@given(tables())
def test_a_table_equals_the_exact_oracle(drawn):
    rows, curves = drawn
    names = ("task", "model", "scale", "score", "higher_is_better", "seed")
    columns = {n: list(c) for n, c in zip(names, zip(*rows, strict=True), strict=True)}
    scores = emergence_scores(ScoreTable.from_columns({**columns, "metric": "m"}))
    assert scores.columns == [*CURVE_KEY, "n_scales", "emergence_score", "status"]
    assert scores["task"].to_list() == list(dict.fromkeys(columns["task"]))
    for row in scores.iter_rows(named=True):
        status, sign, square = naive.emergence_score(curves[row["task"]])
        assert row["status"] == status
        assert row["n_scales"] == sum(y is not None for _, y in curves[row["task"]])
        if status == "ok":
            assert agrees(row["emergence_score"], sign, square)
        else:
            assert row["emergence_score"] is None


def test_lower_is_better_is_turned_round_and_unknown_is_not():
    y = [0.75, 0.5, 0.25, 0.0]
    for better, expected in ((False, 3.0), (True, -3.0), (None, -3.0)):
        table = ScoreTable.from_columns(
            {
                "family": "f",
                "scale": [1.0, 2.0, 3.0, 4.0],
                "metric": "m",
                "score": y,
                "higher_is_better": better,
            }
        )
        assert emergence_scores(table)["emergence_score"].to_list() == [expected]
        assert table.packed().sign.tolist() == [-1.0 if better is False else 1.0]


def test_a_curve_with_two_directions_is_refused():
    table = ScoreTable.from_columns(
        {
            "family": "f",
            "task": ["t", "t", "u", "u"],
            "scale": [1.0, 2.0, 1.0, 2.0],
            "metric": "brier",
            "score": [0.0, 1.0, 0.0, 1.0],
            "higher_is_better": [True, True, None, False],
        }
    )
    emergence_scores(table)  # another task, another curve
    bad = ScoreTable(table.frame.with_columns(task=pl.lit("t")).with_columns(seed=pl.lit(None)))
    with pytest.raises(DataError, match="f, t, brier: column higher_is_better: true and false"):
        emergence_scores(bad)


# ---- published and derived numbers


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (PER_TOKEN, 2.8065),
        (PER_TOKEN**2, 3.2205),
        (PER_TOKEN**3, 4.3545),
        (PER_TOKEN**4, 6.3575),
        (PER_TOKEN**5, 9.6157),
        (-1 * (1 - PER_TOKEN), 2.8065),
        (-5 * (1 - PER_TOKEN), 2.8065),  # token edit distance: the same at every target length
        (-((1 - PER_TOKEN) ** 2), 2.5497),
    ],
)
def test_the_four_models_of_figure_2(score, expected):
    """Schaeffer et al. 2023, figure 2: loss (N / 2e9)^-1/2 per token."""
    assert emergence_score(range(4), score).score == pytest.approx(expected, abs=5e-5)


def test_multiple_choice_grade_of_figure_2_has_no_score():
    assert emergence_score(range(4), [0.5, 0.5, 1.0, 1.0]).status == "zero_median"


@pytest.mark.parametrize("n_scales", [3, 4, 8, 12, 24, 97])
def test_a_straight_line_scores_one_less_than_its_points(n_scales):
    y = np.arange(n_scales)
    assert emergence_score(y, y / 128 - 0.25).score == n_scales - 1
    assert emergence_score(y, 0.25 - y / 128).score == 1 - n_scales


@pytest.mark.parametrize(("n_scales", "expected"), [(4, 6.6), (8, 20.3), (12, 33.5), (24, 71.9)])
def test_the_same_smooth_curve_scores_higher_at_more_scales(n_scales, expected):
    """p^10 under figure 2's law, at sizes spaced evenly in ln N from its first to its last."""
    n_params = np.geomspace(3.5e8, 2e11, n_scales)
    smooth = np.exp(-10 * (n_params / 2e9) ** -0.5)
    assert emergence_score(n_params, smooth).score == pytest.approx(expected, abs=0.05)


def rising_zero_medians(y, codes):
    rises = y.argmax(axis=1) > y.argmin(axis=1)
    return ((codes == STATUSES.index("zero_median")) & rises).mean()


def test_scores_of_curves_that_are_flat_but_for_noise():
    """Rising curves of zero median count as above every threshold."""
    n_curves = 200_000
    y = np.random.default_rng(7).binomial(100, 0.25, (n_curves, 8)) / 100
    scores, codes = emergence_scores_of(y)
    rising = rising_zero_medians(y, codes)
    for limit, expected in ((5, 0.052), (10, 0.0052)):
        # the published shares are rounded to two digits, from a sample of unknown size, at least
        # some 20,000 curves
        error = math.sqrt(expected * (1 - expected) * (1 / n_curves + 1 / 20_000))
        assert abs((scores > limit).mean() + rising - expected) < 3 * error


@pytest.mark.parametrize(("p", "n_scales", "expected"), [(0.01, 8, 0.08), (0.001, 6, 0.31)])
def test_share_of_zero_medians_near_the_floor(p, n_scales, expected):
    y = np.random.default_rng(8).binomial(100, p, (100_000, n_scales)) / 100
    _, codes = emergence_scores_of(y)
    assert rising_zero_medians(y, codes) == pytest.approx(expected, abs=0.01)
