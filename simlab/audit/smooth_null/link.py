"""The smooth null: accuracy against ln N under a power law, with a floor, a ceiling and a spread.

If the loss per token is a power law in the number of parameters N, the accuracy on L tokens is
exp(-exp(eta)) with eta linear in ln N and |d eta / d ln N| the exponent of the law: a Gumbel curve,
which L only shifts (Schaeffer et al. 2023, arXiv 2304.15004, section 2). A difficulty that varies
over items as a gamma variate of mean 1 and variance theta turns it into the link family of
Aranda-Ordaz 1981, doi:10.1093/biomet/68.2.357:

    p = chance + (ceiling - chance) (1 + theta e^eta)^(-1/theta),  eta = location - slope (x - xbar)

theta -> 0 is the Gumbel curve, theta = 1 the logistic one.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import UsageError

_FAR = 30.0
"""Beyond it e^eta decides: the curve is 0 or 1 to the last digit or nearly."""


@kernel
def link1(eta: float, theta: float) -> tuple[float, float, float]:
    """Return F = (1 + theta e^eta)^(-1/theta), dF / d eta and dF / d theta."""
    e = math.exp(min(max(eta, -_FAR), _FAR))
    te = theta * e
    if te < 1e-3:  # series: the closed form would divide a small difference by theta^2
        F = math.exp(-e * (1.0 - te * (0.5 - te * (1.0 / 3.0 - 0.25 * te))))
        by_theta = e * e * (0.5 - te * (2.0 / 3.0 - 0.75 * te))
    else:
        u = math.log1p(te)
        F = math.exp(-u / theta)
        by_theta = u / (theta * theta) - e / (theta * (1.0 + te))
    return F, -F * e / (1.0 + te), F * by_theta


@kernel
def _link(eta: NDArray[np.float64], theta: float, out: NDArray[np.float64]) -> None:
    for i in range(len(eta)):
        out[i] = link1(eta[i], theta)[0]


def smooth_accuracy(
    eta: ArrayLike, *, theta: float = 0.0, chance: float = 0.0, ceiling: float = 1.0
) -> NDArray[np.float64]:
    """Return the accuracy of the smooth null.

    Parameters
    ----------
    eta : array_like
        (n_points,): ln of the loss on the whole answer, in nats; falls as models grow.
    theta : float
        Variance of the items' difficulty, at least 0.
    chance, ceiling : float
        Accuracy of very small and of very large models, 0 <= chance < ceiling <= 1.

    Raises
    ------
    UsageError
        An argument is out of its range.

    >>> smooth_accuracy([0.0], theta=1.0).round(4).tolist()  # the logistic curve at 0
    [0.5]
    >>> smooth_accuracy([0.0]).round(4).tolist()  # exp(-1)
    [0.3679]
    """
    if not (theta >= 0.0 and 0.0 <= chance < ceiling <= 1.0):
        raise UsageError(
            f"smooth curve: theta {theta}, chance {chance}, ceiling {ceiling}; give theta >= 0 and "
            "0 <= chance < ceiling <= 1"
        )
    points = np.atleast_1d(np.asarray(eta, np.float64))
    out = np.empty(len(points))
    _link(points, float(theta), out)
    return chance + (ceiling - chance) * out
