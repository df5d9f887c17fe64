"""How large the explorer's data are at the paper's size, and how fast its page opens.

    python benchmarks/explorer_load.py [--tests 125] [--train 10000] [--epochs 5] [--k 100]

Made-up scores and texts as long as the datasets', in three tasks; the page's own script and style;
headless Chromium from file://. Prints the seconds to write the data, the megabytes a task and a
view, and the median over five fresh pages of the seconds from navigation to the drawn list, as the
page's first view and after changing the test example, k and the task.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from xlshare.attribution.store import ScoreStore
from xlshare.report import explorer
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study
from xlshare.study.tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
READY = "#explorer[aria-busy=false]"
WORDS = np.array("el río que desemboca en un lago grande cerca de la ciudad vieja".split())


def made_up_examples(task: str, split: str, count: int, random: np.random.Generator):
    """Parallel where the task is, texts of 15 to 40 words."""
    each = count // 5
    rows = [(lang, i) for lang in TASKS[task].languages for i in range(each)]
    table = pd.DataFrame(rows, columns=["lang", "row"])
    table["group"] = split + "-" + table["row"].astype(str)
    table["id"] = table["group"] + "-" + table["lang"]
    if not TASKS[task].parallel:
        table["group"] = table["id"]
    for text in ("text_a", "text_b"):
        table[text] = [" ".join(random.choice(WORDS, random.integers(15, 40))) for _ in rows]
    return table.assign(split=split, label=table["row"] % 2)


def save_task(task: str, words: argparse.Namespace, home: Path) -> None:
    random = np.random.default_rng(0)
    study = Study(study="big", task=task, results=str(home), influence={"top_k": words.k},
                  data={"train_per_language": words.train // 5})  # fmt: skip
    run = Run(study, "02_influence")
    tables = {
        split: made_up_examples(task, split, count, random)
        for split, count in (("test", words.tests), ("train", words.train))
    }
    run.save_examples(pd.concat(tables.values()).drop(columns="row"))
    coords = {"checkpoint": range(1, words.epochs + 1)}
    for side, table in tables.items():
        coords[side] = table["id"].to_numpy(object)
        for name in ("lang", "group", "label"):
            coords[f"{side}_{name}"] = (side, table[name].to_numpy())
    store = ScoreStore.open(run.path("influence.zarr"), coords, {"similarity": "cosine"}, 16)
    store.array[:] = random.normal(size=store.array.shape).astype("float32")
    store.finish()
    run.sign("influence.zarr")


def make_page(site: Path) -> Path:
    """The explorer's page with nothing around it."""
    text = (ROOT / "book/explorer.md").read_text("utf-8")
    skeleton = re.search(r"```\{raw\} html\n(.*?)```", text, re.S)[1]
    static = site / "_static"
    for name in ("explorer.js", "explorer.css", "book.css"):
        shutil.copy(ROOT / "book/_static" / name, static / name)
    page = site / "explorer.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><link rel=stylesheet href=_static/book.css>"
        "<link rel=stylesheet href=_static/explorer.css><script src=_static/explorer.js></script>"
        + skeleton
    )
    return page


def seconds(page, action) -> float:
    start = time.perf_counter()
    action()
    page.wait_for_selector(READY)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return time.perf_counter() - start


def time_page(browser, path: Path) -> dict[str, float]:
    page = browser.new_page()
    found = {"first view": seconds(page, lambda: page.goto(path.as_uri()))}
    found["next example"] = seconds(page, page.locator("[name=next]").click)
    found["k to its end"] = seconds(page, lambda: page.locator("[name=k]").press("End"))
    found["other epoch"] = seconds(page, lambda: page.locator("[name=epoch]").select_option("2"))
    found["other task"] = seconds(page, lambda: page.locator(".pills label").nth(1).click())
    page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("tests", 125), ("train", 10_000), ("epochs", 5), ("k", 100)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home, site = Path(scratch) / "results", Path(scratch) / "site"
        for task in TASKS:
            save_task(task, words, home)
        start = time.perf_counter()
        explorer.write(home / "big", site / "_static/explorer")
        print(f"written in {time.perf_counter() - start:.1f} s")
        report_sizes(site / "_static/explorer")
        report_times(make_page(site), words.chromium)


def report_sizes(folder: Path) -> None:
    sizes = {path.relative_to(folder): path.stat().st_size / 1e6 for path in folder.rglob("*.js")}
    print(f"all {sum(sizes.values()):.1f} MB")
    for path in ("examples.js", "texts.js", "sum.js"):
        print(f"  {path} {sizes[Path('xnli') / path]:.2f} MB a task")


def report_times(path: Path, chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        runs = [time_page(browser, path) for _ in range(5)]
        browser.close()
    for name in runs[0]:
        print(f"  {name}: {median(run[name] for run in runs):.2f} s")


if __name__ == "__main__":
    main()
