"""Random streams: bits, neighbours and overlaps without a visible pattern.

Seeds are fixed, so each test always gives the same number. Bounds are 5 standard errors (or a
p-value of 1e-6), wide enough that a sound generator with other constants would pass as well.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from simlab import streams
from simlab._jit import kernel
from tests.stream_draws import KEYS, LAST, U64, WEYL, Words, draws_of, words_of


@kernel
def _agreement(key: np.uint64, other: np.uint64, shift: int, n: int) -> NDArray[np.int64]:
    """Count, per bit, how often word i + shift of one stream and word i of another agree."""
    counts = np.zeros(64, np.int64)
    for i in range(n):
        same = ~(
            streams.word(key, np.uint64(i) + np.uint64(shift)) ^ streams.word(other, np.uint64(i))
        )
        for bit in range(64):
            counts[bit] += np.int64((same >> np.uint64(bit)) & np.uint64(1))
    return counts


def balanced(counts: NDArray[np.int64], n: int) -> bool:
    """Whether counts out of n lie within what fair coins give."""
    z = (counts - n / 2) / math.sqrt(n / 4)
    return bool(abs(z).max() < 5.5) and special.chdtrc(z.size, (z**2).sum()) > 1e-6


def bit_counts(x: Words) -> NDArray[np.int64]:
    """How many of the words have each bit set."""
    return np.array([int(((x >> U64(b)) & U64(1)).sum()) for b in range(64)])


def test_every_bit_is_balanced() -> None:
    for start in (0, 2**32, LAST - 10**6):
        x = words_of(U64(KEYS[0]), np.uint64(start), 1_000_000)
        assert balanced(bit_counts(x), x.size)
    keys = [words_of(U64(key), 0, 64) for key in range(20_000)]  # neighbouring keys, first words
    first = np.concatenate(keys)
    assert balanced(bit_counts(first), first.size)


def test_pairs_of_bits_are_independent() -> None:
    x = words_of(U64(KEYS[5]), 0, 40_000)
    bits = np.unpackbits(x.view(np.uint8).reshape(-1, 8), axis=1).astype(np.float64) * 2 - 1
    for later in (0, 1, 2):  # within a word, and between a word and the next ones
        here, there = bits[: len(bits) - later], bits[later:]
        z = (here.T @ there) / math.sqrt(len(here))
        if later == 0:
            z = z[np.triu_indices(64, 1)]
        assert abs(z).max() < 6
        assert special.chdtrc(z.size, (z**2).sum()) > 1e-6


@kernel
def _avalanche(n: int, of_key: bool) -> NDArray[np.int64]:
    """Count how often each output bit flips with each input bit of the key or of the counter."""
    flips = np.zeros((64, 64), np.int64)
    for t in range(n):
        key, i = streams.mix(np.uint64(2 * t + 1)), streams.mix(np.uint64(2 * t + 2))
        if t % 2:  # half of the trials with small keys and counters
            key, i = np.uint64(t), np.uint64(t % 1000)
        before = streams.word(key, i)
        for bit in range(64):
            flip = np.uint64(1) << np.uint64(bit)
            if of_key:
                change = before ^ streams.word(key ^ flip, i)
            else:
                change = before ^ streams.word(key, i ^ flip)
            for out in range(64):
                flips[bit, out] += np.int64((change >> np.uint64(out)) & np.uint64(1))
    return flips


@pytest.mark.parametrize("of_key", [True, False])
def test_avalanche(of_key: bool) -> None:
    n = 20_000
    flips = _avalanche(n, of_key)
    z = (flips - n / 2) / math.sqrt(n / 4)
    assert abs(z).max() < 5.5
    assert special.chdtrc(z.size, (z**2).sum()) > 1e-6


@pytest.mark.parametrize(
    "other",
    [
        lambda k: k + 1,
        lambda k: k + WEYL,
        lambda k: k - WEYL,
        lambda k: k + 1000 * WEYL,
        lambda k: ~k,
    ]
    + [lambda k, b=b: k ^ (1 << b) for b in (0, 1, 31, 32, 62, 63)],
)
@pytest.mark.parametrize("key", [0, 1, KEYS[6]])
def test_neighbouring_keys_are_independent(key: int, other: object) -> None:
    n = 50_000
    near = other(key) % 2**64  # type: ignore[operator]
    x, y = words_of(U64(key), 0, n), words_of(U64(near), 0, n)
    assert balanced(bit_counts(~(x ^ y)), n)
    u, v = (x >> U64(11)) * 2.0**-53, (y >> U64(11)) * 2.0**-53
    assert abs(np.corrcoef(u, v)[0, 1]) < 5 / math.sqrt(n)
    table, _, _ = np.histogram2d(u, v, 16, [[0, 1], [0, 1]])
    assert stats.chisquare(table.ravel()).pvalue > 1e-6
    assert stats.chisquare(np.histogram((u - v) % 1, 64, (0, 1))[0]).pvalue > 1e-6


@pytest.mark.parametrize("steps", [1, 2, 1000, 2**40, LAST])
def test_keys_on_one_weyl_sequence_do_not_overlap(steps: int) -> None:
    n = 200_000
    key = KEYS[7]
    far = (key + steps * WEYL) % 2**64
    x, y = words_of(U64(key), 0, n), words_of(U64(far), 0, n)
    if steps < n // 2:  # 2 n words out of 2^64: even one that is common has a chance of 2e-9
        assert np.intersect1d(x, y).size == 0
    assert np.intersect1d(words_of(U64(key), np.uint64(steps), n), y).size == 0
    # Aligned on the common sequence: neither equal nor a constant apart nor otherwise alike.
    aligned = _agreement(U64(key), U64(far), np.uint64(steps), n)
    assert balanced(aligned, n)
    difference = words_of(U64(key), np.uint64(steps), n) - y
    assert stats.chisquare(np.bincount(difference >> U64(58), minlength=64)).pvalue > 1e-6


def test_serial_correlation() -> None:
    u = draws_of(U64(KEYS[0]), 1_000_000, 0, 0.0, 0.0) - 0.5
    for lag in (1, 2, 3, 4, 5, 7, 8, 16, 64, 1000, 4096):
        r = 12 * (u[:-lag] * u[lag:]).mean()
        assert abs(r) < 5 / math.sqrt(u.size)
    cells = ((u[:-2] + 0.5) * 16).astype(int) * 256
    cells += ((u[1:-1] + 0.5) * 16).astype(int) * 16 + ((u[2:] + 0.5) * 16).astype(int)
    triples = np.bincount(cells[::3], minlength=4096)  # disjoint triples
    assert stats.chisquare(triples).pvalue > 1e-6


def test_children_are_distinct_and_apart_from_draws() -> None:
    key = U64(KEYS[1])
    own = {int(streams.hidden(key, U64(i))) for i in range(2000)}
    below = {int(streams.child(key, U64(i))) for i in range(2000)}
    drawn = {int(streams.word(key, U64(i))) for i in range(2000)}
    assert len(own | below | drawn) == 6000
    x = np.array([int(streams.child(key, U64(i))) for i in range(20_000)], np.uint64)
    assert balanced(bit_counts(x), x.size)


def test_gamma_draws_do_not_share_a_stream_with_children() -> None:
    key, i = U64(5), U64(9)
    used = {streams.open_uniform(U64(streams.hidden(key, i)), U64(j)) for j in range(10)}
    free = {streams.open_uniform(U64(streams.child(key, i)), U64(j)) for j in range(10)}
    assert not used & free


def test_no_collision_over_a_grid() -> None:
    keys = {
        int(streams.seed_key(seed, "compounding", n, k))
        for seed in range(20)
        for n in np.logspace(6, 12, 25)
        for k in range(1, 41)
    }
    assert len(keys) == 20 * 25 * 40
    x = np.array(sorted(keys), np.uint64)
    assert balanced(bit_counts(x), x.size)
    assert stats.chisquare(np.bincount(x >> U64(58), minlength=64)).pvalue > 1e-6
