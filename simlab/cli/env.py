"""``simlab env``: what to put into a bug report."""

import os

import click

from simlab.cli.options import add


@click.command(help="Show versions, machine, folders and SIMLAB_* variables.")
@add("format", "debug")
def command(form: str, debug: bool) -> None:
    """Print one row a fact."""
    from simlab._jit import cache_root, kernel_hash
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table
    from simlab.runs.provenance import git_state, machine, package_versions
    from simlab.threads import default_threads

    facts = {
        **package_versions(),
        **machine(),
        "threads": default_threads(),
        "cache folder": str(cache_root()),
        "kernel hash": kernel_hash(),
        "git commit": git_state()["commit"],
        **{name: value for name, value in os.environ.items() if name.startswith("SIMLAB_")},
    }
    if form == "json":
        write_json(facts)
        return
    rows = [[name, plain(value)] for name, value in facts.items()]
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, schema=["fact", "value"], orient="row"))
        return
    write = write_markdown if form == "md" else write_table
    write("Environment", ["fact", "value"], rows)
