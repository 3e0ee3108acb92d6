import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import gamma

from simlab.errors import UsageError
from simlab.simulators.arithmetic import CHUNK, OPERATIONS, CarryPatterns, carry_patterns
from simlab.simulators.digit_errors import INDEPENDENT, ErrorModel, simulate_digit_errors
from simlab.simulators.digit_errors_closed_form import expected_digit_scores
from tests.naive import metrics as naive_metrics
from tests.naive import simulators as naive_simulators
from tests.naive import streams as naive_streams

LOSS = np.array([2.0, 0.7, 0.2, 0.03])
operations = st.sampled_from(OPERATIONS)
floors = st.sampled_from([0.0, 0.1, 1.0])
models = st.builds(
    ErrorModel,
    carry_penalty=st.sampled_from([0.0, 0.5, 3.0]),
    cascade=st.sampled_from([0.0, 0.4, 1.0]),
    difficulty=st.sampled_from([0.0, 0.8]),
    slip=st.sampled_from([0.0, 0.3, 1.0]),
)


def outputs(loss, operation, digits, errors, items, seed, floor=0.0):
    """Answer, carries and output of each item, by the oracles."""
    path = ("digit-errors", operation, digits)
    key = naive_streams.seed_key(seed, *path, "errors", loss)
    hard = naive_streams.seed_key(seed, *path, "difficulty")
    for item in range(items):
        operands = naive_simulators.problem(seed, operation, digits, item)
        answer, carries = naive_simulators.worked(operation, *operands)
        factor, v = 1.0, errors.difficulty
        if v:
            factor = v * math.exp(naive_streams.log_gamma_variate(hard, item, 1.0 / v))
        p = (math.exp(-loss * factor), math.exp(-loss * factor * (1 + errors.carry_penalty)))
        how = (floor, errors.cascade, errors.slip)
        yield answer, carries, naive_simulators.written(key, item, answer, carries, p, how)


@settings(max_examples=60)
@given(st.floats(0, 3), operations, st.integers(1, 3), models, st.integers(0, 99), floors)
def test_sums_are_those_of_the_oracle(loss, operation, digits, errors, seed, floor):
    items = 12
    want = np.zeros((11, 11), np.int64)
    for answer, carries, output in outputs(loss, operation, digits, errors, items, seed, floor):
        same = [a == b for a, b in zip(answer, output, strict=False)]
        r, k = sum(same), sum(c > 0 for c in carries)
        s = sum(a for a, c in zip(same, carries, strict=False) if c > 0)
        e = naive_metrics.token_edit_distance(output, answer)
        want[len(answer)] += [1, output == answer, r, r * r, e, e * e, k, k * k, s, s * s, s * k]
    scores = simulate_digit_errors(
        [loss], operation, digits, errors=errors, floor=floor, items=items, seed=seed
    )
    assert np.array_equal(scores.sums[0], want)


@settings(max_examples=60)
@given(
    st.lists(st.booleans(), min_size=1, max_size=6),
    st.floats(0, 3),
    st.floats(0, 3),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_closed_form_of_one_pattern_is_the_recursion(carried, loss, penalty, cascade, floor):
    places = sum(2**j for j, c in enumerate(carried) if c)
    patterns = CarryPatterns(*(np.array([v]) for v in (len(carried), places, 7)))
    p = [math.exp(-loss * (1 + penalty * c)) for c in carried]
    right = naive_simulators.digit_chances(p, floor, cascade)
    errors = ErrorModel(penalty, cascade)
    scores = expected_digit_scores([loss], patterns, errors=errors, floor=floor)
    alone = [floor + (1 - floor) * k for k in p]
    assert scores.exact_match[0] == pytest.approx(math.prod(alone), rel=1e-12)
    assert scores.digit_accuracy[0] == pytest.approx(sum(right) / len(right), rel=1e-12)
    hit = [r for r, c in zip(right, carried, strict=True) if c]
    assert scores.carry_accuracy[0] == pytest.approx(
        sum(hit) / len(hit) if hit else math.nan, rel=1e-12, nan_ok=True
    )


@pytest.mark.parametrize("difficulty", [0.3, 2.0])
def test_closed_form_of_shared_difficulty_is_the_integral(difficulty):
    patterns = carry_patterns("addition", 2, items=500)
    errors = ErrorModel(0.5, 0.6, difficulty)
    got = expected_digit_scores([0.8], patterns, errors=errors, floor=0.1)

    def fixed(u):
        factor = gamma.ppf(u, 1 / difficulty, scale=difficulty)
        return expected_digit_scores(
            [0.8 * factor], patterns, errors=ErrorModel(0.5, 0.6), floor=0.1
        )

    for name in ("exact_match", "digit_accuracy", "carry_accuracy"):
        mean, _ = quad(lambda u, name=name: getattr(fixed(u), name)[0], 0, 1, epsabs=1e-7)
        assert getattr(got, name)[0] == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_independent_case_is_p_to_the_length(operation):
    patterns = carry_patterns(operation, 3, items=1000)
    scores = expected_digit_scores(LOSS, patterns)
    p = np.exp(-LOSS)
    power = p[:, np.newaxis] ** patterns.lengths @ patterns.counts / 1000
    assert scores.exact_match == pytest.approx(power, rel=1e-12)
    assert scores.digit_accuracy == pytest.approx(p, rel=1e-12)
    assert scores.carry_accuracy == pytest.approx(p, rel=1e-12)
    assert scores.independent_match == pytest.approx(power, rel=1e-12)


@pytest.mark.parametrize(
    "errors",
    [INDEPENDENT, ErrorModel(1.0, 0.5), ErrorModel(0.5, 0.3, 0.7), ErrorModel(cascade=1.0)],
)
@pytest.mark.parametrize(
    ("operation", "digits", "floor"), [("addition", 1, 0.1), ("multiplication", 4, 0.0)]
)
def test_sampled_scores_agree_with_closed_forms(errors, operation, digits, floor):
    items = 50_000
    drawn = simulate_digit_errors(LOSS, operation, digits, errors=errors, floor=floor, items=items)
    expected = expected_digit_scores(
        LOSS, carry_patterns(operation, digits, items=items), errors=errors, floor=floor
    )
    error = np.sqrt(expected.exact_match * (1 - expected.exact_match) / items)
    assert np.all(abs(drawn.exact_match - expected.exact_match) < 4.5 * error + 1e-4)
    for name in ("digit_accuracy", "carry_accuracy"):
        error = getattr(drawn, f"{name}_stderr")
        assert np.all(abs(getattr(drawn, name) - getattr(expected, name)) < 4.5 * error)
    if digits == 1:
        error = drawn.token_edit_distance_stderr
        gap = abs(drawn.token_edit_distance - expected.token_edit_distance)
        assert np.all(gap < 4.5 * error)
    else:
        assert expected.token_edit_distance is None


def test_standard_errors_are_those_between_items():
    items, errors = 400, ErrorModel(0.5, 0.6, 0.5, 0.1)
    scores = simulate_digit_errors([0.3], "addition", 3, errors=errors, items=items, seed=2)
    rows = list(outputs(0.3, "addition", 3, errors, items, 2))
    right = np.array([sum(a == b for a, b in zip(t, o, strict=False)) for t, _, o in rows])
    length = np.array([len(t) for t, _, _ in rows])
    share = right.sum() / length.sum()
    assert scores.digit_accuracy[0] == pytest.approx(share)
    residual = right - share * length
    assert scores.digit_accuracy_stderr[0] == pytest.approx(
        np.sqrt(np.sum(residual**2)) / length.sum()
    )
    edits = np.array([naive_metrics.token_edit_distance(o, t) for t, _, o in rows])
    assert scores.token_edit_distance[0] == pytest.approx(edits.mean())
    assert scores.token_edit_distance_stderr[0] == pytest.approx(edits.std() / np.sqrt(items))
    carry = np.array([[c > 0 for c in (*c, *[0] * 5)][:5] for _, c, _ in rows])
    hit = np.array(
        [
            [j < len(o) and o[j] == t[j] if j < len(t) else False for j in range(5)]
            for t, _, o in rows
        ]
    )
    s, k = (hit & carry).sum(axis=1), carry.sum(axis=1)
    q = s.sum() / k.sum()
    assert scores.carry_accuracy[0] == pytest.approx(q)
    assert scores.carry_accuracy_stderr[0] == pytest.approx(
        np.sqrt(np.sum((s - q * k) ** 2)) / k.sum()
    )


def test_gap_is_zero_where_every_answer_has_one_digit_and_interval_has_a_width():
    scores = simulate_digit_errors([50.0], "multiplication", 5, items=300)
    found = scores.gap()
    assert scores.hits[0] == 0
    assert found.low[0] <= found.gap[0] < 1e-9 < found.high[0] < 0.05
    sure = simulate_digit_errors([0.0], "addition", 4, items=300).gap()
    assert (sure.gap[0], sure.independent[0]) == (0.0, 1.0)


@pytest.mark.parametrize("errors", [INDEPENDENT, ErrorModel(1.0, 0.5)])
def test_interval_of_the_gap_covers(errors):
    runs, items = 400, 1000
    patterns = carry_patterns("addition", 3, items=10**6, seed=77)
    exact = expected_digit_scores([0.3], patterns, errors=errors)
    truth = exact.exact_match - exact.independent_match
    inside = 0
    for seed in range(runs):
        found = simulate_digit_errors(
            [0.3], "addition", 3, errors=errors, items=items, seed=seed
        ).gap()
        inside += bool(found.low[0] <= truth[0] <= found.high[0])
    # four standard errors of 400 trials at 95% are .044
    assert 0.906 < inside / runs <= 0.994


def test_dependence_beats_the_independent_prediction():
    independent = simulate_digit_errors(LOSS[1:], "addition", 5).gap()
    assert np.all((independent.low < 0.004) & (independent.high > -0.004))
    cascade = simulate_digit_errors(LOSS[1:], "addition", 5, errors=ErrorModel(1.0, 0.5)).gap()
    assert np.all(cascade.low[:2] > 0.0)


def test_no_digit_falls_below_the_floor():
    patterns = carry_patterns("multiplication", 5, items=2000)
    for errors in (INDEPENDENT, ErrorModel(2.0, 1.0), ErrorModel(1.0, 0.5, 1.0)):
        scores = expected_digit_scores([0.1, 1.0, 5.0, 50.0], patterns, errors=errors, floor=0.1)
        for accuracy in (scores.digit_accuracy, scores.carry_accuracy):
            assert np.all(accuracy >= 0.1 - 1e-12)
            assert np.all(np.diff(accuracy) < 0)
    guess = 0.1**patterns.lengths @ patterns.counts / 2000
    assert expected_digit_scores([900.0], patterns, floor=0.1).exact_match[0] == pytest.approx(
        guess, rel=1e-12
    )


def test_a_cascade_leaves_exact_match_as_it_is():
    without, full = (
        simulate_digit_errors(LOSS, "addition", 4, errors=ErrorModel(0.5, c)) for c in (0.0, 1.0)
    )
    assert np.array_equal(without.hits, full.hits)
    assert np.all(full.digit_accuracy < without.digit_accuracy)


def test_slips_part_edit_distance_from_wrong_places():
    def wrong_places(scores):
        return scores.n_digits / scores.n_items * (1 - scores.digit_accuracy)

    tight = simulate_digit_errors(LOSS, "multiplication", 5)
    assert np.all(tight.token_edit_distance <= wrong_places(tight) + 1e-9)
    loose = simulate_digit_errors([0.0], "multiplication", 5, errors=ErrorModel(slip=0.05))
    assert loose.token_edit_distance[0] < 0.5 * wrong_places(loose)[0]
    # a certain slip of perfect digits: all are dropped or doubled, so nothing goes unedited
    every = simulate_digit_errors([0.0], "addition", 1, errors=ErrorModel(slip=1.0), items=2000)
    assert every.exact_match[0] < 0.02


def test_threads_and_company_do_not_change_a_bit():
    errors = ErrorModel(0.5, 0.5, 0.5, 0.01)
    one, two = (
        simulate_digit_errors(LOSS, "addition", 3, errors=errors, items=2 * CHUNK + 3, threads=t)
        for t in (1, 2)
    )
    assert np.array_equal(one.sums, two.sums)
    alone = simulate_digit_errors(LOSS[2:3], "addition", 3, errors=errors, items=2 * CHUNK + 3)
    assert np.array_equal(alone.sums[0], one.sums[2])


def test_chances_of_all_outcomes_of_two_digits_sum_to_the_closed_form():
    # p = 1/2, a carry into the second place, penalty 1: own errors 1/2 and 3/4, cascade 1/3
    p, q, c = Fraction(1, 2), Fraction(1, 4), Fraction(1, 3)
    right = (p + (p * q + (1 - p) * q * (1 - c))) / 2
    scores = expected_digit_scores(
        [math.log(2)],
        CarryPatterns(np.array([2]), np.array([2]), np.array([1])),
        errors=ErrorModel(1.0, 1 / 3),
    )
    assert scores.digit_accuracy[0] == pytest.approx(float(right), rel=1e-14)
    assert scores.exact_match[0] == pytest.approx(float(p * q), rel=1e-14)
    assert scores.token_edit_distance[0] == pytest.approx(2 * (1 - float(right)), rel=1e-14)


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        (ErrorModel(carry_penalty=-1.0), "carry_penalty: -1 given; give a finite number >= 0"),
        (ErrorModel(cascade=1.5), "cascade: 1.5 given; give 0 .. 1"),
        (ErrorModel(difficulty=math.inf), "difficulty: inf given"),
        (ErrorModel(slip=math.nan), "slip: nan given"),
    ],
)
def test_bad_error_models_are_named(errors, message):
    with pytest.raises(UsageError, match=message):
        simulate_digit_errors([0.5], "addition", 1, errors=errors)


def test_bad_input_is_named():
    patterns = carry_patterns("addition", 1, items=10)
    with pytest.raises(UsageError, match=r"floor: 2 given; give 0 .. 1"):
        simulate_digit_errors([1.0], "addition", 1, floor=2.0)
    with pytest.raises(UsageError, match="loss: -1 given"):
        simulate_digit_errors([-1.0], "addition", 1)
    with pytest.raises(UsageError, match=r"loss: shape \(0,\) given"):
        expected_digit_scores([], patterns)
    with pytest.raises(UsageError, match="items: 0"):
        simulate_digit_errors([1.0], "addition", 1, items=0)
    with pytest.raises(UsageError, match=r"slip: 0.1 given; with slips there is no closed form"):
        expected_digit_scores([1.0], patterns, errors=ErrorModel(slip=0.1))
