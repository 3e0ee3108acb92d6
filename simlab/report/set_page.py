"""One page over several runs: an overview, one chart over all of them, and a section a run."""

import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from simlab.errors import UsageError
from simlab.report import sections
from simlab.report.document import Section, document, section_html
from simlab.report.embedded import RUN, embedded
from simlab.report.excerpt import MAX_ROWS, Excerpt, excerpt
from simlab.report.markup import Html, count, table, text
from simlab.report.page import parts_of
from simlab.report.report import Report
from simlab.report.verdict import MARKS, said_of, verdict, verdict_of_all

_MOST_SAME = 300
_TIME = re.compile(r"^\d{8}T\d{6}Z-")
_SAME = ("task", "subtask", "shots", "metric")


def build_set_page(reports: Sequence[Report]) -> str:
    """Return the page of several runs as HTML; equal reports give equal bytes.

    Raises UsageError for fewer than two runs.
    """
    if len(reports) < 2:
        raise UsageError("a page of several runs needs at least two; give more")
    names = run_names(reports)
    held = _excerpts(reports)
    frame = _joined(names, [part.frame for part in held])
    scores = _joined(names, [report.scores for report in reports])
    said = [f"of {name} {part.said}" for name, part in zip(names, held, strict=True) if part.said]
    links = [f"#run-{i}" for i in range(1, len(names) + 1)]
    n_rows = sum(part.n_rows for part in held)
    runs = [
        Section(f"run-{i}", name, _run(report, f"run-{i}-"))
        for i, (name, report) in enumerate(zip(names, reports, strict=True), 1)
    ]
    return document(
        title=f"{len(reports)} runs",
        summary="; ".join(dict.fromkeys(report.title for report in reports)) + ".",
        verdict=verdict_of_all(names, reports, links, what="run"),
        sections=[
            Section("overview", "Overview", _overview(names, reports)),
            Section("explore", "Explore", sections.explore(frame, said)),
            Section("same", "The same curves in several runs", _same(scores)),
            *runs,
            Section("data-download", "Data", sections.download(frame.height, n_rows)),
        ],
        data=embedded(frame, scores, _verdicts(names, reports), by_run=True),
    )


def run_names(reports: Sequence[Report]) -> list[str]:
    """Return the name of each run: its id, without the time unless only that tells it apart."""
    ids = [str(report.manifest.get("id") or report.title) for report in reports]
    short = [_TIME.sub("", name) for name in ids]
    names = ids if len(set(short)) < len(short) else short
    seen: dict[str, int] = {}
    for i, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[i] = f"{name} ({seen[name]})"
    return names


def _excerpts(reports: Sequence[Report]) -> list[Excerpt]:
    """Return what the page holds of each run: small runs whole, large ones an equal share."""
    order = sorted(range(len(reports)), key=lambda i: len(reports[i].table))
    found: dict[int, Excerpt] = {}
    room = MAX_ROWS
    for done, i in enumerate(order):
        most = room // (len(order) - done)
        found[i] = excerpt(reports[i].table, reports[i].scores, max_rows=most)
        room -= found[i].frame.height
    return [found[i] for i in range(len(reports))]


def _joined(names: Sequence[str], frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all rows with the run in the first column; columns of different types become text."""
    own = f"{RUN} (of the table)"
    frames = [frame.rename({RUN: own}) if RUN in frame.columns else frame for frame in frames]
    types: dict[str, set[Any]] = {}
    for frame in frames:
        for column, dtype in frame.schema.items():
            types.setdefault(column, set()).add(dtype)
    mixed = [
        column
        for column, held in types.items()
        if len(held - {pl.Null}) > 1 and not all(dtype.is_numeric() for dtype in held - {pl.Null})
    ]
    parts = []
    for name, frame in zip(names, frames, strict=True):
        texts = [_as_text(frame[column]) for column in mixed if column in frame.columns]
        parts.append(frame.with_columns(texts).select(pl.lit(name).alias(RUN), pl.all()))
    return pl.concat(parts, how="diagonal_relaxed")


def _verdicts(names: Sequence[str], reports: Sequence[Report]) -> pl.DataFrame | None:
    held = [(n, r.verdicts) for n, r in zip(names, reports, strict=True) if r.verdicts is not None]
    return _joined([n for n, _ in held], [frame for _, frame in held]) if held else None


def _as_text(series: pl.Series) -> pl.Series:
    if series.dtype.is_nested():
        texts = [None if value is None else str(value) for value in series.to_list()]
        return pl.Series(series.name, texts, pl.String)
    return series.cast(pl.String)


def _overview(names: Sequence[str], reports: Sequence[Report]) -> Html:
    """Return one row a run: verdict, what it holds, how it came about."""
    rows = []
    for i, (name, report) in enumerate(zip(names, reports, strict=True), 1):
        outcome, said = said_of(report)
        mark = MARKS[outcome]
        largest = report.scores["emergence_score"].abs().max()
        rows.append(
            [
                Html(f'<a href="#run-{i}">{text(name)}</a>'),
                report.title,
                Html(f'<span class="{mark}">{text(said)}</span>'),
                report.scores.height,
                len(report.table) - report.table.n_missing,
                largest,
                str(report.manifest.get("started", ""))[:16].replace("T", " "),
                report.manifest.get("status"),
                _version(report),
            ]
        )
    headers = ["run", "what", "verdict", "curves", "scores", "largest emergence score", "started",
               "status", "simlab"]  # fmt: skip
    return table(count(len(reports), "run"), headers, rows)


def _version(report: Report) -> str:
    versions = report.manifest.get("versions")
    return str(versions.get("simlab", "")) if isinstance(versions, dict) else ""


def _same(scores: pl.DataFrame) -> Html:
    """Return the emergence scores of curves that several runs have, a column a run.

    A curve is named by task, subtask, shots and metric; of several families or seeds in a run the
    median counts.
    """
    per_run = scores.group_by(*_SAME, RUN, maintain_order=True).agg(
        pl.col("emergence_score").median()
    )
    shared = per_run.filter(pl.len().over(_SAME) > 1)
    if shared.is_empty():
        return Html()
    runs = shared[RUN].unique(maintain_order=True).to_list()
    wide = shared.pivot(on=RUN, index=list(_SAME), values="emergence_score")
    varying = [c for c in _SAME if wide[c].n_unique() > 1] or ["metric"]
    shown = wide.select(*varying, *runs)
    note = ""
    if shown.height > _MOST_SAME:
        note = f"<p>Shown: {_MOST_SAME} of {shown.height:,} rows, those that come first.</p>"
    caption = "Emergence score of the same task under the same metric"
    rows = shown.head(_MOST_SAME).iter_rows()
    return Html(table(caption, shown.columns, rows, sortable=True) + note)


def _run(report: Report, prefix: str) -> Html:
    """Return all that the page tells of one run."""
    box = verdict(report, anchor=f"{prefix}verdict", level=3)
    parts = [part for part in parts_of(report, prefix=prefix, level=3) if part.body]
    summary = f"<p>{text(report.summary)}</p>\n" if report.summary else ""
    title = f'<p class="what">{text(report.title)}</p>\n'
    return Html(title + summary + box + "\n" + "\n".join(section_html(p, level=3) for p in parts))
