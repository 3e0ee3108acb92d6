"""Random streams: bit for bit the oracle's, in any process, under names that are distinct."""

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simlab import streams
from simlab.errors import UsageError
from simlab.threads import map_ordered
from tests.benchmarks import stream_bytes
from tests.naive import streams as naive
from tests.stream_draws import KEYS, LAST, U64, WEYL, draws_of, words_of

words = st.integers(0, LAST) | st.sampled_from([0, 1, 2**63 - 1, 2**63, LAST - 1, LAST, WEYL])
shapes = st.floats(1e-3, 1e4)


# ------------------------------------------------------------------------------------ bit for bit


@given(words)
def test_mix(z: int) -> None:
    assert int(streams.mix(U64(z))) == naive.mix(z)


@given(words, words)
@example(0, 0)
@example(LAST, LAST)
@example(0, LAST)
@example(LAST, 0)
def test_words_and_uniforms(key: int, i: int) -> None:
    k, j = U64(key), U64(i)
    assert int(streams.word(k, j)) == naive.word(key, i)
    assert int(streams.child(k, j)) == naive.child(key, i)
    assert int(streams.hidden(k, j)) == naive.own(key, i)
    assert streams.uniform(k, j) == naive.uniform(key, i)
    assert streams.open_uniform(k, j) == naive.open_uniform(key, i)
    assert streams.normal(k, j) == naive.normal(key, i)


@given(words, words, st.integers(1, 2**31))
def test_integers(key: int, i: int, n: int) -> None:
    value = streams.integer(U64(key), U64(i), n)
    assert value == naive.integer(key, i, n)
    assert 0 <= value < n


@given(words, words, shapes, shapes)
def test_gamma_and_beta(key: int, i: int, a: float, b: float) -> None:
    k, j = U64(key), U64(i)
    assert streams.log_gamma_variate(k, j, a) == naive.log_gamma_variate(key, i, a)
    assert streams.log_beta_variate(k, j, a, b) == naive.log_beta_variate(key, i, a, b)


@given(st.floats(1e-300, 1.0, exclude_max=True))
def test_quantile(p: float) -> None:
    assert streams.normal_quantile(p) == naive.normal_quantile(p)


labels = st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.integers(-(2**63), LAST), st.lists(labels, max_size=5))
@example(0, [])
@example(LAST, [-0.0, 0.0, "", "\ud800", 2**71, -(2**71), 2**500])
def test_seed_keys(seed: int, path: list[int | float | str]) -> None:
    key = streams.seed_key(seed, *path)
    assert type(key) is np.uint64
    assert int(key) == naive.seed_key(seed, *path)


def test_signed_integers_name_the_same_words() -> None:
    assert streams.word(-1, -1) == streams.word(U64(LAST), U64(LAST))
    assert streams.mix(-5) == streams.mix(U64(LAST - 4))


def test_numpy_labels_name_the_same_streams() -> None:
    plain = streams.seed_key(3, 7, 0.5, "a")
    assert streams.seed_key(np.int64(3), np.int32(7), np.float32(0.5), np.str_("a")) == plain


# ------------------------------------------------------------------------------ names of streams


def test_paths_are_distinct() -> None:
    paths: list[tuple[int | float | str, ...]] = [
        (),
        ("",),
        ("", ""),
        ("1",),
        (1,),
        (1.0,),
        (-1,),
        (0,),
        (0.0,),
        ("a", "b"),
        ("b", "a"),
        ("ab",),
        ("a", "b", ""),
        ("", "a", "b"),
        ("a",),
        ("a\0",),
        ("a\0\0",),
        ("abcdefgh", "i"),
        ("abcdefghi",),
        ("abcdefg", "hi"),
        (1, 2),
        (2, 1),
        (12,),
        ("1", 2),
        (1, "2"),
        (1.0, 2),
        (2**63,),
        (-(2**63),),
        (2**64,),
        (2**72,),
        (1e25,),
        (10**25,),
        (math.inf,),
        (5e-324,),
        ("é",),
        ("e\u0301",),
    ]
    keys = [int(streams.seed_key(seed, *path)) for seed in (0, 1, 2**63) for path in paths]
    assert len(set(keys)) == len(keys)


@given(st.lists(labels, max_size=4), st.lists(labels, max_size=4))
def test_different_paths_have_different_keys(a: list[object], b: list[object]) -> None:
    def exact(path: list[object]) -> list[tuple[type, object]]:
        return [(type(x), x) for x in path]  # 0.0 == -0.0, and they are one label

    same = int(streams.seed_key(7, *a)) == int(streams.seed_key(7, *b))  # type: ignore[arg-type]
    assert same == (exact(a) == exact(b))


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, 1.0, "7", None, np.nan])
def test_bad_seeds(seed: object) -> None:
    with pytest.raises(
        UsageError, match=r"^seed .*: give a whole number from -2\^63 to 2\^64 - 1$"
    ):
        streams.seed_key(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("label", [None, (1,), b"a", np.array([1]), 1j])
def test_bad_labels(label: object) -> None:
    with pytest.raises(UsageError, match=r"^stream label .*: give a number or a string$"):
        streams.seed_key(0, label)  # type: ignore[arg-type]


def test_seeds_wrap_round() -> None:
    assert streams.seed_key(-1, "a") == streams.seed_key(LAST, "a")


# ------------------------------------------------------------------------ threads and processes


def digest(threads: int) -> str:
    """A hash over all kinds of draws, computed in chunks on several threads."""

    def chunk(start: int) -> bytes:
        key = U64(streams.child(streams.seed_key(11, "chunks", 0.5), U64(start)))
        parts = [words_of(key, 0, 1000)]
        parts += [draws_of(key, 1000, kind, 0.7, 2.5) for kind in range(4)]
        return b"".join(part.tobytes() for part in parts)

    return hashlib.sha256(b"".join(map_ordered(chunk, range(40), threads=threads))).hexdigest()


def test_same_bits_on_any_number_of_threads_and_in_another_process() -> None:
    one = digest(1)
    assert [digest(threads) for threads in (2, 3, 8)] == [one] * 3
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    code = f"import sys; sys.path.insert(0, {root!r}); from tests.test_streams import digest; "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(digest(2))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == one


def test_any_part_of_a_stream_can_be_computed_alone() -> None:
    whole = words_of(U64(KEYS[0]), 0, 10_000)
    parts = [words_of(U64(KEYS[0]), start, 100) for start in range(0, 10_000, 100)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_bytes_for_batteries() -> None:
    def picked(order: str, index: int, at: int) -> int:
        return int(stream_bytes.block(order, 7, index)[at])

    size = stream_bytes.BLOCK
    for index, at in ((0, 0), (0, 4097), (3, size - 1)):
        i = index * size + at
        assert picked("stream", index, at) == naive.word(7, i)
        assert picked("low", index, at) == naive.word(7, i) % 2**32
        assert picked("high", index, at) == naive.word(7, i) >> 32
        assert picked("labels", index, at) == naive.child(7, i)
        assert picked("keys", index, at) == naive.word(7 + i % 4096, i // 4096)
        assert picked("weyl", index, at) == naive.word((7 + i % 64 * WEYL) % 2**64, i // 64)
        key = naive.seed_key(index * 4096 + at % 4096, "battery")
        assert picked("seeds", index, at) == naive.word(key, at // 4096)
