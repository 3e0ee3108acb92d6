"""Decimal numbers against Python's own conversion, bit for bit."""

import re
import struct
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replay.decimals import decimal_at

JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def read(text, start=0):
    """The bits and the end; the bits as bytes."""
    bits, end = decimal_at(np.frombuffer(text.encode(), np.uint8), start)
    return struct.pack("<Q", int(bits)), int(end)


def expected(text):
    return struct.pack("<d", float(text))


@settings(max_examples=2000)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
@example(0.0)
@example(-0.0)
@example(5e-324)
@example(9007199254740993.0)
@example(0.1 + 0.2)
def test_what_python_writes_is_read_bit_for_bit(value):
    text = repr(value)
    bits, end = read(text)
    if end < 0:
        assert 0 < abs(value) < 1e-42  # 17 digits below 10^-60
    else:
        assert (bits, end) == (expected(text), len(text))


@settings(max_examples=2000)
@given(st.integers(0, 10**20), st.integers(-70, 50), st.sampled_from("eE"))
@example(2**64, 0, "e")
@example(5 * 2**64, -3, "E")
def test_any_decimal_is_read_bit_for_bit_or_given_back(digits, exponent, letter):
    text = f"{digits}{letter}{exponent:+d}"
    bits, end = read(text)
    if end >= 0:
        assert (bits, end) == (expected(text), len(text))
    else:
        assert digits >= 10**19 or not -60 <= exponent <= 40


@settings(max_examples=1000)
@given(st.integers(2**52, 2**53 - 1), st.integers(-12, 5))
def test_halfway_cases_go_to_the_even_neighbour(fraction, exponent):
    """Numbers exactly between two floats, of which only those of 19 digits must be certain."""
    between = Fraction(2 * fraction + 1) * Fraction(2) ** exponent
    with localcontext(prec=80):
        text = format(Decimal(between.numerator) / Decimal(between.denominator), "f")
    assert Fraction(text) == between
    bits, end = read(text)
    if end >= 0:
        assert bits == expected(text)
    else:
        assert len(text.replace(".", "").lstrip("0")) > 19


@given(st.text("0123456789+-.eE, ", max_size=12))
@example("01")
@example("-")
@example("1.")
@example(".5")
@example("1e")
@example("1e+")
@example("+1")
@example("-01.5")
@example("0e99999999999")
@example("1e99999999999")
def test_only_numbers_of_json_are_read(text):
    found = JSON_NUMBER.match(text)
    _, end = read(text)
    if end >= 0:
        # a longer text may be no number as a whole ("1.", "1e"): then it is not read in part
        assert found is not None
        assert end == found.end()
    elif found is not None:
        rest = text[found.end() :]
        value = float(found[0])
        assert rest[:1] in (".", "e", "E", *"0123456789") or not 1e-50 < abs(value) < 1e41


@pytest.mark.parametrize("text", ["x1.5y", "[0.25]", '": -3e2,'])
def test_a_number_within_a_text(text):
    found = re.search(r"-?[0-9.e]+", text.replace('": ', "   "))
    bits, end = read(text, found.start())
    assert (bits, end) == (expected(found[0]), found.end())


def test_a_start_at_the_end_is_no_number():
    assert read("12", 2)[1] == -1
