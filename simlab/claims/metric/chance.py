"""The score of one who knows nothing and holds k answers alike."""

from simlab.claims.metric.finding import Search, close, not_asked, shown, undecided
from simlab.claims.metric.report import Finding
from simlab.claims.metric.subject import Guess
from simlab.metrics.properties import CHANCE_TERMS

CHANCE = "chance level"
_ANSWERS = (2, 3, 4, 5)


def chance(search: Search) -> Finding:
    """Return the term in k that the score of a guess is, if it is one whatever the answers are."""
    subject = search.subject
    if subject.guess is None:
        return not_asked(CHANCE, "what a guess is depends on the task")
    plain = {k: _score(search, subject.guess(k)) for k in _ANSWERS}
    if any(score is None for score in plain.values()):
        return undecided(CHANCE, "it gave no number for a guess")
    known = {k: score for k, score in plain.items() if score is not None}
    numbers: dict[str, float | str | None] = {f"k={k}": score for k, score in known.items()}
    values = ", ".join(f"{shown(score)} at k = {k}" for k, score in known.items())
    term = next(
        (
            name
            for name, of in CHANCE_TERMS.items()
            if all(close(s, of(k)) for k, s in known.items())
        ),
        None,
    )
    if term is None:
        return Finding(
            property=CHANCE, verdict="no simple term in k", holds=None, counterexample=values,
            numbers=numbers,
        )  # fmt: skip
    numbers["term"] = term
    if subject.guesses is not None:

        def wrong(guess: Guess) -> bool | None:
            score = _score(search, guess)
            return None if score is None else not close(score, CHANCE_TERMS[term](guess.k))

        hit = search.smallest(CHANCE, subject.guesses, wrong)
        found, _ = hit
        if found is not None:
            numbers["term"] = None
            answers = "; ".join(search.shows(items) for _, items in found.sets)
            return Finding(
                property=CHANCE,
                verdict=f"depends on the answers ({term} if they share nothing)",
                holds=None,
                counterexample=answers,
                numbers=numbers,
            )
    return Finding(
        property=CHANCE, verdict=f"{term} among k answers", holds=None, counterexample=values,
        numbers=numbers,
    )  # fmt: skip


def _score(search: Search, guess: Guess) -> float | None:
    total = 0.0
    for share, items in guess.sets:
        score = search.score(items)
        if score is None:
            return None
        total += share * score
    return total
