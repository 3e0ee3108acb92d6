"""Networks with one hidden layer of leaky ReLUs: their parameters, and both passes.

Plain ReLUs die in narrow layers. Parameters lie in one array: first layer (n_values, width), its
biases, second layer (width, n_outputs), its biases. Weights start uniform over +-1/sqrt(fan-in), as
PyTorch's linear layers do.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.training.starts import fill_uniform

F32 = np.float32
Singles = NDArray[np.float32]

SLOPE = F32(0.1)
"""Of the leaky ReLU below 0."""
_ZERO = F32(0.0)


@kernel
def forward(x: Singles, params: Singles, z: Singles, out: Singles) -> None:
    """Put the hidden layer's values into ``z``, (rows, width), and the outputs into ``out``."""
    rows, width = z.shape
    n, n_outputs = x.shape[1], out.shape[1]
    size = n * width
    end = size + width + width * n_outputs
    b, c = params[size : size + width], params[end:]
    np.dot(x, params[:size].reshape(n, width), z)
    for r in range(rows):
        for j in range(width):
            value = z[r, j] + b[j]
            z[r, j] = value if value > _ZERO else SLOPE * value
    np.dot(z, params[size + width : end].reshape(width, n_outputs), out)
    for r in range(rows):
        for k in range(n_outputs):
            out[r, k] += c[k]


@kernel
def backward(
    x: Singles, params: Singles, z: Singles, slopes: Singles, back: Singles, grads: Singles
) -> None:
    """Fill the gradient of a loss from its ``slopes`` in the outputs, (rows, n_outputs).

    ``z`` is what `forward` put there; ``back``, of its shape, is overwritten.
    """
    rows, width = z.shape
    n, n_outputs = x.shape[1], slopes.shape[1]
    size = n * width
    end = size + width + width * n_outputs
    b, c = grads[size : size + width], grads[end:]
    np.dot(z.T, slopes, grads[size + width : end].reshape(width, n_outputs))
    for k in range(n_outputs):
        c[k] = _ZERO
    for r in range(rows):
        for k in range(n_outputs):
            c[k] += slopes[r, k]
    np.dot(slopes, params[size + width : end].reshape(width, n_outputs).T, back)
    for j in range(width):
        b[j] = _ZERO
    for r in range(rows):
        for j in range(width):
            back[r, j] = back[r, j] if z[r, j] > _ZERO else SLOPE * back[r, j]
            b[j] += back[r, j]
    np.dot(x.T, back, grads[:size].reshape(n, width))


def initial_params(n_values: int, width: int, n_outputs: int, *, key: np.uint64) -> Singles:
    """Return the parameters of a network before training.

    >>> initial_params(64, 2, 10, key=np.uint64(1)).size == 64 * 2 + 2 + 2 * 10 + 10
    True
    """
    first = n_values * width + width
    params = np.empty(first + width * n_outputs + n_outputs, np.float32)
    fill_uniform(key, 1.0, params)
    params[:first] *= F32(n_values**-0.5)
    params[first:] *= F32(width**-0.5)
    return params
