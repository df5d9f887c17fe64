"""The book: values come from files and are shown safely, notebooks become readable pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import plotly_figures
import pytest
import stamps
import yaml
from bs4 import BeautifulSoup
from made_up_book import HOSTILE, OWN, ROOT, STUDY
from nbformat import v4
from pages import pages_of
from scorecard import effect

from xlshare.analysis import claims
from xlshare.analysis.verdicts import VERDICTS
from xlshare.report import book, html, values
from xlshare.report.made_of import hash_of_book
from xlshare.report.style import as_markdown
from xlshare.study.results import Results

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
        (3.84e-7, "power", "3.8\u00a0×\u00a010⁻⁷"),
        (0.0, "power", "0"),
        ("none retrieved", "percent", "none retrieved"),
        (None, "percent", "–"),
        (float("nan"), ".3f", "–"),
    ],
)
def test_a_value_is_printed_in_its_style(number: object, style: str, shown: str) -> None:
    assert values.one(number, style) == shown


def test_an_interval_follows_its_value_on_one_line() -> None:
    row = {"share": 0.34, "share_low": 0.31, "share_high": 0.37}
    assert values.show(row, "share", "percent interval") == "34% (31%\u00a0to\u00a037%)"
    few = row | {"share_contents": 2}
    shown = "34% (31%\u00a0to\u00a037%; 2\u00a0test contents)"
    assert values.show(few, "share", "percent interval") == shown
    unknown = row | {"share_low": "unknown"}
    assert values.show(unknown, "share", "percent interval") == "34% (interval unknown)"
    with pytest.raises(ValueError, match="needs share_low and share_high"):
        values.show({"share": 0.34}, "share", "percent interval")


def test_an_unknown_style_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ValueError, match="cannot print 0.5 as 'precent'.*percent"):
        values.one(0.5, "precent")


def test_means_over_languages_are_those_of_the_tables(made_up_results: Path) -> None:
    """Counted test by test for their intervals, they must not differ from the tables' own means."""
    home = made_up_results / "made-up/pawsx"
    shares, epochs, extra = (
        pd.read_parquet(home / f"tables/{name}.parquet").query(
            "test_lang == train_lang and role == 'proponents'"
        )
        for name in ("language_shares_top", "dynamics_shares", "imbalance_shares")
    )
    translated = pd.read_parquet(home / "tables/reinforcement_long.parquet")
    translated = translated.query("role == 'proponents'")["value"]
    by_epoch = epochs.groupby("epoch")["value"].mean()
    beyond = (extra["value"] - extra["expected"]).groupby(extra["extra"]).mean()
    for stage, name, mean in (
        ("04_language_shares", "own_share_proponents", shares["value"].mean()),
        ("05_reinforcement", "proponents", translated.mean()),
        ("06_dynamics", "change", by_epoch.iloc[-1] - by_epoch.iloc[0]),
        ("08_imbalance", "beyond_chance", beyond[100] - beyond[0]),
    ):
        numbers = json.loads((home / f"numbers/{stage}.json").read_text(encoding="utf-8"))
        assert numbers[name] == pytest.approx(mean)
        assert numbers[f"{name}_low"] < numbers[name] < numbers[f"{name}_high"]


def test_a_figure_belongs_to_the_stage_that_its_name_begins_with() -> None:
    assert stamps.stage_of("language_shares_by_k") == "04_language_shares"
    with pytest.raises(ValueError, match="does not begin with the name of a stage"):
        stamps.stage_of("qualityremoval")


def test_a_table_shows_text_as_text_and_marks_changed_words() -> None:
    columns = html.read_columns("text = Text; score = Score | .1f", ["text", "score"])
    made = html.table([{"text": f"{HOSTILE} ⟦Anna⟧", "score": 1.25}], columns)
    page = BeautifulSoup(made, "html.parser")
    assert not page.find(["script", "img"]) and HOSTILE in page.td.text
    assert page.mark.text == "Anna" and page.find("td", class_="number").text == "1.2"


def test_a_cell_names_its_column_and_keeps_its_interval_on_one_line() -> None:
    rows = [{"share": 0.34, "share_low": 0.31, "share_high": 0.37}]
    columns = html.read_columns("share = Share | percent interval", rows[0])
    cell = BeautifulSoup(html.table(rows, columns), "html.parser").td
    assert cell.text == "34% (31%\u00a0to\u00a037%)" and cell["data-head"] == "Share"
    assert cell.find(class_="unbroken").text == "(31%\u00a0to\u00a037%)"


def test_a_table_refuses_a_column_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no column 'scores': did you mean 'score'"):
        html.read_columns("scores", ["score"])


def test_a_figures_text_cannot_leave_its_script() -> None:
    figure = {"data": [{"name": HOSTILE}], "layout": {"height": 300}}
    page = BeautifulSoup(plotly_figures.figure_html(figure), "html.parser")
    assert len(page.find_all("script")) == 1 and json.loads(page.script.string) == figure


# ---- notebooks as pages --------------------------------------------------------------------------


def test_a_page_has_folded_code_and_neither_noise_nor_parameter_cells(site: Path) -> None:
    path = site.parents[1] / "run/pawsx/04_language_shares.ipynb"
    title, parameters, *rest = nbformat.read(path, as_version=4).cells
    rows = BeautifulSoup(parameters.source, "html.parser").find_all("tr")
    assert ["task", "pawsx"] in [[cell.text for cell in row] for row in rows]
    code = [cell for cell in rest if cell.cell_type == "code"]
    assert all(cell.metadata.tags == ["hide-input"] for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    assert len(outputs) > 6 and {output.output_type for output in outputs} == {"display_data"}


def test_a_failed_notebook_stops_the_book(tmp_path: Path) -> None:
    failure = v4.new_output("error", ename="ValueError", evalue="no such language", traceback=[])
    notebook = v4.new_notebook(cells=[v4.new_code_cell("run()", outputs=[failure])])
    with pytest.raises(ValueError, match="failed .ValueError: no such language."):
        book.as_page(notebook, tmp_path / "03_quality.ipynb")


def test_the_contents_list_the_notebooks_that_ran_and_no_others(site: Path) -> None:
    listed = (site.parent / "toc.yml").read_text("utf-8")
    assert "run/marc/04_language_shares" in listed and "run/pawsx/08_imbalance" in listed
    assert "run/marc/05_reinforcement" not in listed and "xnli" not in listed


@pytest.mark.slow
def test_what_is_left_out_has_no_page_and_is_not_shown(
    made_up_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [("marc", "04_language_shares"), ("pawsx", "08_imbalance")]
    results = Results(made_up_results / "made-up", frozenset(left))
    assert "04_language_shares" not in book.stitch(results, "marc", tmp_path / "run")
    assert "04_language_shares" in book.stitch(results, "pawsx", tmp_path / "run")
    (tmp_path / "page").mkdir()
    monkeypatch.setenv("XLSHARE_LEFT_OUT", json.dumps(left))
    text = "```{run-figure} marc/language_shares\nNot here.\n```\n"
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path / "page")
    assert "this study did not run 04_language_shares" in page.text and not warnings


def test_a_study_is_found_by_its_name_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("study: my-own\nresults: elsewhere\n")
    assert book.results_of("mini").folder == ROOT / "results/mini"
    assert book.results_of(str(file)).folder == ROOT / "elsewhere/my-own"
    assert book.results_of(str(file), "here").folder == ROOT / "here/my-own"


def touched(folder: Path) -> None:
    for file in folder.rglob("*"):
        os.utime(file, (2e9, 2e9))


CHANGES = {  # of a book's inputs, by what is done to a copy of them
    "dates": (lambda root: touched(root), False),
    "a lock": (lambda root: (root / "results/tiny/.lock.json").write_text("{}"), False),
    "pages that a build wrote": (lambda root: (root / "book/run").mkdir(), False),
    "scores beside their manifest": (
        lambda root: (root / "results/tiny/marc/influence.zarr/c").write_text("other"), False),
    "the manifest of scores": (
        lambda root: (root / "results/tiny/marc/influence.zarr.manifest.json").write_text("2"),
        True),
    "a number": (lambda root: (root / "results/tiny/marc/numbers.json").write_text("2"), True),
    "a table more": (lambda root: (root / "results/tiny/marc/more").write_text("2"), True),
    "a chapter": (lambda root: (root / "book/chapter.md").write_text("# New"), True),
    "an extension": (lambda root: (root / "book/_ext/one.py").write_text("# new"), True),
    "the order of chapters": (lambda root: (root / "_toc.yml").write_text("[]"), True),
    "settings": (lambda root: (root / "_config.yml").write_text("a: 1"), True),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_book_is_built_again_where_what_it_is_made_of_has_changed(
    case: str, tmp_path: Path
) -> None:
    change, counts = CHANGES[case]
    for name in ("_config.yml", "_toc.yml", "book/_ext/one.py", "book/chapter.md",
                 "results/tiny/marc/influence.zarr/c", "results/tiny/marc/numbers.json",
                 "results/tiny/marc/influence.zarr.manifest.json"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="utf-8")
    results = Results(tmp_path / "results/tiny")
    before = hash_of_book(tmp_path, results)
    change(tmp_path)
    assert (hash_of_book(tmp_path, results) != before) == counts


def test_what_a_book_shows_of_its_results_counts(tmp_path: Path) -> None:
    (tmp_path / "results/tiny").mkdir(parents=True)
    (tmp_path / "book").mkdir()
    shown = [
        Results(tmp_path / "results/tiny"),
        Results(tmp_path / "results/tiny", frozenset({("marc", "08_imbalance")})),
        Results(tmp_path / "results/tiny", words={"own": {"title": "Mine", "question": ""}}),
    ]
    assert len({hash_of_book(tmp_path, one) for one in shown}) == 3


def test_a_title_is_that_of_the_file_as_it_is_now(made_up_results: Path, tmp_path: Path) -> None:
    file = tmp_path / "made-up.yaml"
    task = OWN | {"title": "New title"}
    values = {**STUDY, "own_tasks": {"own": task}, "results": str(made_up_results)}
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    found = book.results_of(str(file))
    assert found.title("own") == "New title" and found.known["own"].question == OWN["question"]


def test_a_study_without_results_is_an_error_before_anything_is_built(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(ValueError, match="run the study 'nobody' first"):
        book.build("nobody")


@pytest.mark.slow
def test_the_book_is_built_without_torch() -> None:
    imports = "import sys, xlshare.report.book, run_values, study_banner"
    program = f"{imports}; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join([str(ROOT), str(ROOT / "book/_ext")])
    environment = {**os.environ, "PYTHONPATH": path}
    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0


# ---- small builds of one page --------------------------------------------------------------------


def build_page(text: str, results: Path, folder: Path) -> tuple[BeautifulSoup, str]:
    """One page through Sphinx with the book's own extensions: its HTML, and the warnings."""
    (folder / "index.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
    names = ("myst_parser", "run_values", "scorecard", "prose", "plotly_figures", "mathml")
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


@pytest.mark.slow
def test_what_did_not_run_is_said_and_what_is_missing_is_an_error(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = (
        "```{run-figure} marc/reinforcement\nNot here.\n```\n\n"
        "```{run-figure} pawsx/reinforcement_all\nMisspelt.\n```\n"
    )
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert "this study did not run 05_reinforcement on MARC-like, synthetic" in page.text
    assert "did you mean 'reinforcement'" in warnings and warnings.count("ERROR") == 1


@pytest.mark.slow
def test_what_follows_a_figures_caption_stands_below_it(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = "```{run-figure} pawsx/reinforcement\nIts caption.\n\nMore about it.\n```\n"
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert "Its caption." in page.find(class_="caption-text").text
    assert page.find(class_="legend").text.strip() == "More about it." and not warnings


@pytest.mark.slow
def test_a_tasks_title_is_text_in_what_is_written_for_each_task(
    made_up_results: Path, tmp_path: Path
) -> None:
    markup = as_markdown("<b>x</b> *y* {run}`a` [z](javascript:1) $w$ `v`")
    page, warnings = build_page(f"Title: {markup}.", made_up_results / "made-up", tmp_path)
    assert "Title: <b>x</b> *y* {run}`a` [z](javascript:1) $w$ `v`." in page.text
    assert not page.find("b") and not page.find("code") and not warnings


def test_what_stands_under_provenance_is_read_from_manifests(site: Path) -> None:
    page = BeautifulSoup((site / "provenance.html").read_text("utf-8"), "html.parser")
    stages, files, models, parameters, versions = page.find_all("table")
    results = site.parents[2] / "results/made-up/pawsx"
    notebook = results / "notebooks/04_language_shares.ipynb.manifest.json"
    facts = json.loads(notebook.read_text("utf-8"))
    rows = [[cell.text for cell in row.find_all("td")] for row in stages.find_all("tr")[1:]]
    row = next(row for row in rows if row[:2] == ["PAWS-X-like, synthetic", "04_language_shares"])
    assert facts["commit"][:7] in row[5] and row[4] == facts["device"]
    assert rows[-1][0] == "in all"
    cells = [row.find_all("td") for row in parameters.find_all("tr")[1:]]
    named = {name.text: value.text for name, value in cells}
    assert named["influence.top_k"] == "10" and "task" not in named
    assert f"python{facts['versions']['python']}" in versions.text
    scores = results / "influence.zarr.manifest.json"
    assert json.loads(scores.read_text("utf-8"))["sha256"][:16] in files.text


@pytest.mark.parametrize(
    ("low", "shown"),
    [(0.01, "+0.20 (+0.01 to +0.40)"), (0.003, "+0.200 (+0.003 to +0.400)")],
)
def test_an_effect_has_the_digits_that_show_its_verdict(low: float, shown: str) -> None:
    row = pd.Series({"effect": 0.2, "low": low, "high": 0.4, "contents": 9.0, "p": float("nan")})
    assert effect(row).replace("\u00a0", " ") == shown


def test_the_scorecard_names_places_in_the_paper_and_signs_as_readers_do(site: Path) -> None:
    page = BeautifulSoup((site / "scorecard.html").read_text("utf-8"), "html.parser")
    table = page.find(class_="claims")
    assert "Appendix A" in table.text and "Section A" not in page.find("article").text
    cells = [cell for row in table.find_all("tr")[1:] for cell in row.find_all("td")[1:]]
    judged = [list(cell.stripped_strings) for cell in cells if "out-of-scope" not in cell["class"]]
    assert judged and all(cell.strong.text in VERDICTS for cell in cells)
    assert all(lines[-1][0] == lines[-1][0].upper() for lines in judged)
    assert not any(" -" in cell.text for cell in cells)
    assert not {"−0.00", "+0.00"} & {lines[1].split(" ")[0] for lines in judged}


def test_the_scorecard_counts_claims_and_tests_and_gives_each_reason_once(site: Path) -> None:
    folders = site.parents[1] / "recorded/e5-small", site.parents[2] / "results/made-up"
    cards = [claims.scorecard(Results(folder)) for folder in folders]
    verdicts = list(zip(*(card["verdict"] for card in cards), strict=True))
    page = BeautifulSoup((site / "scorecard.html").read_text("utf-8"), "html.parser")
    assert f"{cards[1]['claim'].nunique()} claims, {len(verdicts)} tests." in page.text
    for who, card in zip(("recorded study", "this run"), cards, strict=True):
        held = f"{who}: holds {(card['verdict'] == 'holds').sum()}, contradicted"
        assert held in page.text.replace("In this", "in this")
    tested, out = page.find_all(class_="claims")[:2]
    rows = [row.find_all("strong") for row in tested.find_all("tr")[1:]]
    shown = [tuple(verdict.text for verdict in row) for row in rows]
    neither = ("out of scope", "out of scope")
    assert shown == [pair for pair in verdicts if pair != neither]
    reasons = [[cell.text for cell in row.find_all("td")] for row in out.find_all("tr")[1:]]
    assert len({reason[0] for reason in reasons}) == len(reasons)
    assert sum(int(reason[2]) for reason in reasons) == verdicts.count(neither) > len(reasons)
    index = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser").text
    assert f"{(cards[1]['verdict'] == 'holds').sum()} hold in this run" in index


@pytest.mark.slow
def test_math_is_mathml_and_unreadable_math_a_warning(
    made_up_results: Path, tmp_path: Path
) -> None:
    text = r"$$ \sum_e \nabla_\theta \mathcal{L}(z, \theta_e) $$ (eq)" + "\n\nAnd $\\nonsense{x}$."
    page, warnings = build_page(text, made_up_results / "made-up", tmp_path)
    assert "∑" in page.math.text and page.find(class_="eqno").text.startswith("(1)")
    assert r"'\\nonsense{x}' is not understood" in warnings


def test_a_reference_to_an_equation_names_the_number_beside_it(site: Path) -> None:
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in pages_of(site)}
    numbers, links = {}, []
    for path, page in pages.items():
        for equation in page.select("div.math[id]"):
            numbers[path, equation["id"]] = equation.find(class_="eqno").text.split(")")[0] + ")"
        for link in page.select("a[href*='#equation-']:not(.headerlink)"):
            place, _, anchor = link["href"].partition("#")
            links.append((link.text, (path.parent / place).resolve() if place else path, anchor))
    assert len(set(numbers.values())) == len(numbers) > 3 and links
    assert [link for link in links if numbers[link[1], link[2]] != link[0]] == []
