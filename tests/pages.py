"""Reading a built book in a browser, for the tests that build one."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_book(root: Path) -> Path:
    """The project's book, copied to where it can be built without touching the project."""
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("_build", "run"))
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(ROOT / name, root / name)
    return root


def pages_of(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


def open_page(browser, path: Path, theme: str, width: int):
    """An opened page and the list of what went wrong on it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    wrong: list[str] = []
    local = ("file:", "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(local) or wrong.append(f"request {r.url}"))
    page.on("console", lambda m: m.type == "error" and wrong.append(f"console {m.text}"))
    page.set_default_timeout(60_000)  # plotly.js is large, a busy machine slow
    page.on("pageerror", lambda error: wrong.append(f"error {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
    page.goto(path.as_uri())
    return page, wrong


def draw_visible_figures(page) -> int:
    """Scroll to every visible figure and wait until it is drawn; returns their number."""
    visible = [f for f in page.locator(".figure-json").all() if f.is_visible()]
    for figure in visible:
        figure.scroll_into_view_if_needed()
        figure.locator(".main-svg").first.wait_for(state="attached")
    return len(visible)


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def check_pages(site: Path, browser) -> None:
    """No request leaves it, the console is silent, figures draw, nothing sticks out."""
    for path in pages_of(site):
        page, wrong = open_page(browser, path, "light", 1400)
        drawn, all_figures = draw_visible_figures(page), page.locator(".figure-json").count()
        assert bool(drawn) == bool(all_figures), path
        assert fits(page), path
        page.set_viewport_size({"width": 400, "height": 800})
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert fits(page), path
        assert page.title() != "stolen" and not wrong, (path, wrong)
        page.close()
