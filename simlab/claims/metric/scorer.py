"""Calls of a metric that never raise: a number, or what was wrong with the call."""

import traceback
from typing import Any, NamedTuple

import numpy as np

from simlab.claims.metric.subject import Items, Subject


class Trouble(NamedTuple):
    """A call that gave no finite number."""

    what: str
    """Such as "raises ZeroDivisionError: division by zero", "returns nan"."""


class Scorer:
    """Scores of a metric, remembered by input, so that a search meets one answer for one input."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._known: dict[Items, float | Trouble] = {}
        self.traces: dict[str, str] = {}
        """The first traceback of each kind of exception."""

    def __call__(self, items: Items) -> float | None:
        """Return the score of a call; None where it gives no finite number."""
        found = self.look(items)
        return found if isinstance(found, float) else None

    def look(self, items: Items) -> float | Trouble:
        """Return the score, or the trouble, of the first call with these items."""
        if items not in self._known:
            self._known[items] = self.call(items)
        return self._known[items]

    def call(self, items: Items) -> float | Trouble:
        """Call the metric anew."""
        return self.call_with(self.subject.arguments(items), len(items))

    def call_with(self, arguments: tuple[Any, ...], n_items: int) -> float | Trouble:
        """Call the metric anew with these very arguments."""
        try:
            value = self.subject.function(*arguments)
        except (Exception, SystemExit) as error:
            what = " ".join(str(error).split())
            what = f"raises {type(error).__name__}" + (f": {what}" if what else "")
            if what not in self.traces:
                self.traces[what] = traceback.format_exc()
            return Trouble(what)
        number = as_number(value, n_items if self.subject.takes_sets else None)
        if number is None:
            return Trouble(f"returns {_short(value)}, which is no number")
        return number if np.isfinite(number) else Trouble(f"returns {number:g}")


def as_number(value: Any, n_items: int | None) -> float | None:
    """Return a number as float; of one number an item their mean; None of anything else.

    >>> as_number(True, None), as_number([0.0, 1.0], 2), as_number([0.0, 1.0], None)
    (1.0, 0.5, None)
    >>> as_number("0.5", None) is as_number(1j, None) is as_number(None, None) is None
    True
    """
    if value is None or isinstance(value, str | bytes | bytearray | complex):
        return None
    n_axes = getattr(value, "ndim", None)  # an array of no axes has a length, which raises
    if n_axes or (n_axes is None and hasattr(value, "__len__")):
        try:
            every = [as_number(one, None) for one in value]
        except TypeError:
            return None
        scores = [score for score in every if score is not None]
        whole = len(scores) == len(every) == n_items and bool(scores)
        return float(np.mean(scores)) if whole else None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _short(value: Any) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = "a value that cannot be shown"
    return f"{text[:60]} ({type(value).__name__})"
