"""The report of a run that lies on disk, for a page of several runs or a page made anew."""

from typing import Any

import msgspec
import polars as pl

from simlab import registry
from simlab.charts.figure import Figure
from simlab.emergence.score import emergence_scores
from simlab.errors import SimlabError, UsageError
from simlab.report.kept import Words, read_figures, read_verdicts, read_words
from simlab.report.report import Report
from simlab.runs.directory import RunDirectory
from simlab.scenario import Scenario
from simlab.source import Source
from simlab.table import ScoreTable

_LOST = "This run was written without the notes and tables of its page; they are not in it."


def report_of(directory: RunDirectory) -> Report:
    """Return the report of a run: what its folder keeps, and the rest made anew.

    A folder without ``report.json`` is one of an older version: its figures are then drawn from
    its scores by the scenario, if it is installed in the version of the run, else as any table is
    drawn; title and summary are those of the scenario or source.

    Raises DataError for a run without scores, or with a damaged file.
    """
    manifest, table = directory.manifest, directory.scores()
    scores = emergence_scores(table)
    subject = _subject(directory)
    words = read_words(directory.path)
    verdicts = read_verdicts(directory.path)
    held = words or _words_of(directory, subject, verdicts)
    figures = read_figures(words, directory.path) if words else None
    if figures is None:
        figures = _drawn(directory, subject, table, scores)
    return Report(
        title=manifest.title,
        kind=manifest.kind,
        summary=held.summary,
        claims=directory.claims(),
        scores=scores,
        table=table,
        figures=figures,
        notes=held.notes,
        tables=held.frames(),
        citations=held.citations,
        manifest=msgspec.to_builtins(manifest),
        n_outcomes=held.n_outcomes,
        headline=held.headline,
        verdicts=verdicts,
    )


def _subject(directory: RunDirectory) -> Scenario | Source | None:
    """Return the scenario or source of a run; None where it is not installed, as no analysis is."""
    group = registry.SCENARIOS if directory.manifest.kind == "scenario" else registry.SOURCES
    try:
        subject: Scenario | Source = registry.load(group, directory.manifest.name)
    except UsageError:
        return None
    return subject


def _words_of(
    directory: RunDirectory, subject: Scenario | Source | None, verdicts: pl.DataFrame | None
) -> Words:
    """Return what can be said of a run that kept no words."""
    return Words(
        summary=subject.summary if subject else "",
        citations=subject.citations if subject else (),
        headline=_counted(verdicts),
        notes=() if directory.manifest.kind == "scenario" else (_LOST,),
    )


def _counted(verdicts: pl.DataFrame | None) -> str:
    """Return the counts of the verdicts of an audit; empty for other runs."""
    if verdicts is None:
        return ""
    counts = verdicts["verdict"].value_counts()
    ordered = counts.sort("count", "verdict", descending=[True, False])
    return "Audit: " + ", ".join(f"{n:,} {verdict}" for verdict, n in ordered.iter_rows())


def _drawn(
    directory: RunDirectory,
    subject: Scenario | Source | None,
    table: ScoreTable,
    scores: pl.DataFrame,
) -> list[Figure]:
    """Draw the figures of a run from its scores."""
    from simlab.charts.emergence import emergence_figures
    from simlab.charts.scores import score_figures

    manifest = directory.manifest
    if isinstance(subject, Scenario) and subject.charts and subject.version == manifest.version:
        try:
            cells: list[Any] = msgspec.convert(manifest.cells, list[subject.parameters])  # type: ignore[name-defined]
            return subject.charts(cells, table)
        except (msgspec.ValidationError, SimlabError):
            pass  # an interrupted run, or parameters that have changed since
    return [*score_figures(table, scores=scores), *emergence_figures(scores)]
