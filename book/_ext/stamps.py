"""What the stamp below a figure says: by which stage, parameters, commit and device it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xlshare.study.artifacts import read_manifest
from xlshare.study.parameters import STAGES


def stage_of(name: str) -> str:
    """The stage that saves a figure or table: its name begins with the stage's.

    Raises:
        ValueError: no stage has such a name.
    """
    found = [stage for stage in STAGES if f"{name}_".startswith(f"{stage[3:]}_")]
    if not found:
        raise ValueError(f"{name!r} does not begin with the name of a stage ({', '.join(STAGES)})")
    return found[0]


def stamp(path: Path) -> dict[str, Any]:
    """How a file was made, for readers: stage, parameters, commit, device, seconds."""
    facts = read_manifest(path)
    return {
        "stage": facts["stage"],
        "parameters": main_parameters(facts["parameters"]),
        "commit": f"commit {short_commit(facts['commit'])}",
        "device": facts["device"],
        "seconds": facts["seconds"],
    }


def main_parameters(parameters: dict[str, Any]) -> str:
    """The few that decide most; the notebook's page has all of them."""
    data, influence = parameters.get("data", {}), parameters.get("influence", {})
    train, tests = data.get("train_per_language"), influence.get("tests_per_language")
    sizes = f"{train} training and {tests} test examples per language"
    return f"k = {influence.get('top_k')}, {sizes}, seed {parameters.get('seed')}"


def short_commit(commit: str) -> str:
    """A commit for readers."""
    commit, _, changes = commit.partition("+")
    return commit[:7] + (" with changes" if changes else "")
