"""Tables of benchmarks on pages: the rows asked for, the machine below them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from benchmark_table import only
from bs4 import BeautifulSoup
from made_up_book import ROOT


def test_rows_that_vary_in_one_size_only_are_kept_in_its_order() -> None:
    usual = {"train": 128, "tests": 16, "tokens": 40, "hidden": 256, "layers": 4}
    changes = [{}, {"tests": 64}, {"tests": 2}, {"tokens": 96}, {"hidden": 512}, {}]
    frame = pd.DataFrame([{**usual, **change} for change in changes])
    assert only(frame, "tests")["tests"].tolist() == [2, 16, 64]
    assert only(frame, "tokens")["tokens"].tolist() == [40, 96]


def test_a_benchmark_stands_on_its_page_with_machine_day_command_and_file(site: Path) -> None:
    page = BeautifulSoup((site / "performance.html").read_text("utf-8"), "html.parser")
    figure = page.find(id="tab-peers").find_parent("figure") or page.find(id="tab-peers")
    table = pd.read_csv(ROOT / "book/benchmarks/peers.csv")
    assert [row.td.text for row in figure.select("tbody tr")] == table["contestant"].tolist()
    facts = json.loads((ROOT / "book/benchmarks/peers.json").read_text())
    stamp = figure.find(class_="stamp")
    assert all(facts[name] in stamp.text for name in ("hardware", "date", "command"))
    assert (site / stamp.a["href"]).is_file()


def test_the_readme_and_the_prose_say_what_was_measured(site: Path) -> None:
    table = pd.read_csv(ROOT / "book/benchmarks/peers.csv", index_col="contestant")
    passes = table["times_the_pass"]
    scaling = pd.read_csv(ROOT / "book/benchmarks/scaling.csv").set_index("tests")
    many = scaling.loc[128, "times_the_pass"]  # measured on 128 training examples
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    for words in (
        f"{passes['engine, 2 tests']:.2f} (2 tests) to {passes['engine, 16 tests']:.2f} times",
        f"or {passes['engine, MKL']:.2f} with PyTorch's own matrix products",
        f"a loop over examples takes {table.loc['loop', 'engine_is_faster']:.1f} times as long",
        f"of an {json.loads((ROOT / 'book/benchmarks/peers.json').read_text())['hardware']},",
        f"At 128 tests, about as many as the study's 125, they cost {many:.2f} passes",
    ):
        assert words in readme
    page = BeautifulSoup((site / "performance.html").read_text("utf-8"), "html.parser")
    assert f"in plain passes: {passes['loop']:.1f} times for the loop" in page.text
    assert f"the nearest number measured is {many:.2f} for 128 tests, on 128 training" in page.text
    own = f"own products, as on every other machine, it costs {passes['engine, MKL']:.2f}"
    assert own in page.text and f"instead of {passes['engine, 16 tests']:.2f}" in page.text


def test_a_benchmark_that_nobody_ran_is_said_to_be_missing(site: Path) -> None:
    page = BeautifulSoup((site / "performance.html").read_text("utf-8"), "html.parser")
    measured = (ROOT / "book/benchmarks/gpu.csv").is_file()
    assert ("Not measured yet: gpu." in page.text) is not measured


def test_every_architecture_is_on_its_page(site: Path) -> None:
    page = BeautifulSoup((site / "architectures.html").read_text("utf-8"), "html.parser")
    table = pd.read_csv(ROOT / "book/benchmarks/architectures.csv")
    rows = page.select("table tbody tr")
    assert [row.td.text for row in rows] == table["architecture"].tolist()
    refused = table[table["outcome"] == "refused"]
    assert all(message in page.text for message in refused["message"])
    assert f"{(table['outcome'] == 'exact').sum()} of them are exact" in page.text
