"""The version stands in pyproject.toml; everything else that names it agrees."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import xlshare

ROOT = Path(__file__).resolve().parents[1]


def test_there_is_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert xlshare.__version__ == project["version"] == citation["version"]
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_exact_pins_lie_within_the_ranges() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    ranges = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for one in map(Requirement, ranges):
        assert one.specifier.contains(pinned[canonicalize_name(one.name)]), one
