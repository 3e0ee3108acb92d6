"""What an analysis is given: files of scores, run folders, and published sources by name."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from simlab import registry
from simlab.axes import FAMILY_ON
from simlab.data import resolve
from simlab.errors import DataError, UsageError, did_you_mean
from simlab.formatted import formatted
from simlab.runs import provenance
from simlab.runs.directory import ITEMS, MANIFEST, RunDirectory, names_run
from simlab.schema import SCALE_KINDS, check_shares
from simlab.source import Source
from simlab.table import ScoreTable


class MetaInput(NamedTuple):
    """One table of an analysis."""

    label: str
    """The source's or the file's name, different from that of every other input."""
    table: ScoreTable
    items: pl.DataFrame | None = None
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def read_inputs(
    words: Sequence[str],
    *,
    command: str = "meta",
    shares: bool = True,
    runs: str | Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[MetaInput]:
    """Return one input a word.

    Parameters
    ----------
    words : sequence of str
    command : str
        What error messages begin with.
    shares : bool
        Whether a share above 1 in a table is an error, and an unknown direction is noted; else the
        caller sees to both.
    runs : path, optional
        Folder of runs, in which a word that is no file may name one.
    progress : callable
        Takes the number of tables that were read.

    A word is SOURCE:PATH (``obsscaling:results``, ``mirage:`` for a source that is embedded), a
    table of scores (.parquet, .csv, .jsonl) in simlab's columns, a run folder, the id of a run or
    its start, or "last".

    Raises
    ------
    UsageError
        No word, a word twice, or a source without its path.
    DataError
        A file cannot be read or believed.

    >>> [held.label for held in read_inputs(["mirage:", "wei2022:"])]
    ['mirage', 'wei2022']
    """
    if not words:
        raise UsageError(
            f"{command}: give at least one TABLE: a file, a run folder, or SOURCE:PATH"
        )
    inputs: list[MetaInput] = []
    seen: dict[str, int] = {}
    for word in words:
        if words.count(word) > 1:
            raise UsageError(f"{command}: {word} is given twice; give each table once")
        held = _read(word, command, shares, Path(runs) if runs else None)
        seen[held.label] = seen.get(held.label, 0) + 1
        if seen[held.label] > 1:
            held = held._replace(label=f"{held.label}-{seen[held.label]}")
        inputs.append(held)
        progress(len(inputs))
    return inputs


def _read(word: str, command: str, shares: bool, runs: Path | None) -> MetaInput:
    sources = registry.names(registry.SOURCES)
    name, colon, path = word.partition(":")
    if colon and name in sources:
        return _read_source(name, path, command)
    file = Path(word)
    if (file / MANIFEST).is_file():
        return _read_run(file)
    if file.is_dir():
        raise DataError(
            f"{word}: a folder without {MANIFEST}; give a run folder, or SOURCE:{word} with one of "
            f"{', '.join(sources)}"
        )
    if not file.exists() and name.replace("-", "").isalnum() and len(name) > 1 and colon:
        raise DataError(
            f"{word}: no source {name!r}{did_you_mean(name, sources)}; there are "
            f"{', '.join(sources)}"
        )
    if not file.exists() and runs and names_run(runs, word):
        return _read_run(RunDirectory.open(runs, word).path)
    if not file.exists():
        hint = f"; did you mean '{word}:'?" if word in sources else did_you_mean(word, sources)
        raise DataError(
            f"{word}: no such file{hint}; give a table of scores, a run, or SOURCE:PATH"
        )
    table = ScoreTable.read(file)
    if shares:
        check_shares(table.frame, origin=word)
    return MetaInput(
        file.stem, table, files=(file,), notes=_unknown_directions(table) if shares else ()
    )


def _read_source(name: str, path: str, command: str) -> MetaInput:
    source: Source = registry.load(registry.SOURCES, name)
    if source.path == "required" and not path:
        raise UsageError(f"{command} {name}: give its path, {name}:PATH ({source.origin})")
    if source.path == "none" and path:
        raise UsageError(f"{command} {name}:{path}: the source is embedded; say {name}:")
    file = resolve(path) if path else None
    reading = source.read(file, source.options())
    files = (file,) if file and file.is_file() else reading.files
    return MetaInput(name, reading.table, reading.items, reading.notes, files)


def _read_run(folder: Path) -> MetaInput:
    run = RunDirectory.open(folder.parent, str(folder))
    table = run.scores()
    items = folder / ITEMS
    held = pl.read_parquet(items) if items.is_file() else None
    return MetaInput(run.manifest.name, table, held, files=(folder / "scores.parquet",))


def _unknown_directions(table: ScoreTable) -> tuple[str, ...]:
    unknown = table.frame.filter(pl.col("higher_is_better").is_null())["metric"].unique().sort()
    if not len(unknown):
        return ()
    return (f"higher is taken as better for {', '.join(unknown)}",)


def digests(inputs: Sequence[MetaInput]) -> dict[str, str]:
    """Return the sha256 of every file that was read by its name."""
    return {str(f): provenance.file_digest(f) for held in inputs for f in held.files}


def joined(inputs: Sequence[MetaInput]) -> ScoreTable:
    """Return all rows in one table; a family that stands in several inputs is told apart by them.

    Columns beyond the schema become text where the inputs disagree in their types.
    """
    names = ("family", *(FAMILY_ON + kind for kind in SCALE_KINDS))
    shared = {name: _shared_families(inputs, name) for name in names}
    parts = [
        held.table.frame.with_columns(
            _own_family(held, shared[c], c) for c in names if c in held.table.frame.columns
        )
        for held in inputs
    ]
    types: dict[str, set[pl.DataType]] = {}
    for part in parts:
        for name, dtype in part.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = [
        name
        for name, found in types.items()
        if len({d for d in found if not d.is_numeric() and d != pl.Null}) > 1
        or (any(d.is_numeric() for d in found) and any(d == pl.String for d in found))
    ]
    return ScoreTable.concat(
        [ScoreTable(p.with_columns(pl.col(c).cast(pl.String) for c in mixed if c in p.columns))
         for p in parts]
    )  # fmt: skip


def joined_items(inputs: Sequence[MetaInput]) -> pl.DataFrame | None:
    """Return the items of all inputs, families named as by `joined`; None if no input has any."""
    shared = _shared_families(inputs)
    parts = [
        held.items.with_columns(_own_family(held, shared))
        for held in inputs
        if held.items is not None
    ]
    return pl.concat(parts, how="diagonal_relaxed") if parts else None


def _shared_families(inputs: Sequence[MetaInput], column: str = "family") -> list[str]:
    """Return the families that stand in several inputs."""
    owners: dict[str, set[str]] = {}
    for held in inputs:
        frame = held.table.frame
        for family in frame[column].unique() if column in frame.columns else ():
            owners.setdefault(family, set()).add(held.label)
    return [family for family, labels in owners.items() if len(labels) > 1]


def _own_family(held: MetaInput, shared: list[str], column: str = "family") -> pl.Expr:
    """Return the family with the input's label, where several inputs have one of this name."""
    own = formatted("{} ({})", column, pl.lit(held.label))
    named = pl.when(pl.col(column).is_in(shared)).then(own).otherwise(column)
    return named.alias(column)
