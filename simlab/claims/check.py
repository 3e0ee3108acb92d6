"""Property claims checked: does the search agree with what is expected of each?"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from simlab.claims.claim import Evidence
from simlab.claims.property_claim import Comparison, PropertyClaim
from simlab.claims.search import smallest
from simlab.errors import UsageError
from simlab.streams import seed_key

Plain = float | int | str | bool | list[Any] | None


class CheckedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A property claim with what its search came to."""

    id: str
    statement: str
    source: str
    expected: Literal["holds", "fails"]
    outcome: Literal["holds", "fails", "broken"]
    """"holds" where no counterexample was found, "broken" where the check itself raised."""
    passed: bool
    """Whether the outcome is the expected one."""
    examples: int
    """Examples looked at, up to the first counterexample."""
    counterexample: dict[str, Plain] | None
    """The smallest one found, by name."""
    observed: Evidence
    """What it shows; of a broken check the error."""
    claimed: Evidence
    """What the statement says of it."""
    reason: str


def check_claims(
    claims: Sequence[PropertyClaim],
    *,
    examples: int | None = None,
    seed: int = 0,
    progress: Callable[[float, int], None] = lambda done, total: None,
) -> list[CheckedClaim]:
    """Search each claim for its smallest counterexample.

    A claim's examples depend on the seed and on its id, not on the other claims.

    Parameters
    ----------
    claims : sequence of PropertyClaim
    examples : int, optional
        Most examples a claim, at least 1; by default what each claim asks for.
    seed : int
        Names the draws.
    progress : callable
        Takes claims done and claims in all.

    Raises
    ------
    UsageError
        The number of examples is below 1.
    """
    if examples is not None and examples < 1:
        raise UsageError(f"examples: {examples}; give at least 1")
    checked = []
    for done, claim in enumerate(claims):
        progress(done, len(claims))
        checked.append(check_claim(claim, examples=examples, seed=seed))
    progress(len(claims), len(claims))
    return checked


def check_claim(
    claim: PropertyClaim, *, examples: int | None = None, seed: int = 0
) -> CheckedClaim:
    """Search one claim for its smallest counterexample; arguments as for `check_claims`.

    >>> from hypothesis import strategies as st
    >>> from simlab.claims.property_claim import at_most
    >>> claim = PropertyClaim(id="small", statement="n is at most 20", source="here",
    ...     given={"n": st.integers(0, 99)}, compare=lambda n: at_most(n, 20), expected="fails",
    ...     reason="21 is more")
    >>> check = check_claim(claim)
    >>> check.passed, check.outcome, check.counterexample
    (True, 'fails', {'n': 21})
    """
    from hypothesis import strategies as st

    def contradicts(example: dict[str, Any]) -> bool:
        return not claim.compare(**example).agrees

    counterexample, shown = None, Comparison(True, None, None)
    outcome: Literal["holds", "fails", "broken"]
    tried = 0
    try:
        found = smallest(
            st.fixed_dictionaries(dict(claim.given)),
            contradicts,
            examples=examples or claim.examples,
            key=seed_key(seed, "claims", claim.id),
        )
        tried, counterexample = found.tried, found.counterexample
        outcome = "fails" if found.any else "holds"
        if counterexample is not None:
            shown = claim.compare(**counterexample)
    except Exception as error:
        outcome = "broken"
        shown = Comparison(False, f"{type(error).__name__}: {' '.join(str(error).split())}", None)
    return CheckedClaim(
        id=claim.id,
        statement=claim.statement,
        source=claim.source,
        expected=claim.expected,
        outcome=outcome,
        passed=outcome == claim.expected,
        examples=tried,
        counterexample=None
        if counterexample is None
        else {name: _plain(value) for name, value in counterexample.items()},
        observed=_plain_evidence(shown.observed),
        claimed=_plain_evidence(shown.claimed),
        reason=claim.reason,
    )


def _plain(value: Any) -> Plain:
    """Return a drawn value as JSON has it; of what it has not, the text."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str) or value is None else repr(value)


def _plain_evidence(value: Evidence) -> Evidence:
    """Return evidence without the numbers that JSON has not."""
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
