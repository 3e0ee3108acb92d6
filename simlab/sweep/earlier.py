"""Cells that earlier runs have computed with the same code, found by their keys."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from simlab.runs.directory import PARTS, SCORES
from simlab.sweep.cell_index import INDEX, indexed_cells, neighbours
from simlab.sweep.finished import Block
from simlab.sweep.parts import read_parts


class Earlier(NamedTuple):
    """Wanted cells of one run."""

    run: str
    """Its id."""
    blocks: list[Block]


def find_cells(out: Path, name: str, keys: Sequence[bytes]) -> Iterator[Earlier]:
    """Yield the wanted cells that the runs of ``name`` below ``out`` hold, latest run first.

    A cell is yielded once. Of a run that was cut off, what it had written counts.

    Parameters
    ----------
    out : Path
        Folder of runs.
    name : str
        Of the scenario.
    keys : sequence of bytes
        Of the wanted cells, by place.
    """
    places = {key: place for place, key in enumerate(keys)}
    own = re.compile(rf"\d{{8}}T\d{{6}}Z-{re.escape(name)}-[0-9a-f]{{8}}(-\d+)?")
    runs = out.iterdir() if out.is_dir() else ()
    for path in sorted((p for p in runs if own.fullmatch(p.name)), reverse=True):
        if not places:
            return
        blocks = list(_cells(path, places, keys))
        if blocks:
            yield Earlier(path.name, blocks)


def _cells(path: Path, places: dict[bytes, int], keys: Sequence[bytes]) -> Iterator[Block]:
    """Yield the cells of a run that are among ``places``, and take them out of there."""
    groups = chain(
        indexed_cells(path / INDEX, places, path / SCORES),
        (
            block
            for own, heights, frame in read_parts(path / PARTS)
            for block in neighbours(own, heights, frame, places)
        ),
    )
    for block in groups:
        yield block
        for place in range(block.place, block.place + len(block.heights)):
            del places[keys[place]]
