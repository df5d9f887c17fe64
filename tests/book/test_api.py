"""The page of the module's functions: from docstrings, with an example that runs."""

from __future__ import annotations

import ast
import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from made_up_book import ROOT

from xlshare.attribution import influence

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "datasets", "safetensors"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocker())
"""


def test_the_example_runs() -> None:
    (example,) = doctest.DocTestFinder().find(influence, globs={"influence": influence})
    found = doctest.DocTestRunner().run(example)
    assert found.failed == 0 and found.attempted > 8


@pytest.mark.slow
def test_the_page_is_the_same_without_torch(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BLOCKED, encoding="utf-8")
    here, there = (_page(tmp_path / name, path) for name, path in (("a", ""), ("b", tmp_path)))
    assert here == there
    start = here.index("xlshare.attribution.influence(")
    assert start < here.index("xlshare.attribution.store.load(")
    for words in ("**similarity** --", ">>> scores = influence(model, [model.state_dict()]"):
        assert words in here[start:]


@pytest.mark.slow
def test_no_first_line_of_what_is_returned_reads_as_a_type() -> None:
    """Sphinx takes what is before a colon there for a type."""
    first = re.compile(r"^Returns:\n +(.*:.*)", re.M)
    read_as_type = [
        f"{path.name}: {found[1]}"
        for path in sorted((ROOT / "xlshare").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and (found := first.search(ast.get_docstring(node) or ""))
    ]
    assert read_as_type == []


def _page(folder: Path, path: Path | str) -> str:
    """The page as text, built as _config.yml says, with `path` before what can be imported."""
    sphinx = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]
    names = ("autodoc_", "default_role")
    config = {name: value for name, value in sphinx["config"].items() if name.startswith(names)}
    config["extensions"] = ["myst_parser", *sphinx["extra_extensions"]]
    folder.mkdir()
    lines = [f"{name} = {value!r}" for name, value in config.items()]
    (folder / "conf.py").write_text("\n".join(lines), encoding="utf-8")
    (folder / "index.md").write_text((ROOT / "book/api.md").read_text("utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text", folder, folder / "out"]
    environment = os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return (folder / "out/index.txt").read_text("utf-8")
