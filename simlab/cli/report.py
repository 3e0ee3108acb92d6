"""``simlab report RUN...``: one page that opens offline, of a run, of several, or a gallery."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simlab.cli.options import add
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK

if TYPE_CHECKING:
    from simlab.runs.directory import RunDirectory

_HELP = """Build one page that opens offline: of a run, or of several with a chart over all of them.

RUN is a path, an id, the start of one, or "last". The page of one run is written into its folder,
that of several to report.html in the folder of runs, unless --to says where. Its path is printed.

With --gallery it is a page of cards that lead to the pages of the runs, gallery.html; without a
RUN, every scenario is run with its defaults first.
"""


@click.command(help=_HELP)
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--gallery", is_flag=True, help="Cards of the runs, or of every scenario.")
@click.option("--to", type=click.Path(dir_okay=False), help="File of the page.")
@add("out", "quiet", "debug")
def command(
    runs: tuple[str, ...], gallery: bool, to: str | None, out: str, quiet: bool, debug: bool
) -> int:
    """Build the page and print its path."""
    from simlab.cli.output import plain
    from simlab.report.written import write_gallery, write_report
    from simlab.runs.directory import PAGE, RunDirectory

    folder = Path(out)
    if gallery and not runs:
        found = _every_scenario(folder, quiet)
    else:
        found = [RunDirectory.open(folder, run) for run in runs or ("last",)]
    if gallery:
        path = Path(to) if to else folder / "gallery.html"
        passed = write_gallery(found, path)
    else:
        path = Path(to) if to else (folder if len(found) > 1 else found[0].path) / PAGE
        write_report(found, path)
        passed = True
    print(plain(path))
    return EXIT_OK if passed else EXIT_CLAIM_FAILED


def _every_scenario(folder: Path, quiet: bool) -> list["RunDirectory"]:
    """Run every scenario with its defaults."""
    from simlab import registry
    from simlab.cli.progress import Bar
    from simlab.lab import run

    found = []
    for name in registry.names(registry.SCENARIOS):
        with Bar(name, quiet=quiet) as bar:
            result = run(name, out=folder, progress=bar, status=bar.status)
        assert result.directory is not None
        found.append(result.directory)
    return found
