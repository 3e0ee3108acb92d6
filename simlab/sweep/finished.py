"""The frames of the cells that are finished, in little memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from simlab.sweep.frames import same_columns
from simlab.table import ScoreTable

_JOINED = 1000
"""Cells whose rows become one frame: a frame of a few rows takes 20 kB, mostly for itself."""


class Block(NamedTuple):
    """The rows of neighbouring cells with equal columns."""

    place: int
    """Of the first cell among all cells."""
    heights: tuple[int, ...]
    """Rows of each cell."""
    frame: pl.DataFrame

    def cells(self) -> Iterator["Block"]:
        """Yield each cell as a block of its own."""
        start = 0
        for i, height in enumerate(self.heights, self.place):
            yield Block(i, (height,), self.frame.slice(start, height))
            start += height


@dataclass(frozen=True)
class _First:
    """The cells from the first on, without a gap."""

    joined: tuple[Block, ...]
    n_joined: int
    tail: list[pl.DataFrame]

    def __len__(self) -> int:
        return self.n_joined + len(self.tail)

    def closed(self) -> "_First":
        """Return the same with the frames of the tail joined."""
        if not self.tail:
            return self
        heights = tuple(frame.height for frame in self.tail)
        block = Block(self.n_joined, heights, pl.concat(self.tail))
        return _First((*self.joined, block), len(self), [])


class Finished:
    """Frames of cells, kept in any order, joined in the order of the cells.

    Neighbours with equal columns are joined as they come, which changes no bit of the whole.

    >>> finished = Finished()
    >>> for i in (1, 0):
    ...     columns = {"family": "a", "scale": 1.0, "metric": "m", "score": i, "seed": i}
    ...     finished.keep(i, ScoreTable.from_columns(columns).frame)
    >>> len(finished), finished.table().frame["seed"].to_list()
    (2, [0, 1])
    """

    def __init__(self) -> None:
        self._first = _First((), 0, [])
        self._ahead: dict[int, Block] = {}

    def keep(self, place: int, frame: pl.DataFrame) -> None:
        """Keep the frame of the cell at ``place``; a second one is the same, and dropped.

        An interrupt at any moment loses no cell that was kept before, and doubles none.
        """
        if place >= len(self._first):
            self._ahead[place] = Block(place, (frame.height,), frame)
            self._close_ranks()

    def keep_block(self, block: Block) -> None:
        """Keep many cells at once, of which none may be kept already."""
        if len(block.heights) < _JOINED // 10:
            for cell in block.cells():
                self.keep(cell.place, cell.frame)
            return
        self._ahead[block.place] = block
        self._close_ranks()

    def _close_ranks(self) -> None:
        while (place := len(self._first)) in self._ahead:
            block, first = self._ahead[place], self._first
            if len(block.heights) > 1:
                closed = first.closed()
                joined = (*closed.joined, block)
                self._first = _First(joined, len(closed) + len(block.heights), [])
            else:
                tail = first.tail
                if len(tail) == _JOINED or (tail and not same_columns(tail[-1], block.frame)):
                    self._first = first.closed()
                self._first.tail.append(block.frame)
            del self._ahead[place]

    def blocks(self) -> list[Block]:
        """Return all kept cells, in order."""
        closed = self._first.closed()
        ahead = sorted(place for place in self._ahead if place >= len(closed))
        return [*closed.joined, *(self._ahead[place] for place in ahead)]

    def table(self) -> ScoreTable:
        """Return the rows of all kept cells; raise DataError if there is none."""
        return ScoreTable.concat([ScoreTable(block.frame) for block in self.blocks()])

    def __len__(self) -> int:
        n = len(self._first)
        return n + sum(len(b.heights) for b in self._ahead.values() if b.place >= n)
