"""How figures look: one palette, one template, one way to write a share into a hover label.

A language has one colour in every figure, and nothing else has it; most are Okabe and Ito's, which
people with any colour vision tell apart. Backgrounds are transparent and fonts inherited, so that
the page decides.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xlshare.study.names import OPPONENTS, PROPONENTS
from xlshare.study.tasks import LANGUAGE_NAMES

LANGUAGE_COLOURS = {
    "en": "#0072B2",  # blue
    "de": "#E69F00",  # orange
    "fr": "#56B4E9",  # sky blue
    "es": "#D55E00",  # vermilion
    "ko": "#CC79A7",  # reddish purple
    "ru": "#009E73",  # bluish green
    "zh": "#AA3377",  # purple of Paul Tol's, since their yellow cannot be read on white
}
SPARE_COLOURS = ("#882255", "#44AA99", "#999933", "#6699CC", "#997700")
NEUTRAL = "#8a8a8a"  # readable on light and dark pages: chance, "all languages"
GRID = "rgba(138,138,138,0.25)"
# Moss green and violet: the hues of the paper's Figures 12 and 13, in tones that no language has.
ROLE_COLOURS = {PROPONENTS: "#4C7A12", OPPONENTS: "#8566CC"}
ROLE_NAMES = {PROPONENTS: "Proponents", OPPONENTS: "Opponents"}
PALE = "#F4F4F4"  # of a map's cells that say nothing; a dark page puts its own surface here
MORE, LESS = ROLE_COLOURS.values()
LESS_TO_MORE = [[0, LESS], [0.5, PALE], [1, MORE]]  # around chance
PERCENT = "~%"  # as many decimals as the ticks need, so that no two read the same
AXIS = {
    "automargin": True,
    "gridcolor": GRID,
    "zerolinecolor": GRID,
    "ticks": "",
    "title": {"font": {"size": 12}, "standoff": 8},
}

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": "inherit", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "xaxis": AXIS,
        "yaxis": AXIS,
        "dragmode": False,  # dragging scrolls the page on a phone; the bar's buttons zoom
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "itemwidth": 30,
        },
        "hoverlabel": {"align": "left", "font": {"family": "inherit"}},
    }
)


def language_colour(lang: str) -> str:
    """The language's colour; a language that the paper lacks gets a spare one by its name."""
    if lang == "all":
        return NEUTRAL
    spare = SPARE_COLOURS[zlib.crc32(lang.encode()) % len(SPARE_COLOURS)]
    return LANGUAGE_COLOURS.get(lang, spare)


def ordered(languages: Iterable[str]) -> list[str]:
    """Each language once, in one order for all figures and tables; "all" is the last."""
    known, found = list(LANGUAGE_COLOURS), set(languages)
    strange = sorted(found - {*known, "all"})
    return [lang for lang in (*known, *strange, "all") if lang in found]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table by language, as `ordered` has them; other orders are kept."""

    def place(column: pd.Series) -> pd.Series:
        return column.map({lang: i for i, lang in enumerate(ordered(column))})

    by = [column for column in ("test_lang", "train_lang", "lang") if column in table]
    return table.sort_values(by, key=place, kind="stable")


def language_name(lang: str) -> str:
    """The language's English name, else its escaped code."""
    return LANGUAGE_NAMES.get(lang) or html.escape("all languages" if lang == "all" else lang)


def as_markdown(text: str) -> str:
    """Text that a reader's study brings (a title, a question), to stand in Markdown as it is."""
    words = re.split(r"[^\S\xa0]+", text.strip())
    return re.sub(r"([][\\`*_~<>#$&|])", r"\\\1", " ".join(words))


def language_line(lang: str, width: float = 2) -> dict[str, Any]:
    """How a language's trace looks; its entry in the legend stands for all its traces."""
    return {
        "name": language_name(lang),
        "legendgroup": lang,
        "showlegend": False,
        "line": {"color": language_colour(lang), "width": width},
    }


def hover(row: Any) -> str:
    """All that a table's row knows of its share, as a hover label.

    Args:
        row: a named tuple with test_lang and value, and any of train_lang, low, high, expected and
            contents.
    """
    lines = [f"<b>{pair(row)}</b>", f"{row.value:.1%}"]
    if pd.notna(getattr(row, "low", None)):
        lines.append(f"95% interval {row.low:.1%} to {row.high:.1%}")
    if hasattr(row, "contents"):
        lines.append(behind(row.contents))
    if pd.notna(getattr(row, "expected", None)):
        lines.append(f"by chance {row.expected:.1%}")
    return "<br>".join(lines)


def behind(contents: int) -> str:
    """How many test contents are behind a value."""
    return f"{contents:,} test contents" if contents != 1 else "1 test content: no interval"


def pair(row: Any) -> str:
    """Which languages a row is about."""
    tests = f"{language_name(row.test_lang)} tests"
    if not hasattr(row, "train_lang"):
        return tests
    return f"{tests}, {language_name(row.train_lang)} training data"


def curve_hover(table: pd.DataFrame, x: str) -> dict[str, Any]:
    """What `hover` says, as one template for all points of a curve: much lighter than labels."""
    columns = ("low", "high", "contents", "expected")
    known = [c for c in columns if c in table and table[c].notna().all()]
    at = {column: f"%{{customdata[{place}]" for place, column in enumerate(known)}
    lines = [f"<b>{pair(next(table.itertuples()))}</b>", f"{x} %{{x}}: %{{y:.1%}}"]
    if "low" in at:
        lines.append(f"95% interval {at['low']}:.1%}} to {at['high']}:.1%}}")
    if "contents" in at:
        lines.append(f"{at['contents']}:,}} test contents")
    if "expected" in at:
        lines.append(f"by chance {at['expected']}:.1%}}")
    template = "<br>".join(lines) + "<extra></extra>"
    return {"customdata": table[known].to_numpy(dtype=float), "hovertemplate": template}


def plain_hover(texts: Sequence[str] | Sequence[list[str]]) -> dict[str, Any]:
    """Hover labels as they stand, one per point, in the shape of the points."""
    return {"hovertext": list(texts), "hoverinfo": "text"}


def interval(table: pd.DataFrame, value: str, colour: str) -> dict[str, Any] | None:
    """Thin bars from low to high, where the table has them."""
    if "low" not in table:
        return None
    above, below = table["high"] - table[value], table[value] - table["low"]
    return {"array": above, "arrayminus": below, "thickness": 1, "width": 0, "color": colour}
