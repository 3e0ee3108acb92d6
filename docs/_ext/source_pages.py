"""``{sources}``: a section a registered source, with what it reads, its options and its origin."""

from markdown import code, escaped, linked
from parameter_tables import parameter_table
from sphinx.application import Sphinx

from simlab import registry
from simlab.parameters import fields
from simlab.source import Source

PATHS = {"none": "", "required": " PATH", "optional": " [PATH]"}


def source_sections(argument: str, app: Sphinx) -> str:
    """Return a section for each registered source."""
    names = registry.names(registry.SOURCES)
    return "\n\n".join(_section(registry.load(registry.SOURCES, name)) for name in names)


def _section(source: Source) -> str:
    facts = [f"- Origin: {linked(source.origin)}", f"- Licence: {escaped(source.licence)}"]
    facts += [f"- {linked(citation)}" for citation in source.citations]
    blocks = [
        f"## {source.name}",
        f"**{escaped(source.title)}.** {escaped(source.summary)}",
        code(f"simlab replay {source.name}{PATHS[source.path]}"),
        "\n".join(facts),
    ]
    if any(fields(source.options)):
        blocks.append(parameter_table(source.options))
    return "\n\n".join(blocks)
