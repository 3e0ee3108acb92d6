"""A two-layer network on pairs of residues: logits = W phi(A[x] + B[y]), phi(z) = z^2 or max(z, 0).

A row of A is the embedding of the first operand, one of B that of the second, one of W the
direction that speaks for an answer; each is (p, width). This is the fully connected network on the
two one-hot vectors of Gromov 2023, "Grokking modular arithmetic", arXiv 2301.02679, equation 1,
without multiplications by zero. All parameters lie in one flat vector: A, B, W.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.training.losses import (
    cross_entropies,
    cross_entropy_gradient,
    squared_error_gradient,
    squared_errors,
)

F32 = np.float32
_MOST_ROWS = 256
_ZERO, _TWO = F32(0.0), F32(2.0)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@kernel
def block_rows(p: int, width: int) -> int:
    """Return how many pairs are worked on at a time.

    OpenBLAS multiplies matrices without copying them first if that takes up to 1e6 products, which
    is a tenth faster here; where too few rows are left for that, a block should fit the cache.
    """
    rows = 1_000_000 // (p * width) // 16 * 16
    return _MOST_ROWS if rows < 64 else min(rows, _MOST_ROWS)


@kernel
def _add(part: Floats, total: Floats) -> None:
    """Add ``part`` to ``total``, both (n,): a bare loop, since an array expression is slower."""
    for i in range(total.shape[0]):
        total[i] += part[i]


@kernel
def _turn(matrix: Floats, turned: Floats) -> None:
    """Fill ``turned`` with the transpose: that product is faster from a copy of the weights."""
    for k in range(turned.shape[0]):
        for c in range(turned.shape[1]):
            turned[k, c] = matrix[c, k]


@kernel
def _hidden(params: Floats, x: Ints, y: Ints, rows: Ints, relu: bool, hidden: Floats) -> None:
    """Fill ``hidden``, (n_rows, width), with phi(A[x] + B[y]) of the pairs ``rows``."""
    width = hidden.shape[1]
    for j in range(hidden.shape[0]):
        a, b = params[0, x[rows[j]]], params[1, y[rows[j]]]
        if relu:
            for k in range(width):
                z = a[k] + b[k]
                hidden[j, k] = z if z > _ZERO else _ZERO
        else:
            for k in range(width):
                z = a[k] + b[k]
                hidden[j, k] = z * z


@kernel
def _embedding_gradients(
    params: Floats, x: Ints, y: Ints, rows: Ints, relu: bool, back: Floats, grads: Floats
) -> None:
    """Add phi'(A[x] + B[y]) times ``back``, (n_rows, width), to the rows of dA and dB."""
    width = back.shape[1]
    for j in range(back.shape[0]):
        a, b = params[0, x[rows[j]]], params[1, y[rows[j]]]
        da, db = grads[0, x[rows[j]]], grads[1, y[rows[j]]]
        for k in range(width):
            z = a[k] + b[k]
            d = (back[j, k] if z > _ZERO else _ZERO) if relu else _TWO * z * back[j, k]
            da[k] += d
            db[k] += d


@kernel
def gradient(
    params: Floats,
    x: Ints,
    y: Ints,
    answer: Ints,
    rows: Ints,
    relu: bool,
    squared: bool,
    grads: Floats,
    space: Floats,
) -> float:
    """Fill ``grads`` with the gradient of the mean loss over the pairs ``rows``.

    Parameters
    ----------
    params, grads : (3, p, width) float32
        A, B and W, and their gradients.
    x, y, answer : (n_pairs,) int32
        Operands and right answers.
    rows : (n_rows,) int32
        Pairs of the batch.
    relu, squared : bool
        max(z, 0) instead of z^2; squared error (mean over classes) instead of cross-entropy.
    space : (at least `working_space` numbers,) float32
        Working space.

    Returns
    -------
    float
        A number that is finite as long as all logits are.
    """
    p, width = params.shape[1], params.shape[2]
    w = params[2]
    share = F32(1.0 / rows.shape[0])
    block = block_rows(p, width)
    top, total, matrices = space[:block], space[block : 2 * block], space[2 * block :]
    of_block = matrices[: p * width].reshape(p, width)
    turned = matrices[p * width : 2 * p * width].reshape(width, p)
    rest = matrices[2 * p * width :]
    _turn(w, turned)
    grads[:] = _ZERO
    seen = 0.0
    for start in range(0, rows.shape[0], block):
        part = rows[start : start + block]
        n = part.shape[0]
        hidden = rest[: n * width].reshape(n, width)
        logits = rest[block * width : block * width + p * n].reshape(p, n)
        target = answer[part]
        _hidden(params, x, y, part, relu, hidden)
        np.dot(turned.T, hidden.T, logits)
        if squared:
            seen += squared_error_gradient(logits, target, share, total)
        else:
            seen += cross_entropy_gradient(logits, target, share, top, total)
        np.dot(logits, hidden, of_block)
        _add(of_block.ravel(), grads[2].ravel())
        np.dot(logits.T, w, hidden)
        _embedding_gradients(params, x, y, part, relu, hidden, grads)
    return seen


@kernel
def evaluate(
    params: Floats,
    x: Ints,
    y: Ints,
    answer: Ints,
    rows: Ints,
    relu: bool,
    squared: bool,
    space: Floats,
) -> tuple[float, int]:
    """Return the mean loss of the pairs ``rows``, and how many of them are right."""
    p, width = params.shape[1], params.shape[2]
    w = params[2]
    block = block_rows(p, width)
    top, total, matrices = space[:block], space[block : 2 * block], space[2 * block :]
    turned = matrices[p * width : 2 * p * width].reshape(width, p)
    rest = matrices[2 * p * width :]
    _turn(w, turned)
    loss, right = 0.0, 0
    for start in range(0, rows.shape[0], block):
        part = rows[start : start + block]
        n = part.shape[0]
        hidden = rest[: n * width].reshape(n, width)
        logits = rest[block * width : block * width + p * n].reshape(p, n)
        target = answer[part]
        _hidden(params, x, y, part, relu, hidden)
        np.dot(turned.T, hidden.T, logits)
        if squared:
            of_block, count = squared_errors(logits, target, top, total)
        else:
            of_block, count = cross_entropies(logits, target, top, total)
        loss += of_block
        right += count
    return loss / rows.shape[0], right


def working_space(p: int, width: int) -> Floats:
    """Return working space for `gradient` and `evaluate`."""
    rows = block_rows(p, width)
    return np.empty(2 * rows + 2 * p * width + rows * (width + p), np.float32)
