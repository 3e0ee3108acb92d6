"""What the theme leaves out for readers who use a keyboard or a screen reader.

Boxes that scroll can be reached by the keyboard, and headings of the navigation have a level.
"""

from typing import Any

from sphinx.application import Sphinx

BODY = {
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper ': '<div tabindex="0" class="table-wrapper ',
    '<div class="figure ': '<div tabindex="0" class="figure ',
}
NAVIGATION = {'role="heading"': 'role="heading" aria-level="2"'}


def _complete(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    for part, changes in (("body", BODY), ("furo_navigation_tree", NAVIGATION)):
        for old, new in changes.items():
            context[part] = context.get(part, "").replace(old, new)


def setup(app: Sphinx) -> dict[str, bool]:
    """Change the pages after the theme has made its parts of them."""
    app.connect("html-page-context", _complete, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
