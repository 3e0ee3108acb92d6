"""Blocks such as ```` ```{commands} run ```` become Markdown before a page is read.

What is generated is text, in the language of the pages: its headings are those of the page, its
links are checked with the others, and a reader of a generator needs to know no Sphinx.
"""

import re
from collections.abc import Callable

from command_pages import command_reference
from scenario_pages import scenario_introduction, scenario_list, scenario_record
from source_pages import source_sections
from sphinx.application import Sphinx

from simlab.errors import UsageError

GENERATORS: dict[str, Callable[[str, Sphinx], str]] = {
    "commands": command_reference,
    "scenario": scenario_introduction,
    "scenario-record": scenario_record,
    "scenarios": scenario_list,
    "sources": source_sections,
}
"""Name of a block -> the function of its argument and of Sphinx that returns Markdown."""

_BLOCK = re.compile(rf"^```\{{({'|'.join(GENERATORS)})\}} ?(\S*)\n```$", re.M)


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    try:
        content[0] = _BLOCK.sub(lambda block: GENERATORS[block[1]](block[2], app), content[0])
    except UsageError as error:
        raise UsageError(f"docs/{docname}.md: {error}") from None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the reader and its settings."""
    app.connect("source-read", _read)
    app.add_config_value("simlab_draw", ["all"], "env", [list])
    app.add_config_value("simlab_figures", "../build/figures", "", [str])
    return {"parallel_read_safe": False, "parallel_write_safe": True}
