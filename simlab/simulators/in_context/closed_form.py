"""Errors that have a closed form: predicting 0, the average, and least squares.

All follow from moments of normal and inverse Wishart matrices, hold for every kind of task of
`simlab.simulators.in_context.tasks`, and are over d, as in a `Comparison`.
"""

import math

from simlab.errors import UsageError


def expected_error(name: str, n: int, d: int, sigma: float) -> float | None:
    """Return the expected squared error over d after ``n`` examples; None where none is known.

    Predicting 0 has 1. The average has (d + 1 + s^2) / n. Least squares of minimum norm leaves
    1 - n/d of the weights unseen below d and adds the noise's s^2 tr E (X X')^-1 (Hastie,
    Montanari, Rosset & Tibshirani 2022, arXiv 1903.08560, section 3): infinite for d - 1, d, d + 1.

    >>> expected_error("ols", 4, 8, 0.0), expected_error("ols", 8, 8, 0.25)
    (0.5, inf)
    """
    if n < 0 or d < 1:
        raise UsageError(f"n {n}, d {d}: give a number of examples from 0, and d from 1")
    if name == "zero" or (n == 0 and name in ("average", "ols")):
        return 1.0
    if name == "average":
        return (d + 1.0 + sigma * sigma) / n
    if name != "ols":
        return None
    if abs(n - d) <= 1:
        return math.inf if sigma > 0.0 else max(1.0 - n / d, 0.0)
    if n < d:
        return 1.0 - n / d + sigma * sigma * n / (d * (d - n - 1.0))
    return sigma * sigma / (n - d - 1.0)
