"""The catalogue of property claims: complete, as expected, and able to fail."""

import pytest

from simlab.claims import discovery
from simlab.claims.check import check_claim, check_claims
from simlab.claims.claim import Claim
from simlab.claims.discovery import find_claims, property_claims
from simlab.claims.property_claim import (
    Comparison,
    PropertyClaim,
    at_least,
    at_most,
    equals,
    relative,
)
from simlab.errors import UsageError

CLAIMS = {id: found.claim for id, found in property_claims().claims.items()}
FAILING = sorted(id for id, claim in CLAIMS.items() if claim.expected == "fails")
HOLDING = sorted(id for id, claim in CLAIMS.items() if claim.expected == "holds")

# What a reader would give as the counterexample. Hypothesis makes examples smaller one part at a
# time, so that where two parts are bound to each other there may be several smallest ones.
SMALLEST = {
    "edit-distance-is-linear-in-any-vocabulary": {"p": 0.0, "V": 2, "L": 3},
    "exact-match-makes-no-jump": {"n_scales": 4, "alpha": -0.5, "L": 2},
    "mirage-error-1-edit-distance-as-printed": {"eps": 0.0, "L": 1},
    "mirage-error-2-resolution-as-printed": {"n_items": 1, "L": 2},
    "mirage-error-3-triplets-as-printed": {"tasks": 220, "metrics": 40, "families": 10},
    "mirage-error-4-floor-as-printed": {"n_params": 3.5e8, "L": 1},
    "mirage-error-5-independence-as-printed": {"cell": "four_digit_addition, 175B, L=5, T=0.0"},
    "more-steps-make-it-steeper": {"alpha": -0.5, "K": 2},
    "naive-pass-at-k-is-unbiased": {"p": 0.5, "k": 2, "more": 0},
    "passuntil-r-over-k-is-unbiased": {"p": 0.5, "r": 1},
    "score-above-10-is-no-straight-line": {"n_scales": 12},
    "wilson-never-covers-too-little": {"n": 1, "p": 0.125},
}


@pytest.mark.parametrize("id", HOLDING)
def test_what_should_hold_has_no_counterexample(id: str) -> None:
    checked = check_claim(CLAIMS[id], examples=min(40, CLAIMS[id].examples))
    assert (checked.outcome, checked.passed) == ("holds", True), checked
    assert checked.counterexample is None
    assert checked.examples >= 2 or id == "mirage-error-3-triplets-corrected"


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("id", FAILING)
def test_what_should_fail_has_a_counterexample_that_shows_it(id: str, seed: int) -> None:
    checked = check_claim(CLAIMS[id], seed=seed)
    assert (checked.outcome, checked.passed) == ("fails", True)
    assert checked.counterexample is not None
    assert checked.counterexample == SMALLEST.get(id, checked.counterexample)
    if id == "mirage-error-5-independence-as-printed":
        assert checked.observed == pytest.approx(0.155, abs=5e-4)
        assert checked.claimed == pytest.approx(0.042, abs=5e-4)
    else:
        again = CLAIMS[id].compare(**checked.counterexample)
        assert not again.agrees
        assert (again.observed, again.claimed) == (checked.observed, checked.claimed)


def test_every_error_of_the_paper_is_shown_as_printed_and_as_corrected() -> None:
    for error in range(1, 6):
        about = {id for id in CLAIMS if id.startswith(f"mirage-error-{error}-")}
        assert {id.rsplit("-", 2)[-1] for id in about} == {"printed", "corrected"}
        assert {CLAIMS[id].expected for id in about if id.endswith("as-printed")} == {"fails"}
        assert {CLAIMS[id].expected for id in about if id.endswith("corrected")} == {"holds"}


@pytest.mark.parametrize("id", sorted(CLAIMS))
def test_each_claim_says_what_a_reader_needs(id: str) -> None:
    claim = CLAIMS[id]
    assert claim.id == id == id.lower().replace(" ", "-")
    assert claim.statement.endswith(".")
    assert claim.reason.endswith(".")
    assert len(claim.source) > 5


def test_one_seed_gives_one_answer_whatever_else_is_checked() -> None:
    ids = ("noise-never-scores-above-5", "passuntil-r-over-k-is-unbiased")
    found = [claim.claim for claim in find_claims(ids, property_claims())]
    alone = [check_claim(claim, seed=3) for claim in found]
    assert check_claims(found, seed=3) == alone == check_claims(found[::-1], seed=3)[::-1]
    assert check_claim(found[0], seed=4).counterexample != alone[0].counterexample


def wrong(**changes: object) -> PropertyClaim:
    from hypothesis import strategies as st

    parts: dict[str, object] = {
        "id": "wrong",
        "statement": "n is at most 20.",
        "source": "this test",
        "given": {"n": st.integers(0, 99)},
        "compare": lambda n: at_most(n, 20),
        "reason": "None.",
    }
    return PropertyClaim(**(parts | changes))  # type: ignore[arg-type]


def test_a_claim_that_does_not_come_out_as_expected_does_not_pass() -> None:
    checked = check_claim(wrong())
    assert (checked.passed, checked.outcome) == (False, "fails")
    assert (checked.counterexample, checked.observed) == ({"n": 21}, 21)
    never = check_claim(wrong(compare=lambda n: at_most(n, 99), expected="fails"))
    assert (never.passed, never.outcome, never.examples) == (False, "holds", 100)


def test_a_check_that_raises_is_broken_whatever_is_expected() -> None:
    for expected in ("holds", "fails"):
        checked = check_claim(wrong(compare=lambda n: 1 / 0, expected=expected))
        assert (checked.passed, checked.outcome) == (False, "broken")
        assert checked.observed == "ZeroDivisionError: division by zero"


def test_evidence_is_what_json_holds() -> None:
    import msgspec
    import numpy as np
    from hypothesis import strategies as st

    from simlab.testing import outcomes

    nan = Comparison(False, float("nan"), float("inf"))
    checked = check_claim(
        wrong(given={"right": outcomes(), "at": st.just(np.float64(2))}, compare=lambda **x: nan)
    )
    assert msgspec.json.decode(msgspec.json.encode(checked))["counterexample"] == {
        "right": [[False]],
        "at": 2.0,
    }
    assert (checked.observed, checked.claimed) == ("nan", "inf")


def test_the_number_of_examples_is_checked_and_kept() -> None:
    with pytest.raises(UsageError, match="examples: 0; give at least 1"):
        check_claims([wrong()], examples=0)
    assert check_claim(wrong(compare=lambda n: at_most(n, 99)), examples=7).examples == 7


def test_comparisons() -> None:
    nan = float("nan")
    assert not equals(nan, nan).agrees
    assert equals(float("inf"), float("inf")).agrees
    assert not equals(1.0, 1.1, tolerance=0.05).agrees
    assert not at_most(nan, 1.0).agrees
    assert not at_least(nan, 1.0).agrees
    assert at_least(0.9, 1.0, slack=0.2).agrees
    assert not relative(1.0, 1.0 + 1e-6).agrees
    assert relative(0.0, 0.0).agrees


class Point:
    """An entry point that gives what it is told to."""

    value = "acme.claims:CLAIMS"

    def __init__(self, name: str, offered: object) -> None:
        self.name, self.offered = name, offered

    def load(self) -> object:
        if isinstance(self.offered, Exception):
            raise self.offered
        return self.offered


def test_packages_add_claims_and_a_broken_one_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = [
        Point("broken", ModuleNotFoundError("No module\nnamed 'acme'")),
        Point("odd", "a text"),
        Point("one", wrong(id="mine")),
        Point("second", (wrong(id="mine"),)),
        Point("several", [wrong(id="his"), wrong(id="hers")]),
    ]
    monkeypatch.setattr(discovery, "entry_points", lambda group: points)
    known = property_claims()
    assert {"mine", "his", "hers", "pass-at-k-is-unbiased"} <= set(known.claims)
    assert known.claims["mine"].place == "one (acme.claims:CLAIMS)"
    first, second, third = known.broken
    assert "cannot be imported: ModuleNotFoundError: No module named 'acme'; repair" in first
    assert second == "claims odd (acme.claims:CLAIMS): not a PropertyClaim, nor a tuple of them"
    assert "the id 'mine' is taken by one (acme" in third
    assert [found.claim.id for found in find_claims(("his",), known)] == ["his"]
    with pytest.raises(UsageError, match="cannot be imported"):
        find_claims((), known)


def test_an_unknown_claim_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no claim 'pass-at-k-is-biased'; did you mean 'pass-at-"):
        find_claims(("pass-at-k-is-biased",), property_claims())


def test_run_claims_and_property_claims_are_two_kinds() -> None:
    assert not issubclass(PropertyClaim, Claim)
