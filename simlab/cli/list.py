"""``simlab list``: scenarios and sources, ours and third parties'."""

import click

from simlab import registry
from simlab.cli.options import add


@click.command(help="List scenarios and sources.")
@click.argument("what", type=click.Choice(["all", "scenarios", "sources"]), default="all")
@click.option("--names", is_flag=True, help="Names only, one a line; imports nothing.")
@add("format", "debug")
def command(what: str, names: bool, form: str, debug: bool) -> None:
    """Print each name with its title."""
    groups = {"scenarios": registry.SCENARIOS, "sources": registry.SOURCES}
    wanted = groups if what == "all" else {what: groups[what]}
    if names:
        for group in wanted.values():
            print("\n".join(registry.names(group)))
        return
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    found = {kind: registry.titles(group) for kind, group in wanted.items()}
    if form == "json":
        write_json({k: [{"name": n, "title": t} for n, t in v.items()] for k, v in found.items()})
        return
    if form == "csv":
        import polars as pl

        rows = [(kind[:-1], name, title) for kind, v in found.items() for name, title in v.items()]
        write_csv(pl.DataFrame(rows, schema=["kind", "name", "title"], orient="row"))
        return
    write = write_markdown if form == "md" else write_table
    verbs = {"scenarios": "simlab run NAME", "sources": "simlab replay NAME"}
    for kind, held in found.items():
        cells = [[name, plain(title)] for name, title in held.items()]
        write(f"{kind.capitalize()} ({verbs[kind]})", ["name", "title"], cells)
