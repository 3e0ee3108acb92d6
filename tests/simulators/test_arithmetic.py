from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.arithmetic import (
    CHUNK,
    MAX_LENGTH,
    OPERATIONS,
    carry_patterns,
    longer_share,
    mean_carries,
    solve,
)
from tests.naive import simulators as naive

operand = st.integers(0, 99_999)
operations = st.sampled_from(OPERATIONS)


@given(operations, st.lists(st.tuples(operand, operand), min_size=1, max_size=5))
def test_digits_and_carries_are_those_of_the_oracle(operation, pairs):
    solution = solve(operation, [a for a, _ in pairs], [b for _, b in pairs])
    for (a, b), digits, carries, length in zip(pairs, *solution, strict=True):
        answer, want = naive.worked(operation, a, b)
        assert length == len(answer)
        assert digits[:length].tolist() == answer
        assert carries[:length].tolist() == want
        assert set(digits[length:]) <= {-1}


@pytest.mark.parametrize(
    ("operation", "a", "b", "carries"),
    [
        ("addition", 99_999, 1, [0, 1, 1, 1, 1, 1]),
        ("addition", 12_345, 54_321, [0, 0, 0, 0, 0]),
        ("addition", 0, 0, [0]),
        ("multiplication", 0, 99_999, [0]),
        ("multiplication", 9, 9, [0, 8]),
        ("multiplication", 99_999, 99_999, [0, 8, 17, 26, 35, 44, 36, 27, 18, 9]),
    ],
)
def test_known_carries(operation, a, b, carries):
    solution = solve(operation, [a], [b])
    length = solution.lengths[0]
    value = sum(int(d) * 10**j for j, d in enumerate(solution.digits[0, :length]))
    assert value == (a + b if operation == "addition" else a * b)
    assert solution.carries[0, :length].tolist() == carries


@given(operations, st.integers(1, 3), st.integers(0, 50), st.integers(1, 30))
def test_patterns_count_the_drawn_problems(operation, digits, seed, items):
    patterns = carry_patterns(operation, digits, items=items, seed=seed)
    want: dict[tuple[int, int], int] = {}
    for item in range(items):
        answer, carries = naive.worked(operation, *naive.problem(seed, operation, digits, item))
        key = (len(answer), sum(2**j for j, c in enumerate(carries) if c))
        want[key] = want.get(key, 0) + 1
    got = {(int(n), int(p)): int(c) for n, p, c in zip(*patterns, strict=True)}
    assert got == want


@pytest.mark.parametrize(("operation", "digits"), list(product(OPERATIONS, (1, 2))))
def test_shares_of_lengths_and_carries_over_all_operands(operation, digits):
    low = 10 ** (digits - 1) if digits > 1 else 0
    a, b = (m.ravel() for m in np.meshgrid(*[np.arange(low, 10**digits)] * 2))
    solution = solve(operation, a, b)
    longest = digits + 1 if operation == "addition" else 2 * digits
    assert longer_share(operation, digits) == pytest.approx(np.mean(solution.lengths == longest))
    if operation == "addition":
        mean = np.mean(np.sum(solution.carries > 0, axis=1))
        assert mean_carries(digits) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize(("operation", "digits"), list(product(OPERATIONS, (3, 5))))
def test_drawn_problems_have_the_lengths_and_carries_of_all(operation, digits):
    items = 100_000
    lengths, places, counts = carry_patterns(operation, digits, items=items)
    longer = longer_share(operation, digits)
    error = np.sqrt(longer * (1 - longer) / items)
    assert abs(counts[lengths == lengths.max()].sum() / items - longer) < 4 * error
    if operation == "addition":
        carries = np.array([int(p).bit_count() for p in places])
        mean = counts @ carries / items
        spread = np.sqrt(counts @ (carries - mean) ** 2 / items)
        assert abs(mean - mean_carries(digits)) < 4 * spread / np.sqrt(items)


def test_a_carry_reaches_place_j_with_half_of_all_but_a_power_of_ten():
    items = 200_000
    _, places, counts = carry_patterns("addition", 5, items=items)
    for j in range(1, 5):
        p = (1 - 10.0**-j) / 2
        share = counts[places >> j & 1 == 1].sum() / items
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / items)


def test_threads_and_more_items():
    one, two = (carry_patterns("multiplication", 3, items=2 * CHUNK + 5, threads=t) for t in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a, b)
    assert one.lengths.max() <= MAX_LENGTH


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: solve("additon", [1], [1]), "no 'additon'; did you mean 'addition'"),
        (lambda: solve("x", [1], [1]), "no 'x'; give addition or multiplication"),
        (lambda: solve("addition", [1], [1, 2]), r"shapes \(1,\) and \(2,\)"),
        (lambda: solve("addition", [-1], [1]), "operands: -1 given"),
        (lambda: solve("addition", [1], [10**5]), "operands: 100000 given"),
        (lambda: solve("addition", [1.5], [1]), "operands: float64 given"),
        (lambda: carry_patterns("addition", 0), "digits: 0 given; give 1 .. 5"),
        (lambda: carry_patterns("addition", 6), "digits: 6 given"),
        (lambda: carry_patterns("addition", 1, items=0), "items: 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call()
