"""Modular arithmetic: answers, nested splits, discrete logarithms, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.simulators.modular_arithmetic import is_prime, logarithm_order, modular_task

PRIMES = [2, 3, 5, 7, 11, 13, 31, 59, 97]


@given(st.sampled_from(PRIMES[1:6]), st.sampled_from(["add", "sub", "mul", "div"]))
def test_answers_are_those_of_python(p, op):
    task = modular_task(p, op, 0.5)
    pairs = [(x, y) for x in range(p) for y in range(p) if op != "div" or y]
    assert list(zip(task.x.tolist(), task.y.tolist(), strict=True)) == pairs
    for x, y, z in zip(*(a.tolist() for a in task[2:5]), strict=True):
        if op == "div":
            assert z * y % p == x
            assert 0 <= z < p
        else:
            assert z == {"add": x + y, "sub": x - y, "mul": x * y}[op] % p


@given(st.integers(4, 20), st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.integers(0, 2**64 - 1))
def test_a_split_has_every_pair_once_and_splits_nest(p, small, large, key):
    small, large = sorted([small, large])
    few, many = (modular_task(p, "add", f, key=np.uint64(key)) for f in (small, large))
    for task, share in ((few, small), (many, large)):
        assert sorted([*task.train.tolist(), *task.test.tolist()]) == list(range(p * p))
        assert len(task.train) == round(share * p * p)
        assert task.train.tolist() == sorted(task.train.tolist())
    assert set(few.train.tolist()) <= set(many.train.tolist())


@pytest.mark.parametrize("p", PRIMES[1:])
def test_in_logarithm_order_multiplication_is_addition(p):
    order = logarithm_order(p)
    assert sorted(order.tolist()) == list(range(1, p))
    for i in range(p - 1):
        assert order[i] * order[1] % p == order[(i + 1) % (p - 1)]


def test_prime_numbers():
    assert [n for n in range(100) if is_prime(n)][-3:] == [83, 89, 97]
    assert not is_prime(91)


@pytest.mark.parametrize(
    ("p", "op", "fraction", "message"),
    [
        (90, "div", 0.5, "p 90: not a prime number, .* give a prime such as 97"),
        (1, "add", 0.5, "p 1: give a modulus of 2 or more"),
        (7, "pow", 0.5, "op 'pow': use one of add, sub, mul, div"),
        (7, "add", 0.001, "fraction 0.001: of the 49 pairs none is left to train on"),
        (7, "add", 1.0, "fraction 1: of the 49 pairs none is left to test on; give a smaller one"),
    ],
)
def test_bad_input_is_one_line(p, op, fraction, message):
    with pytest.raises(UsageError, match=message):
        modular_task(p, op, fraction)
