"""Settings of the documentation site: `make site` builds it, and warnings are errors."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

project = "simlab"
author = "the authors of simlab"
version = release = version_of("simlab")
html_title = f"simlab {release}"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "accessible",
    "generated",
    "mathml",
    "root_pages",
]
exclude_patterns = ["_*"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

smartquotes = False  # --option is no dash

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # it fetches pages, which a browser forbids for files

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"
default_role = "code"
