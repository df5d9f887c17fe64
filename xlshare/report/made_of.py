"""What a book is made of, as a hash: it is built again only where that has changed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from xlshare.study.artifacts import manifest_path
from xlshare.study.code import PACKAGE
from xlshare.study.content import hash_of_files
from xlshare.study.results import Results

MADE = ("_build", "run", "__pycache__")  # folders that a build writes


def hash_of_book(root: Path, results: Results) -> str:
    """A hash of all that decides a book, by content.

    These are the results, what of them is shown, the book's own files and settings, the module's
    code with its docstrings, and the versions of what is installed.

    Args:
        root: the project's folder.
        results: the study that the book shows.
    """
    settings = {root / "_config.yml", root / "_toc.yml"}
    facts = {
        "study": results.study,
        "left_out": sorted(results.left_out),
        "words": results.words,
        "results": hash_of_files(files_of(results.folder), results.folder),
        "book": hash_of_files({*files_of(root / "book"), *settings}, root),
        "code": hash_of_files(PACKAGE.rglob("*.py"), PACKAGE),
        "installed": [sys.version, *sorted(map(_version, metadata.distributions()))],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """The files below a folder; of one that has a manifest beside it, which has its hash, none."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in MADE:
            continue
        if path.is_file():
            yield path
        elif not manifest_path(path).is_file():
            yield from files_of(path)


def _version(package: metadata.Distribution) -> str:
    return f"{package.name} {package.version}"
