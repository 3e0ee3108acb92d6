"""A property claim: a sentence that is to hold for all examples of a kind, or is known not to.

To add one, put a file into `simlab/claims/catalogue/` that assigns ``CLAIMS = (PropertyClaim(...),
...)``; a package of your own registers such a tuple as an entry point of the group
``simlab.claims``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from hypothesis.strategies import SearchStrategy

from simlab.claims.claim import Evidence

Outcome = Literal["holds", "fails"]


class Comparison(NamedTuple):
    """What one example says."""

    agrees: bool
    observed: Evidence
    claimed: Evidence


@dataclass(frozen=True, kw_only=True)
class PropertyClaim:
    """A statement over all examples, with what is expected of it and why.

    >>> from hypothesis import strategies as st
    >>> claim = PropertyClaim(id="squares", statement="n^2 is at least n", source="arithmetic",
    ...     given={"n": st.integers(-9, 9)}, reason="|n| is 0 or at least 1",
    ...     compare=lambda n: at_least(n * n, n))
    >>> claim.compare(n=-3).agrees
    True
    """

    id: str
    """Short name, unique among all claims, in kebab-case."""
    statement: str
    """The claim as a sentence."""
    source: str
    """The paper with its place, or "closed form"; of a reading that no paper prints, who reads."""
    given: Mapping[str, SearchStrategy[Any]]
    """What the statement speaks of, by name: numbers, text, or lists of them."""
    compare: Callable[..., Comparison]
    """Takes one example by name; says what is observed, what is claimed, and if they agree. The
    same example gives the same answer."""
    reason: str
    """Why it holds, or why it is expected to fail."""
    expected: Outcome = "holds"
    """"fails" where a counterexample is known to exist: then finding one is what passes."""
    examples: int = 200
    """Examples that a check looks at unless it is told another number."""


def equals(observed: float, claimed: float, *, tolerance: float = 0.0) -> Comparison:
    """Agree if the two differ by at most ``tolerance``; NaN never agrees.

    >>> equals(0.25, 0.5).agrees, equals(0.3, 0.1 * 3, tolerance=1e-12).agrees
    (False, True)
    """
    agrees = observed == claimed or abs(observed - claimed) <= tolerance
    return Comparison(bool(agrees), float(observed), float(claimed))


def at_most(observed: float, claimed: float, *, slack: float = 0.0) -> Comparison:
    """Agree if the observed number is at most the claimed one, but for ``slack``.

    >>> at_most(2.0, 1.0)
    Comparison(agrees=False, observed=2.0, claimed='at most 1')
    """
    return Comparison(bool(observed <= claimed + slack), float(observed), f"at most {claimed:.8g}")


def at_least(observed: float, claimed: float, *, slack: float = 0.0) -> Comparison:
    """Agree if the observed number is at least the claimed one, but for ``slack``.

    >>> at_least(2.0, 1.0).agrees
    True
    """
    return Comparison(bool(observed >= claimed - slack), float(observed), f"at least {claimed:.8g}")


def relative(observed: float, claimed: float, *, tolerance: float = 1e-9) -> Comparison:
    """Agree if the two differ by at most ``tolerance`` times the larger, or both are the same.

    >>> relative(1e300, 1e300 * (1 + 1e-12)).agrees
    True
    """
    return Comparison(
        math.isclose(observed, claimed, rel_tol=tolerance, abs_tol=1e-300),
        float(observed),
        float(claimed),
    )
