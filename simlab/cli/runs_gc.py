"""``simlab runs gc``: delete runs that failed, or that newer ones replace."""

from pathlib import Path

import click

from simlab.cli.options import add
from simlab.cli.runs import inherited
from simlab.cli.values import Real, Whole
from simlab.errors import UsageError

HELP = """Show which runs may go, and delete them with --yes.

Runs that failed or were interrupted may go, and those that say "running" though nothing has
changed for a day. Complete ones only with --older-than or --keep; with both, if both say so.
Nothing but run folders is touched, and links are not followed."""


@click.command(help=HELP)
@click.option("--older-than", type=Real(), metavar="DAYS", help="Only runs of more than DAYS days.")
@click.option(
    "--keep",
    type=Whole(),
    metavar="N",
    help="Complete runs as well, but the last N of each scenario or source.",
)
@click.option("--yes", is_flag=True, help="Delete; without it nothing is deleted.")
@add("out", "format", "quiet", "debug")
def command(
    older_than: float | None,
    keep: int | None,
    yes: bool,
    out: str,
    form: str,
    quiet: bool,
    debug: bool,
) -> None:
    """Print one row a run that may go, or is gone."""
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table
    from simlab.cli.progress import say
    from simlab.runs.garbage import delete_run, find_garbage

    if older_than is not None and older_than < 0:
        raise UsageError(f"--older-than {older_than:g}: give a number of days, at least 0")
    if keep is not None and keep < 0:
        raise UsageError(f"--keep {keep}: give a number of runs, at least 0")
    folder, form = Path(inherited("out", out)), inherited("form", form)
    found = find_garbage(folder, older_than=older_than, keep=keep)
    if yes:
        for garbage in found:
            delete_run(folder, garbage)
    total = sum(garbage.n_bytes for garbage in found)
    names = ["run", "status", "bytes", "reason"]
    rows = [[g.path.name, g.status, g.n_bytes, g.reason] for g in found]
    said = [[plain(cell) for cell in row] for row in rows]
    if form == "json":
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        write_json({"deleted": yes, "runs": objects, "bytes": total})
    elif form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(said, schema=names, orient="row"))
    elif form == "md":
        write_markdown(f"Runs in {plain(folder)}", names, said)
    elif rows:
        write_table(f"Runs in {plain(folder)}", names, said)
    what = f"{len(rows)} run{'' if len(rows) == 1 else 's'}, {total:,} bytes"
    if yes:
        say(f"deleted {what}", quiet=quiet)
    elif rows:
        say(f"{what} would be deleted; --yes deletes them", quiet=quiet)
    else:
        say(f"nothing to delete in {plain(folder)}", quiet=quiet)
