"""Chapters are templates: values, words that intervals allow, escaping, and errors with a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_book import HOSTILE, OWN
from pages import straight
from prose import ProseError, render
from prose_views import context
from test_book import build_page

from xlshare.report.style import as_markdown
from xlshare.report.values import Measured, deciding_digits
from xlshare.study.results import Results

SHARE = Measured(0.224, 0.203, 0.241)


def written(text: str, **names: object) -> str:
    return render(text, names).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ share | percent }}", "22%"),
        ("{{ share | percent(signed=True, digits=1) }}", "+22.4%"),
        ("{{ share | points }}", "+22"),
        ("{{ share | decimals }}", "0.22"),
        ("{{ share | interval }}", "22% (20% to 24%)"),
        ("{{ share | interval(against=chance) }}", "22.4% (20.3% to 24.1%)"),
        ("{{ share | interval(against=0.25) }}", "22% (20% to 24%)"),
        ("{{ share | interval(signed=True, against=0) }}", "+22% (+20% to +24%)"),
        ("{{ chance | level }}, {{ 0.0556 | level }}", "20%, 5.6%"),
        (
            "{{ shared | beside_chance }}",
            "22.4% (20.3% to 24.1%), more than the 20% expected by chance",
        ),
        ("{{ 12500 | integer }}", "12,500"),
        ("{{ 0.0001 | p_value }}", r"\\< 0.001"),
        ("{{ 3.84e-7 | power }}", "3.8 × 10⁻⁷"),
        ("{{ 'ko' | language }}", "Korean"),
        ("{{ said | percent }}, {{ said | interval }}, {{ said }}", "none, none, none"),
    ],
)
def test_a_filter_writes_a_number(template: str, text: str) -> None:
    beyond = Measured(0.024, 0.003, 0.041)
    shared = Measured(0.224, 0.203, 0.241, chance=0.2, beyond=beyond)
    names = {"share": SHARE, "shared": shared, "chance": Measured(0.2), "said": Measured("none")}
    assert written(template, **names) == text.replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("other", "side", "words"),
    [
        (0.2, "above", "more than"),
        (0.203, "unclear", "not distinguishable from"),
        (0.22, "unclear", "not distinguishable from"),
        (Measured(0.3), "below", "less than"),
        (Measured("none"), "unclear", "not distinguishable from"),
    ],
)
def test_the_interval_decides_the_verb(other: object, side: str, words: str) -> None:
    assert written("{{ share | versus(other) }}", share=SHARE, other=other) == words
    own = "{{ share | versus(other, 'above', 'below', 'unclear') }}"
    assert written(own, share=SHARE, other=other) == side
    tested = "{% if share is " + side + "(other) %}yes{% endif %}"
    assert written(tested, share=SHARE, other=other) == "yes"


def test_without_an_interval_nothing_decides() -> None:
    with pytest.raises(ProseError, match="0.3 has no interval"):
        render("{{ alone | versus(0.2) }}", {"alone": Measured(0.3)})
    unknown = Measured(0.3, "unknown", "unknown")
    assert "not distinguishable" in written("{{ u | versus(0.2) }}", u=unknown)


@pytest.mark.parametrize(("value", "known"), [(0.2, True), (0, True), ("none", False)])
def test_a_template_asks_whether_there_is_a_number(value: object, known: bool) -> None:
    text = "{% if value is measured %}yes{% endif %}"
    assert written(text, value=Measured(value)) == ("yes" if known else "")


@pytest.mark.parametrize(
    ("low", "digits"), [(0.21, 0), (0.204, 1), (0.2004, 2), (0.20004, 3), (0.2, 0)]
)
def test_as_many_digits_are_written_as_decide(low: float, digits: int) -> None:
    assert deciding_digits(Measured(0.25, low, 0.3), 0.2) == digits


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{{ tasks[0].language_shares.chanse | percent }}", "did you mean 'chance'"),
        ("{{ tasks[0].language_share.chance | percent }}", "did you mean 'language_shares'"),
        ("{{ tasks[0].titel }}", "a task has no 'titel': did you mean 'title'"),
        ("{{ taks[0] }}", "'taks' is undefined: did you mean 'tasks'"),
        ("{{ study.nam }}", "a study has no 'nam': did you mean 'name'"),
        ("{{ 0.3 | precent }}", "No filter named 'precent': did you mean 'percent'"),
        ("{% if share is abov 2 %}{% endif %}", "No test named 'abov': did you mean 'above'"),
        ("{{ tasks[0].language_shares.chance }}", "needs a filter"),
        ("{{ tasks[1].reinforcement.k }}", "05_reinforcement did not run on 'marc'"),
        ("{{ tasks | each('seeds.seeds', 'integer') }}", "ask `if tasks . ran..seeds.seeds"),
        ("{{ scorecard.count('hold') }}", "no verdict 'hold': did you mean 'holds'"),
        ("{{ benchmarks.peer['loop'].error | power }}", "did you mean 'peers'"),
        ("{{ benchmarks.peers['lop'].error | power }}", "did you mean 'loop'"),
        ("{{ benchmarks.peers['loop'].eror | power }}", "did you mean 'error'"),
        (
            "{{ benchmarks.scaling.where(tests=16).train | integer }}",
            "rows with {'tests': 16}, not",
        ),
        ("{% for task in tasks %}", "end of template"),
    ],
)
def test_what_is_not_there_is_an_error_with_its_line_and_the_nearest_name(
    made_up_results: Path, line: str, message: str
) -> None:
    names = context(
        Results(made_up_results / "made-up"),
        Results(Path("book/recorded/e5-small")),
        Path("book/benchmarks"),
    )
    with pytest.raises(ProseError, match=message) as raised:
        render(f"# Title\n\nText.\n\n{line}\n", names)
    assert raised.value.line == 5


@pytest.mark.slow
def test_an_error_on_a_page_names_chapter_and_line(made_up_results: Path, tmp_path: Path) -> None:
    text = "A paragraph.\n\n{{ tasks[0].titel }}"
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert page.h1.text.startswith("Page") and "A paragraph" not in page.text
    assert "index.md:5: ERROR: a task has no 'titel'" in warnings


@pytest.mark.slow
def test_text_is_written_for_each_task_that_ran_a_stage(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = (
        "{% for task in tasks if task.language_shares %}\n"
        "- {{ task.title }} has {{ task.language_shares.k | integer }}\n"
        "{% endfor %}\n\n"
        "All: {{ tasks | each('language_shares.k', 'integer') }}"
        "{% if tasks | ran('seeds') %}; seeds: {{ tasks[0].seeds.seeds | integer }}{% endif %}"
    )
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    (found,) = page.find(class_="body").find_all("ul")
    titles = ["PAWS-X-like, synthetic", "MARC-like, synthetic", OWN["title"]]
    items = [straight(item.text.strip()) for item in found.find_all("li")]
    assert items == [straight(f"{title} has 10") for title in titles]
    said = f"All: PAWS-X-like 10, MARC-like 10, {OWN['title']} 10"
    assert straight(said) in straight(page.text) and "seeds" not in page.text
    assert not warnings and not page.find("img")


@pytest.mark.slow
def test_whatever_a_template_writes_is_escaped(made_up_results: Path, tmp_path: Path) -> None:
    markup = "<b>x</b> *y* {doc}`a` [z](javascript:1) $w$ `v` {{ tasks }} | c"
    assert written("{{ hostile }}", hostile=markup) == as_markdown(markup)
    assert written("{{ hostile | upper }}", hostile=markup) == as_markdown(markup.upper())
    page, _ = build_page(as_markdown(HOSTILE), made_up_results / "made-up", tmp_path)
    assert straight(HOSTILE) in straight(page.text)
    assert not page.select("p script, p b, img[src=x]") and page.p


@pytest.mark.slow
def test_a_page_made_of_a_notebook_is_no_template(made_up_results: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/page.md").write_text("# {{ 1 + 1 }}\n", encoding="utf-8")
    build_page("```{toctree}\nrun/page\n```", made_up_results / "made-up", tmp_path)
    assert "{{ 1 + 1 }}" in (tmp_path / "out/run/page.html").read_text("utf-8")
