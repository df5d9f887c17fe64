"""The texts that search results quote, as a script beside the pages.

Sphinx's search fetches each page that it found to quote from it, which a page opened from a disk
may not do. The texts lie in one script instead, which `_static/book.js` loads on the search page.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

QUOTED = (nodes.paragraph, nodes.caption, nodes.term, nodes.title)


def text_of(doctree: nodes.document) -> str:
    """What a page says in sentences, without code, mathematics and figures."""
    parts = doctree.findall(lambda node: isinstance(node, QUOTED))
    return " ".join(" ".join(part.astext().split()) for part in parts)


def write_texts(app: Sphinx, error: Exception | None) -> None:
    """Write the script once all pages are there."""
    if error is None and app.builder.format == "html":
        texts = {page: text_of(app.env.get_doctree(page)) for page in app.env.found_docs}
        data = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        path = Path(app.outdir) / "_static/search_texts.js"
        path.write_text(f"window.searchTexts = {data};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act when all pages are written."""
    app.connect("build-finished", write_texts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
