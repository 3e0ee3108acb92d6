"""``simlab claims check``: search property claims, or read the kept claims of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simlab.cli.options import add
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK

if TYPE_CHECKING:
    from simlab.claims.check import CheckedClaim

EPILOG = """\b
A claim that is expected to fail passes when a counterexample is found.
Exit code 1: a claim did not come out as expected.

\b
Examples:
  simlab claims check
  simlab claims check mirage-error-1-edit-distance-as-printed --examples 1000
  simlab claims check last          # the claims that a run has kept
"""


@click.command(
    epilog=EPILOG,
    help="Search property claims for their smallest counterexamples.\n\n"
    "ID is a property claim ('simlab claims list'), by default all of them; or a run, by its "
    'path, its id or "last": then the claims that it has kept.',
)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    help="Most examples a claim.  [default: what the claim asks for, mostly 200]",
)
@add("seed", "out", "format", "quiet", "debug")
def command(
    ids: tuple[str, ...],
    examples: int | None,
    seed: int,
    out: str,
    form: str,
    quiet: bool,
    debug: bool,
) -> int:
    """Check, print a row a claim, and say on stderr how many came out as expected."""
    from simlab.claims.check import check_claims
    from simlab.claims.discovery import find_claims, property_claims
    from simlab.cli.progress import Bar, say

    known = property_claims()
    if len(ids) == 1 and ids[0] not in known.claims and (run := _run(ids[0], out)):
        return _kept(run, form, quiet)
    found = find_claims(ids, known)
    with Bar("claims", quiet=quiet) as bar:
        checked = check_claims(
            [claim.claim for claim in found], examples=examples, seed=seed, progress=bar
        )
    _write(checked, form)
    failed = [claim.id for claim in checked if not claim.passed]
    told = f"{len(checked) - len(failed)} of {len(checked)} claims came out as expected"
    say(told + (f"; not so: {', '.join(failed)}" if failed else ""), quiet=quiet)
    return EXIT_CLAIM_FAILED if failed else EXIT_OK


def _write(checked: "Sequence[CheckedClaim]", form: str) -> None:
    import msgspec

    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    if form == "json":
        write_json({"claims": checked})
        return
    if form == "csv":
        import polars as pl

        rows = [
            {**msgspec.to_builtins(claim), "counterexample": counterexample(claim)}
            for claim in checked
        ]
        frame = pl.DataFrame(
            [{k: None if v is None else plain(v) for k, v in row.items()} for row in rows],
            schema=dict.fromkeys(rows[0], pl.String),
        )
        write_csv(frame)
        return
    write = write_markdown if form == "md" else write_table
    write(
        "Property claims",
        ["", "claim", "expected to", "outcome", "smallest counterexample"],
        [
            [
                "ok" if claim.passed else "FAILED",
                plain(claim.id),
                claim.expected.removesuffix("s"),
                f"{claim.outcome} ({claim.examples})",
                plain(counterexample(claim)),
            ]
            for claim in checked
        ],
    )
    for claim in checked:
        if not claim.passed or len(checked) == 1:
            print(f"{plain(claim.id)}: {plain(claim.statement)} {plain(claim.reason)}")


def counterexample(claim: "CheckedClaim") -> str | None:
    """Return a claim's smallest counterexample as a line, with what it shows."""
    shows = f"{_short(claim.observed)}, claimed {_short(claim.claimed)}"
    if claim.outcome == "broken":
        return _short(claim.observed)
    if claim.counterexample is None:
        return None
    values = ", ".join(f"{name} = {_short(value)}" for name, value in claim.counterexample.items())
    return f"{values}: {shows}" if values else shows


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _run(reference: str, out: str) -> Any:
    """Return the run that a word names, or None."""
    from simlab.errors import UsageError
    from simlab.runs.directory import RunDirectory

    try:
        return RunDirectory.open(Path(out), reference)
    except UsageError:
        return None


def _kept(run: Any, form: str, quiet: bool) -> int:
    """Print the claims that a run has kept."""
    from simlab.cli.output import claim_rows, write_csv, write_json, write_markdown, write_table
    from simlab.cli.progress import say
    from simlab.errors import UsageError

    claims = run.claims()
    if not claims:
        raise UsageError(f"run {run.manifest.id}: it has kept no claim; 'simlab show' has the rest")
    if form == "json":
        write_json({"claims": claims})
    elif form == "csv":
        import msgspec
        import polars as pl

        rows = [msgspec.to_builtins(claim) for claim in claims]
        texts = [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
        write_csv(pl.DataFrame(texts))
    else:
        write = write_markdown if form == "md" else write_table
        write(f"Claims of {run.manifest.id}, as it has kept them",
              ["", "claim", "observed", "expected"], claim_rows(claims))  # fmt: skip
    failed = [claim.id for claim in claims if not claim.passed]
    told = f"{len(claims) - len(failed)} of {len(claims)} claims hold"
    say(told + (f"; failed: {', '.join(failed)}" if failed else ""), quiet=quiet)
    return EXIT_CLAIM_FAILED if failed else EXIT_OK
