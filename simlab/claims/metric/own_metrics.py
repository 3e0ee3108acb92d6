"""The metrics of simlab as subjects of a search, each with its own kind of item.

A new metric of `simlab.metrics` is added here with what one item of it is; its declared properties
are then searched for a counterexample like those of the others.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from simlab.claims.metric import probability_metric as by_probability
from simlab.claims.metric.subject import Ability, Guess, Items, Subject
from simlab.claims.metric.token_metric import token_metric
from simlab.metrics.declared import find_metric
from simlab.testing.probabilities import probabilities

_NUMBERS = tuple(range(1, 9))
_P = probabilities(low=0.001)
_SMALL = st.integers(0, 3)


def own_metric(name: str) -> Subject:
    """Return a metric of simlab as the subject of a search; raise UsageError if there is none.

    >>> own_metric("pass_at_k").describe(((4, 1), (4, 4)))
    'items = [(4, 1), (4, 4)]'
    """
    function = find_metric(name).load()
    if name in _OF_TOKENS:
        read = _OF_TOKENS[name]
        return token_metric(name, lambda a, b: read(function(a, b)), batch=True)
    score, parts = _OTHERS[name]
    return Subject(
        name=name,
        kind="own",
        function=lambda items: score(function, items),
        arguments=lambda items: (list(items),),
        argument_names=("items",),
        takes_sets=True,
        **parts(),
    )


def own_names() -> list[str]:
    """Return the metrics that can be searched, sorted.

    >>> "brier_score" in own_names()
    True
    """
    return sorted([*_OF_TOKENS, *_OTHERS])


_OF_TOKENS: dict[str, Callable[[Any], Any]] = {
    "bleu": lambda result: result.corpus,
    "exact_match": lambda result: result,
    "rouge_l": lambda result: result.f,
    "token_edit_distance": lambda result: result.distance,
}


def _columns(items: Items) -> tuple[list[Any], list[Any]]:
    return [a for a, _ in items], [b for _, b in items]


def _outcomes(of: Callable[[tuple[bool, ...]], Items], first: int = 1) -> Ability:
    return Ability(sizes=_NUMBERS[first - 1 :], size_name="n", of_outcomes=of)


def _told(of: Callable[[float], Items]) -> Ability:
    return Ability(sizes=(2,), size_name="k", of_probability=lambda p, k: of(p))


def _guess(of: Callable[[int], Items]) -> Callable[[int], Guess]:
    return lambda k: Guess(k, ((1.0, of(k)),))


def _accuracy() -> Mapping[str, Any]:
    return {
        "items": st.tuples(_SMALL, _SMALL),
        "better": st.tuples(_SMALL, _SMALL).map(lambda i: (i, (i[1], i[1]))),
        "perfect": lambda item: (item[1], item[1]),
        "ability": _outcomes(lambda right: tuple((int(not r), 0) for r in right)),
        "guess": lambda k: Guess(k, tuple((1 / k, ((j, 0),)) for j in range(k))),
    }


def _all_correct() -> Mapping[str, Any]:
    sets = st.tuples(*[st.booleans()] * 3)
    return {
        "items": sets,
        "better": sets.map(lambda bits: (bits, (True, *bits[1:]))),
        "perfect": lambda item: (True,) * len(item),
        "ability": _outcomes(lambda right: (right,)),
    }


def _subset_accuracy() -> Mapping[str, Any]:
    return {
        "items": st.booleans(),
        "better": st.just((False, True)),
        "perfect": lambda item: True,
        "ability": _outcomes(lambda right: right, first=2),
    }


def _of_p() -> Mapping[str, Any]:
    p = probabilities()
    return {
        "items": p,
        "better": p.map(lambda q: (q, (1 + q) / 2)),
        "perfect": lambda item: 1.0,
        "ability": _told(lambda q: (q,)),
        "guess": _guess(lambda k: (1 / k,)),
    }


def _of_options() -> Mapping[str, Any]:
    # all items of a call have equally many options
    pairs = st.tuples(_P, st.integers(0, 1)).map(lambda x: ((x[0], 1 - x[0]), x[1]))
    return {
        "items": pairs,
        "better": pairs.map(lambda item: (item, by_probability.repaired(item))),
        "perfect": by_probability.perfect,
        "symmetries": {"blind to the order of options": by_probability.moved()},
        "ability": Ability(sizes=(2, 3, 5), size_name="k", of_probability=by_probability.told),
        "guess": by_probability.even_guess,
    }


def _of_sequences() -> Mapping[str, Any]:
    sequences: SearchStrategy[tuple[float, ...]] = st.lists(_P, min_size=1, max_size=6).map(tuple)
    return {
        "items": sequences,
        "better": sequences.map(lambda item: (item, tuple((1 + p) / 2 for p in item))),
        "perfect": lambda item: (1.0,) * len(item),
        "ability": _told(lambda p: ((p,),)),
        "guess": _guess(lambda k: ((1 / k,),)),
        "weight": len,
    }


def _calibration() -> Mapping[str, Any]:
    return {
        "items": st.tuples(probabilities(), st.booleans()),
        "ability": _outcomes(lambda right: tuple((0.75, r) for r in right)),
    }


def _numeric_match() -> Mapping[str, Any]:
    numbers = st.tuples(st.integers(-20, 20).map(float), st.integers(-20, 20).map(float))

    def digits(right: tuple[bool, ...]) -> Items:
        return ((float("".join("1" if r else "7" for r in right)), float("1" * len(right))),)

    return {
        "items": numbers,
        "better": numbers.map(lambda item: (item, ((item[0] + item[1]) / 2, item[1]))),
        "perfect": lambda item: (item[1], item[1]),
        "ability": _outcomes(digits),
    }


def _pass_at_k() -> Mapping[str, Any]:
    counts = st.tuples(st.integers(2, 9), st.integers(0, 8)).map(lambda x: (x[0], min(x)))
    return {
        "items": counts,
        "better": counts.map(lambda item: (item, (item[0], min(item[1] + 1, item[0])))),
        "perfect": lambda item: (item[0], item[0]),
        "ability": _outcomes(lambda right: ((len(right), sum(right)),), first=2),
    }


def _reconstruction() -> Mapping[str, Any]:
    numbers = st.tuples(st.integers(-9, 9).map(float), st.integers(-9, 9).map(float))
    return {
        "items": numbers,
        "better": numbers.map(lambda item: (item, (item[0], (item[0] + item[1]) / 2))),
        "perfect": lambda item: (item[0], item[0]),
        "ability": _told(lambda p: ((0.0, 6 * (1 - p)),)),
    }


def _logs(items: Items) -> list[list[float]]:
    with np.errstate(divide="ignore"):
        return [np.log(item).tolist() for item in items]


def _subsets(function: Callable[..., Any], items: Items) -> float:
    return float(function(len(items), sum(items), min(2, len(items)))[0])


_OTHERS: dict[
    str, tuple[Callable[[Callable[..., Any], Items], Any], Callable[[], Mapping[str, Any]]]
] = {
    "accuracy": (lambda f, items: f(*_columns(items)), _accuracy),
    "all_correct": (lambda f, items: f(items), _all_correct),
    "brier_score": (lambda f, items: f(items), _of_p),
    "brier_score_sum": (lambda f, items: f(*_columns(items)), _of_options),
    "cross_entropy": (lambda f, items: f(_logs(items)).corpus, _of_sequences),
    "expected_calibration_error": (lambda f, items: f(*_columns(items)).error, _calibration),
    "multiple_choice_grade": (lambda f, items: f(*_columns(items)), _of_options),
    "numeric_match": (lambda f, items: f(*_columns(items)), _numeric_match),
    "pass_at_k": (lambda f, items: f(*_columns(items), 2), _pass_at_k),
    "perplexity": (lambda f, items: f(_logs(items)).corpus, _of_sequences),
    "reconstruction": (
        lambda f, items: f(*([[x] for x in column] for column in _columns(items)), 9.0),
        _reconstruction,
    ),
    "subset_accuracy": (_subsets, _subset_accuracy),
}
