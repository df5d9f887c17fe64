"""Plotly figures in pages: the JSON stands in the page, one local plotly.js draws it.

A figure is a `div.figure-json` that holds its JSON as inert text. When the first one of a page
comes near the view, `_static/book.js` loads the library, which is that of the installed plotly
package, and draws. Executed notebooks keep plotly's own output type, so that JupyterLab shows
them; here it is translated when the page is read.
"""

from __future__ import annotations

import base64
import json
import math
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs
from sphinx.application import Sphinx

MIME = "application/vnd.plotly.v1+json"
DIGITS = 5  # that count, of each number in a page: what a hover label shows is exact


def figure_html(figure: dict[str, Any]) -> str:
    """The figure as an element to be drawn; no character of it can end the script element."""
    height = int(figure.get("layout", {}).get("height") or 450)
    light = {key: slim(figure.get(key)) for key in ("data", "layout")}
    text = json.dumps(light, separators=(",", ":"), ensure_ascii=False)
    text = text.replace("<", "\\u003c")
    script = f'<script type="application/json">{text}</script>'
    label = f'role="group" aria-label="{escape(described(figure))}"'
    return f'<div class="figure-json" {label} style="min-height:{height}px">{script}</div>'


def described(figure: dict[str, Any]) -> str:
    """A figure in words, for those who do not see it: its axes, and what is drawn."""
    layout = figure.get("layout") or {}
    axes = (layout[key] for key in layout if re.fullmatch(r"[xy]axis\d*", key))
    titles = dict.fromkeys((axis.get("title") or {}).get("text") for axis in axes)
    names = dict.fromkeys(trace.get("name") for trace in figure["data"])
    told = {"Axes": [*filter(None, titles)], "Shown": [*filter(None, names)]}
    parts = (f"{what}: {', '.join(words)}." for what, words in told.items() if words)
    return unescape(" ".join(["Interactive figure.", *parts]))


def slim(part: Any) -> Any:
    """A figure's JSON without digits that no reader sees, packed numbers unpacked to that end."""
    if isinstance(part, dict):
        if "bdata" in part:
            return slim(unpacked(part))
        return {key: slim(value) for key, value in part.items()}
    if isinstance(part, list):
        return [slim(value) for value in part]
    if isinstance(part, float):
        if math.isnan(part):
            return None
        return int(part) if part.is_integer() else float(f"{part:.{DIGITS}g}")
    return part


def unpacked(packed: dict[str, Any]) -> list:
    """The values of an array as plotly packs it: base64, of a type and a shape."""
    values = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])
    if "shape" in packed:
        values = values.reshape([int(size) for size in str(packed["shape"]).split(",")])
    return values.tolist()


def translate_outputs(app: Sphinx, page: str, source: list[str]) -> None:
    """Give a notebook's plotly outputs a form that a page can hold."""
    if not str(app.env.doc2path(page)).endswith(".ipynb"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                output["data"] = {"text/html": figure_html(data[MIME])}
    source[0] = json.dumps(notebook)


def write_library(app: Sphinx, error: Exception | None) -> None:
    """Put plotly.js beside the pages."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        folder.mkdir(exist_ok=True)
        (folder / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Act when a page is read and when all are written."""
    app.connect("source-read", translate_outputs)
    app.connect("build-finished", write_library)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
