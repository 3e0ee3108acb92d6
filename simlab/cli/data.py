"""``simlab data list|fetch|path|verify|examples``: published data sets, and files to try."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from simlab.cli.options import add
from simlab.data.folder import data_folder, fetched, part_of, place_of, state_of
from simlab.data.pins import DATA_SETS, DataSet, find
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK, UsageError

_MOST_PROBLEMS = 20

EPILOG = """\b
Examples:
  simlab data examples
  simlab data list
  simlab data fetch bigbench-lite
  simlab replay bigbench bigbench-lite
  simlab data fetch bigbench --base https://mirror.example/github

\b
Sets lie in $SIMLAB_DATA, else in the folder data of simlab's cache folder.
A base, or $SIMLAB_DATA_BASE, stands in for GitHub: an http(s) address or a
folder, with files at OWNER/NAME/COMMIT/PATH and archives at
OWNER/NAME/tar.gz/COMMIT.
"""


@click.group(epilog=EPILOG, help="Fetch published data sets, find and verify them.")
def command() -> None:
    """Published data sets."""


@command.command(name="list", help="List the data sets, and which are here.")
@add("format", "debug")
def list_command(form: str, debug: bool) -> None:
    """Print one row a set."""
    rows = [
        {
            "name": data_set.name,
            "about": data_set.about,
            "size": _size(data_set),
            "licence": data_set.licence,
            "state": state_of(data_set),
            "path": str(place_of(data_set)),
            "replay": data_set.replay,
            "origin": f"github.com/{data_set.repository} {data_set.commit} {data_set.path}",
        }
        for data_set in DATA_SETS.values()
    ]
    _write(
        form, f"Data sets in {data_folder()}", rows, ["name", "about", "size", "licence", "state"]
    )


def _size(data_set: DataSet) -> str:
    """Return what is known of a set's size: of what is here, else of what was published."""
    if data_set.n_bytes is not None:
        return f"{data_set.n_bytes:,} bytes"
    if state_of(data_set) != "present":
        return "unknown"
    files = [path for path in place_of(data_set).rglob("*") if path.is_file()]
    return f"{sum(path.stat().st_size for path in files):,} bytes in {len(files):,} files"


@command.command(help="Fetch data sets; a broken download goes on where it broke.")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option(
    "--base",
    envvar="SIMLAB_DATA_BASE",
    help="A mirror or folder that stands in for GitHub; 'simlab data --help' has the layout.",
)
@click.option("--force", is_flag=True, help="Fetch also what is here, and replace it.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds without a byte after which a connection counts as broken.",
)
@add("quiet", "debug")
def fetch(
    names: tuple[str, ...],
    base: str | None,
    force: bool,
    timeout: float,
    quiet: bool,
    debug: bool,
) -> None:
    """Print the path of each set on stdout; messages and progress go to stderr."""
    from simlab.cli.progress import say
    from simlab.cli.transfer_bar import TransferBar
    from simlab.data.fetch import fetch as fetch_set
    from simlab.data.origin import address_of
    from simlab.data.transfer import Patience

    if not names:
        raise UsageError(f"data fetch: give at least one NAME of {', '.join(DATA_SETS)}")
    wanted = [find(name) for name in dict.fromkeys(names)]
    for data_set in wanted:
        if state_of(data_set) == "present" and not force:
            say(f"{data_set.name}: is here; --force fetches it again", quiet=quiet)
            print(place_of(data_set))
            continue
        resumed = " on" if part_of(data_set).is_file() else ""
        say(f"{data_set.name}: fetching{resumed} from {address_of(data_set, base)}", quiet=quiet)
        if data_set.cost:
            say(f"{data_set.name}: {data_set.cost}", quiet=quiet)
        with TransferBar(data_set.name, quiet=quiet) as bar:
            done = fetch_set(data_set, base=base, patience=Patience(stall=timeout), progress=bar)
        files = f" in {done.n_files:,} files" if data_set.is_archive else ""
        checked = (
            "no checksum is published: recorded as received"
            if data_set.is_archive
            else ("sha256 as published")
        )
        for note in done.notes:
            say(f"{data_set.name}: {note}", quiet=quiet)
        say(
            f"{data_set.name}: {done.n_bytes:,} bytes{files}, {checked}; licence: "
            f"{data_set.licence}",
            quiet=quiet,
        )
        print(done.path)


@command.command(help="Print where data sets lie; exit code 3 if one is not here.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@add("debug")
def path(names: tuple[str, ...], debug: bool) -> None:
    """Print one path a line."""
    for place in [fetched(find(name)) for name in names]:
        print(place)


@command.command(
    help="Compare data sets with their published sha256, or with the record of what was received; "
    "exit code 1 if one differs. Without NAME: all that are here."
)
@click.argument("names", nargs=-1, metavar="NAME...")
@add("format", "quiet", "debug")
def verify(names: tuple[str, ...], form: str, quiet: bool, debug: bool) -> int:
    """Print one row a set; what differs goes to stderr."""
    from simlab.cli.progress import say
    from simlab.data.verify import verify as verify_set

    for name in names:
        fetched(find(name))
    found = [verify_set(find(name)) for name in dict.fromkeys(names or DATA_SETS)]
    here = [result for result in found if result.verdict != "absent"]
    rows = [{**result._asdict(), "problems": list(result.problems)} for result in here]
    if form != "json":
        rows = [{**row, "problems": len(row["problems"])} for row in rows]
    columns = ["name", "verdict", "n_files", "problems", "against"]
    _write(form, f"Data sets in {data_folder()}", rows, columns)
    for result in here:
        for problem in result.problems[:_MOST_PROBLEMS]:
            say(f"{result.name}: {problem}", quiet=quiet)
        if (more := len(result.problems) - _MOST_PROBLEMS) > 0:
            say(f"{result.name}: and {more:,} more; --format json gives all", quiet=quiet)
    if not here:
        say("no data set is here; 'simlab data fetch NAME' fetches one", quiet=quiet)
    return EXIT_OK if all(result.verdict == "ok" for result in here) else EXIT_CLAIM_FAILED


@command.command(help="Copy example evaluation files into FOLDER. Nothing is downloaded.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("examples"))
@add("quiet", "debug")
def examples(folder: Path, quiet: bool, debug: bool) -> None:
    """Print the folder on stdout; what is in it goes to stderr."""
    from simlab.cli.progress import say
    from simlab.data.examples import copy_examples

    files = copy_examples(folder)
    size = sum(path.stat().st_size for path in files)
    say(f"{len(files)} files, {size:,} bytes; {folder}/README.md says what they are", quiet=quiet)
    print(folder)


def _write(form: str, title: str, rows: Sequence[dict[str, Any]], shown: Sequence[str]) -> None:
    """Print rows; JSON and CSV hold all columns, tables for people those that are shown."""
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    if form == "json":
        write_json(rows)
        return
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows))
        return
    write = write_markdown if form == "md" else write_table
    write(title, shown, [[plain(row[column]) for column in shown] for row in rows])
