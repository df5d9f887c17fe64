"""What a study's examples are drawn from, by content, before any of them is loaded."""

from __future__ import annotations

import re
from glob import escape, glob
from pathlib import Path

from xlshare.data.cache import newest_commit
from xlshare.data.files import is_files
from xlshare.study.content import hash_of_files
from xlshare.study.parameters import Study, located


def examples_of(study: Study) -> str:
    """A hash of the files that the examples come from; of a dataset on the hub, its commit."""
    name = located(study.data.dataset)
    if name == "mini":
        return name  # its sentences are code
    if is_files(name):
        parts = re.split(r"\{\w+\}", name)
        found = (Path(path) for path in glob("*".join(map(escape, parts))))
        return hash_of_files(found, Path(f"{parts[0]}x").parent)
    if Path(name).is_dir():
        return hash_of_files(Path(name).rglob("*"), Path(name))
    return f"{name}@{study.data.revision or newest_commit('datasets', name)}"
