"""What a study's examples are drawn from, by content, before any of them is loaded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from xlshare.data.cache import newest_commit
from xlshare.data.files import Files, is_files
from xlshare.data.folders import files_read, front_matter
from xlshare.study.content import hash_of_files
from xlshare.study.parameters import Study, located
from xlshare.study.tasks import SPLITS


def examples_of(study: Study) -> str:
    """A hash of the files that the examples come from; of a dataset on the hub, its commit."""
    name = located(study.data.dataset)
    if name == "mini":
        return name  # its sentences are code
    if is_files(name):
        return hash_of_files(_files(study, name), Path(f"{name.partition('{')[0]}x").parent)
    if Path(name).is_dir():
        return _hash_of_folder(study, Path(name))
    return f"{name}@{study.data.revision or newest_commit('datasets', name)}"


def is_at_hand(study: Study) -> bool:
    """Whether that is here, and can be compared."""
    name = located(study.data.dataset)
    if is_files(name):
        return any(file.is_file() for file in _files(study, name))
    if name == "mini" or Path(name).is_dir() or study.data.revision:
        return True
    return newest_commit("datasets", name) != "newest"


def _files(study: Study, name: str) -> set[Path]:
    """The files that a study's splits and languages lie in; others beside them do not count."""
    files = Files(study.definition, name)
    return {Path(files.file(split, lang)) for split in SPLITS for lang in study.languages}


def _hash_of_folder(study: Study, folder: Path) -> str:
    """A hash of a folder in the hub's layout: the files that are read, and what its README says."""
    by_language = study.definition.language is None
    files = files_read(folder, study.languages if by_language else [study.data.config])
    about = json.dumps(front_matter(folder / "README.md"), sort_keys=True, default=str)
    return hashlib.sha256(f"{hash_of_files(files, folder)} {about}".encode()).hexdigest()[:16]
