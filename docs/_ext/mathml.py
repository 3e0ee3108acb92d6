"""Equations as MathML, which browsers draw without a script or a request.

MathML needs a font with an OpenType table of mathematics, which not every system has: the site
brings STIX Two Math along, out of the package ziamath.
"""

from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_CONVERTER = LatexToMathML()
_LOGGER = logging.getLogger(__name__)
FONT = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_mathml(node, displayed=False))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    mathml = _mathml(node, displayed=True)
    translator.body.append(f'<div class="equation" tabindex="0">{mathml}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, *, displayed: bool) -> str:
    try:
        return _CONVERTER.convert_with_local_state(node.astext(), displaystyle=displayed)
    except LatexError as error:
        _LOGGER.warning("%s: %s", node.astext(), error, location=node)
        return ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer, which ``html_math_renderer`` names, and add the font."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    app.config.html_static_path.append(str(FONT))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
