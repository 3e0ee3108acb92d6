"""Which rows of a run's scores are whose: the keys of its cells, and how many rows each has.

``cells.msgpack`` belongs to the ``scores.parquet`` beside it, whose sha256 it holds: beside other
scores it says nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from simlab.sweep.finished import Block
from simlab.sweep.keys import split_keys
from simlab.sweep.sealed import read_sealed, sealed
from simlab.table import ScoreTable
from simlab.table_file import read_frame

INDEX = "cells.msgpack"


class _Columns(msgspec.Struct, frozen=True):
    """Neighbouring cells with the same columns."""

    names: list[str]
    """Empty where a column of the joined table has lost its type: the cells are computed anew."""
    whole: list[str]
    """Columns of whole numbers that are fractions in the joined table."""
    heights: bytes
    """uint32, little endian: rows of each cell."""


class _Index(msgspec.Struct, frozen=True):
    keys: bytes
    groups: list[_Columns]
    scores: bytes
    """sha256 of ``scores.parquet``."""


def index_of(
    blocks: Sequence[Block], keys: Sequence[bytes], table: ScoreTable, scores: bytes
) -> bytes:
    """Return the index of a run.

    Parameters
    ----------
    blocks : sequence of Block
        All cells, in order.
    keys : sequence of bytes
        The key of each cell.
    table : ScoreTable
        The rows of the blocks.
    scores : bytes
        The file that holds them.
    """
    schema = table.frame.schema
    groups: list[_Columns] = []
    for block in blocks:
        own = block.frame.schema
        other = [name for name, kind in own.items() if schema[name] != kind]
        names = list(own) if all(_is_whole(block.frame[c], schema[c]) for c in other) else []
        heights = np.array(block.heights, "<u4").tobytes()
        if groups and (groups[-1].names, groups[-1].whole) == (names, other):
            heights = groups.pop().heights + heights
        groups.append(_Columns(names, other, heights))
    index = _Index(b"".join(keys), groups, hashlib.sha256(scores).digest())
    return sealed(msgspec.msgpack.encode(index))


def indexed_cells(path: Path, places: dict[bytes, int], scores: Path) -> Iterator[Block]:
    """Yield those cells of a complete run that are wanted, neighbours together.

    Parameters
    ----------
    path, scores : Path
        The index and the scores. Where one is missing or damaged, or they do not belong together,
        there is no cell.
    places : dict
        The place of each wanted cell by its key.
    """
    index = read_sealed(path, _Index)
    if index is None:
        return
    keys = split_keys(index.keys)
    if places.keys().isdisjoint(keys):
        return
    try:
        data = scores.read_bytes()
    except OSError:
        return
    if hashlib.sha256(data).digest() != index.scores:
        return
    frame = read_frame(scores)
    cell = row = 0
    for group in index.groups:
        heights = np.frombuffer(group.heights, "<u4").tolist()
        own = keys[cell : cell + len(heights)]
        rows = frame[row : row + sum(heights)]
        if group.names:
            rows_as_were = rows.select(group.names).with_columns(pl.col(group.whole).cast(pl.Int64))
            yield from neighbours(own, heights, rows_as_were, places)
        cell, row = cell + len(heights), row + rows.height


def _is_whole(column: pl.Series, joined: pl.DataType) -> bool:
    """Return whether whole numbers come back as they were from the fractions that they became."""
    if column.dtype != pl.Int64 or joined != pl.Float64:
        return False
    return column.cast(pl.Float64).cast(pl.Int64, strict=False).equals(column)


def neighbours(
    keys: Sequence[bytes], heights: Sequence[int], frame: pl.DataFrame, places: dict[bytes, int]
) -> Iterator[Block]:
    """Yield the wanted cells, those together that are neighbours both here and there.

    A key that stands twice counts once.
    """
    seen: set[int] = set()
    first = n = row = 0
    at = -1
    start = 0
    for i, key in enumerate([*keys, b""]):
        place = places.get(key, -1)
        if place in seen:
            place = -1
        if n and place != at + n:
            yield Block(at, tuple(heights[first : first + n]), frame[start:row])
            n = 0
        if place >= 0:
            if not n:
                first, at, start = i, place, row
            n += 1
            seen.add(place)
        if i < len(heights):
            row += heights[i]
