"""The tables of the cells that are finished, in little memory."""

from dataclasses import dataclass

import polars as pl

from simlab.table import ScoreTable

_JOINED = 1000
"""Cells whose rows become one frame: a frame of a few rows takes 20 kB, mostly for itself."""


@dataclass(frozen=True)
class _First:
    """The cells from the first on, without a gap."""

    joined: tuple[pl.DataFrame, ...]
    n_joined: int
    tail: list[pl.DataFrame]

    def __len__(self) -> int:
        return self.n_joined + len(self.tail)


class Finished:
    """Tables of cells, kept in any order, joined in the order of the cells.

    Neighbours with equal columns are joined as they come, which changes no bit of the whole.

    >>> finished = Finished()
    >>> for i in (1, 0):
    ...     columns = {"family": "a", "scale": 1.0, "metric": "m", "score": i, "seed": i}
    ...     finished.keep(i, ScoreTable.from_columns(columns))
    >>> len(finished), finished.table().frame["seed"].to_list()
    (2, [0, 1])
    """

    def __init__(self) -> None:
        self._first = _First((), 0, [])
        self._ahead: dict[int, pl.DataFrame] = {}

    def keep(self, place: int, table: ScoreTable) -> None:
        """Keep the table of the cell at ``place``; a second one is the same, and dropped.

        An interrupt at any moment loses no cell that was kept before, and doubles none.
        """
        if place < len(self._first):
            return
        self._ahead[place] = table.frame
        while (place := len(self._first)) in self._ahead:
            frame, first = self._ahead[place], self._first
            tail = first.tail
            if len(tail) == _JOINED or (tail and tail[-1].schema != frame.schema):
                self._first = _First((*first.joined, pl.concat(tail)), len(first), [])
            self._first.tail.append(frame)
            del self._ahead[place]

    def table(self) -> ScoreTable:
        """Return the rows of all kept cells; raise DataError if there is none."""
        ahead = [self._ahead[place] for place in self._places_ahead()]
        frames = (*self._first.joined, *self._first.tail, *ahead)
        return ScoreTable.concat([ScoreTable(frame) for frame in frames])

    def __len__(self) -> int:
        return len(self._first) + len(self._places_ahead())

    def _places_ahead(self) -> list[int]:
        return sorted(place for place in self._ahead if place >= len(self._first))
