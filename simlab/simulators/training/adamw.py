"""AdamW in single precision, on all parameters of a model as one flat vector.

Loshchilov & Hutter 2019, "Decoupled weight decay regularization", arXiv 1711.05101, algorithm 2,
in the order of operations of PyTorch's AdamW.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError

F32 = np.float32
_SMALL_M = F32(1e-20)
_SMALL_V = F32(1e-30)
_SMALL_G = F32(1e-17)
_SMALL_P = F32(1e-12)
_ZERO = F32(0.0)


@kernel
def _adamw1(
    p: np.float32,
    g: np.float32,
    m: np.float32,
    v: np.float32,
    rate: np.float32,
    keep: np.float32,
    new1: np.float32,
    beta2: np.float32,
    new2: np.float32,
    root: np.float32,
    eps: np.float32,
) -> tuple[np.float32, np.float32, np.float32]:
    """Return one parameter and its two moments after a step.

    ``rate`` is lr / (1 - beta1^t), ``keep`` 1 - lr * decay, ``root`` 1 / sqrt(1 - beta2^t), and
    ``new1``, ``new2`` are 1 - beta1, 1 - beta2. Numbers below the thresholds would soon be
    denormal, or their products would, and these take a processor sixty times as long: weight decay
    sends the units that a network does not need there. A parameter is then 0; next to eps, none of
    the thresholds can be seen.
    """
    g = _ZERO if abs(g) < _SMALL_G else g
    m = m + new1 * (g - m)
    m = _ZERO if abs(m) < _SMALL_M else m
    v = beta2 * v + new2 * g * g
    v = v if v > _SMALL_V or v != v else _SMALL_V
    p = p * keep - rate * (m / (math.sqrt(v) * root + eps))
    return _ZERO if abs(p) < _SMALL_P else p, m, v


@kernel
def adamw(
    params: NDArray[np.float32],
    grads: NDArray[np.float32],
    m: NDArray[np.float32],
    v: NDArray[np.float32],
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> None:
    """Take one step of AdamW in place; for use inside kernels.

    Parameters
    ----------
    params : (n,) float32
        All parameters, changed in place; one that falls below 1e-12 in size becomes 0.
    grads : (n,) float32
        Their gradients.
    m, v : (n,) float32
        First and second moments, zeros before the first step, changed in place.
    step : int
        Number of this step, from 1.
    lr, beta1, beta2, eps, weight_decay : float
        Decay is decoupled: parameters shrink by 1 - lr * weight_decay. With 0 this is Adam.

    >>> p, g = np.ones(2, np.float32), np.array([1.0, -3.0], np.float32)
    >>> m, v = np.zeros(2, np.float32), np.zeros(2, np.float32)
    >>> adamw(p, g, m, v, 1, 0.5, 0.9, 0.999, 1e-8, 0.0)
    >>> p.round(4).tolist()
    [0.5, 1.5]
    """
    rate = F32(lr / (1.0 - beta1**step))
    root = F32(1.0 / math.sqrt(1.0 - beta2**step))
    keep = F32(1.0 - lr * weight_decay)
    new1, new2, b2, e = F32(1.0 - beta1), F32(1.0 - beta2), F32(beta2), F32(eps)
    for i in range(params.shape[0]):
        params[i], m[i], v[i] = _adamw1(
            params[i], grads[i], m[i], v[i], rate, keep, new1, b2, new2, root, e
        )


class AdamW(NamedTuple):
    """The constants of the optimiser, in the order in which `adamw` takes them."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def checked(self) -> "AdamW":
        """Return the constants as they are; raise UsageError for one out of its range.

        >>> AdamW(lr=0.0).checked()
        Traceback (most recent call last):
        simlab.errors.UsageError: lr 0: give a number above 0
        """
        for name, value in zip(("lr", "eps"), (self.lr, self.eps), strict=True):
            if not 0.0 < value < math.inf:
                raise UsageError(f"{name} {value:g}: give a number above 0")
        for name, value in zip(("beta1", "beta2"), (self.beta1, self.beta2), strict=True):
            if not 0.0 <= value < 1.0:
                raise UsageError(f"{name} {value:g}: give a number from 0 to below 1")
        if not 0.0 <= self.weight_decay < math.inf:
            raise UsageError(f"weight_decay {self.weight_decay:g}: give a number from 0")
        return self
