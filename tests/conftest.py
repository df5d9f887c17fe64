"""What tests share: no network, a cache of their own, and where the real data lie."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before `datasets` is first imported, which reads them once.
_cache = tempfile.TemporaryDirectory(prefix="xlshare-tests-")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = _cache.name
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # such small models' threads wait for each other

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests/fixtures"
SHARED = ROOT.parent / "shared"

KINDS = {  # markers in the order in which they run, with the fixtures whose tests have them
    "study": {"trained", "scored", "twice", "paper", "own_project", "unaligned"},
    "browser": {"site", "built", "browser", "chromium"},
    "slow": {"made_up_results", "many"},
}


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a study, the book or a browser, and put the slow kinds last."""
    for item in items:
        used = {*getattr(item, "fixturenames", ())}
        for kind, fixtures in KINDS.items():
            if used & fixtures:
                item.add_marker(kind)
    items.sort(key=_kind)


def _kind(item: pytest.Item) -> int:
    """0 for a unit test, else the place of its slowest kind."""
    marks = {mark.name for mark in item.iter_markers()}
    return max((n for n, kind in enumerate(KINDS, 1) if kind in marks), default=0)


@pytest.fixture(scope="session")
def hub() -> Path:
    """Small synthetic datasets in the layouts of the paper's, `<owner>/<name>` in this folder."""
    return FIXTURES / "hub"


@pytest.fixture(scope="session")
def slices() -> Path:
    """Slices of the real datasets, in the same layouts, where they lie beside the project."""
    folder = Path(os.environ.get("XLSHARE_TEST_HUB", SHARED / "hub"))
    if not folder.is_dir():
        pytest.skip(f"no dataset slices at {folder}: set XLSHARE_TEST_HUB to their folder")
    return folder


@pytest.fixture(
    scope="session", params=["synthetic", pytest.param("slices", marks=pytest.mark.slow)]
)
def hubs(request: pytest.FixtureRequest, hub: Path) -> Path:
    """The synthetic datasets, and the slices."""
    return hub if request.param == "synthetic" else request.getfixturevalue("slices")


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    """A small tokenizer with XLM-R's special tokens, as a file that `tokenizers` loads."""
    return ROOT / "xlshare/data/mini/encoder/tokenizer.json"


@pytest.fixture
def fast_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor that multiplies faster by oneDNN and OpenBLAS; even small matrices."""
    import torch

    from xlshare.attribution import matmul

    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("this PyTorch has no oneDNN")
    monkeypatch.setattr(matmul, "is_wide_amd", lambda: True)
    monkeypatch.setattr(matmul, "SMALLEST", (1, 1))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, without which these tests are skipped; in CI they fail."""
    if not CHROMIUM:
        lacking = "no chromium: install it, or set CHROMIUM to its path"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(lacking)
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    """Chromium itself, running."""
    from pages import launched

    with launched(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def made_up_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`results/` with the study "made-up", which ran on two of the tasks and on one of its own."""
    from made_up_book import write_results  # here, since most tests need no book

    home = tmp_path_factory.mktemp("book") / "results"
    write_results(home)
    return home


@pytest.fixture(scope="session")
def project(made_up_results: Path) -> Path:
    """A project folder with these results, to build their book in."""
    from pages import copy_book

    return copy_book(made_up_results.parent)


@pytest.fixture(scope="session")
def built(project: Path) -> subprocess.CompletedProcess[str]:
    """The command that builds their book from a clean tree, with what it said."""
    from made_up_book import STUDY
    from pages import build_book

    return build_book(project, STUDY["study"])


@pytest.fixture(scope="session")
def site(project: Path, built: subprocess.CompletedProcess[str]) -> Path:
    """The built pages."""
    assert built.returncode == 0, built.stdout + built.stderr
    return project / "book/_build/html"
