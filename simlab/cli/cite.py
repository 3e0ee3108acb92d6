"""``simlab cite [NAME]``: what to cite."""

import click

from simlab import registry
from simlab.cli.options import add
from simlab.errors import UsageError, did_you_mean


@click.command(help="Print how to cite simlab, a scenario, a source, audit or meta.")
@click.argument("name", required=False)
@add("debug")
def command(name: str | None, debug: bool) -> None:
    """Print references, one a line."""
    from importlib.metadata import version

    kinds = (registry.SCENARIOS, registry.SOURCES, registry.ANALYSES)
    groups = {group: registry.names(group) for group in kinds}
    found = [group for group, names in groups.items() if name in names]
    if name is not None and not found:
        known = [n for names in groups.values() for n in names]
        raise UsageError(f"no scenario, source or analysis {name!r}{did_you_mean(name, known)}")
    print(f"simlab {version('simlab')}: a laboratory for claims about scale. Apache-2.0.")
    for group in found:
        for reference in registry.load(group, str(name)).citations:
            print(reference)
