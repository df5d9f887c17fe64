"""Equations as MathML, written when the book is built: browsers draw it, no script is needed."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

# On a narrow page an equation scrolls.
SCROLLS: dict[str, Any] = {"tabindex": "0", "role": "group", "aria-label": "Equation"}

logger = logging.getLogger(__name__)


def mathml(node: nodes.Element, *, block: bool) -> str:
    """The MathML of a node's LaTeX; what cannot be read is a warning, which fails the build."""
    latex = node.astext().strip()
    try:
        return str(tex2mathml(latex, as_block=block))
    except Exception as error:  # docutils raises its own MathError, or whatever it stumbled on
        logger.warning("math %r is not understood: %s", latex, error, location=node)
        return ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an equation within a line."""
    self.body.append(f'<span class="math">{mathml(node, block=False)}</span>')
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation on its own line, with its number where it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate", **SCROLLS))
    if node.get("number"):
        number = get_node_equation_number(self, node)  # over the whole book, as references say it
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(mathml(node, block=True) + "</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register `html_math_renderer = "mathml"`."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
