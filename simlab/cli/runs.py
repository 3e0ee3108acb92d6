"""``simlab runs``: what lies in a folder of runs; what is done with runs is below it."""

from pathlib import Path

import click

from simlab.cli import LazyGroup
from simlab.cli.options import add

CUT_OFF = "cut off"
"""What a run is that says it runs while no process is at it."""


class Runs(LazyGroup):
    """The commands, each imported only when it is called."""

    table = {  # noqa: RUF012
        "compare": ("simlab.cli.runs_compare:command", "Compare the scores of two runs."),
        "resume": ("simlab.cli.runs_resume:command", "Go on with a run that was cut off."),
        "gc": ("simlab.cli.runs_gc:command", "Delete runs that failed, or are no longer needed."),
    }


@click.group(
    cls=Runs,
    invoke_without_command=True,
    help="List the runs in a folder, oldest first; go on with one; compare two; delete old ones.",
)
@add("out", "format", "debug")
@click.pass_context
def command(context: click.Context, out: str, form: str, debug: bool) -> None:
    """Print one row a run, unless a command follows."""
    if context.invoked_subcommand is None:
        list_runs(out, form)


def list_runs(out: str, form: str) -> None:
    """Print one row a run."""
    import msgspec

    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table
    from simlab.runs.directory import list_runs

    held = list_runs(Path(out))
    runs = [run.manifest for run in held]
    for run in held:
        if run.manifest.status == "running" and not run.is_held():
            run.manifest.status = CUT_OFF
    if form == "json":
        write_json({"runs": [msgspec.to_builtins(m) for m in runs]})
        return
    names = ["run", "status", "claims", "seconds"]
    rows = [
        [
            plain(m.id),
            plain(m.status),
            "" if m.claims_passed is None
            else f"{m.claims_passed} of {m.claims_passed + (m.claims_failed or 0)} hold",
            plain(m.wall_seconds),
        ]
        for m in runs
    ]  # fmt: skip
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, schema=names, orient="row"))
    elif form == "md":
        write_markdown(f"Runs in {plain(out)}", names, rows)
    elif rows:
        write_table(f"Runs in {plain(out)}", names, rows)
    else:
        print(f"no runs in {plain(out)}; 'simlab run compounding --K 1 4 8' makes one")


def inherited(name: str, value: str) -> str:
    """Return an option of a command below ``simlab runs``, or what ``runs`` itself was told.

    ``simlab runs --out DIR gc`` and ``simlab runs gc --out DIR`` are the same.
    """
    told = click.core.ParameterSource.COMMANDLINE
    here = click.get_current_context()
    above = here.parent
    if above is None or here.get_parameter_source(name) == told:
        return value
    return str(above.params[name]) if above.get_parameter_source(name) == told else value
