"""A metric of tokens: ``f(predicted, reference) -> float``, two lists of token ids.

With ``batch`` it takes all items at once, ``f(list of predicted, list of reference)``, and returns
one float, or one float an item. The reference holds at least one token, the prediction may be
empty.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from simlab.claims.metric.subject import Ability, Guess, Item, Items, Subject

Tokens = tuple[int, ...]

_LONGEST = 6
_FOREIGN = 100
_LENGTHS = tuple(range(1, 9))

_token = st.integers(0, 3)
_reference = st.lists(_token, min_size=1, max_size=_LONGEST).map(tuple)


def _flipped(reference: Tokens, right: list[bool]) -> tuple[Tokens, Tokens]:
    """Return the item whose wrong tokens are none of the reference's."""
    pairs = zip(reference, right, strict=False)
    return tuple(t if r else _FOREIGN + i for i, (t, r) in enumerate(pairs)), reference


def _items() -> st.SearchStrategy[Item]:
    """Return any two sequences, or near misses: wrong tokens, the end cut off, more at the end."""

    def near(reference: Tokens, right: list[bool], kept: int, more: list[int]) -> Item:
        predicted, _ = _flipped(reference, right)
        return (*predicted[: len(reference) - kept % len(reference)], *more), reference

    bits = st.lists(st.booleans(), min_size=_LONGEST, max_size=_LONGEST)
    free = st.tuples(st.lists(_token, max_size=_LONGEST).map(tuple), _reference)
    cut = st.integers(0, _LONGEST - 1)
    return free | st.builds(near, _reference, bits, cut, st.lists(_token, max_size=2))


def _repaired() -> st.SearchStrategy[tuple[Item, Item]]:
    """Return pairs in which one wrong token, or the whole prediction, is set right."""

    def one(reference: Tokens, right: list[bool], at: int) -> tuple[Item, Item]:
        wrong = [*right]
        wrong[at % len(reference)] = False
        fixed = [*wrong]
        fixed[at % len(reference)] = True
        return _flipped(reference, wrong), _flipped(reference, fixed)

    bits = st.lists(st.booleans(), min_size=_LONGEST, max_size=_LONGEST)
    tokens = st.builds(one, _reference, bits, st.integers(0, _LONGEST - 1))
    return tokens | _items().map(lambda item: (item, (item[1], item[1])))


def _moved() -> st.SearchStrategy[tuple[Item, Item]]:
    """Return pairs with one and the same change of places in prediction and reference."""

    def move(pairs: list[tuple[int, int]], order: list[int]) -> tuple[Item, Item]:
        places = [i for i in order if i < len(pairs)]
        old = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
        return old, (tuple(old[0][i] for i in places), tuple(old[1][i] for i in places))

    pairs = st.lists(st.tuples(_token, _token), min_size=1, max_size=_LONGEST)
    return st.builds(move, pairs, st.permutations(range(_LONGEST)))


def _renamed() -> st.SearchStrategy[tuple[Item, Item]]:
    """Return pairs in which token ids are exchanged for others, the same in both sequences."""

    def rename(item: tuple[Tokens, Tokens], names: list[int]) -> tuple[Item, Item]:
        known: dict[int, int] = dict(zip(range(4), names, strict=False))
        new = (tuple(known.get(t, t) for t in side) for side in item)
        return item, tuple(new)

    return st.builds(rename, _items(), st.permutations([0, 1, 2, 3, 7]))


def _plain_guess(k: int) -> Guess:
    return Guess(k, tuple((1 / k, (((answer,), (0,)),)) for answer in range(k)))


def _guesses() -> st.SearchStrategy[Guess]:
    """Return guesses among k different answers, the first of which is right."""
    answers = st.lists(
        st.lists(_token, min_size=1, max_size=3).map(tuple), min_size=2, max_size=4, unique=True
    )
    return answers.map(
        lambda told: Guess(
            len(told), tuple((1 / len(told), ((answer, told[0]),)) for answer in told)
        )
    )


def _ability_item(right: tuple[bool, ...]) -> Items:
    return (_flipped(tuple(range(len(right))), [*right]),)


def token_metric(name: str, function: Callable[..., Any], *, batch: bool = False) -> Subject:
    """Return a metric of tokens as the subject of a search.

    >>> metric = token_metric("length", lambda predicted, reference: len(predicted))
    >>> metric.describe((((1, 2), (1,)),))
    'predicted = [1, 2], reference = [1]'
    """

    def arguments(items: Items) -> tuple[list[Any], list[Any]]:
        predicted, reference = [list(a) for a, _ in items], [list(b) for _, b in items]
        return (predicted, reference) if batch else (predicted[0], reference[0])

    return Subject(
        name=name,
        kind="tokens",
        function=function,
        arguments=arguments,
        argument_names=("predicted", "reference"),
        items=_items(),
        takes_sets=batch,
        ability=Ability(sizes=_LENGTHS, size_name="L", of_outcomes=_ability_item),
        better=_repaired(),
        perfect=lambda item: (item[1], item[1]),
        symmetries={"blind to the order of tokens": _moved(), "blind to token names": _renamed()},
        guess=_plain_guess,
        guesses=_guesses(),
        weight=lambda item: float(len(item[1])),
    )
