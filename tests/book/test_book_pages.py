"""The whole book, built from made-up results with hostile text in them and read in a browser."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from made_up_book import HOSTILE, OWN_LANGUAGES, STUDY, write_study
from pages import (
    build_book,
    check_page,
    check_pages,
    copy_book,
    draw_visible_figures,
    fits,
    new_page,
    open_page,
    pages_of,
    straight,
)

from xlshare.report import book
from xlshare.study.parameters import Study


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[Path, BeautifulSoup]:
    return {p: BeautifulSoup(p.read_text("utf-8"), "html.parser") for p in pages_of(site)}


# ---- the build -----------------------------------------------------------------------------------


def test_a_clean_tree_builds_without_a_warning(built: subprocess.CompletedProcess[str]) -> None:
    said = built.stdout + built.stderr
    assert built.returncode == 0 and not re.search("warning|error|traceback", said, re.I), said


@pytest.mark.browser
@pytest.mark.parametrize("stages", [1, 2, 4])
def test_a_study_of_its_first_stages_builds_too(stages: int, tmp_path: Path) -> None:
    kept = Study.of(STUDY).planned[:stages]
    for task in ("own", "pawsx"):
        write_study({**STUDY, "task": task, "results": str(tmp_path / "results")}, kept)
    said = build_book(copy_book(tmp_path), STUDY["study"])
    assert said.returncode == 0, said.stdout + said.stderr
    page = (tmp_path / "book/_build/html/index.html").read_text("utf-8")
    assert ("No task has been scored" in page) is (stages < 4)


def test_every_page_of_the_contents_was_built(site: Path) -> None:
    toc = yaml.safe_load((site.parent / "toc.yml").read_text("utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    listed = [toc["root"], *(chapter["file"] for chapter in chapters)]
    listed += [page["file"] for chapter in chapters for page in chapter.get("sections", [])]
    furniture = {"genindex", "search"}
    made = {page.relative_to(site).with_suffix("").as_posix() for page in pages_of(site)}
    assert made - furniture == set(listed) and len(listed) == len(set(listed))


def test_a_book_whose_inputs_are_unchanged_is_left_as_it_is(project: Path, site: Path) -> None:
    before = {page: page.stat().st_mtime_ns for page in pages_of(site)}
    again = build_book(project, STUDY["study"])
    assert again.returncode == 0 and str(site / "index.html") in again.stdout
    assert "nothing that it is made of has changed" in again.stderr
    assert before == {page: page.stat().st_mtime_ns for page in pages_of(site)}


@pytest.mark.slow
def test_pages_that_do_not_build_fail_the_book(
    made_up_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    broken = {
        "number": "{{ tasks[0].language_shares.chanse | percent }}",
        "figure": "```{run-figure} pawsx/reinforcements\nMisspelt.\n```",
        "reference": "{numref}`fig-nowhere`",
        "link": "[nowhere](nowhere.md)",
        "citation": "{cite:p}`nobody1900`",
    }
    copy_book(tmp_path)
    for name, text in broken.items():
        (tmp_path / f"book/{name}.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    chapters = [{"file": name} for name in ("references", *broken)]
    toc = {"format": "jb-book", "root": "glossary", "chapters": chapters}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(book, "write_toc", lambda base, target, pages: _write(target, toc))
    with pytest.raises(ValueError, match="errors or warnings"):
        book.build(STUDY["study"], str(made_up_results))
    said = capfd.readouterr().err
    assert [name for name in broken if f"book/{name}.md" not in said] == []


def _write(target: Path, toc: dict) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(toc), encoding="utf-8")


# ---- what the pages hold -------------------------------------------------------------------------


def test_every_page_names_its_study_and_what_its_models_reach(
    parsed: dict[Path, BeautifulSoup],
) -> None:
    for path, page in parsed.items():
        banner = page.find(class_="study").text
        assert "Study made-up: synthetic sentences, small model" in banner, path
        assert (
            f"On MARC-like, synthetic; Own {HOSTILE} the model is not above its baselines" in banner
        ), path


def test_what_helps_is_said_with_whether_retraining_bears_it_out(
    parsed: dict[Path, BeautifulSoup], site: Path
) -> None:
    recorded, answer = parsed[site / "index.html"].find_all(class_="answer")
    assert "which this record did not test by retraining" in recorded.text
    tested = r"Helps is a prediction of the scores\. [^(]*\(2 test examples; "
    for said in answer.find_all("p"):
        assert "training examples that help a test example most" in said.text
        assert re.search(tested, said.text)
        assert re.search(r"(more|less) than the|not distinguishable from the", said.text)
    assert "The model is not clearly better than its baselines" in answer.text  # MARC's


def test_every_internal_link_and_file_resolves(parsed: dict[Path, BeautifulSoup]) -> None:
    anchors = {p: {tag["id"] for tag in page.find_all(id=True)} for p, page in parsed.items()}
    for path, page in parsed.items():
        tags = page.find_all(["a", "script", "link", "img"])
        links = [tag.get("href") or tag.get("src") for tag in tags]
        for url in map(urlsplit, filter(None, links)):
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not url.scheme:
                assert target.exists(), (path, url)
                assert not url.fragment or url.fragment in anchors[target], (path, url)
            assert url.scheme in ("", "https", "mailto", "data"), (path, url)


def test_no_page_has_two_elements_of_one_id_or_skips_a_level_of_headings(
    parsed: dict[Path, BeautifulSoup],
) -> None:
    for path, page in parsed.items():
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), (path, {name for name in ids if ids.count(name) > 1})
        article = page.find("article") or page.find("main")
        levels = [int(tag.name[1]) for tag in article.find_all(re.compile("^h[1-6]$"))]
        assert levels[:1] == [1] and levels.count(1) == 1, path
        assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), (path, levels)


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


def test_no_figure_or_table_lacks_number_caption_stamp_or_data(
    parsed: dict[Path, BeautifulSoup],
) -> None:
    run = r"notebook \d\d_\w+ of .* · k = \d+, .* seed \d+ · commit \w{7}.* · [\d,]+ s · data: "
    benchmark = r"threads: \d.* · torch .* · python .* · data: "
    stamps = 0
    for path, page in parsed.items():
        for figure in page.find_all("figure", class_="from-run"):
            caption = figure.find("figcaption")
            number = caption.find(class_="caption-number").text.strip()
            assert re.fullmatch(r"(Fig\.|Table) \d+", number), path
            assert len(caption.text) > len(number) + 15, (path, number)
            assert figure.find(class_="stamp"), (path, number)
            for stamp in figure.find_all(class_="stamp"):
                stamps += 1
                assert re.search(f"{run}|{benchmark}", stamp.text), (path, number, stamp.text)
                for link in stamp.find_all("a", download=True):
                    assert (path.parent / unquote(link["href"])).stat().st_size, (path, number)
    assert stamps > 50


def test_every_notebook_says_by_what_it_ran(parsed: dict[Path, BeautifulSoup]) -> None:
    for path, page in parsed.items():
        if path.parent.parent.name == "run" and path.stem != "index":
            assert re.search(r"As it ran: commit \w{7} · .* · [\d,]+ s", page.text), path


def test_hostile_words_stand_in_titles_and_tables_as_they_are(
    parsed: dict[Path, BeautifulSoup], site: Path
) -> None:
    for page in parsed.values():
        assert not page.select("img[src=x]") and "stolen" not in "".join(
            script.text for script in page.find_all("script", type="text/javascript")
        )
    assert HOSTILE in parsed[site / "questions/quality.html"].find("article").text
    assert HOSTILE in parsed[site / "run/own/03_quality.html"].find("article").text
    title = parsed[site / "run/own/index.html"].find("article").h1.text
    assert HOSTILE in straight(title)


# ---- in a browser --------------------------------------------------------------------------------


def test_every_page_works_from_a_disk(site: Path, chromium: str) -> None:
    check_pages(site, chromium)


def test_the_check_of_a_page_finds_what_is_wrong(site: Path, browser) -> None:
    faulty = site / "questions/faulty.html"
    faults = (
        '<img src="http://127.0.0.1:9/picture.png" alt="of another host"><button></button>'
        '<div style="width:3000px">wide</div><p class="faint">faint</p><p class="dim">dim</p>'
        "<style>.faint { color: #999; background: #aaa }"
        "@media (max-width: 500px) { [data-theme=dark] .dim { color: #333 } }</style>"
        "<script>nothing()</script></article>"
    )
    text = (site / "questions/reinforcement.html").read_text("utf-8")
    text = text.replace("</article>", faults, 1).replace('"mode":"markers"', '"visible":false', 1)
    faulty.write_text(text, encoding="utf-8")
    page, wrong = new_page(browser)
    try:
        found = "\n".join([*check_page(page, faulty), *wrong])
    finally:
        faulty.unlink()
        page.close()
    for fault in ("request http", "console", "error nothing", "narrow light: scrolls sideways"):
        assert fault in found
    assert "scatter traces drawn" in found
    times = {fault: found.count(fault) for fault in ("button-name", "color-contrast: .faint")}
    assert set(times.values()) == {4}, times  # axe reads each look with all its rules
    assert re.findall(r"(.*): color-contrast: \.dim", found) == ["narrow dark"]


@pytest.mark.parametrize("name", ["index", "questions/language_shares"])
def test_a_page_opened_on_a_phone_draws_its_figures_within_its_width(
    site: Path, browser, name: str
) -> None:
    page, wrong = open_page(browser, site / f"{name}.html", "dark", 400)
    assert draw_visible_figures(page) and fits(page) and not wrong
    page.close()


def test_the_switch_shows_one_task_in_every_figure_and_table(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "questions/language_shares.html", "light", 1400)

    def tasks() -> set[str]:
        panels = page.locator(".task-panel:visible").all()
        return {panel.get_attribute("data-task") for panel in panels}

    assert tasks() == {"pawsx"}
    page.locator(".task-switch").first.get_by_text("MARC").click()
    assert tasks() == {"marc"} and draw_visible_figures(page) == 4 and not wrong
    page.close()


def test_figures_follow_the_theme(site: Path, browser) -> None:
    page, _ = open_page(browser, site / "index.html", "light", 1400)
    draw_visible_figures(page)
    inks = [
        "getComputedStyle(document.querySelector('.xtick text')).fill",
        "getComputedStyle([...document.querySelectorAll('.figure-json')]"
        ".find(figure => figure.querySelector('.heatmaplayer .hm'))"
        ".querySelector('.shapelayer path')).stroke",  # frames; rules keep their colour
    ]
    light = {ink: page.evaluate(ink) for ink in inks}
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    for ink in inks:
        page.wait_for_function(f"{ink} !== {light[ink]!r}")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    for ink in inks:
        page.wait_for_function(f"{ink} === {light[ink]!r}")
    page.close()


def test_figures_keep_the_width_of_their_place(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "index.html", "light", 1400)
    draw_visible_figures(page)
    place = "document.querySelector('.figure-json')"
    for width in (800, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        drawn, room = (
            f"{one}.getBoundingClientRect().width"  # places have fractions of pixels
            for one in (f"{place}.querySelector('.main-svg')", place)
        )
        fitted = f"Math.abs({drawn} - {room}) < 1"
        page.wait_for_function(fitted)
    before = page.evaluate(room)
    page.locator(".sidebar-toggle.primary-toggle:visible").click()  # the contents go, text widens
    page.wait_for_function(f"{fitted} && {drawn} > {before} + 1")
    assert not wrong
    page.close()


def test_paper_is_light_and_holds_whole_figures(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "questions/language_shares.html", "dark", 1400)
    draw_visible_figures(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # A4 between its margins
    assert page.evaluate("document.documentElement.dataset.theme") == "light" and fits(page)
    assert page.locator(".study").is_visible() and page.locator(".task-title:visible").count()
    for screen_only in (".bd-sidebar-primary", ".bd-header-article", ".task-switch", ".modebar"):
        assert not page.locator(screen_only).first.is_visible(), screen_only
    figures = page.locator("figure.from-run:has(.js-plotly-plot:visible)").all()
    for figure in figures:
        frame, picture = (
            one.bounding_box() for one in (figure, figure.locator(".main-svg:visible").first)
        )
        assert picture["x"] >= frame["x"] and picture["width"] <= frame["width"]
        assert figure.evaluate("(f) => getComputedStyle(f).breakInside") == "avoid"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert len(figures) > 2 and not wrong
    page.close()


def test_a_label_of_a_figure_shows_hostile_text_as_text(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "run/own/04_language_shares.html", "light", 1400)
    draw_visible_figures(page)
    language = OWN_LANGUAGES[-1]
    assert language in page.locator(".js-plotly-plot .ytick").all_text_contents()
    panel = page.locator(".js-plotly-plot .nsewdrag").first
    box = panel.bounding_box()
    panel.hover(position={"x": box["width"] - 9, "y": box["height"] - 9})  # the last cell
    label = page.locator(".hoverlayer .hovertext").first.text_content()
    assert f"{language} tests, {language} training data" in label and not wrong
    page.close()


def test_the_search_finds_a_page_and_quotes_it(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "search.html", "light", 1400)
    page.goto((site / "search.html").as_uri() + "?q=proponent&task=marc")
    page.locator("#search-results li .context").nth(3).wait_for()
    found = page.locator("#search-results li").all()
    quoted = [item.locator(".context").inner_text() for item in found]
    assert all(quoted) and sum("roponent" in text for text in quoted) > len(quoted) / 2
    assert max(map(len, quoted)) < 400
    found[0].locator("a").click()
    page.wait_for_function("location.search.includes('task=marc')")
    assert not wrong
    page.close()


def test_the_search_quotes_hostile_text_as_text(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "search.html", "light", 1400)
    page.goto((site / "search.html").as_uri() + "?q=stolen")
    page.locator("#search-results li .context").first.wait_for()
    assert page.locator("#search-results :is(img, script)").count() == 0
    assert page.title() != "stolen" and not wrong
    page.close()


def test_the_chosen_task_holds_on_the_next_page(site: Path, browser) -> None:
    page, wrong = open_page(browser, site / "index.html", "light", 1400)

    def shown() -> str:
        return page.locator(".task-panel:visible").first.get_attribute("data-task")

    assert shown() == "pawsx"
    page.locator(".task-switch").first.get_by_text("MARC").click()
    page.locator("article a[href*='questions/language_shares']").first.click()
    page.wait_for_function("location.href.includes('language_shares.html?task=marc')")
    assert shown() == "marc"
    page.locator("nav a[href*='explorer']").first.click()
    page.wait_for_function("location.hash.includes('task=marc')")
    page.locator("#explorer .pills").get_by_text("PAWS-X").click()
    page.wait_for_function("location.hash.includes('task=pawsx')")
    page.locator("nav a[href*='quality']").first.click()
    page.wait_for_function("location.href.includes('quality.html?task=pawsx')")
    assert shown() == "pawsx" and not wrong
    page.close()


def test_a_download_carries_its_task_in_its_name(parsed: dict[Path, BeautifulSoup]) -> None:
    names = {
        Path(unquote(link["href"])).name: path
        for path, page in parsed.items()
        for panel in page.select(".task-panel")
        for link in panel.select("a[download]")
        if not Path(unquote(link["href"])).name.startswith(f"{panel['data-task']}-")
    }
    assert not names
    assert any(page.select(".task-panel a[download]") for page in parsed.values())


def test_chapters_follow_each_other_and_the_notebooks_come_last(
    parsed: dict[Path, BeautifulSoup], site: Path
) -> None:
    order, page = [], site / "index.html"
    while link := parsed[page].select_one(".prev-next-footer a.right-next"):
        page = (page.parent / unquote(urlsplit(link["href"]).path)).resolve()
        order.append(page.relative_to(site).parts[0])
    engine = order.index("algorithm.html")
    assert order[engine : engine + 5] == [
        "algorithm.html", "performance.html", "scaling.html", "architectures.html",
        "reproduce.html",
    ]  # fmt: skip
    first = order.index("run")
    assert set(order[first:]) == {"run"} and "references.html" in order[:first]
