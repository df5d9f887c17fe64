"""What the theme writes into pages and screen readers, or texts with HTML in them, stumble on.

A page's title stands in the page as HTML though it is text; a bibliography calls itself a list and
has no items; the arrows that unfold the contents have no name.
"""

from __future__ import annotations

from html import escape
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx


def mend(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mend one page before it is written."""
    if "pagetitle" in context:
        context["pagetitle"] = escape(context["pagetitle"])
    if "citation-list" in context.get("body", ""):
        context["body"] = without_roles(context["body"])
    contents = context["generate_toctree_html"]
    context["generate_toctree_html"] = lambda *words, **named: with_names(contents(*words, **named))


def without_roles(body: str) -> str:
    """A bibliography without the roles that claim what it is not."""
    return body.replace(' role="list" class="citation-list"', ' class="citation-list"').replace(
        ' role="doc-biblioentry"', ""
    )


def with_names(contents: BeautifulSoup | str) -> BeautifulSoup | str:
    """A table of contents whose arrows say what they unfold."""
    if isinstance(contents, BeautifulSoup):
        for summary in contents.find_all("summary"):
            entry: Any = summary.find_parent("li")
            summary["aria-label"] = f"Pages below {entry.find('a').get_text().strip()}"
    return contents


def setup(app: Sphinx) -> dict[str, bool]:
    """Act after the theme has prepared the page."""
    app.connect("html-page-context", mend, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
