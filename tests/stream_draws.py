"""Words and draws of random streams, many at a time."""

import numpy as np
from numpy.typing import NDArray

from simlab import streams
from simlab._jit import kernel

LAST = 2**64 - 1
WEYL = 0x9E3779B97F4A7C15
U64 = np.uint64
Words = NDArray[np.uint64]

KEYS = [int(streams.seed_key(0, "test", i)) for i in range(8)]


@kernel
def words_of(key: np.uint64, start: int, n: int) -> Words:
    out = np.empty(n, np.uint64)
    for i in range(n):
        out[i] = streams.word(key, np.uint64(start + i))
    return out


@kernel
def draws_of(key: np.uint64, n: int, kind: int, a: float, b: float) -> NDArray[np.float64]:
    out = np.empty(n)
    for j in range(n):
        i = np.uint64(j)
        if kind == 0:
            out[j] = streams.uniform(key, i)
        elif kind == 1:
            out[j] = streams.normal(key, i)
        elif kind == 2:
            out[j] = streams.log_gamma_variate(key, i, a)
        elif kind == 3:
            out[j] = streams.log_beta_variate(key, i, a, b)
        else:
            out[j] = streams.integer(key, i, int(a))
    return out
