"""Modular arithmetic as a task to learn: all pairs of residues, their answers, and a split.

Power et al. 2022, "Grokking: generalization beyond overfitting on small algorithmic datasets",
arXiv 2201.02177, appendix A.1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.simulators.training.starts import shuffle
from simlab.streams import seed_key

OPERATIONS = ("add", "sub", "mul", "div")


class ModularTask(NamedTuple):
    """All pairs of operands, in the order of x and then y, and which are trained on."""

    p: int
    op: str
    x: NDArray[np.int32]
    """(n_pairs,) int32, first operands, 0 .. p - 1."""
    y: NDArray[np.int32]
    """(n_pairs,) int32, second operands; division leaves out y = 0."""
    answer: NDArray[np.int32]
    """(n_pairs,) int32, x op y mod p."""
    train: NDArray[np.int32]
    """(n_train,) int32, ascending positions of the pairs trained on."""
    test: NDArray[np.int32]
    """(n_test,) int32, ascending positions of the others."""


def modular_task(p: int, op: str, fraction: float, *, key: np.uint64 | None = None) -> ModularTask:
    """Return the task ``x op y mod p`` with a share of its pairs to train on.

    Parameters
    ----------
    p : int
        Modulus, 2 or more; for division a prime number.
    op : {"add", "sub", "mul", "div"}
        The operation; x / y is the residue that times y is x.
    fraction : float
        Share of the pairs to train on; with one ``key``, more pairs contain fewer.
    key : uint64, optional
        Stream of the split.

    Raises UsageError for an unknown operation, a modulus without division, and an empty set.

    >>> task = modular_task(5, "div", 0.5)
    >>> x, y, z = task.x, task.y, task.answer
    >>> len(x), bool(np.all(z * y % 5 == x)), len(task.train), len(task.test)
    (20, True, 10, 10)
    """
    if op not in OPERATIONS:
        raise UsageError(f"op {op!r}: use one of {', '.join(OPERATIONS)}")
    if p < 2:
        raise UsageError(f"p {p}: give a modulus of 2 or more")
    if op == "div" and not is_prime(p):
        raise UsageError(
            f"p {p}: not a prime number, so some residues cannot be divided by; give a prime such "
            f"as {_prime_from(p)}"
        )
    x, y = (a.ravel() for a in np.meshgrid(np.arange(p), np.arange(p), indexing="ij"))
    if op == "div":
        x, y = x[y > 0], y[y > 0]
    answer = _answers(p, op, x, y)
    n_train = round(fraction * len(x))
    for n, name, word in ((n_train, "train", "larger"), (len(x) - n_train, "test", "smaller")):
        if n < 1:
            raise UsageError(
                f"fraction {fraction:g}: of the {len(x)} pairs none is left to {name} on; give a "
                f"{word} one"
            )
    key = seed_key(0, "modular task") if key is None else key
    order = np.arange(len(x), dtype=np.int32)
    shuffle(key, order)
    train, test = np.sort(order[:n_train]), np.sort(order[n_train:])
    i32 = np.int32
    return ModularTask(p, op, x.astype(i32), y.astype(i32), answer.astype(i32), train, test)


def _answers(p: int, op: str, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    if op == "add":
        return (x + y) % p
    if op == "sub":
        return (x - y) % p
    if op == "mul":
        return x * y % p
    inverse = np.array([0, *(pow(d, -1, p) for d in range(1, p))], np.int64)
    quotient: NDArray[np.int64] = x * inverse[y] % p
    return quotient


def is_prime(n: int) -> bool:
    """Return whether ``n`` is a prime number.

    >>> [n for n in range(20) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    """
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def _prime_from(n: int) -> int:
    while not is_prime(n):
        n += 1
    return n


def logarithm_order(p: int) -> NDArray[np.int64]:
    """Return g^0, g^1 .. g^(p-2) mod p for the smallest primitive root g of a prime ``p``.

    In this order multiplication is addition mod p - 1.

    >>> logarithm_order(7).tolist()
    [1, 3, 2, 6, 4, 5]
    """
    if not is_prime(p):
        raise UsageError(f"p {p}: not a prime number; only these have a primitive root for sure")
    for g in range(1, p):
        powers = [1]
        while powers[-1] * g % p != 1:
            powers.append(powers[-1] * g % p)
        if len(powers) == p - 1:
            break
    return np.array(powers)
