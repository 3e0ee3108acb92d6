"""A claim of a run: a sentence, what was expected, what came out, and whether it holds."""

import math
from typing import Any

import msgspec
import numpy as np

Evidence = float | int | str | None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One checked statement with its evidence; failed claims decide the exit code of a run.

    >>> within("slope", "The slope is 1/2", observed=0.501, expected=0.5, tolerance=0.01,
    ...        source="closed form").passed
    True
    """

    id: str
    """Short name, unique in its scenario or source, in kebab-case."""
    statement: str
    """The claim as a sentence."""
    source: str
    """The paper with its equation or table, or "closed form"."""
    observed: Evidence
    expected: Evidence
    tolerance: float | None = None
    """Largest absolute difference that passes; None where the claim is not numeric."""
    passed: bool
    contradiction: bool = False
    """The claim passes because a publication disagrees with itself here, as was expected of it."""

    @property
    def verdict(self) -> str:
        """Return "pass", "fail" or "contradiction"."""
        if not self.passed:
            return "fail"
        return "contradiction" if self.contradiction else "pass"


def within(
    id: str, statement: str, *, observed: float, expected: float, tolerance: float, source: str
) -> Claim:
    """Return a claim that passes if ``|observed - expected| <= tolerance``.

    NaN and infinities never pass, and stand as None in the evidence.
    """
    numbers = all(math.isfinite(x) for x in (observed, expected, tolerance))
    return Claim(
        id=id,
        statement=statement,
        source=source,
        observed=_plain(float(observed)),
        expected=_plain(float(expected)),
        tolerance=float(tolerance) if math.isfinite(tolerance) else None,
        passed=bool(numbers and abs(observed - expected) <= tolerance),
    )


def contradicts(
    id: str, statement: str, *, observed: float, expected: float, tolerance: float, source: str
) -> Claim:
    """Return a claim that a published number misses what the publication itself implies.

    ``expected`` is the published number, ``observed`` what its own constants or data give. The
    claim passes, as a contradiction, if the two differ by more than ``tolerance``; it fails where
    they agree, since then the publication was blamed in vain.

    >>> contradicts("slip", "2 + 2 is printed as 5", observed=4, expected=5, tolerance=0.5,
    ...             source="arithmetic").verdict
    'contradiction'
    """
    check = within(
        id, statement, observed=observed, expected=expected, tolerance=tolerance, source=source
    )
    differs = math.isfinite(observed) and math.isfinite(expected) and not check.passed
    return msgspec.structs.replace(check, passed=differs, contradiction=True)


def holds(
    id: str, statement: str, *, passed: bool, observed: Evidence, expected: Evidence, source: str
) -> Claim:
    """Return a claim whose check is not a difference of two numbers; evidence may be a sentence."""
    return Claim(
        id=id,
        statement=statement,
        source=source,
        observed=_plain(observed),
        expected=_plain(expected),
        passed=bool(passed),
    )


def _plain(value: Any) -> Evidence:
    """Return evidence as Python's own types, which JSON has; None for NaN and infinities."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
