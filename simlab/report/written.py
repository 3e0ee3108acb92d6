"""Write pages of runs to files."""

import os
from collections.abc import Sequence
from pathlib import Path

from simlab.atomic import write_atomic
from simlab.errors import DataError
from simlab.report.gallery import Card, build_gallery
from simlab.report.page import build_page
from simlab.report.rebuilt import report_of
from simlab.report.set_page import build_set_page
from simlab.runs.directory import PAGE, RunDirectory


def write_report(runs: Sequence[RunDirectory], path: Path) -> None:
    """Write the page of one run, or of several, whole or not at all.

    Raises DataError if the file cannot be written, or a run has no scores.
    """
    reports = [report_of(run) for run in runs]
    _write(build_set_page(reports) if len(reports) > 1 else build_page(reports[0]), path)


def write_gallery(runs: Sequence[RunDirectory], path: Path) -> bool:
    """Write a gallery of runs, and the page of each that has none; return whether all claims hold.

    Its links lead from the folder of ``path`` to the runs, so that a folder with both can be
    moved. Errors are those of `write_report`.
    """
    cards = []
    for run in runs:
        report, page = report_of(run), run.path / PAGE
        if not page.is_file():
            _write(build_page(report), page)
        cards.append(Card(report, Path(os.path.relpath(page, path.parent)).as_posix()))
    _write(build_gallery(cards), path)
    return all(claim.passed for card in cards for claim in card.report.claims)


def _write(page: str, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, page)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written: {error.strerror}; give another file with --to"
        ) from None
