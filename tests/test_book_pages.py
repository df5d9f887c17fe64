"""The whole book, built from made-up results with hostile text in them and read in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from pages import check_pages, draw_visible_figures, fits, open_page, pages_of


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
    assert tasks() == {"marc"} and draw_visible_figures(page) == 4 and not wrong


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
