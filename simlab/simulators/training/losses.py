"""Losses of classifiers and their gradients, on blocks of logits stored class by class.

A block is (n_classes, n_rows): what one row needs from all classes is then a sum over the slow
axis, which vectorises over rows without any change in the order of additions.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel

F32 = np.float32
_LOG2_E = F32(1.4426950408889634)
_ROUND = F32(12582912.0)  # 1.5 * 2^23: adding it leaves the nearest whole number in the low bits
_LN2_HIGH, _LN2_LOW = F32(0.693359375), F32(-2.12194440e-4)
_C2, _C3, _C4 = F32(5.0000001201e-1), F32(1.6666665459e-1), F32(4.1665795894e-2)
_C5, _C6, _C7 = F32(8.3334519073e-3), F32(1.3981999507e-3), F32(1.9875691500e-4)
_ONE_BITS = np.int32(0x3F800000)
_SHIFT = np.int32(23)
_LOWEST = F32(-60.0)
_ZERO, _ONE, _TWO = F32(0.0), F32(1.0), F32(2.0)


@kernel
def exp32(x: np.float32) -> np.float32:
    """Return e^x for x <= 0 with a relative error below 1e-7, and 0 below -60.

    Polynomial and reduction of Cephes (Moshier 1989, expf). It vectorises; a call to the C library
    would not. The cut keeps probabilities, and what they are multiplied by, out of the denormals.
    """
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    y = ((((_C7 * r + _C6) * r + _C5) * r + _C4) * r + _C3) * r + _C2
    y = y * r * r + r + _ONE
    power = np.int32((np.float32(shifted).view(np.int32) << _SHIFT) + _ONE_BITS)
    y = y * np.int32(power).view(np.float32)
    return _ZERO if x < _LOWEST else y


@kernel
def cross_entropy_gradient(
    logits: NDArray[np.float32],
    target: NDArray[np.int32],
    share: np.float32,
    top: NDArray[np.float32],
    total: NDArray[np.float32],
) -> float:
    """Replace logits by the gradient of the cross-entropy: (softmax - 1[target]) * ``share``.

    Parameters
    ----------
    logits : (n_classes, n_rows) float32
        Changed in place.
    target : (n_rows,) int32
        Right classes.
    share : float
        Weight of a row, such as 1 / batch size.
    top, total : (at least n_rows,) float32
        Working space.

    Returns
    -------
    float
        The sum of the softmax denominators: finite unless a logit is not.
    """
    n_classes, n_rows = logits.shape
    _denominators(logits, top, total)
    seen = 0.0
    for j in range(n_rows):
        seen += total[j]
        total[j] = share / total[j]
    for c in range(n_classes):
        for j in range(n_rows):
            logits[c, j] *= total[j]
    for j in range(n_rows):
        logits[target[j], j] -= share
    return seen


@kernel
def _denominators(
    logits: NDArray[np.float32], top: NDArray[np.float32], total: NDArray[np.float32]
) -> None:
    """Replace logits by e^(logit - largest); leave the largest and the sum of each row."""
    n_classes, n_rows = logits.shape
    for j in range(n_rows):
        top[j] = logits[0, j]
        total[j] = _ZERO
    for c in range(1, n_classes):
        for j in range(n_rows):
            x = logits[c, j]
            top[j] = x if x > top[j] else top[j]
    for c in range(n_classes):
        for j in range(n_rows):
            e = exp32(logits[c, j] - top[j])
            logits[c, j] = e
            total[j] += e


@kernel
def squared_error_gradient(
    outputs: NDArray[np.float32],
    target: NDArray[np.int32],
    share: np.float32,
    total: NDArray[np.float32],
) -> float:
    """Replace outputs by the gradient of the squared error to the one-hot target.

    The loss of a row is its mean over classes; ``share`` is the weight of a row. Returns the sum of
    squares, finite unless an output is not (or is beyond 1e19).
    """
    n_classes, n_rows = outputs.shape
    factor = _TWO * share / F32(n_classes)
    for j in range(n_rows):
        outputs[target[j], j] -= _ONE
    for j in range(n_rows):
        total[j] = _ZERO
    for c in range(n_classes):
        for j in range(n_rows):
            total[j] += outputs[c, j] * outputs[c, j]
            outputs[c, j] *= factor
    seen = 0.0
    for j in range(n_rows):
        seen += total[j]
    return seen


@kernel
def cross_entropies(
    logits: NDArray[np.float32],
    target: NDArray[np.int32],
    top: NDArray[np.float32],
    total: NDArray[np.float32],
) -> tuple[float, int]:
    """Return the sum of cross-entropies in nats, and how many rows are right; spoils the logits."""
    n_rows = logits.shape[1]
    right = count_right(logits, target, top, total)
    loss = 0.0
    for j in range(n_rows):
        loss -= logits[target[j], j]
    _denominators(logits, top, total)
    for j in range(n_rows):
        loss += top[j] + np.log(np.float64(total[j]))
    return loss, right


@kernel
def squared_errors(
    outputs: NDArray[np.float32],
    target: NDArray[np.int32],
    top: NDArray[np.float32],
    total: NDArray[np.float32],
) -> tuple[float, int]:
    """Return the sum over rows of mean squared errors, and how many are right; spoils outputs."""
    n_classes, n_rows = outputs.shape
    right = count_right(outputs, target, top, total)
    for j in range(n_rows):
        outputs[target[j], j] -= _ONE
        total[j] = _ZERO
    for c in range(n_classes):
        for j in range(n_rows):
            total[j] += outputs[c, j] * outputs[c, j]
    loss = 0.0
    for j in range(n_rows):
        loss += total[j]
    return loss / n_classes, right


@kernel
def count_right(
    logits: NDArray[np.float32],
    target: NDArray[np.int32],
    top: NDArray[np.float32],
    total: NDArray[np.float32],
) -> int:
    """Return how many rows have their largest logit, and no other one like it, at the target.

    A network that gives all classes one logit is right nowhere, and so is one that gives NaN.
    """
    n_classes, n_rows = logits.shape
    for j in range(n_rows):
        top[j] = logits[target[j], j]
        total[j] = _ZERO
    for c in range(n_classes):
        for j in range(n_rows):
            total[j] += _ONE if logits[c, j] >= top[j] else _ZERO
    right = 0
    for j in range(n_rows):
        right += total[j] == _ONE
    return right
