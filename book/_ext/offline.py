"""Keep every page free of requests to other hosts, and the site small.

The report opens from a disk, without a net. Jupyter Book always loads sphinx-thebe, which puts the
address of a remote script into each page (twice, so that a browser reports an error); this book
runs no code in the browser. The theme's source maps (3 MB) serve its developers only, its fonts are
there twice, and its words are needed in the book's own language only.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

UNUSED = ("*.map", "fa-*.ttf", "sphinx-thebe.*")


def drop_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Take thebe's scripts and styles out of a page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if "thebe" not in _described(file)]


def drop_unused(app: Sphinx, error: Exception | None) -> None:
    """Delete what no page asks for: source maps, fonts that are there as woff2, translations."""
    static = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for path in static.rglob(pattern):
            path.unlink()
    shutil.rmtree(static / "locales", ignore_errors=True)


def _described(file: Any) -> str:
    return f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}".lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Act after every other extension has added its files."""
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", drop_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
