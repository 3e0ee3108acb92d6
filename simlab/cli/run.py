"""``simlab run SCENARIO``: each parameter of the scenario is an option."""

from typing import Any

import click

from simlab import registry
from simlab.cli.options import FORMATS, given, parameter_options, shared
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK
from simlab.scenario import Scenario

_SHARED = (
    "seed",
    "seeds",
    "threads",
    "workers",
    "cluster",
    "out",
    "charts",
    "format",
    "quiet",
    "debug",
)


class Scenarios(click.Group):
    """One subcommand a scenario, made from its typed parameters."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the registered scenarios."""
        return registry.names(registry.SCENARIOS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one title a scenario; one that cannot be imported hides no other."""
        with formatter.section("Scenarios"):
            formatter.write_dl(list(registry.titles(registry.SCENARIOS).items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a scenario; raise UsageError with the nearest name otherwise."""
        scenario: Scenario = registry.load(registry.SCENARIOS, cmd_name)
        dry = click.Option(["--dry-run"], is_flag=True, help="Print the grid and stop.")
        fresh = click.Option(
            ["--fresh"],
            is_flag=True,
            help="Compute every cell; else those that a run in --out has computed with the same "
            "code are taken from there.",
        )
        options = parameter_options(scenario.parameters, axes=dict(scenario.grid))
        return ValuesCommand(
            cmd_name,
            callback=lambda **values: _run(scenario, values),
            params=[*options, *shared(*_SHARED), fresh, dry],
            help=f"{scenario.title}.\n\n{scenario.summary}",
            short_help=scenario.title,
        )


def _run(scenario: Scenario, values: dict[str, Any]) -> int:
    passed = given(scenario.parameters, values)
    if values["dry_run"]:
        return _dry_run(scenario, passed, values)
    from simlab.cli.output import write_result
    from simlab.cli.progress import Bar, say
    from simlab.lab import run

    with Bar(scenario.name, quiet=values["quiet"]) as bar:
        result = run(
            scenario.name,
            passed,
            seed=values["seed"],
            seeds=values["seeds"],
            threads=values["threads"],
            workers=values["workers"],
            cluster=values["cluster"],
            out=values["out"],
            reuse=not values["fresh"],
            charts=values["charts"] or ("json",),
            progress=bar,
            status=bar.status,
        )
    write_result(result, values["form"])
    report(result, quiet=values["quiet"], say=say)
    return EXIT_OK if result.passed else EXIT_CLAIM_FAILED


def report(result: Any, *, quiet: bool, say: Any) -> None:
    """Say on stderr what was reused, how many claims hold, and where the page is."""
    if result.directory and (n_reused := result.directory.manifest.n_cells_reused):
        n, runs = result.directory.manifest.n_cells_done, result.directory.manifest.reused_from
        other = [run for run in runs if run != result.directory.manifest.id]
        where = "what this run had" if not other else f"earlier runs ({', '.join(other[:3])}"
        more = ", ..." * (len(other) > 3) + "); --fresh computes them" if other else ""
        say(f"{n_reused:,} of {n:,} cells are taken from {where}{more}", quiet=quiet)
    failed = [claim.id for claim in result.claims if not claim.passed]
    if result.claims:
        n = len(result.claims)
        verdict = f"{n - len(failed)} of {n} claims hold"
        against = sum(claim.verdict == "contradiction" for claim in result.claims)
        verdict += f", {against} of them that a publication contradicts itself" * bool(against)
        say(verdict + (f"; failed: {', '.join(failed)}" if failed else ""), quiet=quiet)
    if result.directory:
        say(f"report: {result.directory.path / 'report.html'}", quiet=quiet)


def _dry_run(scenario: Scenario, passed: dict[str, list[Any]], values: dict[str, Any]) -> int:
    """Print the cells of the grid, one a row."""
    import msgspec

    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table
    from simlab.parameters import grid

    cells = [msgspec.to_builtins(c) for c in grid(scenario.parameters, {**scenario.grid, **passed})]
    n = len(cells) * values["seeds"]
    if values["form"] == "json":
        write_json({"cells": cells, "seed": values["seed"], "seeds": values["seeds"]})
        return EXIT_OK
    names = list(cells[0])
    rows = [[" ".join(map(plain, v)) if isinstance(v, tuple | list) else plain(v)
             for v in cell.values()] for cell in cells]  # fmt: skip
    if values["form"] == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, schema=names, orient="row"))
        return EXIT_OK
    write = write_markdown if values["form"] == "md" else write_table
    write(f"{scenario.name}: {len(cells)} cells x {values['seeds']} seeds = {n}", names, rows)
    return EXIT_OK


command = Scenarios(
    "run",
    help="Simulate: run a scenario over a grid of parameters.\n\n"
    "'simlab run SCENARIO --help' lists its parameters. A parameter that is given several values "
    f"becomes an axis of the grid. Formats: {', '.join(FORMATS)}.",
)
