"""Source ``scaling-laws``: every published fit at once, its printed numbers as claims."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from msgspec.structs import replace

from replay.scaling_laws import (
    besiroglu2024,
    bnsl2022,
    hoffmann2022,
    kaplan2020,
    porian2024,
    schaeffer2025,
)
from replay.scaling_laws.exercises import exercise_claims
from simlab.claims.claim import Claim
from simlab.errors import DataError
from simlab.fitting.besiroglu_bootstrap import RESAMPLES
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable

_VERDICTS = "Claims by publication"
_EXERCISES = "exercises"
_RUNS = ("epoch_svg_extracted_data.csv", "svg_extracted_data.csv")
_EMBEDDED = (hoffmann2022.SOURCE, kaplan2020.SOURCE)
_ALL = (*_EMBEDDED, bnsl2022.SOURCE, besiroglu2024.SOURCE, schaeffer2025.SOURCE, porian2024.SOURCE)


class Options(Parameters, frozen=True):
    """Options of the source ``scaling-laws``."""

    resamples: Annotated[
        int, Meta(ge=10, le=RESAMPLES, description="resamples of Besiroglu's bootstrap of 4000")
    ] = 500


def read(path: Path | None, options: Options) -> Reading:
    """Return the tables of all publications whose data are embedded or lie in the folder."""
    parts = {source.name: source.read(None, source.options()) for source in _EMBEDDED}
    notes = []
    if path is not None and not path.is_dir():
        raise DataError(f"{path}: not a folder; give the one with the files of scaling-law data")
    runs = next((path / name for name in _RUNS if path and (path / name).is_file()), None)
    if runs:
        own = besiroglu2024.Options(resamples=options.resamples)
        parts["besiroglu2024"] = besiroglu2024.read(runs, own)
    else:
        notes.append(
            f"besiroglu2024 is left out: no {_RUNS[0]} in the folder given as PATH; "
            "`simlab data fetch chinchilla-runs` fetches it"
        )
    if path and (path / bnsl2022.POINTS).is_file():
        parts["bnsl2022"] = bnsl2022.read(path, Parameters())
    else:
        notes.append(f"bnsl2022 is left out: no {bnsl2022.POINTS} in the folder given as PATH")
    if path and (path / porian2024.POINTS).is_file():
        parts["porian2024"] = porian2024.read(path, Parameters())
    else:
        notes.append(f"porian2024 is left out: no {porian2024.POINTS} in the folder given as PATH")
    if runs and path and (path / schaeffer2025.MODELS).is_file():
        parts["schaeffer2025"] = schaeffer2025.read(path, Parameters())
    else:
        notes.append(f"schaeffer2025 is left out: no {schaeffer2025.MODELS} beside the runs")
    tables = {
        f"{name}: {title}": frame
        for name, part in parts.items()
        for title, frame in part.tables.items()
    }
    files = tuple(file for part in parts.values() for file in part.files)
    reading = Reading(
        ScoreTable.concat([part.table for part in parts.values()]),
        notes=(*notes, *(f"{name}: {note}" for name, part in parts.items() for note in part.notes)),
        tables=tables,
        files=(*files, *([runs] if runs else [])),
    )
    return reading._replace(tables={_VERDICTS: verdicts(by_publication(reading)), **tables})


def by_publication(reading: Reading) -> dict[str, list[Claim]]:
    """Return the claims of each publication that is in the reading, and the exercises."""
    claimed = {}
    for source in _ALL:
        own = _own(reading, source.name)
        if own or source in _EMBEDDED:
            assert source.claims is not None
            claimed[source.name] = source.claims(Reading(reading.table, tables=own))
    return {**claimed, _EXERCISES: exercise_claims()}


def verdicts(claimed: Mapping[str, list[Claim]]) -> pl.DataFrame:
    """Return how many claims of each publication pass, fail, and contradict it."""
    rows = []
    for name, held in claimed.items():
        count = Counter(claim.verdict for claim in held)
        rows.append(
            {
                "publication": name,
                "claims": len(held),
                **{v: count[v] for v in ("pass", "fail", "contradiction")},
            }
        )
    frame = pl.DataFrame(rows)
    total = frame.select(pl.lit("all").alias("publication"), pl.exclude("publication").sum())
    return pl.concat([frame, total])


def claims(reading: Reading) -> list[Claim]:
    """Return all claims, each named by its publication."""
    return [
        replace(claim, id=f"{name}-{claim.id}")
        for name, held in by_publication(reading).items()
        for claim in held
    ]


def charts(reading: Reading) -> list[Any]:
    """Return the figures of the publications that are in the reading."""
    figures = hoffmann2022.charts(reading)
    for source in (porian2024.SOURCE, bnsl2022.SOURCE):
        own = _own(reading, source.name)
        if own and source.charts:
            figures += source.charts(Reading(reading.table, tables=own))
    return figures


def _own(reading: Reading, name: str) -> dict[str, pl.DataFrame]:
    """Return the tables of one publication, by its own titles."""
    head = f"{name}: "
    return {t.removeprefix(head): f for t, f in reading.tables.items() if t.startswith(head)}


SOURCE = Source(
    name="scaling-laws",
    title="Published scaling laws: every printed number a claim",
    summary="Hoffmann 2022, Kaplan 2020, Caballero 2023, Besiroglu 2024, Schaeffer 2025, Porian "
    "2024, and the exercises and errors of teaching material, in one list: what is confirmed, "
    "what fails, and where a publication contradicts itself.",
    citations=tuple(citation for source in _ALL for citation in source.citations),
    origin="PATH is a folder with the data of besiroglu2024, schaeffer2025, porian2024, bnsl2022; "
    "what is not there is left out",
    licence="facts; data as for the sources",
    path="optional",
    read=read,
    options=Options,
    claims=claims,
    charts=charts,
)
