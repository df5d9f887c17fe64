"""The study's figures: each takes the table of the same name and returns a plotly figure.

No titles, since captions stand in the book. Dashed lines are what chance would give; thin bars are
95 % intervals; exact numbers come on hovering.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from xlshare.report import plots, style
from xlshare.report.plots import PERCENT
from xlshare.report.style import NEUTRAL, ROLE_COLOURS, ROLE_NAMES, language_name
from xlshare.study.names import ROLES, control_of

TIMES_CHANCE = 3  # the ends of the colour scale around chance
SCORE = "Influence score (negative left of 0)"


def language_shares(table: pd.DataFrame) -> go.Figure:
    """Which languages the top lists come from (Figure 2); diamonds are the own language."""
    figure = plots.points_by_test(
        table, lambda row: "diamond" if row.train_lang == row.test_lang else "circle"
    )
    _symbol_key(figure, "own language", "diamond")
    return figure


def zero_shot_shares(table: pd.DataFrame) -> go.Figure:
    """The same where the test language was left out of training (Figure 4).

    Args:
        table: estimates of `languages.language_shares`; where it has a column model, "without" is
            drawn full, and "with" (the model that was trained on the test language) hollow.
    """
    if "model" not in table:
        return plots.points_by_test(table, lambda row: "circle")
    symbols = {"without": "circle", "with": "circle-open"}
    table = table.assign(expected=table["expected"].where(table["model"] == "without"))
    figure = plots.points_by_test(table, lambda row: symbols[row.model])
    _symbol_key(figure, "test language left out", "circle")
    _symbol_key(figure, "trained on", "circle-open")
    return figure


def who_relies_on_whom(table: pd.DataFrame) -> go.Figure:
    """Test by training language, shares in per cent; green: more than by chance, violet: less.

    Colours are multiples of chance, on the same scale in every figure.
    """
    roles = plots.roles_of(table)
    figure = plots.panels(44 * table["test_lang"].nunique() + 140, roles)
    multiple = (table["value"] / table["expected"]).clip(1 / TIMES_CHANCE, TIMES_CHANCE)
    text = (100 * table["value"]).map("{:.0f}".format).where(table["value"].notna(), "")
    cells = table.assign(colour=np.log(multiple), text=text)
    for column, role in enumerate(roles, start=1):
        plots.heat_map(figure, column, cells[cells["role"] == role], style.hover)
    reach = float(np.log(TIMES_CHANCE))
    ends = {-reach: f"1/{TIMES_CHANCE} of it", 0: f"chance, {_chances(table)}"}
    plots.colour_scale(figure, style.LESS_TO_MORE, ends | {reach: f"{TIMES_CHANCE} times"})
    figure.update_xaxes(showgrid=False, title="Training language (% of the lists)")
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return figure.update_yaxes(title="Test language", col=1)


def _chances(table: pd.DataFrame) -> str:
    """The chance level, or from the lowest to the highest."""
    ends = dict.fromkeys(f"{table['expected'].agg(end):.0%}" for end in ("min", "max"))
    return " to ".join(ends)


def average_scores(table: pd.DataFrame) -> go.Figure:
    """Mean score of each pair of languages (Tables 3 and 5); diamonds are the own language.

    Args:
        table: estimates of `distributions.average_scores` by test_lang and train_lang; a column
            paper is drawn as hollow marks.
    """
    table = style.in_order(table)
    table = table.assign(height=plots.heights(table, "train_lang"))
    tests, trains = table["test_lang"].unique(), table["train_lang"].nunique()
    figure = plots.panels(110 + len(tests) * (13 * trains + 8))
    for lang, part in table.groupby("train_lang", sort=False):
        look = style.language_line(str(lang))
        own = ["diamond" if row.test_lang == lang else "circle" for row in part.itertuples()]
        plots.points(figure, 1, part, own, hover=_mean_score, **look)
        plots.published(figure, 1, part, look["line"]["color"], form=".3f")
    plots.language_keys(figure, table["train_lang"], mode="markers", marker_size=9)
    plots.language_rows(figure, tests)
    _symbol_key(figure, "own language", "diamond")
    return figure.update_xaxes(title="Mean score of a language's training examples")


def _mean_score(row: Any) -> str:
    interval = f"95% interval {row.low:.4f} to {row.high:.4f}"
    words = [f"<b>{style.pair(row)}</b>", f"mean score {row.value:.4f}", interval]
    return "<br>".join([*words, style.behind(row.contents)])


def own_share_curve(table: pd.DataFrame) -> go.Figure:
    """The own language's share of lists of up to k, on a logarithmic axis."""
    figure = plots.curves(table, "k", "test_lang")
    return figure.update_xaxes(type="log", dtick=1, title="k (training examples)")


def own_share_by_epoch(table: pd.DataFrame) -> go.Figure:
    """The own language's share at each epoch (Figure 3)."""
    figure = plots.curves(table[table["test_lang"] == table["train_lang"]], "epoch", "test_lang")
    return figure.update_xaxes(dtick=1, title="Epoch")


def shares_by_epoch(table: pd.DataFrame) -> go.Figure:
    """Every training language's share at each epoch (Figures 12, 13); the own line is thick."""
    figure = plots.curves_by_test(table, "epoch").update_xaxes(dtick=1)
    return figure.update_xaxes(title="Epoch", row=table["test_lang"].nunique())


def imbalance(table: pd.DataFrame) -> go.Figure:
    """The own language's share as its training data grow (Figure 5).

    Args:
        table: estimates of `languages.language_shares`, and extra (per cent more of test_lang).
    """
    own = table[table["test_lang"] == table["train_lang"]].sort_values("extra", kind="stable")
    figure = plots.curves(own, "extra", "test_lang")
    return figure.update_xaxes(tickvals=sorted(own["extra"].unique()), title="Extra data (%)")


def score_histogram(table: pd.DataFrame) -> go.Figure:
    """Distributions of scores (Figures 9 to 11): rows by test language, lines by training one."""
    table = style.in_order(table)
    tests = table["test_lang"].unique()
    figure = plots.panels(110 * len(tests) + 90, rows=len(tests))
    for row, test in enumerate(tests, start=1):
        here = table[table["test_lang"] == test]
        for train, part in here.groupby("train_lang", sort=False):
            plots.steps(figure, row, part, **style.language_line(train, width=1.5))
        figure.update_yaxes(title=f"{language_name(test)} tests", row=row, **PERCENT)
    plots.language_keys(figure, table["train_lang"], mode="lines")
    figure.update_yaxes(nticks=4)
    figure.update_xaxes(zeroline=True, zerolinecolor=NEUTRAL)
    return figure.update_xaxes(title=SCORE, row=len(tests))


def scores_by_label(table: pd.DataFrame) -> go.Figure:
    """Distributions of scores where test and training label are the same, and where not.

    Args:
        table: columns of `distributions.histogram_by_label`.
    """
    figure = plots.panels(300)
    area = {"fill": "tozeroy", "fillcolor": style.GRID, "line": {"color": NEUTRAL, "width": 0.5}}
    line = {"line": {"color": NEUTRAL, "width": 2}}
    for labels, look in (("same", area), ("different", line)):
        part = table[table["labels"] == labels]
        plots.steps(figure, 1, part, name=f"{labels} label", **look)
    figure.update_yaxes(title="Share of the pairs", **PERCENT)
    return figure.update_xaxes(title=SCORE, zeroline=True, zerolinecolor=NEUTRAL)


def scores_compared(table: pd.DataFrame) -> go.Figure:
    """How well each score predicts the effect of other training data.

    Args:
        table: estimates of `subset_effects.lds` by score, in the order of the rows.
    """
    names = list(table["score"])
    table = table.assign(height=range(len(table)))
    figure = plots.panels(26 * len(table) + 110)
    look = {"name": "linear datamodeling score", "line": {"color": ROLE_COLOURS[ROLES[0]]}}
    plots.points(figure, 1, table, hover=_correlation, showlegend=False, **look)
    plots.named_rows(figure, [html.escape(name) for name in names])
    figure.update_yaxes(title="Score")
    return figure.update_xaxes(title="Rank correlation", zeroline=True, zerolinecolor=NEUTRAL)


def _correlation(row: Any) -> str:
    words = [f"<b>{html.escape(row.score)}</b>", f"{row.value:.3f}"]
    return "<br>".join([*words, f"95% interval {row.low:.3f} to {row.high:.3f}"])


def language_effects(table: pd.DataFrame) -> go.Figure:
    """What each training language is worth to each test language, against its share of the lists.

    Args:
        table: one row per test_lang and train_lang with share (of proponents), value (the effect
            on the margin) and its low and high.
    """
    figure = plots.panels(420)
    for lang, part in style.in_order(table).groupby("train_lang", sort=False):
        look = style.language_line(str(lang))
        own = ["diamond" if row.test_lang == lang else "circle" for row in part.itertuples()]
        figure.add_scatter(
            x=part["share"],
            y=part["value"],
            error_y=style.interval(part, "value", look["line"]["color"]),
            mode="markers",
            marker={"symbol": own, "size": 10, "color": look["line"]["color"]},
            **style.plain_hover([_effect(row) for row in part.itertuples()]),
            **look,
        )
    plots.language_keys(figure, style.ordered(table["train_lang"]), mode="markers", marker_size=9)
    _symbol_key(figure, "own language", "diamond")
    figure.update_xaxes(title="Share of the proponents", **PERCENT)
    title = "Margin that is lost without the language"
    return figure.update_yaxes(title=title, zeroline=True, zerolinecolor=NEUTRAL)


def _effect(row: Any) -> str:
    words = [f"<b>{style.pair(row)}</b>", f"{row.share:.1%} of the proponents"]
    words.append(f"margin lost without it {row.value:+.3f}")
    return "<br>".join([*words, f"95% interval {row.low:+.3f} to {row.high:+.3f}"])


def overview(table: pd.DataFrame, titles: Mapping[str, str]) -> go.Figure:
    """Own language and translations among proponents, by task and test language.

    Args:
        table: of `overview.overview`.
        titles: the tasks' names.
    """
    names = {
        "own": "In the test's own language",
        "translations": "Translations among the others",
    }
    measures = [measure for measure in names if (table["measure"] == measure).any()]
    table = style.in_order(table)
    table = table.assign(height=table["task"].map(list(titles).index) + _spread(table))
    figure = plots.panels(96 * len(titles) + 130, [names[measure] for measure in measures])
    for column, measure in enumerate(measures, start=1):
        part = table[table["measure"] == measure]
        plots.chance_marks(figure, column, part, 0.07)
        plots.published(figure, column, part)
        for lang, rows in part.groupby("test_lang", sort=False):
            plots.points(figure, column, rows, **style.language_line(str(lang)))
    plots.language_keys(figure, style.ordered(table["test_lang"]), mode="markers", marker_size=9)
    plots.named_rows(figure, [html.escape(titles[task]) for task in titles])
    plots.chance_key(figure)
    figure.update_yaxes(title="Task", col=1)
    return figure.update_xaxes(title="Share of the proponents", **PERCENT)


def _spread(table: pd.DataFrame) -> pd.Series:
    """By how much each language's row lies above or below its task's."""
    place = table.groupby("task")["test_lang"].transform(lambda langs: pd.factorize(langs)[0])
    return 0.8 * ((place + 0.5) / (place.max() + 1) - 0.5)


def reinforcement(table: pd.DataFrame) -> go.Figure:
    """Translations among the examples from other languages (Table 4), beside chance.

    Args:
        table: estimates of `overlap.translations` by test_lang and role; a column paper is drawn
            as hollow marks.
    """
    table = style.in_order(table)
    tests = table["test_lang"].unique()
    table = table.assign(height=plots.heights(table, "role"))
    figure = plots.panels(44 * len(tests) + 120)
    plots.chance_marks(figure, 1, table, 0.2)
    for role, part in table.groupby("role", sort=False):
        look = {"name": ROLE_NAMES[str(role)], "line": {"color": ROLE_COLOURS[str(role)]}}
        plots.points(figure, 1, part, **look)
        plots.published(figure, 1, part, look["line"]["color"])
    plots.chance_key(figure)
    plots.language_rows(figure, tests)
    title = "Translations among examples of other languages"
    return figure.update_xaxes(title=title, **PERCENT)


def confidence_change(table: pd.DataFrame) -> go.Figure:
    """Change of confidence after retraining without the top k (Figures 1, 6, 7, 8).

    Args:
        table: estimates of `removals.confidence`, by k and removed.
    """
    figure = plots.panels(340)
    for removed, part in table.groupby("removed", sort=False):
        role = str(removed).removeprefix(control_of(""))
        dash = "solid" if role == removed else "dot"
        line = {"color": ROLE_COLOURS[role], "width": 2, "dash": dash}
        part = part.sort_values("k")
        texts = [_change(row, f"without {row.k} {removed}", "") for row in part.itertuples()]
        look = {"name": removed, "line": line, **style.plain_hover(texts)}
        plots.line(figure, (1, 1), part, "k", "value", **look)
    ticks = sorted(table["k"].unique())
    figure.update_xaxes(title="k (training examples left out)", tickvals=ticks)
    change = {"title": "Change of confidence (%)", "tickformat": style.PERCENT}
    return figure.update_yaxes(**change, zeroline=True, zerolinecolor=NEUTRAL)


def _change(row: Any, what: str, than: str) -> str:
    """A change as a hover label."""
    lines = [f"<b>{what}</b>", f"{row.value:+.1%}{than}"]
    if pd.notna(row.low):
        lines.append(f"95% interval {row.low:+.1%} to {row.high:+.1%}")
    return "<br>".join([*lines, style.behind(row.contents)])


def beyond_control(table: pd.DataFrame, means: pd.DataFrame) -> go.Figure:
    """How much further confidence moves than in the control: one point per test, and the mean.

    Args:
        table: columns of `removals.beyond_control`.
        means: the estimates of the same differences, by removed and k.
    """
    figure = plots.panels(340)
    ks = sorted(table["k"].unique())
    for removed, side in zip(ROLES, (-0.12, 0.12)):
        colour = ROLE_COLOURS[removed]
        some = table[table["removed"] == removed]
        _test_points(figure, some, [ks.index(k) + 1.5 * side for k in some["k"]], colour)
        mean = means[means["removed"] == removed].sort_values("k")
        texts = [
            _change(row, f"without {row.k} {removed}", " beyond the control")
            for row in mean.itertuples()
        ]
        figure.add_scatter(
            x=[ks.index(k) + side for k in mean["k"]],
            y=mean["value"],
            error_y=style.interval(mean, "value", colour),
            mode="markers",
            name=removed,
            marker={"symbol": "diamond", "size": 11, "color": colour},
            **style.plain_hover(texts),
        )
    ticks = {"tickvals": list(range(len(ks))), "ticktext": [str(k) for k in ks]}
    figure.update_xaxes(title="k (training examples left out)", showgrid=False, **ticks)
    reach = 1.3 * table["difference"].abs().max() or 0.1  # intervals of few tests go far beyond
    title = "Change beyond the control (%)"
    figure.update_yaxes(title=title, tickformat=style.PERCENT, range=[-reach, reach])
    return figure.update_yaxes(zeroline=True, zerolinecolor=NEUTRAL)


def _test_points(figure: go.Figure, table: pd.DataFrame, x: list[float], colour: str) -> None:
    """A faint point for each test example, beside the mean, which would cover it."""
    rows: Any = table.itertuples()
    texts = [
        f"<b>{html.escape(row.test)}</b>, {language_name(row.test_lang)}<br>without {row.k} "
        f"{row.removed}<br>{row.difference:+.1%} beyond the control"
        for row in rows
    ]
    figure.add_scatter(
        x=x,
        y=table["difference"],
        mode="markers",
        marker={"size": 7, "color": colour, "opacity": 0.45},
        showlegend=False,
        **style.plain_hover(texts),
    )


def accuracy(
    history: pd.DataFrame, baselines: pd.DataFrame | None = None, paper: float | None = None
) -> go.Figure:
    """Accuracy on dev at each epoch, and of what needs no model, on all languages, dashed.

    Args:
        history: columns epoch, lang ("all" or a language), accuracy, low, high; the interval is
            drawn of all languages together.
        baselines: columns method, lang, accuracy.
        paper: the paper's accuracy, a hollow mark at the last epoch.
    """
    figure = plots.panels(360)
    for lang, part in style.in_order(history).groupby("lang", sort=False):
        look = style.language_line(str(lang), 4 if lang == "all" else 2) | {"showlegend": True}
        texts = [
            f"<b>{look['name']}</b><br>epoch {row.epoch}<br>{row.accuracy:.1%} "
            f"({row.low:.1%} to {row.high:.1%})"
            for row in part.itertuples()
        ]
        bars = part if lang == "all" else part.drop(columns=["low", "high"])
        plots.line(figure, (1, 1), bars, "epoch", "accuracy", **look, **style.plain_hover(texts))
    if baselines is not None:
        _levels(figure, baselines[baselines["lang"] == "all"])
    if paper is not None:
        last = pd.DataFrame({"epoch": [history["epoch"].max()], "paper": [paper]})
        plots.published(figure, 1, last, x="epoch", y="paper")
    figure.update_xaxes(title="Epoch", dtick=1)
    return figure.update_yaxes(title="Accuracy on dev (%)", tickformat=style.PERCENT)


def _levels(figure: go.Figure, baselines: pd.DataFrame) -> None:
    """A horizontal line for each baseline, as wide as the figure."""
    epochs = [x for trace in figure.data for x in trace.x]
    rows: Any = baselines.itertuples()
    for row, dash in zip(rows, ("dash", "dot", "dashdot"), strict=False):
        method = html.escape(row.method.replace("_", " "))
        figure.add_scatter(
            x=[min(epochs), max(epochs)],
            y=[row.accuracy] * 2,
            mode="lines",
            name=method,
            line={"color": NEUTRAL, "width": 1.5, "dash": dash},
            **style.plain_hover([f"<b>{method}</b><br>{row.accuracy:.1%}"] * 2),
        )


def _symbol_key(figure: go.Figure, name: str, symbol: str) -> None:
    marker = {"symbol": symbol, "size": 9, "color": NEUTRAL}
    plots.key(figure, name=name, mode="markers", marker=marker)
