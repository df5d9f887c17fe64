"""Figures show what their tables say, on any page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from made_up_scores import LANGUAGES, made_up_scores, training_set

from xlshare.analysis import published, rankings
from xlshare.analysis.distributions import average_scores, histogram_by_label, score_histogram
from xlshare.analysis.estimates import by_language_and_all, estimate
from xlshare.analysis.languages import language_shares, own_share_by_k, shares_by_epoch
from xlshare.analysis.overlap import translations
from xlshare.report import figures, style

K = 8
REMOVED = ("proponents", "opponents", "random like proponents", "random like opponents")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """A table for each figure, from made-up scores."""
    train = training_set()
    by_epoch = made_up_scores(train, epochs=3)
    scores = rankings.summed(by_epoch)
    top = rankings.top_lists(scores, K)
    keys = ["role", "test_lang", "train_lang"]
    shares = style.in_order(estimate(language_shares(top, train["lang"]), keys))
    epochs = estimate(shares_by_epoch(by_epoch, K), ["epoch", *keys])
    korean = shares[shares["test_lang"] == "ko"]
    return {
        "language_shares": shares,
        "who_relies_on_whom": shares,
        "zero_shot_shares": pd.concat(
            [
                korean.assign(model="with"),
                korean[korean["train_lang"] != "ko"].assign(model="without", expected=0.5),
            ]
        ),
        "overview": pd.concat(
            [
                shares[shares["test_lang"] == shares["train_lang"]]
                .query("role == 'proponents'")
                .assign(measure=measure, task=task, paper=paper)
                for measure, task, paper in (
                    ("own", "pawsx", np.nan),
                    ("own", "marc", np.nan),
                    ("translations", "pawsx", 0.4),
                )
            ]
        ),
        "own_share_curve": by_language_and_all(
            own_share_by_k(scores, [1, 5, 20]), ["k", "role"]
        ),
        "own_share_by_epoch": epochs,
        "shares_by_epoch": epochs,
        "imbalance": pd.concat(
            [shares.assign(extra=0), shares.assign(extra=50, expected=0.4)], ignore_index=True
        ),
        "average_scores": estimate(average_scores(scores), ["test_lang", "train_lang"]),
        "score_histogram": score_histogram(scores, bins=8),
        "reinforcement": estimate(translations(top, train), ["test_lang", "role"]),
        "confidence_change": pd.DataFrame(
            [
                {"k": k, "removed": removed, "value": -k / 1000}
                | {"low": -0.1, "high": 0.1, "contents": 2}
                for removed in REMOVED
                for k in (10, 20)
            ]
        ),
        "beyond_control": pd.DataFrame(
            [
                {"removed": removed, "k": k, "test": f"<i>{i}", "test_lang": "en"}
                | {"difference": -k * i / 1000}
                for removed in REMOVED[:2]
                for k in (10, 20)
                for i in (1, 2, 3)
            ]
        ),
        "accuracy": pd.DataFrame(
            [{"epoch": e, "lang": lang, "accuracy": 0.6 + e / 10, "low": 0.6, "high": 0.9}
             for e in (1, 2) for lang in ("all", *LANGUAGES)]
        ),
        "scores_compared": pd.DataFrame(
            [{"score": score, "value": value, "low": value - 0.1, "high": value + 0.1}
             for score, value in (("cosine", 0.4), ("words <b>", 0.1), ("random", -0.02))]
        ),
        "language_effects": pd.DataFrame(
            [{"test_lang": test, "train_lang": train, "share": 0.2 + 0.2 * (test == train)}
             | {"value": 0.1 * (test == train), "low": -0.1, "high": 0.3}
             for test in LANGUAGES for train in LANGUAGES]
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tables: dict[str, pd.DataFrame]) -> dict[str, go.Figure]:
    more: dict[str, list] = {
        "beyond_control": [tables["confidence_change"].query("removed in @REMOVED[:2]")],
        "overview": [{"pawsx": "PAWS-X", "marc": "M<b>"}],
    }
    return {
        name: getattr(figures, name)(table, *more.get(name, [])) for name, table in tables.items()
    }


def _traces(figure: go.Figure, **wanted: object) -> Iterator[go.Scatter]:
    """Traces with data that look like this."""
    for trace in figure.data:
        if trace.x is not None and trace.x[0] is not None:
            if all(getattr(trace, name) == value for name, value in wanted.items()):
                yield trace


def _values(figure: go.Figure, axis: str, **wanted: object) -> list[float]:
    found = (v for trace in _traces(figure, **wanted) for v in trace[axis] if v is not None)
    return sorted(float(value) for value in found)


def _dashed(figure: go.Figure, axis: str) -> list[float]:
    marks = [t for t in _traces(figure) if t.type == "scatter" and t.line.dash == "4px,3px"]
    return sorted(float(v) for trace in marks for v in trace[axis] if v is not None)


@pytest.mark.slow
def test_every_public_figure_is_drawn(drawn: dict[str, go.Figure]) -> None:
    names = {
        name
        for name, thing in vars(figures).items()
        if callable(thing) and getattr(thing, "__module__", "") == figures.__name__
    }
    assert {name for name in names if not name.startswith("_")} == {
        *drawn,
        "scores_by_label",
    }


def test_the_overview_has_a_point_per_task_and_language_and_the_papers_are_hollow(
    drawn: dict[str, go.Figure], tables: dict[str, pd.DataFrame]
) -> None:
    figure, table = drawn["overview"], tables["overview"]
    points = [t for t in _traces(figure) if t.mode == "markers" and t.marker.symbol == "circle"]
    assert sorted(v for t in points for v in t.x) == pytest.approx(sorted(table["value"]))
    hollow = [t for t in _traces(figure) if t.marker.symbol == "diamond-open"]
    assert [list(t.x) for t in hollow] == [[0.4] * len(table.query("measure == 'translations'"))]
    assert [t.name for t in figure.data if "paper" in str(t.name)] == ["the paper"]
    assert list(figure.layout.yaxis.ticktext) == ["PAWS-X", "M&lt;b&gt;"]
    heights = [round(v, 6) for t in points if t.xaxis == "x" for v in t.y]
    assert len(set(heights)) == len(heights)


def test_scores_are_compared_one_below_the_other(drawn: dict[str, go.Figure]) -> None:
    figure = drawn["scores_compared"]
    (points,) = _traces(figure, mode="markers")
    assert list(points.x) == [0.4, 0.1, -0.02] and list(points.y) == [0, 1, 2]
    assert list(figure.layout.yaxis.ticktext) == ["cosine", "words &lt;b&gt;", "random"]
    assert "95% interval 0.300 to 0.500" in points.hovertext[0]


def test_effects_of_languages_stand_over_their_shares(drawn: dict[str, go.Figure]) -> None:
    points = list(_traces(drawn["language_effects"], mode="markers"))
    assert len(points) == len(LANGUAGES)
    own = [(x, y) for t in points for x, y, s in zip(t.x, t.y, t.marker.symbol) if s == "diamond"]
    assert own == [(0.4, 0.1)] * len(LANGUAGES)


def test_the_papers_translations_are_hollow_marks(tables: dict[str, pd.DataFrame]) -> None:
    table = tables["reinforcement"].assign(paper=0.45)
    figure = figures.reinforcement(table)
    hollow = [t for t in _traces(figure) if t.marker.symbol == "diamond-open"]
    assert [set(t.x) for t in hollow] == [{0.45}, {0.45}]
    bare = figures.reinforcement(tables["reinforcement"])
    assert not [t for t in _traces(bare) if t.marker.symbol == "diamond-open"]


def test_figures_bring_no_title_no_background_and_no_font(drawn: dict[str, go.Figure]) -> None:
    for figure in drawn.values():
        layout = figure.layout.template.layout
        assert figure.layout.title.text is None
        assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert layout.font.family == "inherit" and layout.legend.orientation == "h"
        assert figure.layout.height >= 180 and figure.layout.width is None


def test_figures_are_strict_json(drawn: dict[str, go.Figure]) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    for figure in drawn.values():
        json.loads(figure.to_json(), parse_constant=refuse)


def test_every_axis_of_the_lowest_panels_has_a_title(drawn: dict[str, go.Figure]) -> None:
    for name, figure in drawn.items():
        titles = [axis.title.text for axis in figure.select_xaxes() if axis.showticklabels is None]
        assert any(titles), name


def test_each_language_has_one_colour_and_one_entry_in_every_legend(
    drawn: dict[str, go.Figure],
) -> None:
    for name, figure in drawn.items():
        shown = [t for t in figure.data if t.type == "scatter" and t.showlegend is not False]
        names = [trace.name for trace in shown]
        assert len(names) == len(set(names)), name
        groups = {trace.legendgroup for trace in figure.data if trace.legendgroup}
        assert {trace.legendgroup for trace in shown if trace.legendgroup} == groups, name
        for trace in figure.data:
            if trace.legendgroup:
                assert trace.line.color == style.language_colour(trace.legendgroup), name


def test_language_shares_shows_every_share_its_interval_and_chance(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table, figure = tables["language_shares"], drawn["language_shares"]
    assert _values(figure, "x", mode="markers") == pytest.approx(sorted(table["value"]))
    assert _dashed(figure, "x") == pytest.approx(sorted([*table["expected"]] * 2))
    for trace in _traces(figure, mode="markers"):
        role = "proponents" if trace.xaxis == "x" else "opponents"
        rows = table[(table["train_lang"] == trace.legendgroup) & (table["role"] == role)]
        ends = np.array(trace.x) + np.array(trace.error_x.array)
        starts = np.array(trace.x) - np.array(trace.error_x.arrayminus)
        assert ends == pytest.approx(rows["high"].to_numpy())
        assert starts == pytest.approx(rows["low"].to_numpy())
        rows_drawn = [round(height) for height in trace.y]
        assert [LANGUAGES[row] for row in rows_drawn] == rows["test_lang"].tolist()
        own = rows["test_lang"] == trace.legendgroup
        assert [symbol == "diamond" for symbol in trace.marker.symbol] == own.tolist()


def test_hover_labels_hold_the_exact_numbers(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    known = tables["language_shares"].set_index(["role", "test_lang", "train_lang"], drop=False)
    row = known.loc[("proponents", "en", "de")]
    trace = next(_traces(drawn["language_shares"], legendgroup=row["train_lang"]))
    label = trace.hovertext[0]
    assert "English tests, German training data" in label
    assert f"{row['value']:.1%}" in label and f"{row['low']:.1%} to {row['high']:.1%}" in label
    assert "4 test contents" in label and f"by chance {row['expected']:.1%}" in label


def test_who_relies_on_whom_has_a_cell_for_each_pair(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table = tables["who_relies_on_whom"].set_index(["role", "test_lang", "train_lang"])
    for role, trace in zip(style.ROLE_NAMES, drawn["who_relies_on_whom"].data, strict=True):
        for i, test in enumerate(LANGUAGES):
            for j, train in enumerate(LANGUAGES):
                row = table.loc[(role, test, train)]
                assert trace.text[i][j] == f"{100 * row['value']:.0f}"
                multiple = np.clip(row["value"] / row["expected"], 1 / 3, 3)
                assert trace.z[i][j] == pytest.approx(np.log(multiple))
    colours = drawn["who_relies_on_whom"].layout.coloraxis
    assert colours.cmin == -colours.cmax == -np.log(3)  # the middle colour is chance
    assert colours.colorbar.ticktext[1] == "chance, 33%"
    framed = {
        (shape.x0 + 0.5, shape.y0 + 0.5) for shape in drawn["who_relies_on_whom"].layout.shapes
    }
    assert framed == {(i, i) for i in range(len(LANGUAGES))}


@pytest.mark.slow
def test_languages_stand_in_one_order_whatever_the_tables_have(
    tables: dict[str, pd.DataFrame],
) -> None:
    for name in ("who_relies_on_whom", "language_shares", "own_share_curve", "score_histogram"):
        table = tables[name]
        turned = table.sort_values("test_lang", ascending=False, kind="stable")
        draw = getattr(figures, name)
        assert draw(turned).to_json() == draw(style.in_order(table)).to_json(), name
    strange = pd.DataFrame({"lang": ["all", "sw", "ko", "am", "en"]})
    assert style.in_order(strange)["lang"].tolist() == ["en", "ko", "am", "sw", "all"]


def test_average_scores_has_a_point_for_each_pair_and_the_papers_are_hollow(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table = tables["average_scores"]
    points = [t for t in _traces(drawn["average_scores"]) if t.marker.symbol != "diamond-open"]
    assert sorted(x for t in points for x in t.x) == pytest.approx(sorted(table["value"]))
    own = [x for t in points for x, symbol in zip(t.x, t.marker.symbol) if symbol == "diamond"]
    assert sorted(own) == sorted(table.query("test_lang == train_lang")["value"])
    beside = published.beside(table, "average_scores", "pawsx")
    hollow = [
        t for t in _traces(figures.average_scores(beside)) if t.marker.symbol == "diamond-open"
    ]
    assert sorted(x for t in hollow for x in t.x) == sorted(beside["paper"].dropna())
    assert any(text == "the paper: 0.308" for t in hollow for text in t.hovertext)


@pytest.mark.parametrize(
    ("name", "x"),
    [("own_share_curve", "k"), ("own_share_by_epoch", "epoch"), ("imbalance", "extra")],
)
def test_own_share_figures_show_only_own_shares(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure], name: str, x: str
) -> None:
    table = tables[name]
    if "train_lang" in table:
        table = table[table["test_lang"] == table["train_lang"]]
    assert _values(drawn[name], "y", mode="lines+markers") == pytest.approx(sorted(table["value"]))
    chances = table.groupby(["role", x])["expected"].first()
    assert _dashed(drawn[name], "y") == pytest.approx(sorted(chances))


def test_unequal_chances_have_a_dashed_line_each(tables: dict[str, pd.DataFrame]) -> None:
    table = tables["own_share_curve"]
    lopsided = table.assign(expected=table["test_lang"].map({"en": 0.5, "de": 0.2}).fillna(0.3))
    assert set(_dashed(figures.own_share_curve(lopsided), "y")) == {0.5, 0.2, 0.3}


def test_shares_by_epoch_has_a_panel_for_each_test_language_and_role(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    figure, table = drawn["shares_by_epoch"], tables["shares_by_epoch"]
    assert len(list(figure.select_xaxes())) == 2 * len(LANGUAGES)
    assert _values(figure, "y", mode="lines+markers") == pytest.approx(sorted(table["value"]))
    thick = [t for t in _traces(figure, mode="lines+markers") if t.line.width == 4]
    own = table[table["test_lang"] == table["train_lang"]]
    assert sorted(v for t in thick for v in t.y) == pytest.approx(sorted(own["value"]))


def test_zero_shot_shares_hold_chance_for_the_model_without_the_language(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table, figure = tables["zero_shot_shares"], drawn["zero_shot_shares"]
    assert set(_dashed(figure, "x")) == {0.5}
    symbols = [
        symbol for trace in _traces(figure, mode="markers") for symbol in trace.marker.symbol
    ]
    assert symbols.count("circle") == (table["model"] == "without").sum()
    assert symbols.count("circle-open") == (table["model"] == "with").sum()
    alone = figures.zero_shot_shares(table[table["model"] == "without"].drop(columns="model"))
    assert len(_values(alone, "x", mode="markers")) == 4


def test_score_histogram_shows_parts_of_each_pair_of_languages(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    outlines = list(_traces(drawn["score_histogram"]))
    assert len(outlines) == len(LANGUAGES) ** 2
    for trace in outlines:
        assert sum(trace.y) == pytest.approx(1)
    counts = tables["score_histogram"].query("test_lang == 'en' and train_lang == 'de'")["count"]
    assert list(outlines[1].y) == pytest.approx((counts / counts.sum()).tolist())


def test_scores_by_label_compares_same_and_different_labels() -> None:
    train = training_set()
    scores = made_up_scores(train)
    same = (scores["test_label"] == scores["train_label"]).transpose("test", "train")
    figure = figures.scores_by_label(histogram_by_label(scores * 0 + same))
    first, second = _traces(figure)
    assert (first.name, second.name) == ("same label", "different label")
    assert np.dot(first.x, first.y) > 0.9 and np.dot(second.x, second.y) < 0.1


def test_reinforcement_marks_each_chance_beside_its_share(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table, figure = tables["reinforcement"], drawn["reinforcement"]
    assert _values(figure, "x", mode="markers") == pytest.approx(sorted(table["value"]))
    assert _dashed(figure, "x") == pytest.approx(sorted([*table["expected"]] * 2))


def test_a_share_of_nothing_leaves_a_gap(tables: dict[str, pd.DataFrame]) -> None:
    table = tables["reinforcement"].copy()
    table.loc[0, ["value", "low", "high", "expected"]] = np.nan
    figures.reinforcement(table).to_json()


def test_confidence_change_tells_controls_from_top_lists(drawn: dict[str, go.Figure]) -> None:
    look = {trace.name: trace.line for trace in drawn["confidence_change"].data}
    assert list(look) == list(REMOVED)
    for removed in ("proponents", "opponents"):
        control = look[f"random like {removed}"]
        assert control.color == look[removed].color and control.dash != look[removed].dash
    assert look["proponents"].color != look["opponents"].color


def test_beyond_control_shows_every_test_example_and_their_mean(
    tables: dict[str, pd.DataFrame], drawn: dict[str, go.Figure]
) -> None:
    table, figure = tables["beyond_control"], drawn["beyond_control"]
    points = [t for t in figure.data if t.showlegend is False]
    assert sorted(y for t in points for y in t.y) == pytest.approx(sorted(table["difference"]))
    means = {trace.name: list(trace.y) for trace in figure.data if trace.name}
    assert means == {name: pytest.approx([-0.01, -0.02]) for name in REMOVED[:2]}
    assert "&lt;i&gt;1" in points[0].hovertext[0] and "10 proponents" in points[0].hovertext[0]


def test_accuracy_has_a_level_for_each_baseline(tables: dict[str, pd.DataFrame]) -> None:
    baselines = pd.DataFrame(
        {
            "method": ["majority", "majority", "bag_of_words"],
            "lang": ["en", "all", "all"],
            "accuracy": [0.1, 0.5, 0.55],
        }
    )
    figure = figures.accuracy(tables["accuracy"], baselines)
    levels = {t.name: (list(t.x), list(t.y)) for t in figure.data if t.mode == "lines"}
    assert levels == {"majority": ([1, 2], [0.5, 0.5]), "bag of words": ([1, 2], [0.55, 0.55])}


def test_the_papers_accuracy_is_a_hollow_mark_at_the_last_epoch(
    tables: dict[str, pd.DataFrame],
) -> None:
    figure = figures.accuracy(tables["accuracy"], paper=0.83)
    (mark,) = (t for t in _traces(figure, mode="markers") if t.marker.symbol == "diamond-open")
    assert (list(mark.x), list(mark.y)) == ([2], [0.83])


def test_unknown_languages_have_a_colour_of_their_own_and_no_markup() -> None:
    known = set(style.LANGUAGE_COLOURS.values())
    assert len(known) == 7 and not known & set(style.SPARE_COLOURS)
    assert style.language_colour("sw") == style.language_colour("sw") not in known
    assert style.language_name("<b>x") == "&lt;b&gt;x"


# ---- colours -------------------------------------------------------------------------------------

PAGES = ("#ffffff", "#121212")  # light and dark
SEEN = {  # linear RGB by eyes that lack a kind of cone (Machado, Oliveira and Fernandes, 2009)
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]
    ),
    "deuteranopia": np.array(
        [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "tritanopia": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}
XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])


def _linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2, which asks for 3 between graphics and their ground."""
    low, high = sorted(float(XYZ[1] @ _linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _difference(one: str, other: str, eyes: str = "all cones") -> float:
    """The distance in CIELAB, of which about 2 can just be seen."""
    seen = [np.clip(SEEN[eyes] @ _linear(colour), 0, 1) for colour in (one, other)]
    x, y, z = np.cbrt(XYZ @ np.transpose(seen) / XYZ.sum(axis=1, keepdims=True))
    lab = np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
    return float(np.linalg.norm(lab[:, 0] - lab[:, 1]))


def test_no_meaning_but_a_language_has_a_languages_colour() -> None:
    languages = {*style.LANGUAGE_COLOURS.values(), *style.SPARE_COLOURS}
    scale = [colour for _, colour in style.LESS_TO_MORE]
    others = {*style.ROLE_COLOURS.values(), *scale, style.NEUTRAL}
    assert min(_difference(one, other) for one in others for other in languages) > 20


@pytest.mark.parametrize("eyes", SEEN)
def test_every_eye_tells_the_roles_apart(eyes: str) -> None:
    assert _difference(*style.ROLE_COLOURS.values(), eyes) > 20


@pytest.mark.parametrize("page", PAGES)
def test_roles_stand_out_from_light_and_dark_pages(page: str) -> None:
    assert min(_contrast(colour, page) for colour in style.ROLE_COLOURS.values()) >= 3


def test_ticks_of_small_shares_do_not_read_the_same(drawn: dict[str, go.Figure]) -> None:
    formats = {axis.tickformat for f in drawn.values() for axis in f.select_yaxes()}
    formats |= {axis.tickformat for f in drawn.values() for axis in f.select_xaxes()}
    assert formats - {None} == {"~%"}  # 0.5%, 1%, 1.5%, and not 0%, 1%, 2%
