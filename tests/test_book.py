"""The book: values come from files and are shown safely, and every page works from a disk.

The results are made up from what the chapters ask for (`made_up_results`), so that whatever a
chapter quotes is there, with hostile text wherever a run could put text. The whole book is built
once from them and read in a browser.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from nbformat import v4
from pages import check_pages, copy_book, draw_visible_figures, fits, open_page, pages_of

from xlshare import book
from xlshare.artifacts import Run
from xlshare.study import STAGES, Study

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book/_ext"))

import plotly_figures  # noqa: E402
import run_html  # noqa: E402
import study_results  # noqa: E402
import value_formats  # noqa: E402

HOSTILE = "</script><script>document.title='stolen'</script><img src=x onerror=alert(1)>&amp;"


# ---- results to build from -----------------------------------------------------------------------


def chapters() -> str:
    return "\n".join(path.read_text("utf-8") for path in (ROOT / "book").rglob("[!_]*.md"))


def asked_columns(kind: str) -> dict[str, list[run_html.Column]]:
    """What the chapters show of each table, or of each stage's numbers."""
    asked: dict[str, list[run_html.Column]] = {}
    blocks = re.findall(rf"{{{kind}}} (?:\*/)?(\w+)\n---\n(.*?)---\n", chapters(), re.S)
    for name, options in blocks:
        spec = options.partition("columns: |\n")[2]
        names = re.findall(r"^\s*(\w+) =", spec, re.M)
        asked.setdefault(name, []).extend(run_html.read_columns(spec, names))
    return asked


def value(style: str) -> dict[str, float | str]:
    """A value that fits a style, and its interval by the endings of their names."""
    return {"": HOSTILE} if style == "text" else {"": 0.5, "_low": 0.25, "_high": 0.75}


def asked_numbers(task: str, stage: str) -> dict[str, float | str]:
    roles = re.findall(rf"{{run}}`{task}/{stage}:(\w+)\|?([^`]*)`", chapters())
    columns = [(column.name, column.style) for column in asked_columns("run-numbers")[stage]]
    pairs = [(name, style or "text") for name, style in roles] + columns
    return {name + end: number for name, style in pairs for end, number in value(style).items()}


def save_stage(task: str, stage: str, home: Path) -> None:
    run = Run(Study(study="made-up", task=task, results=str(home)), stage)
    run.save_numbers(stage, asked_numbers(task, stage))
    for name in set(re.findall(r"{run-figure} \*/(\w+)", chapters())):
        if study_results.stage_of(name) == stage:
            bars = go.Bar(x=["a", HOSTILE], y=[1, 2], name=HOSTILE, hovertext=HOSTILE)
            run.save_figure(name, go.Figure(bars, {"xaxis": {"title": {"text": HOSTILE}}}))
    for name in set(re.findall(r"{run-table} \*/(\w+)", chapters())):
        columns = asked_columns("run-table").get(name, [])
        if study_results.stage_of(name) == stage:
            cells = {c.name + end: [v, v] for c in columns for end, v in value(c.style).items()}
            run.save_table(name, pd.DataFrame(cells or {"test": [HOSTILE], "German": [0.5]}))
    save_notebook(run)


def save_notebook(run: Run) -> None:
    figure = json.loads(go.Figure(go.Scatter(y=[1, 2])).to_json())
    shown = v4.new_output("display_data", {plotly_figures.MIME: figure})
    noise = v4.new_output("stream", name="stderr", text="a warning of some library")
    cells = [
        v4.new_markdown_cell(f"# {run.stage} of {run.study.task}"),
        v4.new_code_cell("task = 'x'", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(f"task = {run.study.task!r}", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("show(figure)", outputs=[noise, shown], execution_count=1)
        if run.stage == "04_language_shares"
        else v4.new_code_cell("print('done')"),
    ]
    path = run.path(f"notebooks/{run.stage}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells, metadata={"widgets": {"a": {}}}), path)
    run.sign(f"notebooks/{run.stage}.ipynb")


@pytest.fixture(scope="session")
def made_up_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`results/` with the study "made-up", which ran the usual stages on two of the tasks."""
    home = tmp_path_factory.mktemp("book") / "results"
    for stage, tasks in STAGES.items():
        for task in set(tasks) - {"xnli"}:
            save_stage(task, stage, home)
    return home


@pytest.fixture(scope="session")
def project(made_up_results: Path) -> Path:
    return copy_book(made_up_results.parent)


@pytest.fixture(scope="session")
def site(project: Path) -> Path:
    """The built pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        patch.setenv("PYTHONPATH", str(ROOT))
        return book.build("made-up").parent


# ---- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "style", "shown"),
    [
        (0.344, "percent", "34%"),
        (-0.21, "+.0%", "−21%"),
        (-0.0001, "percent", "0%"),
        (0.0001, "+.2f", "0.00"),
        (0.344, "points", "34"),
        (12500, "int", "12,500"),
        (1e-9, "p", "< 0.001"),
        (0.25, ".3f", "0.250"),
        ("none retrieved", "percent", "none retrieved"),
        (None, "percent", "–"),
        (float("nan"), ".3f", "–"),
    ],
)
def test_a_value_is_printed_in_its_style(number: object, style: str, shown: str) -> None:
    assert value_formats.one(number, style) == shown


def test_an_interval_follows_its_value() -> None:
    values = {"share": 0.34, "share_low": 0.31, "share_high": 0.37}
    assert value_formats.show(values, "share", "percent ci") == "34% (31% to 37%)"
    with pytest.raises(ValueError, match="needs share_low and share_high"):
        value_formats.show({"share": 0.34}, "share", "percent ci")


def test_an_unknown_style_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ValueError, match="cannot print 0.5 as 'precent'.*percent"):
        value_formats.one(0.5, "precent")


def test_an_absent_number_is_an_error_that_names_the_nearest(made_up_results: Path) -> None:
    results = study_results.Results(made_up_results / "made-up")
    with pytest.raises(study_results.MissingResult, match="did you mean 'own_share_positive'"):
        results.number("pawsx", "04_language_shares", "own_share_positiv")


def test_an_absent_figure_is_an_error_that_names_the_nearest(made_up_results: Path) -> None:
    results = study_results.Results(made_up_results / "made-up")
    with pytest.raises(study_results.MissingResult, match="did you mean 'reinforcement'"):
        results.figure("pawsx", "reinforcements")


def test_results_know_what_did_not_run(made_up_results: Path) -> None:
    results = study_results.Results(made_up_results / "made-up")
    assert results.tasks == ["pawsx", "marc"]
    assert not results.ran("marc", "05_reinforcement") and not results.ran("xnli", "01_finetune")
    with pytest.raises(ValueError, match="unknown stage '05_reinforcment'"):
        results.ran("marc", "05_reinforcment")


def test_a_figure_belongs_to_the_stage_that_its_name_begins_with() -> None:
    assert study_results.stage_of("language_shares_by_k") == "04_language_shares"
    with pytest.raises(ValueError, match="does not begin with the name of a stage"):
        study_results.stage_of("qualityremoval")


def test_a_table_shows_text_as_text_and_marks_changed_words() -> None:
    columns = run_html.read_columns("text = Text; score = Score | .1f", ["text", "score"])
    html = run_html.table([{"text": f"{HOSTILE} ⟦Anna⟧", "score": 1.25}], columns)
    page = BeautifulSoup(html, "html.parser")
    assert not page.find(["script", "img"]) and HOSTILE in page.td.text
    assert page.mark.text == "Anna" and page.find("td", class_="number").text == "1.2"


def test_a_table_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no column 'scores': there are score"):
        run_html.read_columns("scores", ["score"])


def test_a_figures_text_cannot_leave_its_script() -> None:
    figure = {"data": [{"name": HOSTILE}], "layout": {"height": 300}}
    page = BeautifulSoup(plotly_figures.figure_html(figure), "html.parser")
    assert len(page.find_all("script")) == 1 and json.loads(page.script.string) == figure


# ---- notebooks as pages --------------------------------------------------------------------------


def test_a_page_has_folded_code_and_neither_noise_nor_parameter_cells(site: Path) -> None:
    path = site.parents[1] / "run/pawsx/04_language_shares.ipynb"
    title, parameters, code = nbformat.read(path, as_version=4).cells
    assert "task = 'pawsx'" in parameters.source and parameters.cell_type == "markdown"
    assert code.metadata.tags == ["hide-input"]
    assert [output.output_type for output in code.outputs] == ["display_data"]


def test_a_failed_notebook_stops_the_book(tmp_path: Path) -> None:
    failure = v4.new_output("error", ename="ValueError", evalue="no such language", traceback=[])
    notebook = v4.new_notebook(cells=[v4.new_code_cell("run()", outputs=[failure])])
    with pytest.raises(ValueError, match="failed .ValueError: no such language."):
        book.as_page(notebook, tmp_path / "03_quality.ipynb")


def test_the_contents_list_the_notebooks_that_ran_and_no_others(site: Path) -> None:
    listed = (site.parent / "toc.yml").read_text("utf-8")
    assert "run/marc/04_language_shares" in listed and "run/pawsx/08_imbalance" in listed
    assert "run/marc/05_reinforcement" not in listed and "xnli" not in listed


def test_a_study_is_found_by_its_name_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("study: my-own\nresults: elsewhere\n")
    assert book.folder_of_results("mini") == Path("results/mini")
    assert book.folder_of_results(str(file)) == Path("elsewhere/my-own")
    assert book.folder_of_results(str(file), "here") == Path("here/my-own")


def test_a_study_without_results_is_an_error_before_anything_is_built(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(ValueError, match="run the study 'nobody' first"):
        book.build("nobody")


def test_the_book_is_built_without_torch() -> None:
    program = "import sys, xlshare.book, run_values, study_banner; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join([str(ROOT), str(ROOT / "book/_ext")])
    environment = {**os.environ, "PYTHONPATH": path}
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0


# ---- small builds of one page --------------------------------------------------------------------


def build_page(text: str, results: Path, folder: Path) -> tuple[BeautifulSoup, str]:
    """One page through Sphinx with the book's own extensions: its HTML, and the warnings."""
    (folder / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    names = ("myst_parser", "run_values", "plotly_figures", "mathml")
    (folder / "conf.py").write_text(
        f"extensions = {names!r}\nmyst_enable_extensions = ['dollarmath', 'colon_fence']\n"
        f"html_math_renderer = 'mathml'\nxlshare_results = {str(results)!r}\nnumfig = True\n"
        "html_theme = 'basic'\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "book/_ext")])
    command = [sys.executable, "-m", "sphinx", "-q", "-E", str(folder), str(folder / "out")]
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    html = (folder / "out/index.html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser"), done.stderr


def test_what_did_not_run_is_said_and_what_is_missing_is_an_error(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = (
        "Ran {run}`pawsx/04_language_shares:chance|percent`, "
        "{run}`xnli/04_language_shares:chance`, "
        "absent {run}`pawsx/04_language_shares:chanse`.\n\n"
        "```{run-figure} marc/reinforcement\nNot here.\n```\n\n"
        "```{run-figure} pawsx/reinforcement_all\nMisspelt.\n```\n\n"
        ":::{when-run} xnli/04_language_shares\nUnseen.\n:::\n"
    )
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert "Ran 50%, not run, absent" in page.text and "Unseen" not in page.text
    assert "this study did not run 05_reinforcement on MARC" in page.text
    assert "did you mean 'chance'" in warnings and "did you mean 'reinforcement'" in warnings
    assert warnings.count("ERROR") == 2


def test_math_is_mathml_and_unreadable_math_a_warning(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = r"$$ \sum_e \nabla_\theta \mathcal{L}(z, \theta_e) $$ (eq)" + "\n\nAnd $\\nonsense{x}$."
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert "∑" in page.math.text and page.find(class_="eqno").text.startswith("(1)")
    assert r"'\\nonsense{x}' is not understood" in warnings


# ---- the whole book ------------------------------------------------------------------------------


def test_every_page_names_its_study_and_what_its_models_reach(site: Path) -> None:
    for path in pages_of(site):
        banner = BeautifulSoup(path.read_text("utf-8"), "html.parser").find(class_="study")
        assert "Study made-up: made-up sentences, small model" in banner.text, path
        assert "PAWS-X, MARC the model is not above its baselines" in banner.text, path


def test_every_internal_link_and_file_resolves(site: Path) -> None:
    parsed = {p: BeautifulSoup(p.read_text("utf-8"), "html.parser") for p in pages_of(site)}
    anchors = {p: {tag["id"] for tag in page.find_all(id=True)} for p, page in parsed.items()}
    for path, page in parsed.items():
        tags = page.find_all(["a", "script", "link"])
        links = [tag.get("href") or tag.get("src") for tag in tags]
        for url in map(urlsplit, filter(None, links)):
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not url.scheme:
                assert target.exists(), (path, url)
                assert not url.fragment or url.fragment in anchors[target], (path, url)


def test_figures_and_tables_are_numbered_stamped_and_come_with_their_data(site: Path) -> None:
    text = (site / "questions/reinforcement.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    figure, *tables = page.find_all("figure", class_="from-run")
    assert re.match(r"Fig\. \d+", figure.find(class_="caption-number").text)
    assert all(re.match(r"Table \d+", t.find(class_="caption-number").text) for t in tables)
    stamp = figure.find(class_="stamp")
    assert "notebook 05_reinforcement" in stamp.text and " s · " in stamp.text
    assert stamp.a["href"] == "../run/pawsx/05_reinforcement.html"
    assert (site / "questions" / stamp.find("a", download=True)["href"]).is_file()


def test_every_page_works_from_a_disk(site: Path, browser) -> None:
    check_pages(site, browser)


@pytest.mark.parametrize("name", ["index", "questions/language_shares"])
def test_a_page_opened_on_a_phone_draws_its_figures_within_its_width(
    site: Path, browser, name: str
) -> None:
    page, wrong = open_page(browser, site / f"{name}.html", "dark", 400)
    assert draw_visible_figures(page) and fits(page) and not wrong


def test_the_switch_shows_one_task_in_every_figure_and_table(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "questions/language_shares.html", "light", 1400)

    def tasks() -> set[str]:
        panels = page.locator(".task-panel:visible").all()
        return {panel.get_attribute("data-task") for panel in panels}

    assert tasks() == {"pawsx"}
    page.locator(".task-switch").first.get_by_text("MARC").click()
    assert tasks() == {"marc"} and draw_visible_figures(page) == 3 and not wrong


def test_figures_follow_the_theme(site: Path, browser) -> None:
    page, _ = open_page(browser, site / "index.html", "light", 1400)
    draw_visible_figures(page)
    ink = "getComputedStyle(document.querySelector('.xtick text')).fill"
    page.wait_for_function(f"{ink} !== 'rgb(42, 63, 95)'")  # plotly's own, before ours
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{ink} !== {light!r}")


def test_the_search_finds_a_page(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "search.html", "light", 1400)
    page.goto((site / "search.html").as_uri() + "?q=proponent")
    page.locator("#search-results li a").first.wait_for()
    assert not wrong
