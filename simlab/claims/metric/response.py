"""How the expected score follows p, the probability of getting one token right."""

from itertools import product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from simlab.claims.metric.finding import Search, not_asked, shown, undecided, yes_or_no
from simlab.claims.metric.report import Finding
from simlab.claims.metric.subject import Ability
from simlab.testing.probabilities import probabilities

Floats = NDArray[np.float64]

CONTINUOUS, LINEAR = "continuous in p", "linear in p"
_GRID = 256
_HALVINGS = 50


class Response:
    """Expected scores as a function of p, for each size; NaN where the metric gives no number."""

    def __init__(self, search: Search, ability: Ability) -> None:
        self.ability = ability
        self._score = search.score
        self._by_right: dict[int, Floats] = {}

    def __call__(self, p: ArrayLike, size: int) -> Floats:
        """Return the expected score at each p."""
        values = np.asarray(p, np.float64)
        if self.ability.of_probability is not None:
            scores = [self._told(float(q), size) for q in values.ravel()]
            return np.array(scores, np.float64).reshape(values.shape)
        sums = self._sums(size)
        right = np.arange(size + 1)
        weights = values[..., None] ** right * (1 - values[..., None]) ** (size - right)
        return np.asarray((weights * sums).sum(axis=-1))

    def scores_by_pattern(self, size: int) -> list[tuple[tuple[bool, ...], float]]:
        """Return the score of each pattern of right and wrong tokens that has one."""
        of_outcomes = self.ability.of_outcomes
        assert of_outcomes is not None
        patterns = list(product((False, True), repeat=size))
        scores = [self._score(of_outcomes(pattern)) for pattern in patterns]
        return [(b, s) for b, s in zip(patterns, scores, strict=True) if s is not None]

    def _sums(self, size: int) -> Floats:
        """Return the sum of the scores over the patterns with 0 .. size right tokens."""
        if size not in self._by_right:
            found = self.scores_by_pattern(size)
            sums = np.full(size + 1, np.nan if len(found) < 2**size else 0.0)
            for pattern, score in found:
                sums[sum(pattern)] += score
            self._by_right[size] = sums
        return self._by_right[size]

    def _told(self, p: float, size: int) -> float:
        assert self.ability.of_probability is not None
        score = self._score(self.ability.of_probability(p, size))
        return float("nan") if score is None else score

    def at_ends(self, size: int) -> tuple[float, float]:
        """Return the expected scores at p = 0 and p = 1."""
        low, high = self([0.0, 1.0], size)
        return float(low), float(high)

    def span(self, size: int) -> float:
        """Return the range of the expected score over p."""
        values = self(np.arange(_GRID + 1) / _GRID, size)
        finite = values[np.isfinite(values)]
        return float(np.ptp(finite)) if finite.size else float("nan")


def response_findings(search: Search, response: Response | None) -> list[Finding]:
    """Return whether the expected score is continuous in p, and linear."""
    if response is None:
        return [not_asked(name, "how p enters is not known") for name in (CONTINUOUS, LINEAR)]
    return [_continuous(response), _linear(search, response)]


def _continuous(response: Response) -> Finding:
    """Follow the largest rise of a grid into ever smaller intervals; a jump stays."""
    ability = response.ability
    if ability.of_outcomes is not None:
        if not np.isfinite([response(0.5, size) for size in ability.sizes]).any():
            return undecided(CONTINUOUS, "it gave no number")
        return Finding(
            property=CONTINUOUS,
            verdict="yes",
            holds=True,
            counterexample="of independent tokens every expected score is a polynomial in p",
        )
    judged = 0
    for size in ability.sizes:
        grid = np.arange(_GRID + 1) / _GRID
        values = response(grid, size)
        rises = np.abs(np.diff(values))
        judged += int(np.isfinite(rises).sum())
        for cell in np.argsort(-np.nan_to_num(rises))[:4]:
            jump = _jump(response, size, grid[cell], grid[cell + 1])
            if jump is not None and abs(jump[2] - jump[1]) > 1e-6 * response.span(size):
                p, below, above = jump
                text = f"{ability.size_name} = {size}: from {shown(below)} to {shown(above)}"
                return Finding(
                    property=CONTINUOUS,
                    verdict="no",
                    holds=False,
                    counterexample=f"{text} at p = {shown(p)}",
                    numbers={"at": p, "jump": above - below},
                )
    return yes_or_no(CONTINUOUS, None, judged)


def _jump(
    response: Response, size: int, low: float, high: float
) -> tuple[float, float, float] | None:
    """Return where the larger half of a rise leads to, and the scores on both sides.

    None where the metric gives no number on the way, so that nothing can be said.
    """
    a, b = response([low, high], size)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        m = response(middle, size)
        if not np.isfinite([a, b, m]).all():
            return None
        if abs(m - a) >= abs(b - m):
            high, b = middle, m
        else:
            low, a = middle, m
    return high, float(a), float(b)


def _linear(search: Search, response: Response) -> Finding:
    ability = response.ability
    spans = {size: response.span(size) for size in ability.sizes}

    def bend(example: tuple[int, float, float]) -> tuple[float, float]:
        size, p, q = example
        a, middle, b = response([p, (p + q) / 2, q], size)
        return float(middle), float((a + b) / 2)

    def wrong(example: tuple[int, float, float]) -> bool | None:
        middle, straight = bend(example)
        if not np.isfinite(middle - straight):
            return None
        slack = 1e-7 * spans[example[0]] + 1e-9 * max(abs(middle), abs(straight))
        return abs(middle - straight) > slack

    draws = st.tuples(st.sampled_from(ability.sizes), probabilities(), probabilities())
    hit = search.smallest(LINEAR, draws, wrong)
    found, judged = hit
    if found is None:
        return yes_or_no(LINEAR, None, judged)
    (size, p, q), (middle, straight) = found, bend(found)
    text = f"{ability.size_name} = {size}: {shown(middle)} at p = {shown((p + q) / 2)}, where the "
    text += f"line from p = {shown(min(p, q))} to {shown(max(p, q))} has {shown(straight)}"
    return yes_or_no(LINEAR, text, judged)
