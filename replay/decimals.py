"""Decimal numbers in JSON text to the nearest float64, in kernels.

The method is that of Lemire 2021, "Number parsing at a gigabyte per second", arXiv 2101.11408: a
decimal w 10^q is w times a power of five known to 128 bits, and their product says nearly always
which float is nearest. Where it does not, the kernel says so; nothing is approximated.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel

_LEAST, _MOST = -60, 40
"""Powers of ten in the table; scores have about 17 digits and are rarely far from 1."""
_MOST_DIGITS = 19  # of which every number fits 64 bits
_MOST_EXPONENT = 10_000

_U0, _U1, _U10 = np.uint64(0), np.uint64(1), np.uint64(10)
_S9, _S32, _S52, _S63 = np.uint64(9), np.uint64(32), np.uint64(52), np.uint64(63)
_LOW_32 = np.uint64(0xFFFFFFFF)
_LOW_9 = np.uint64(0x1FF)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIGN = np.uint64(1 << 63)
_FRACTION = np.uint64((1 << 52) - 1)
_ZERO, _NINE = ord("0"), ord("9")
_MINUS, _PLUS, _POINT, _SMALL_E, _LARGE_E = map(ord, "-+.eE")


def _powers_of_five() -> NDArray[np.uint64]:
    """Return 5^q for each q as its first 128 bits, in two words (Lemire 2021, appendix B)."""
    rows = []
    for q in range(_LEAST, _MOST + 1):
        if q >= 0:
            c = 5**q << 128 >> (5**q).bit_length()
        else:
            five = 5**-q
            shift = (five - 1).bit_length()
            c = 2 ** (shift + 127 if q >= -27 else 2 * shift + 128) // five + 1
            c >>= max(c.bit_length() - 128, 0)
        rows.append((c >> 64, c & (2**64 - 1)))
    return np.array(rows, np.uint64)


_FIVES = _powers_of_five()


@kernel
def _upper_product(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return the upper 64 bits of the 128 of a product."""
    a0, a1, b0, b1 = a & _LOW_32, a >> _S32, b & _LOW_32, b >> _S32
    cross, other = a0 * b1, a1 * b0
    middle = (a0 * b0 >> _S32) + (cross & _LOW_32) + (other & _LOW_32)
    return a1 * b1 + (cross >> _S32) + (other >> _S32) + (middle >> _S32)


@kernel
def _leading_zeros(w: np.uint64) -> int:
    n = 0
    for shift in (32, 16, 8, 4, 2, 1):
        if w >> np.uint64(64 - shift) == _U0:
            n += shift
            w <<= np.uint64(shift)
    return n


@kernel
def _nearest(w: np.uint64, q: int) -> tuple[np.uint64, bool]:
    """Return the bits of the float64 nearest to w 10^q, and whether they are certain."""
    if w == _U0:
        return _U0, True
    if q < _LEAST or q > _MOST:
        return _U0, False
    zeros = _leading_zeros(w)
    w <<= np.uint64(zeros)
    five = _FIVES[q - _LEAST, 0]
    high, low = _upper_product(w, five), w * five
    if high & _LOW_9 == _LOW_9:  # the last bits may carry
        more = low + _upper_product(w, _FIVES[q - _LEAST, 1])
        if more < low:
            high += _U1
        low = more
    if low == _ALL:
        return _U0, False
    upper = high >> _S63
    shift = upper + _S9
    fraction = high >> shift
    exponent = ((217706 * q) >> 16) + 63 + np.int64(upper) - zeros + 1023
    if exponent <= 0 or exponent >= 2046:  # subnormal or infinite
        return _U0, False
    halfway = low <= _U1 and -4 <= q <= 23 and fraction & np.uint64(3) == _U1
    if halfway and fraction << shift == high:
        fraction &= ~_U1  # a tie goes to the even neighbour
    fraction = (fraction + (fraction & _U1)) >> _U1
    if fraction >> _S52 > _U1:
        fraction >>= _U1
        exponent += 1
    return (fraction & _FRACTION) | (np.uint64(exponent) << _S52), True


@kernel
def decimal_at(text: NDArray[np.uint8], start: int) -> tuple[np.uint64, int]:
    """Return the bits of the float64 that a JSON number denotes, and where the number ends.

    The end is -1 where no number of JSON's grammar (RFC 8259, section 6) stands at ``start``, or
    where the nearest float64 is not certain: more than 19 digits, or beyond 10^40 or 10^-60.
    """
    n, i = len(text), start
    negative = i < n and text[i] == _MINUS
    if negative:
        i += 1
    w, first = _U0, i
    while i < n and _ZERO <= text[i] <= _NINE:
        w = w * _U10 + np.uint64(text[i] - _ZERO)
        i += 1
    if i == first or (text[first] == _ZERO and i > first + 1):
        return _U0, -1
    n_digits = i - first if text[first] != _ZERO else 0  # w may have gone round to 0
    q = 0
    if i < n and text[i] == _POINT:
        i += 1
        first = i
        while n_digits == 0 and i < n and text[i] == _ZERO:
            i += 1
        n_digits -= i
        while i < n and _ZERO <= text[i] <= _NINE:
            w = w * _U10 + np.uint64(text[i] - _ZERO)
            i += 1
        n_digits += i
        if i == first:
            return _U0, -1
        q = first - i
    if n_digits > _MOST_DIGITS:
        return _U0, -1
    if i < n and (text[i] == _SMALL_E or text[i] == _LARGE_E):
        i += 1
        down = i < n and text[i] == _MINUS
        if i < n and (text[i] == _MINUS or text[i] == _PLUS):
            i += 1
        power, first = 0, i
        while i < n and _ZERO <= text[i] <= _NINE:
            power = min(power * 10 + (text[i] - _ZERO), _MOST_EXPONENT)
            i += 1
        if i == first:
            return _U0, -1
        q += -power if down else power
    bits, certain = _nearest(w, q)
    if not certain:
        return _U0, -1
    return (bits | _SIGN if negative else bits), i
