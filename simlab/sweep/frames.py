"""Frames of cells as bytes: compressed Arrow IPC of neighbours that have equal columns."""

import io
from collections.abc import Sequence

import polars as pl

Encoded = tuple[bytes, list[int]]
"""Arrow IPC of the rows of cells that have equal columns, and how many rows each cell has."""


def same_columns(first: pl.DataFrame, second: pl.DataFrame) -> bool:
    """Return whether two frames have equal names and types; faster than comparing schemas."""
    return first.columns == second.columns and first.dtypes == second.dtypes


def encoded(frames: Sequence[pl.DataFrame]) -> list[Encoded]:
    """Join neighbours with equal columns: only these come out of one frame as they went in.

    >>> [heights for _, heights in encoded([pl.DataFrame({"a": [1, 2]})] * 2)]
    [[2, 2]]
    """
    groups: list[list[pl.DataFrame]] = []
    for frame in frames:
        if not groups or not same_columns(groups[-1][0], frame):
            groups.append([])
        groups[-1].append(frame)
    found = []
    for group in groups:
        held = io.BytesIO()
        pl.concat(group).write_ipc(held, compression="zstd")
        found.append((held.getvalue(), [frame.height for frame in group]))
    return found


def decoded(groups: Sequence[Encoded]) -> list[pl.DataFrame]:
    """Return the frame of each cell, in order."""
    frames = []
    for frame, heights in joined(groups):
        start = 0
        for height in heights:
            frames.append(frame.slice(start, height))
            start += height
    return frames


def joined(groups: Sequence[Encoded]) -> list[tuple[pl.DataFrame, list[int]]]:
    """Return the rows of each group of cells, and how many rows each cell has."""
    return [(pl.read_ipc(io.BytesIO(data)), heights) for data, heights in groups]
