"""Points of all curves of a table, and what becomes of each curve on the way to counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.item_numbers import Floats

Flags = NDArray[np.bool_]


@dataclass
class Points:
    """Points of all curves, sorted by curve and x, and what became of each curve."""

    keys: pl.DataFrame
    curve: NDArray[np.int64]
    """(n_points,) int64."""
    x: Floats
    right: Floats
    items: Floats
    """(n_points,) float64 each; NaN in curves with a reason."""
    chance: Floats
    """(n_curves,)."""
    pairing: Floats
    """(n_curves,)."""
    lower_is_better: Flags
    """(n_curves,)."""
    reason: NDArray[np.object_]
    """(n_curves,) str: why the curve cannot be decided on; "" if it can."""
    notes: NDArray[np.object_]
    """(n_curves,) str: sentences, separated by "; "."""

    group: NDArray[np.object_]
    """(n_curves,) str: curves of one metric from one table, which share its unit."""

    def reject(self, which: Flags, text: str) -> None:
        """Give a reason to the curves that have none yet."""
        self.reason[which & (self.reason == "")] = text

    def note(self, which: Flags, text: str) -> None:
        """Add a sentence to the notes of some curves."""
        for i in np.flatnonzero(which):
            self.note_one(i, text)

    def note_one(self, i: int | np.integer[Any], text: str) -> None:
        """Add a sentence to the notes of one curve."""
        self.notes[i] = f"{self.notes[i]}; {text}" if self.notes[i] else text

    def reject_one(self, i: int | np.integer[Any], text: str) -> None:
        """Give a reason to one curve, if it has none yet."""
        self.reason[i] = self.reason[i] or text

    def count(self, which: Flags) -> NDArray[np.int64]:
        """Return how many points of each curve are flagged."""
        return np.bincount(self.curve[which], minlength=len(self.reason))

    def most(self, values: Floats) -> Floats:
        """Return the largest value of each curve, -inf where there is none; NaN is passed over."""
        found = np.full(len(self.reason), -np.inf)
        np.fmax.at(found, self.curve, values)
        return found


def flags_at(which: Any, n: int) -> Flags:
    """Return flags that are true at some numbers."""
    flags = np.zeros(n, bool)
    flags[which] = True
    return flags
