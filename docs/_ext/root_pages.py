"""Pages that stand elsewhere in the repository, shown on the site as they are.

A page of this site that only points to such a file is replaced with its text. Links between them
lead to the site's pages; those to other files of the repository become their names.
"""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

PAGES = {
    "benchmarks": "tests/benchmarks/README.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
}
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def _read(app: Sphinx, docname: str, content: list[str]) -> None:
    docs = Path(app.srcdir)
    shown = docs / f"{docname}.md"
    if docname in PAGES:
        shown = docs.parent / PAGES[docname]
        app.env.note_dependency(shown)
        content[0] = shown.read_text(encoding="utf-8")
    content[0] = _LINK.sub(lambda link: _led(link, shown, docs, docname), content[0])


def _led(link: re.Match[str], shown: Path, docs: Path, docname: str) -> str:
    """Return a link of the file ``shown`` as it is on the site."""
    text, target = link.groups()
    path, hash_, anchor = target.partition("#")
    found = Path(os.path.normpath(shown.parent / path))
    for page, file in PAGES.items():
        if found == docs.parent / file:
            found = docs / f"{page}.md"
    if docs not in found.parents:
        return text if found.exists() else link[0]
    return f"[{text}]({os.path.relpath(found, (docs / docname).parent)}{hash_}{anchor})"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the reader."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
