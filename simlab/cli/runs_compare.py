"""``simlab runs compare RUN RUN``: differences of scores within their intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simlab.cli.options import add
from simlab.cli.runs import inherited
from simlab.cli.values import Real
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK

if TYPE_CHECKING:
    from simlab.runs.comparison import Comparison
    from simlab.runs.directory import RunDirectory

_OWN_TO_EACH_RUN = (
    "id",
    "argv",
    "passed",
    "started",
    "wall_seconds",
    "error",
    "n_cells_reused",
    "reused_from",
    "resumed",
)

HELP = """Compare the scores of two runs, matched by curve and scale.

RUN is a path, an id or the start of it, or "last". Exit code 1 if a difference is larger than
--tolerance by more than its interval allows, or if a score stands in one run only."""


@click.command(help=HELP)
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
@click.option(
    "--tolerance",
    type=Real(),
    default=0.0,
    show_default=True,
    help="Absolute difference of a score that does not matter.",
)
@click.option(
    "--level",
    type=Real(),
    default=0.95,
    show_default=True,
    help="Coverage of the intervals, over all scores together.",
)
@click.option("--common", is_flag=True, help="Do not mind scores that stand in one run only.")
@add("out", "format", "debug")
def command(
    first: str,
    second: str,
    tolerance: float,
    level: float,
    common: bool,
    out: str,
    form: str,
    debug: bool,
) -> int:
    """Print what differs; the exit code says whether it matters."""
    import msgspec
    import polars as pl

    from simlab.cli.output import write_csv, write_json
    from simlab.runs.comparison import VERDICTS, compare, settings_apart
    from simlab.runs.directory import RunDirectory

    folder = Path(inherited("out", out))
    form = inherited("form", form)
    runs = [RunDirectory.open(folder, name) for name in (first, second)]
    found = compare(*(run.scores() for run in runs), tolerance=tolerance, level=level)
    agrees = found.agrees(common=common)
    manifests = [msgspec.to_builtins(run.manifest) for run in runs]
    for manifest in manifests:
        for name in _OWN_TO_EACH_RUN:
            del manifest[name]
        manifest["parameters"] = _values(manifest.pop("cells"))
    settings = settings_apart(*manifests)
    claims = _claims_apart(*runs)
    if form == "csv":
        write_csv(found.rows)
    elif form == "json":
        write_json(
            {
                "runs": [run.manifest.id for run in runs],
                "agree": agrees,
                "tolerance": tolerance,
                "level": level,
                "counts": {v.replace(" ", "_"): found.counts[v] for v in VERDICTS},
                "outside_own_interval": found.n_outside,
                "matched_by": "replicate" if found.by_replicate else "seed",
                "settings": [dict(zip(("name", "first", "second"), s, strict=True))
                             for s in settings],
                "claims": claims,
                "scores": found.rows.with_columns(pl.col("verdict").str.replace(" ", "_")),
            }
        )  # fmt: skip
    else:
        _write(found, settings, claims, runs, form, tolerance, level)
    return EXIT_OK if agrees else EXIT_CLAIM_FAILED


def _values(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the values of each parameter over the cells of a run: an axis as its list."""
    found: dict[str, list[Any]] = {}
    for cell in cells:
        for name, value in cell.items():
            held = found.setdefault(name, [])
            if value not in held:
                held.append(value)
    return {name: held[0] if len(held) == 1 else held for name, held in found.items()}


def _claims_apart(first: "RunDirectory", second: "RunDirectory") -> list[dict[str, Any]]:
    """Return the claims of both runs whose verdicts differ."""
    one, two = ({claim.id: claim for claim in run.claims()} for run in (first, second))
    return [
        {"claim": i, "first": one[i].verdict, "second": two[i].verdict}
        for i in one
        if i in two and one[i].verdict != two[i].verdict
    ]


def _write(
    found: "Comparison",
    settings: Sequence[tuple[str, Any, Any]],
    claims: Sequence[dict[str, Any]],
    runs: Sequence["RunDirectory"],
    form: str,
    tolerance: float,
    level: float,
) -> None:
    """Print the verdict in words, what is not identical (worst first), settings and claims."""
    import polars as pl

    from simlab.cli.output import MOST_ROWS, plain, rows_of, write_markdown, write_table
    from simlab.runs.comparison import VERDICTS
    from simlab.schema import CURVE_KEY

    write = write_markdown if form == "md" else write_table
    for which, run in zip(("first", "second"), runs, strict=True):
        print(f"{which}: {plain(run.manifest.id)}")
    rank = {verdict: i for i, verdict in enumerate(VERDICTS)}
    telling = [c for c in CURVE_KEY if found.rows[c].n_unique() > 1 or c == "metric"]
    alone = found.rows.filter(pl.col("verdict").str.ends_with("only"))
    rows = found.rows.filter(pl.col("verdict").is_in(["apart", "missing", "within"])).sort(
        pl.col("verdict").replace_strict(rank, return_dtype=pl.Int64),
        -pl.col("difference").abs(),
        nulls_last=True,
        maintain_order=True,
    )
    if rows.height:
        shown = rows.select(
            *telling, "scale", "first", "second", "difference", "low", "high", "verdict"
        )
        title = "Scores that are not identical"
        if shown.height > MOST_ROWS:
            title += f" ({MOST_ROWS} of {shown.height:,}; --format csv or json gives all)"
        write(title, shown.columns, rows_of(shown.head(MOST_ROWS)))
    if alone.height:
        curves = alone.group_by(*telling, "verdict", maintain_order=True).len("scores")
        title = "Curves with scores in one run only"
        if curves.height > MOST_ROWS:
            title += f" ({MOST_ROWS} of {curves.height:,}; --format csv or json gives all)"
        write(title, curves.columns, rows_of(curves.head(MOST_ROWS)))
    if settings:
        rows_said = [[plain(cell)[:60] for cell in row] for row in settings]
        write("Settings that differ", ["setting", "first", "second"], rows_said)
    if claims:
        rows_said = [[plain(cell) for cell in claim.values()] for claim in claims]
        write("Claims that differ", ["claim", "first", "second"], rows_said)
    told = ", ".join(f"{found.counts[v]:,} {v}" for v in reversed(VERDICTS) if found.counts[v])
    print(f"{found.rows.height:,} scores: {told}; tolerance {tolerance:g}")
    n_judged = found.rows["low"].count()
    if n_judged > found.counts["identical"]:
        print(
            f"{found.n_outside:,} of {n_judged:,} lie outside their own {100 * level:g}% interval; "
            f"chance alone makes about {(1 - level) * n_judged:.1f}, and 'apart' allows for it"
        )
    if found.by_replicate:
        print("note: the runs share no seed; replicates are matched in their order")
