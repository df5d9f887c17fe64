"""The explorer: its data are the ranked lists, and its page shows what the tables compute."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_book import HOSTILE, OWN_LANGUAGES
from pages import open_page

from xlshare.analysis import overlap, rankings
from xlshare.analysis.estimates import estimate
from xlshare.analysis.languages import language_shares
from xlshare.attribution import store
from xlshare.report import explorer
from xlshare.study.results import Results

K = 10  # of the made-up study


@pytest.fixture(scope="module")
def task(made_up_results: Path) -> Path:
    return made_up_results / "made-up/pawsx"


@pytest.fixture(scope="module")
def influence(task: Path):
    return store.load(task / "influence.zarr").compute()


def given(script: Path) -> tuple[str, object]:
    """The name and the value that a data script hands over."""
    call = re.fullmatch(r"explorer\.receive\((\".*?\"),(.*)\);\n", script.read_text("utf-8"), re.S)
    return json.loads(call[1]), json.loads(call[2])


def array(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), f"<{kind}")


# ---- the data ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("epoch", ["sum", 2])
@pytest.mark.parametrize("role", ["proponents", "opponents"])
def test_lists_are_the_rankings_in_their_order(
    task: Path, influence, tmp_path: Path, epoch: str | int, role: str
) -> None:
    assert explorer.write(Results(task.parent), tmp_path) == ["pawsx", "marc", "own"]
    name, lists = given(tmp_path / f"pawsx/{epoch}.js")
    assert name == f"pawsx/{epoch}"
    chosen = rankings.summed(influence) if epoch == "sum" else influence.sel(checkpoint=epoch)
    top = rankings.top_examples(chosen, 25, role)  # two and a half times the study's k
    lengths = array(lists[role]["lengths"], "u4")
    listed = np.arange(25) < lengths[:, None]
    order, scores = (
        array(lists[role][name], kind).reshape(-1, 25)[listed]
        for name, kind in (("order", "u2"), ("scores", "f4"))
    )
    assert influence["train"].values[order].tolist() == top["train"].tolist()
    assert scores.tolist() == top["score"].tolist()


def test_examples_keep_their_languages_labels_and_contents(
    task: Path, influence, tmp_path: Path
) -> None:
    explorer.write(Results(task.parent), tmp_path)
    facts = given(tmp_path / "pawsx/examples.js")[1]
    codes = [language["code"] for language in facts["languages"]]
    langs = array(facts["train"]["lang"], "u1")
    assert [codes[i] for i in langs] == influence["train_lang"].values.tolist()
    assert array(facts["train"]["label"], "u1").tolist() == influence["train_label"].values.tolist()
    groups = pd.Series(array(facts["train"]["group"], "u4"))
    assert groups.groupby(influence["train_group"].values).nunique().eq(1).all()
    assert groups.nunique() == len(set(influence["train_group"].values))
    assert [test["id"] for test in facts["tests"]] == influence["test"].values.tolist()
    texts = given(tmp_path / "pawsx/texts.js")[1]
    assert [row[0] for row in texts] == influence["train"].values.tolist()
    assert texts[3][1] == f"{texts[3][0]} one {HOSTILE}"


def test_a_task_without_scores_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "results/pawsx").mkdir(parents=True)
    assert explorer.write(Results(tmp_path / "results"), tmp_path / "out") == []
    assert given(tmp_path / "out/tasks.js") == ("tasks", [])


# ---- the page ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(site: Path, browser) -> Iterator[tuple]:
    page, wrong = open_page(browser, site / "explorer.html", "light", 1400)
    yield page, wrong
    page.close()


def visit(opened: tuple, site: Path, **words: object):
    """The page at a link that asks for these."""
    page = opened[0]
    query = "&".join(f"{key}={value}" for key, value in words.items())
    page.goto("about:blank")
    page.goto(f"{(site / 'explorer.html').as_uri()}#{query}")
    page.wait_for_selector("#explorer[aria-busy=false]")
    return page


def shown(page) -> list[str]:
    """The ids of the training examples in the list."""
    return [
        cell.get_attribute("title")
        for cell in page.locator("#explorer tbody tr:visible td:last-child").all()
    ]


def test_a_link_reproduces_its_view(opened, site: Path, influence) -> None:
    test = str(influence["test"].values[5])
    page = visit(opened, site, task="pawsx", test=test, epoch=2, role="opponents", k=7)
    top = rankings.top_examples(influence.sel(checkpoint=2, test=[test]), 7, "opponents")
    assert shown(page) == top["train"].tolist()
    scores_shown = page.locator("#explorer tbody td:nth-child(2)").all_inner_texts()
    assert scores_shown == [f"{score:.3f}".replace("-", "−") for score in top["score"]]
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("#explorer[aria-busy=false]")
    assert shown(page) == top["train"].tolist() and page.url == address and not opened[1]


def test_what_a_link_asks_for_and_the_study_lacks_is_replaced(opened, site: Path) -> None:
    page = visit(opened, site, task="nothing", test="<img>", epoch=99, role="?", k="many")
    assert page.locator("#explorer tbody tr").count() == K
    assert "task=pawsx" in page.url and "role=proponents" in page.url and f"k={K}" in page.url


def test_the_slider_moves_shares_and_overlap_as_the_tables_say(
    opened, site: Path, task: Path, influence
) -> None:
    examples = pd.read_parquet(task / "examples.parquet")
    test = str(influence["test"].values[0])
    page = visit(opened, site, task="pawsx", test=test)
    for k in (K, 17):
        page.locator("input[name=k]").fill(str(k))
        top = rankings.top_examples(influence.sel(test=[test]), k)
        for lang, count in top["train_lang"].value_counts().items():
            value = page.locator(f"#explorer .shares [data-lang={lang}] .value").inner_text()
            assert value == f"{count / k:.0%} ({count})"
        found = overlap.translations(top, examples[examples["split"] == "train"]).iloc[0]
        share = found["numerator"] / found["denominator"]
        said = page.locator("#explorer .overlap").inner_text()
        assert f"Of the {found['denominator']} from other languages, {found['numerator']} " in said
        assert f"({share:.0%})" in said and f"by chance {found['expected']:.0%}" in said
    assert not opened[1]


def test_the_diamonds_are_the_mean_over_all_tests_of_the_language(
    opened, site: Path, influence
) -> None:
    page = visit(opened, site, task="pawsx", test=str(influence["test"].values[0]))
    top = rankings.top_examples(influence, K)
    counted = language_shares(top, influence["train_lang"].values)
    shares = estimate(counted, ["test_lang", "train_lang"])
    for row in shares[shares["test_lang"] == influence["test_lang"].values[0]].itertuples():
        title = page.locator(f"#explorer .shares [data-lang={row.train_lang}]").first
        mean, chance = map(int, re.findall(r"(\d+)%", title.get_attribute("title")))
        assert mean == pytest.approx(100 * row.value, abs=0.5)  # a half goes up, or to even
        assert chance == pytest.approx(100 * row.expected, abs=0.5)


def test_a_language_filters_the_list_and_keeps_the_ranks(opened, site: Path, influence) -> None:
    page = visit(opened, site, task="pawsx")
    page.locator("#explorer .shares [data-lang=ko]").click()
    top = rankings.top_examples(influence.isel(test=[0]), K)
    mine = top[top["train_lang"] == "ko"]
    assert shown(page) == mine["train"].tolist() and "only=ko" in page.url
    ranks = page.locator("#explorer tbody tr:visible td:first-child").all_inner_texts()
    assert ranks == mine["rank"].astype(str).tolist()
    page.locator("#explorer .shares [data-lang=ko]").click()
    assert len(shown(page)) == K


def test_translations_in_the_list_are_named_and_lead_to_each_other(
    opened, site: Path, influence
) -> None:
    page = visit(opened, site, task="pawsx", k=25)
    top = rankings.top_examples(influence.isel(test=[0]), 25)
    twice = top[top["train_group"].duplicated(keep=False)].iloc[0]
    others = top[(top["train_group"] == twice["train_group"]) & (top["rank"] != twice["rank"])]
    links = page.locator(f"#rank-{twice['rank']} .elsewhere a")
    assert [int(link.get_attribute("data-rank")) for link in links.all()] == others["rank"].tolist()
    links.first.click()
    assert page.evaluate("document.activeElement.id") == f"rank-{others['rank'].iloc[0]}"
    same = page.locator("#explorer tr.same")
    assert same.count() == len(others) + 1


def test_task_language_role_epoch_and_example_can_be_chosen(opened, site: Path) -> None:
    page = visit(opened, site, task="pawsx")
    page.locator("#explorer .pills").get_by_text("MARC").click()
    page.wait_for_function("location.hash.includes('task=marc')")
    page.locator("select[name=lang]").select_option(label="German")
    page.wait_for_function("location.hash.includes('-de')")
    page.locator("#explorer .pills").get_by_text("Opponents").click()
    page.locator("select[name=epoch]").select_option("3")
    page.locator("button[name=next]").click()
    page.wait_for_function("location.hash.includes('role=opponents')")
    page.wait_for_function("location.hash.includes('epoch=3')")
    assert "test=test-13-de" in page.url
    assert "No translations" in page.locator(".overlap").inner_text() and not opened[1]


def test_it_can_be_used_from_the_keyboard(opened, site: Path) -> None:
    page = visit(opened, site, task="pawsx")
    page.locator("#explorer input[name=task]:checked").focus()
    for control in ("task", "role", "lang", "epoch", "test", "previous", "next", "k", "en"):
        focus = page.evaluate("document.activeElement.name || document.activeElement.dataset.lang")
        assert focus == control
        page.keyboard.press("Tab")
    page.locator("input[name=role]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.includes('role=opponents')")
    assert page.evaluate("document.activeElement.value") == "opponents"
    page.locator("input[name=k]").focus()
    page.keyboard.press("ArrowLeft")
    assert f"k={K - 1}" in page.url
    page.locator("#explorer .shares button").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_hostile_texts_are_read_and_not_run(opened, site: Path) -> None:
    page = visit(opened, site, task="pawsx")
    assert HOSTILE in page.locator("#explorer tbody").inner_text()
    page = visit(opened, site, task="own")
    title = page.locator("#explorer .pills label").nth(2).inner_text()
    assert HOSTILE in title and HOSTILE in page.locator("#explorer tbody td").nth(3).inner_text()
    assert page.locator("select[name=lang] option").last.inner_text() == OWN_LANGUAGES[-1]
    assert (
        page.locator("#explorer :is(img, script, strong strong, a[href*=javascript])").count() == 0
    )
    assert page.title() != "stolen" and not opened[1]
