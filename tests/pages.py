"""Reading a built book in a browser: what every page must keep, wide and narrow, light and dark."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
BROWSERS = min(os.cpu_count() or 1, 4)  # that read a book at once
WIDE, NARROW = 1400, 400  # pixels
PAGE_BYTES, SITE_BYTES = 300_000, 15_000_000

# What each figure in view lacks: a trace of its data, a title of an axis, text within its frame.
FIGURES = """() => [...document.querySelectorAll(".figure-json")].filter((f) => f.offsetParent)
  .flatMap((holder) => {
    const { data } = JSON.parse(holder.querySelector("script").textContent);
    const figure = holder.querySelector(".js-plotly-plot"), wrong = [];
    const layers = { scatter: ".scatterlayer .trace", heatmap: ".heatmaplayer .hm" };
    for (const [kind, layer] of Object.entries(layers)) {
      const asked = data.filter((trace) => (trace.type ?? "scatter") === kind).length;
      const drawn = figure.querySelectorAll(layer).length;
      if (asked !== drawn) wrong.push(`${drawn} of ${asked} ${kind} traces drawn`);
    }
    if (data.some(({ type }) => type && !layers[type])) wrong.push("a kind of trace unknown here");
    const titled = (axis) => figure.querySelector(`[class^="${axis}"][class$="title"]`);
    const rows = [...figure.querySelectorAll(".ytick")].map((tick) => tick.textContent).join("");
    if (!titled("x") || !(titled("y") || /[a-z]/.test(rows))) wrong.push("an axis has no title");
    if (!holder.getAttribute("aria-label")) wrong.push("no label for screen readers");
    const frame = figure.querySelector(".main-svg").getBoundingClientRect();
    for (const text of figure.querySelectorAll("text")) {
      const { left, right, width } = text.getBoundingClientRect();
      if (width && (left < frame.left - 2 || right > frame.right + 2))
        wrong.push(`cut off: ${text.textContent}`);
    }
    return wrong;
  })"""

DRAWN = """() => [...document.querySelectorAll(".figure-json")].filter((f) => f.offsetParent)
  .every((f) => f.dataset.drawn === "whole")"""

# What axe finds; these two rules are never more than moderate, and cost a tenth of its time.
AXE = """() => axe.run(document, {
    resultTypes: ["violations"], preload: false,
    rules: { region: { enabled: false }, "aria-allowed-role": { enabled: false } },
  })
  .then(({ violations }) => violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}`)))"""

# A change of theme or width has been seen by the page.
SEEN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Its transitions have ended. Their own promises are not asked: some stay open after the end.
ENDED = "() => document.getAnimations().every(({ playState }) => playState !== 'running')"
# The theme waits almost as long after a change of width before it sees what scrolls now.
SETTLE = "window.settled = new Promise((done) => setTimeout(done, 400)), 0"


def copy_book(root: Path) -> Path:
    """The project's book, copied to where it can be built without touching the project."""
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("_build", "run"))
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(ROOT / name, root / name)
    return root


def build_book(root: Path, study: str) -> subprocess.CompletedProcess[str]:
    """The command that builds the book of a copy's results, with what it said."""
    command = [sys.executable, "-m", "xlshare.run.cli", "report", "--study", study]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


def straight(text: str) -> str:
    """With the quotation marks that were typed, which pages set as typographers do."""
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


def pages_of(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


@contextmanager
def launched(chromium: str) -> Iterator[object]:
    """A headless browser, in a thread of its own as in the main one."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def new_page(browser, theme: str = "light", width: int = WIDE):
    """An empty page, and the list of whatever goes wrong on what it will show."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    wrong: list[str] = []
    local = ("file:", "data:", "blob:", "about:")
    page.on("request", lambda r: r.url.startswith(local) or wrong.append(f"request {r.url}"))
    page.on("console", lambda m: m.type == "error" and wrong.append(f"console {m.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error {error}"))
    page.on("dialog", lambda d: (wrong.append(f"dialog {d.message}"), d.dismiss()))
    page.set_default_timeout(240_000)  # plotly.js is large, a busy machine slow
    return page, wrong


def open_page(browser, path: Path, theme: str, width: int):
    """An opened page and the list of what went wrong on it."""
    page, wrong = new_page(browser, theme, width)
    page.goto(path.as_uri())
    return page, wrong


def draw_visible_figures(page) -> int:
    """Wait until every visible figure is drawn; returns their number."""
    page.wait_for_function(DRAWN)
    return sum(figure.is_visible() for figure in page.locator(".figure-json").all())


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def check_pages(site: Path, chromium: str) -> None:
    """Every page in every look, some pages at a time, and the weight of them all."""
    pages = pages_of(site)
    shares = [pages[first::BROWSERS] for first in range(BROWSERS)]
    with ThreadPoolExecutor(BROWSERS) as pool:
        found = pool.map(partial(check_share, site, chromium), shares)
        problems = sorted(chain.from_iterable(found))
    weight = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    if weight > SITE_BYTES:
        problems.append(f"the site has {weight:,} bytes")
    assert pages and not problems, "\n".join(problems)


def check_share(site: Path, chromium: str, pages: list[Path]) -> list[str]:
    """What is wrong with these pages, read in a browser of their own."""
    problems = []
    with launched(chromium) as browser:
        page, wrong = new_page(browser)
        for path in pages:
            name = path.relative_to(site).as_posix()
            found = [*heavy(path), *check_page(page, path), *wrong]
            problems += [f"{name}: {problem}" for problem in found]
            wrong.clear()
    return problems


def heavy(path: Path) -> list[str]:
    size = path.stat().st_size
    return [f"its HTML has {size:,} bytes"] if size > PAGE_BYTES else []


def check_page(page, path: Path) -> Iterator[str]:
    """What is wrong with a page: wide light, wide dark, narrow dark, narrow light."""
    page.goto("about:blank")  # the page before need not follow the new look
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(path.as_uri())
    page.evaluate(AXE_SCRIPT)
    yield from check_tasks(page)
    yield from check_look(page, "wide light")
    look(page, "dark", WIDE)
    yield from check_look(page, "wide dark")
    look(page, "dark", NARROW)
    page.evaluate(SETTLE)
    yield from check_tasks(page)
    page.evaluate("window.settled")
    yield from check_look(page, "narrow dark")
    look(page, "light", NARROW)
    yield from check_look(page, "narrow light")
    if page.title() == "stolen" or page.locator("img[src=x]").count():
        yield "a dataset's text became a part of the page"


def look(page, theme: str, width: int) -> None:
    """Give the page a theme and a width, and wait until its figures have followed."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
    page.evaluate(SEEN)
    page.wait_for_function(ENDED)
    page.wait_for_function(DRAWN)


def check_look(page, name: str) -> Iterator[str]:
    """What is wrong in one look."""
    if not fits(page):
        yield f"{name}: scrolls sideways"
    yield from (f"{name}: {violation}" for violation in page.evaluate(AXE))


def check_tasks(page) -> Iterator[str]:
    """What the page's figures lack, one task after the other."""
    tasks = page.locator(".task-switch").first.locator("input")
    for number in range(max(tasks.count(), 1)):
        if tasks.count():
            tasks.nth(number).check(force=True)
        page.wait_for_function(DRAWN)
        yield from page.evaluate(FIGURES)
