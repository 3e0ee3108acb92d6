"""Write a page to a file."""

from collections.abc import Sequence
from pathlib import Path

from simlab.atomic import write_atomic
from simlab.errors import DataError
from simlab.report.page import build_page
from simlab.report.report import Report
from simlab.report.set_page import build_set_page


def write_page(reports: Sequence[Report], path: Path) -> None:
    """Write the page of one run, or of several, whole or not at all.

    Raises DataError if the file cannot be written.
    """
    write_html(build_set_page(reports) if len(reports) > 1 else build_page(reports[0]), path)


def write_html(page: str, path: Path) -> None:
    """Write a page; raise DataError if that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, page)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written: {error.strerror}; give another file with --to"
        ) from None
