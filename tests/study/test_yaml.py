"""No YAML of the project names a key twice: the first value would be lost without a word."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Hashable, Iterator
from typing import Any

import pytest
import yaml
from pages import ROOT

BLOCKS = (r"^```ya?ml\n(.*?)^```", r"^```{[\w-]+}[^\n]*\n---\n(.*?)^---", r"\A---\n(.*?)^---")


class NoKeyTwice(yaml.SafeLoader):
    """Reads YAML and refuses a mapping that has a key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"{', '.join(map(str, twice))} stands twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def sources() -> Iterator[tuple[str, str]]:
    """Every YAML file of the project, and every piece of YAML in its pages."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    for path in (ROOT / name for name in names):
        if path.suffix in {".yml", ".yaml", ".cff"}:
            yield path.name, path.read_text("utf-8")
        elif path.suffix == ".md":
            for pattern in BLOCKS:
                for block in re.findall(pattern, path.read_text("utf-8"), re.M | re.S):
                    yield path.name, block


def test_no_key_stands_twice() -> None:
    found = list(sources())
    assert {"_config.yml", "_toc.yml", "mini.yaml", "your_own.md", "method.md"} <= dict(
        found
    ).keys()
    for name, text in found:
        assert yaml.load(text, NoKeyTwice) is not None, name


def test_a_key_that_stands_twice_is_found() -> None:
    with pytest.raises(ValueError, match="epochs stands twice"):
        yaml.load("training: {epochs: 5, patience: 3, epochs: 6}", NoKeyTwice)
