"""Put the explorer's data beside the pages, from the scores of the study that the book shows."""

from __future__ import annotations

from pathlib import Path

from run_values import results_of
from sphinx.application import Sphinx

from xlshare.report import explorer


def write_data(app: Sphinx, error: Exception | None) -> None:
    """Write them once the pages are there."""
    if error is None and app.builder.format == "html":
        explorer.write(results_of(app), Path(app.outdir) / "_static/explorer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act when all pages are written."""
    app.connect("build-finished", write_data)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
