"""Where a study's model lies, and what it is by content."""

from __future__ import annotations

from pathlib import Path

from xlshare.data import mini
from xlshare.data.cache import newest_commit
from xlshare.study.content import hash_of_files
from xlshare.study.parameters import Study, located

EMBEDDED = Path(mini.__file__).parent / "encoder"


def model_of(study: Study) -> str:
    """A hash of the folder that a study's model lies in; of a model on the hub, its commit."""
    name = str(EMBEDDED) if study.model == "mini" else located(study.model)
    if Path(name).is_dir():
        return hash_of_files(Path(name).rglob("*"), Path(name))
    return f"{name}@{study.model_revision or newest_commit('models', name)}"
