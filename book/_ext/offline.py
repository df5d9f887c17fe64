"""Keep every page free of requests to other hosts, and the site small.

The report opens from a disk, without a net. Jupyter Book always loads sphinx-thebe, which puts the
address of a remote script into each page (twice, so that a browser reports an error); this book
runs no code in the browser. The theme's source maps (3 MB) serve its developers only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def drop_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Take thebe's scripts and styles out of a page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context[kind] if "thebe" not in _described(file)]


def drop_source_maps(app: Sphinx, error: Exception | None) -> None:
    """Delete the theme's `*.map` files from the built site."""
    for path in (Path(app.outdir) / "_static").rglob("*.map"):
        path.unlink()


def _described(file: Any) -> str:
    return f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}".lower()


def setup(app: Sphinx) -> dict[str, bool]:
    """Act after every other extension has added its files."""
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", drop_source_maps)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
