"""Cells that earlier runs have computed with the same code, found by their keys."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from simlab.runs.directory import PARTS, SCORES
from simlab.sweep.cell_index import INDEX, indexed_cells
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
        blocks = []
        for block in _cells(path, places):
            blocks.append(block)
            for place in range(block.place, block.place + len(block.heights)):
                del places[keys[place]]
        if blocks:
            yield Earlier(path.name, blocks)


def cells_of_run(path: Path, keys: Sequence[bytes]) -> Iterator[Block]:
    """Yield the wanted cells of one run; each once."""
    return _cells(path, {key: place for place, key in enumerate(keys)})


def _cells(path: Path, places: dict[bytes, int]) -> Iterator[Block]:
    seen: set[int] = set()
    for block in indexed_cells(path / INDEX, places, path / SCORES):
        seen.update(range(block.place, block.place + len(block.heights)))
        yield block
    for keys, frames in read_parts(path / PARTS):
        for key, frame in zip(keys, frames, strict=True):
            place = places.get(key, -1)
            if place >= 0 and place not in seen:
                seen.add(place)
                yield Block(place, (frame.height,), frame)
