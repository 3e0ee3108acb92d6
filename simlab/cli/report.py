"""``simlab report RUN...``: one page that opens offline, of a run or of several."""

from pathlib import Path

import click

from simlab.cli.options import add

_HELP = """Build one page that opens offline: of a run, or of several with a chart over all of them.

RUN is a path, an id, the start of one, or "last". The page of one run is written into its folder,
that of several to report.html in the folder of runs, unless --to says where. Its path is printed.
"""


@click.command(help=_HELP)
@click.argument("runs", nargs=-1, metavar="RUN...")
@click.option("--to", type=click.Path(dir_okay=False), help="File of the page.")
@add("out", "quiet", "debug")
def command(runs: tuple[str, ...], to: str | None, out: str, quiet: bool, debug: bool) -> None:
    """Build the page and print its path."""
    from simlab.cli.output import plain
    from simlab.report.rebuilt import report_of
    from simlab.report.written import write_page
    from simlab.runs.directory import PAGE, RunDirectory

    folder = Path(out)
    found = [RunDirectory.open(folder, run) for run in runs or ("last",)]
    several = len(found) > 1
    path = Path(to) if to else (folder if several else found[0].path) / PAGE
    write_page([report_of(directory) for directory in found], path)
    print(plain(path))
