"""Counter-based random streams that kernels can use, and the tree of keys that names them.

A stream is a 64-bit key; its i-th word is a mix of (key, i). Nothing is carried from draw to
draw, so any thread or machine can compute any part of a stream, and the result does not depend on
who does. The mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable
pseudorandom number generators") over the Weyl sequence that starts at the key, masked by a second
word made from the key. Without the mask, two keys would walk along one and the same sequence at
different offsets, and long streams could overlap. The mask comes before both rounds: put between
them, it leaves the upper halves of such streams a constant apart. See docs/streams.md.

A draw of any kind uses up exactly one counter. The gamma and beta draws reject, so they run on a
hidden stream of their own, keyed by (key, i); no `child` of the key meets it.
"""

import math
import operator
import struct

import numpy as np

from simlab._jit import kernel
from simlab.errors import UsageError

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_FAR = np.uint64(0xD1B54A32D192ED03)
_S11, _S12, _S27 = np.uint64(11), np.uint64(12), np.uint64(27)
_S30, _S31 = np.uint64(30), np.uint64(31)
_2_52, _2_53 = 2.0**-52, 2.0**-53


@kernel
def mix(z: np.uint64) -> np.uint64:
    """Return the 64-bit finaliser of SplitMix64: a bijection in which every bit moves every bit."""
    z = np.uint64(z)  # signed integers would shift their sign in
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@kernel
def word(key: np.uint64, i: np.uint64) -> np.uint64:
    """Return the ``i``-th 64-bit word of stream ``key``."""
    key = np.uint64(key)  # signed keys would promote to floats
    mask = mix(key ^ _FAR)  # the same for all i: the compiler moves it out of the caller's loop
    return mix((key + np.uint64(i) * _GOLDEN) ^ mask)


@kernel
def child(key: np.uint64, label: np.uint64) -> np.uint64:
    """Return the key of the stream ``label`` below ``key``, for keys made inside kernels."""
    return mix(word(key, label) ^ _M1)


@kernel
def hidden(key: np.uint64, i: np.uint64) -> np.uint64:
    """Return the key of the hidden stream of draw ``i``, for draws that reject.

    It is not ``child``, whose labels are free.
    """
    return mix(word(key, i) ^ _M2)


@kernel
def uniform(key: np.uint64, i: np.uint64) -> float:
    """Return the ``i``-th uniform draw, a multiple of 2^-53 in [0, 1)."""
    return float(word(key, i) >> _S11) * _2_53


@kernel
def open_uniform(key: np.uint64, i: np.uint64) -> float:
    """Return the ``i``-th uniform draw, an odd multiple of 2^-53 in (0, 1): never 0, never 1."""
    return (float(word(key, i) >> _S12) + 0.5) * _2_52


@kernel
def integer(key: np.uint64, i: np.uint64, n: int) -> int:
    """Return the ``i``-th draw from 0 .. n-1, for 1 <= n <= 2^31; its bias is below n 2^-53."""
    return int(uniform(key, i) * n)


@kernel
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of ``p`` in (0, 1), relative error about 1e-16.

    Algorithm AS 241 (PPND16) of Wichura 1988, doi:10.2307/2347330.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3
        top = top * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        low = 5.2264952788528545610e3
        low = low * r + 2.8729085735721942674e4
        low = low * r + 3.9307895800092710610e4
        low = low * r + 2.1213794301586595867e4
        low = low * r + 5.3941960214247511077e3
        low = low * r + 6.8718700749205790830e2
        low = low * r + 4.2313330701600911252e1
        return q * top / (low * r + 1.0)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = 7.74545014278341407640e-4
        top = top * r + 2.27238449892691845833e-2
        top = top * r + 2.41780725177450611770e-1
        top = top * r + 1.27045825245236838258e0
        top = top * r + 3.64784832476320460504e0
        top = top * r + 5.76949722146069140550e0
        top = top * r + 4.63033784615654529590e0
        top = top * r + 1.42343711074968357734e0
        low = 1.05075007164441684324e-9
        low = low * r + 5.47593808499534494600e-4
        low = low * r + 1.51986665636164571966e-2
        low = low * r + 1.48103976427480074590e-1
        low = low * r + 6.89767334985100004550e-1
        low = low * r + 1.67638483018380384940e0
        low = low * r + 2.05319162663775882187e0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7
        top = top * r + 2.71155556874348757815e-5
        top = top * r + 1.24266094738807843860e-3
        top = top * r + 2.65321895265761230930e-2
        top = top * r + 2.96560571828504891230e-1
        top = top * r + 1.78482653991729133580e0
        top = top * r + 5.46378491116411436990e0
        top = top * r + 6.65790464350110377720e0
        low = 2.04426310338993978564e-15
        low = low * r + 1.42151175831644588870e-7
        low = low * r + 1.84631831751005468180e-5
        low = low * r + 7.86869131145613259100e-4
        low = low * r + 1.48753612908506148525e-2
        low = low * r + 1.36929880922735805310e-1
        low = low * r + 5.99832206555887937690e-1
    x = top / (low * r + 1.0)
    return -x if q < 0.0 else x


@kernel
def normal(key: np.uint64, i: np.uint64) -> float:
    """Return the ``i``-th standard normal draw, by inversion of one uniform draw."""
    return normal_quantile(open_uniform(key, i))


@kernel
def log_gamma_variate(key: np.uint64, i: np.uint64, shape: float) -> float:
    """Return ln G, G the ``i``-th gamma draw with ``shape`` > 0 and scale 1.

    The logarithm keeps draws of tiny shapes, whose G underflows. Marsaglia & Tsang 2000,
    doi:10.1145/358407.358414; below shape 1, ln G(shape) = ln G(shape + 1) + ln(U) / shape. NaN
    for a shape that is not positive and finite. From shape 1e12 on, rounding blurs the acceptance.
    """
    if not 0.0 < shape < math.inf:  # rejection would never end
        return math.nan
    own = hidden(key, i)
    boost = 0.0
    if shape < 1.0:
        boost = math.log(open_uniform(own, np.uint64(0))) / shape
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    j = np.uint64(1)
    while True:
        x = normal(own, j)
        u = open_uniform(own, j + np.uint64(1))
        j += np.uint64(2)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        if math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return math.log(d * v) + boost


@kernel
def log_beta_variate(key: np.uint64, i: np.uint64, a: float, b: float) -> float:
    """Return ln B, B the ``i``-th beta(a, b) draw, a > 0 and b > 0; NaN for other a or b."""
    own = hidden(key, i)
    x, y = 0.0, 0.0
    for j in range(2):  # one call of a large function, which would be compiled for each
        x, y = y, log_gamma_variate(own, np.uint64(j), a if j == 0 else b)
    if x > y:
        return -math.log1p(math.exp(y - x))
    return (x - y) - math.log1p(math.exp(x - y))


def seed_key(seed: int, *path: int | float | str) -> np.uint64:
    """Return the key of the stream named by ``path`` below ``seed``.

    A path names what the stream is for (``"compounding", n_params, K``), by value and not by
    position, so that a wider grid leaves the draws of its old cells as they were.

    Parameters
    ----------
    seed : int
        The user's seed, from -2^63 to 2^64 - 1; negative ones wrap round.
    *path : int, float or str
        Labels. ``1``, ``1.0`` and ``"1"`` are three different labels; ``0.0`` and ``-0.0`` are one.

    Raises UsageError for a seed out of range and for a label of another type.

    >>> hex(seed_key(0, "compounding", 4))
    '0x51dc5469c8a0e5a5'
    """
    if not isinstance(seed, int | np.integer) or not -(2**63) <= seed < 2**64:
        raise UsageError(f"seed {seed!r}: give a whole number from -2^63 to 2^64 - 1")
    key = _mix(int(seed) & _MASK)
    for label in path:
        if isinstance(label, str):
            data, tag = label.encode("utf-8", "surrogatepass"), 3
        elif isinstance(label, float | np.floating):
            data, tag = struct.pack("<d", float(label) + 0.0), 2
        elif isinstance(label, int | np.integer):
            whole = operator.index(label)
            data = whole.to_bytes(max(9, whole.bit_length() // 8 + 1), "little", signed=True)
            tag = 1
        else:
            raise UsageError(f"stream label {label!r}: give a number or a string")
        key = _mix(key ^ _mix(tag + (len(data) << 8)))
        for start in range(0, len(data), 8):
            block = int.from_bytes(data[start : start + 8], "little")
            key = _mix(((key + int(_GOLDEN)) & _MASK) ^ block)
    return np.uint64(key)


_MASK = (1 << 64) - 1


def _mix(z: int) -> int:
    """`mix` on Python's integers, so that naming a stream does not wait for the compiler."""
    z = ((z ^ (z >> 30)) * int(_M1)) & _MASK
    z = ((z ^ (z >> 27)) * int(_M2)) & _MASK
    return z ^ (z >> 31)
