"""Slow plain-Python oracle of the random streams: words, draws and keys, bit for bit.

Nothing here imports simlab. Integers are Python's, cut to 64 bits by hand; floats are Python's.
"""

import math
import struct

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15  # the odd integer nearest to 2^64 / 1.618...: the step of SplitMix64
FAR = 0xD1B54A32D192ED03
SPLITMIX = (30, 0xBF58476D1CE4E5B9, 27, 0x94D049BB133111EB, 31)


def mix(z: int) -> int:
    """SplitMix64's finaliser."""
    s1, m1, s2, m2, s3 = SPLITMIX
    z = (z ^ (z >> s1)) * m1 % WORD
    z = (z ^ (z >> s2)) * m2 % WORD
    return z ^ (z >> s3)


def word(key: int, i: int) -> int:
    """The i-th 64-bit word of a stream."""
    return mix((key + i * GOLDEN) % WORD ^ mix(key ^ FAR))


def child(key: int, label: int) -> int:
    """The key of a stream below a key."""
    return mix(word(key, label) ^ SPLITMIX[1])


def own(key: int, i: int) -> int:
    """The key of the stream on which a draw by rejection runs."""
    return mix(word(key, i) ^ SPLITMIX[3])


def uniform(key: int, i: int) -> float:
    """The upper 53 bits of a word as a fraction."""
    return (word(key, i) >> 11) / 2**53


def open_uniform(key: int, i: int) -> float:
    """The middles of 2^52 equal cells of (0, 1)."""
    return (2 * (word(key, i) >> 12) + 1) / 2**53


def integer(key: int, i: int, n: int) -> int:
    """A draw from 0 .. n-1."""
    return math.floor(uniform(key, i) * n)


AS241 = (  # (numerator, denominator) by rising power: centre, tail, far tail (Wichura 1988)
    (
        [
            3.3871328727963666080e0,
            1.3314166789178437745e2,
            1.9715909503065514427e3,
            1.3731693765509461125e4,
            4.5921953931549871457e4,
            6.7265770927008700853e4,
            3.3430575583588128105e4,
            2.5090809287301226727e3,
        ],
        [
            1.0,
            4.2313330701600911252e1,
            6.8718700749205790830e2,
            5.3941960214247511077e3,
            2.1213794301586595867e4,
            3.9307895800092710610e4,
            2.8729085735721942674e4,
            5.2264952788528545610e3,
        ],
    ),
    (
        [
            1.42343711074968357734e0,
            4.63033784615654529590e0,
            5.76949722146069140550e0,
            3.64784832476320460504e0,
            1.27045825245236838258e0,
            2.41780725177450611770e-1,
            2.27238449892691845833e-2,
            7.74545014278341407640e-4,
        ],
        [
            1.0,
            2.05319162663775882187e0,
            1.67638483018380384940e0,
            6.89767334985100004550e-1,
            1.48103976427480074590e-1,
            1.51986665636164571966e-2,
            5.47593808499534494600e-4,
            1.05075007164441684324e-9,
        ],
    ),
    (
        [
            6.65790464350110377720e0,
            5.46378491116411436990e0,
            1.78482653991729133580e0,
            2.96560571828504891230e-1,
            2.65321895265761230930e-2,
            1.24266094738807843860e-3,
            2.71155556874348757815e-5,
            2.01033439929228813265e-7,
        ],
        [
            1.0,
            5.99832206555887937690e-1,
            1.36929880922735805310e-1,
            1.48753612908506148525e-2,
            7.86869131145613259100e-4,
            1.84631831751005468180e-5,
            1.42151175831644588870e-7,
            2.04426310338993978564e-15,
        ],
    ),
)


def _horner(coefficients: list[float], x: float) -> float:
    total = 0.0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def normal_quantile(p: float) -> float:
    """The standard normal quantile, algorithm AS 241."""
    q = p - 0.5
    if abs(q) <= 0.425:
        above, below = AS241[0]
        r = 0.180625 - q * q
        return q * _horner(above, r) / _horner(below, r)
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    (above, below), r = (AS241[1], r - 1.6) if r <= 5.0 else (AS241[2], r - 5.0)
    return math.copysign(_horner(above, r) / _horner(below, r), q)


def normal(key: int, i: int) -> float:
    """A standard normal draw."""
    return normal_quantile(open_uniform(key, i))


def log_gamma_variate(key: int, i: int, shape: float) -> float:
    """The logarithm of a gamma draw (Marsaglia & Tsang 2000), by rejection."""
    inner = own(key, i)
    boost = 0.0
    if shape < 1.0:
        boost = math.log(open_uniform(inner, 0)) / shape
        shape = shape + 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    attempt = 0
    while True:
        x = normal(inner, 2 * attempt + 1)
        u = open_uniform(inner, 2 * attempt + 2)
        attempt += 1
        v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x)
        if v > 0.0 and math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return math.log(d * v) + boost


def log_beta_variate(key: int, i: int, a: float, b: float) -> float:
    """The logarithm of a beta draw: ln X - ln(X + Y) of two gamma draws."""
    inner = own(key, i)
    x, y = log_gamma_variate(inner, 0, a), log_gamma_variate(inner, 1, b)
    if x > y:
        return -math.log1p(math.exp(y - x))
    return (x - y) - math.log1p(math.exp(x - y))


def seed_key(seed: int, *path: int | float | str) -> int:
    """The key of a path of labels below a seed: each label absorbed as (kind, length), bytes."""
    key = mix(seed % WORD)
    for label in path:
        if type(label) is str:
            kind, data = 3, label.encode("utf-8", "surrogatepass")
        elif type(label) is float:
            kind, data = 2, struct.pack("<d", 0.0 if label == 0.0 else label)
        else:
            size = 9
            while 2 * abs(label) >= 256**size:
                size += 1
            kind, data = 1, (label % 256**size).to_bytes(size, "little")
        key = mix(key ^ mix(kind + 256 * len(data)))
        for start in range(0, len(data), 8):
            block = int.from_bytes(data[start : start + 8], "little")
            key = mix((key + GOLDEN) % WORD ^ block)
    return key
