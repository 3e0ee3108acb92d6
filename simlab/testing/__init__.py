"""Hypothesis strategies for suites of your own: families, curves, outcomes, tables of scores.

    from hypothesis import given
    from simlab.testing import curves, families, outcomes, score_tables

    @given(curves("smooth"))
    def test_my_score_is_finite(curve):
        assert isfinite(my_score(curve.scale, curve.score))

What they draw shrinks to the simplest case: few scales, round numbers, all wrong. The numbers are
exact in binary (multiples of 2^-10), so that a counterexample is not a matter of rounding.

>>> from hypothesis import find
>>> find(curves("step"), lambda curve: len(curve.scale) > 4).score.tolist()
[0.0, 0.0, 0.0, 0.0, 1.0]
"""

from simlab.testing.curves import DrawnCurve, curves
from simlab.testing.families import families, log_spaced_sizes
from simlab.testing.outcomes import outcomes
from simlab.testing.probabilities import distributions, probabilities
from simlab.testing.score_tables import score_tables

__all__ = [
    "DrawnCurve",
    "curves",
    "distributions",
    "families",
    "log_spaced_sizes",
    "outcomes",
    "probabilities",
    "score_tables",
]
