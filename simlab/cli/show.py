"""``simlab show RUN``: a run read back from its directory."""

from pathlib import Path

import click

from simlab.cli.options import add


@click.command(help='Show a run. RUN is its path, its id or the start of it, or "last".')
@click.argument("run", default="last")
@add("out", "format", "debug")
def command(run: str, out: str, form: str, debug: bool) -> None:
    """Print scores and claims of a run, then how it ended and where its page is."""
    from simlab.cli.output import plain, write_result
    from simlab.emergence.score import emergence_scores
    from simlab.result import Result
    from simlab.runs.directory import PAGE, RunDirectory

    directory = RunDirectory.open(Path(out), run)
    manifest, table = directory.manifest, directory.scores()
    result = Result(table, emergence_scores(table), directory.claims(), directory=directory)
    write_result(result, form)
    if form == "table":
        page = directory.path / PAGE
        print(f"{plain(manifest.id)}: {plain(manifest.status)}, seed {manifest.seed}, "
              f"{manifest.seeds} replicates, {manifest.n_cells_done} cells, "
              f"simlab {plain(manifest.versions.get('simlab', '?'))}")  # fmt: skip
        print(f"report: {plain(page)}" if page.is_file() else "no report was written")
