"""The few kinds of plots that the figures are made of: curves, points in rows, heat maps, steps.

Each takes a tidy table; `figures` knows which table, and what its axes mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xlshare.report import style

PERCENT = {"tickformat": style.PERCENT, "rangemode": "tozero"}
OF_TOP = "Share of the top k"
PAPER = "the paper"
BY_CHANCE = {"dash": "4px,3px", "width": 1.5}


def panels(height: int, columns: Sequence[str] = (), rows: int = 1) -> go.Figure:
    """An empty figure with a column of panels for each role or title; panels share their axes."""
    figure = make_subplots(
        rows=rows,
        cols=max(len(columns), 1),
        shared_xaxes=True,
        shared_yaxes=True,
        column_titles=[style.ROLE_NAMES.get(name, name) for name in columns] or None,
        horizontal_spacing=0.09,
        vertical_spacing=0.08 / max(rows - 1, 1),
    )
    figure.update_annotations(font_size=13)
    return figure.update_layout(template=style.TEMPLATE, height=height)


def roles_of(table: pd.DataFrame) -> list[str]:
    """The roles that a table has, proponents first."""
    return [role for role in style.ROLE_NAMES if (table["role"] == role).any()]


def curves(table: pd.DataFrame, x: str, lines: str) -> go.Figure:
    """Shares against column `x`: a line for each language in column `lines`, one panel per role."""
    table = style.in_order(table)
    figure = panels(380, roles_of(table))
    for column, role in enumerate(roles_of(table), start=1):
        _curves(figure, (1, column), table[table["role"] == role], x, lines)
    language_keys(figure, table[lines], mode="lines+markers")
    chance_key(figure)
    figure.update_yaxes(title=OF_TOP, col=1)
    return figure.update_yaxes(**PERCENT)


def curves_by_test(table: pd.DataFrame, x: str) -> go.Figure:
    """As `curves`, with a row of panels for each test language, in it its own line thicker."""
    table = style.in_order(table)
    tests = table["test_lang"].unique()
    figure = panels(120 * len(tests) + 110, roles_of(table), len(tests))
    for row, test in enumerate(tests, start=1):
        for column, role in enumerate(roles_of(table), start=1):
            here = table[(table["test_lang"] == test) & (table["role"] == role)]
            _curves(figure, (row, column), here, x, "train_lang")
        figure.update_yaxes(title=f"{style.language_name(test)} tests", row=row, col=1)
    language_keys(figure, table["train_lang"], mode="lines+markers")
    chance_key(figure)
    return figure.update_yaxes(**PERCENT)


def points_by_test(table: pd.DataFrame, symbol: Callable[[Any], str]) -> go.Figure:
    """Shares as points: one row per test language, in it a place for each training language."""
    table = style.in_order(table)
    table = table.assign(height=heights(table, "train_lang"))
    tests, trains = table["test_lang"].unique(), table["train_lang"].nunique()
    figure = panels(160 + len(tests) * (15 * trains + 8), roles_of(table))
    for column, role in enumerate(roles_of(table), start=1):
        here = table[table["role"] == role]
        chance_marks(figure, column, here.dropna(subset="expected"), 0.4 / trains)
        for lang, part in here.groupby("train_lang", sort=False):
            symbols = [symbol(row) for row in part.itertuples()]
            points(figure, column, part, symbols, **style.language_line(str(lang)))
    language_keys(figure, table["train_lang"], mode="markers", marker_size=9)
    language_rows(figure, tests)
    chance_key(figure)
    figure.update_xaxes(matches="x", col=2)  # one scale, so that the roles can be compared
    return figure.update_xaxes(title=OF_TOP, **PERCENT)


def points(
    figure: go.Figure,
    column: int,
    table: pd.DataFrame,
    symbols: Sequence[str] | str = "circle",
    hover: Callable[[Any], str] = style.hover,
    **look: Any,
) -> None:
    """Values from left to right, each at its row's height, with intervals."""
    colour = look["line"]["color"]
    figure.add_scatter(
        x=table["value"],
        y=table["height"],
        error_x=style.interval(table, "value", colour),
        mode="markers",
        cliponaxis=False,
        marker={"symbol": symbols, "size": 9, "color": colour},
        **style.plain_hover([hover(row) for row in table.itertuples()]),
        **look,
        row=1,
        col=column,
    )


def heat_map(
    figure: go.Figure, column: int, cells: pd.DataFrame, label: Callable[[Any], str]
) -> None:
    """Test languages down, training languages across; `cells` have a colour (number) and a text.

    The cells of a language with itself are framed; the colours are the figure's `colour_scale`.
    """
    cells = style.in_order(cells)
    rows, columns = (list(cells[names].unique()) for names in ("test_lang", "train_lang"))
    cells = cells.assign(label=[label(row) for row in cells.itertuples()])

    def square(name: str) -> list[list]:
        wide = cells.pivot(index="test_lang", columns="train_lang", values=name)
        return wide.reindex(index=rows, columns=columns).to_numpy().tolist()

    figure.add_heatmap(
        x=[style.language_name(lang) for lang in columns],
        y=[style.language_name(lang) for lang in rows],
        z=square("colour"),
        text=square("text"),
        texttemplate="%{text}",
        xgap=3,
        ygap=3,
        coloraxis="coloraxis",
        **style.plain_hover(square("label")),
        row=1,
        col=column,
    )
    for lang in filter(rows.__contains__, columns):
        x, y = columns.index(lang), rows.index(lang)
        edges = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
        figure.add_shape(type="rect", **edges, line_width=2, row=1, col=column)


def colour_scale(figure: go.Figure, scale: list[list], ticks: dict[float, str]) -> None:
    """One scale for all maps of a figure, as a bar below them, with its few ticks in words."""
    bar = {
        "orientation": "h",
        "thickness": 10,
        "len": 0.6,
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "outlinewidth": 0,
    }
    ends = {"cmin": min(ticks), "cmax": max(ticks)}
    figure.update_layout(coloraxis={"colorscale": scale, "colorbar": bar, **ends})
    pale = next(place for place, colour in scale if colour == style.PALE)
    figure.update_layout(meta={"pale": pale})  # where a dark page puts its own surface


def steps(figure: go.Figure, row: int, table: pd.DataFrame, **look: Any) -> None:
    """A histogram's outline: the part of all counts that each bin [left, right) has."""
    half = (table["right"] - table["left"]).iloc[0] / 2
    bin_and_count = f"score %{{x:.3f}} ± {half:.2g}: %{{y:.1%}}<br>%{{customdata:,}} pairs"
    figure.add_scatter(
        x=(table["left"] + table["right"]) / 2,
        y=table["count"] / table["count"].sum(),
        mode="lines",
        line_shape="hvh",
        customdata=table["count"],
        hovertemplate=f"<b>{look['name']}</b><br>{bin_and_count}<extra></extra>",
        **look,
        row=row,
        col=1,
    )


def published(
    figure: go.Figure,
    column: int,
    table: pd.DataFrame,
    colour: str = style.NEUTRAL,
    *,
    x: str = "paper",
    y: str = "height",
    form: str = ".0%",
) -> None:
    """The paper's values (column paper, where it printed one) as hollow marks."""
    there = table.dropna(subset="paper") if "paper" in table else table.iloc[:0]
    if there.empty:
        return
    look = {"symbol": "diamond-open", "size": 10}
    figure.add_scatter(
        x=there[x],
        y=there[y],
        mode="markers",
        cliponaxis=False,
        showlegend=False,
        marker=look | {"color": colour},
        **style.plain_hover([f"the paper: {value:{form}}" for value in there["paper"]]),
        row=1,
        col=column,
    )
    if not any(trace.name == PAPER for trace in figure.data):
        key(figure, name=PAPER, mode="markers", marker=look | {"color": style.NEUTRAL})


def chance_marks(figure: go.Figure, column: int, table: pd.DataFrame, half: float) -> None:
    """A dashed mark at each row's chance, `half` above and below its height."""
    x = [v for chance in table["expected"] for v in (chance, chance, None)]
    y = [v for height in table["height"] for v in (height - half, height + half, None)]
    _dashed(figure, (1, column), x, y, style.NEUTRAL)


def key(figure: go.Figure, **look: Any) -> None:
    """An entry of the legend that belongs to no single trace."""
    figure.add_scatter(x=[None], y=[None], hoverinfo="skip", **look)


def language_keys(figure: go.Figure, languages: Iterable[str], **look: Any) -> None:
    """The languages' entries in the legend; each switches all its traces."""
    for lang in dict.fromkeys(languages):
        key(figure, **style.language_line(lang) | {"showlegend": True}, **look)


def chance_key(figure: go.Figure) -> None:
    """Say in the legend what the dashed lines are."""
    key(figure, name="by chance", mode="lines", line={"color": style.NEUTRAL, **BY_CHANCE})


def language_rows(figure: go.Figure, languages: Sequence[str]) -> None:
    """A vertical axis with a row for each language."""
    named_rows(figure, [style.language_name(lang) for lang in languages])


def named_rows(figure: go.Figure, names: Sequence[str]) -> None:
    """A vertical axis with a row for each name, the first on top, and rules between them."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=list(names),
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    for place in range(len(names) - 1):
        figure.add_hline(y=place + 0.5, line={"color": style.GRID, "width": 1})


def line(
    figure: go.Figure,
    panel: tuple[int, int],
    table: pd.DataFrame,
    x: str,
    y: str,
    **look: Any,
) -> None:
    """Column `y` against column `x`, with intervals where the table has them."""
    colour = look["line"]["color"]
    figure.add_scatter(
        x=table[x],
        y=table[y],
        error_y=style.interval(table, y, colour),
        mode="lines+markers",
        marker={"size": 5, "color": colour},
        **look,
        row=panel[0],
        col=panel[1],
    )


def heights(table: pd.DataFrame, places: str) -> pd.Series:
    """Where each row's point lies: around its test language, in the order of column `places`."""
    tests, place = (
        pd.Series(pd.factorize(table[c])[0], table.index) for c in ("test_lang", places)
    )
    return tests + 0.8 * ((place + 0.5) / (place.max() + 1) - 0.5)


def _curves(
    figure: go.Figure, panel: tuple[int, int], table: pd.DataFrame, x: str, lines: str
) -> None:
    _chance_curves(figure, panel, table, x, lines)
    for lang, part in table.groupby(lines, sort=False):
        own = lines == "train_lang" and (part["test_lang"] == lang).all()
        look = style.language_line(str(lang), width=4 if own else 2)
        line(figure, panel, part, x, "value", **style.curve_hover(part, x), **look)


def _chance_curves(
    figure: go.Figure, panel: tuple[int, int], table: pd.DataFrame, x: str, lines: str
) -> None:
    """One dashed line where chance is the same for all lines, else one in each line's colour."""
    if (table["expected"].round(9).groupby(table[x]).nunique() == 1).all():
        chance = table.groupby(x)["expected"].first()
        return _dashed(figure, panel, chance.index, chance, style.NEUTRAL)
    for lang, part in table.groupby(lines, sort=False):
        _dashed(figure, panel, part[x], part["expected"], style.language_colour(str(lang)))


def _dashed(
    figure: go.Figure, panel: tuple[int, int], x: Iterable, y: Iterable, colour: str
) -> None:
    figure.add_scatter(
        x=list(x),
        y=list(y),
        mode="lines",
        line={"color": colour, **BY_CHANCE},
        hoverinfo="skip",
        showlegend=False,
        row=panel[0],
        col=panel[1],
    )
