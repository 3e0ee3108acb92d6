"""``simlab claims list`` and ``show``: what the property claims say, before they are checked."""

from typing import TYPE_CHECKING, Any

import click

from simlab.cli.options import add

if TYPE_CHECKING:
    from simlab.claims.discovery import FoundClaim


@click.command(help="List the property claims, ours and those of installed packages.")
@click.option("--names", is_flag=True, help="Ids only, one a line.")
@add("format", "debug")
def command(names: bool, form: str, debug: bool) -> None:
    """Print one row a claim; a package whose claims cannot be used is named on stderr."""
    from simlab.claims.discovery import property_claims
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table
    from simlab.cli.progress import say

    known = property_claims()
    for complaint in known.broken:
        say(f"simlab: {complaint}", quiet=False)
    found = list(known.claims.values())
    if names:
        print("\n".join(known.claims))
    elif form == "json":
        write_json({"claims": [as_object(claim) for claim in found]})
    elif form == "csv":
        import polars as pl

        rows = [as_object(claim) | {"given": None} for claim in found]
        write_csv(pl.DataFrame(rows).drop("given"))
    else:
        write = write_markdown if form == "md" else write_table
        write(
            f"{len(found)} property claims (simlab claims check)",
            ["claim", "expected to", "statement"],
            [[plain(c.id), c.expected.removesuffix("s"), plain(c.statement)] for c, _ in found],
        )


@click.command("show", help="Show one property claim; ID as 'simlab claims list' prints it.")
@click.argument("id")
@add("format", "debug")
def show(id: str, form: str, debug: bool) -> None:
    """Print everything that is stated of a claim."""
    from simlab.claims.discovery import find_claims, property_claims
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    shown = as_object(find_claims((id,), property_claims())[0])
    if form == "json":
        write_json(shown)
        return
    given = "; ".join(f"{name}: {text}" for name, text in shown["given"].items())
    rows = [[name, plain(value)] for name, value in (shown | {"given": given}).items()]
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, schema=["field", "value"], orient="row"))
        return
    write = write_markdown if form == "md" else write_table
    write(id, ["", ""], rows)
    if form == "table":
        print(f"simlab claims check {plain(id)}")


def as_object(found: "FoundClaim") -> dict[str, Any]:
    """Return the object that ``--format json`` prints of a claim."""
    claim = found.claim
    return {
        "id": claim.id,
        "statement": claim.statement,
        "source": claim.source,
        "expected": claim.expected,
        "reason": claim.reason,
        "given": {name: _text(strategy) for name, strategy in claim.given.items()},
        "examples": claim.examples,
        "place": found.place,
    }


def _text(strategy: Any) -> str:
    """Return what a strategy draws from, cut where it is long."""
    text = " ".join(repr(strategy).split())
    return text if len(text) <= 120 else text[:117] + "..."
