"""What each stage of a study is made of, so that a change in any of it runs the stage again.

A stage is made of parameters, examples, model and code. All are compared by content: the executed
notebook's manifest says what it was made of, and a stamp beside the notebooks carries the hash in
its name. Snakemake asks for the stamp of what the stage is made of now, so that dates of files
decide nothing, and nothing is deleted before its successor is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlshare.data.content import examples_of
from xlshare.data.encoders import model_of
from xlshare.study import artifacts, code, depends
from xlshare.study.artifacts import folder_of
from xlshare.study.depends import SCORED_BY, TRAINED_BY
from xlshare.study.parameters import STAGES, STUDIES, Study, project_root

NOTEBOOKS = STUDIES.parent

LISTED_BY = (*SCORED_BY, "influence.top_k")

# The parameters that a stage reads, besides those of training.
PARAMETERS = {
    "01_finetune": (),
    "02_influence": SCORED_BY,
    "03_quality": (*LISTED_BY, "quality"),
    "04_language_shares": LISTED_BY,
    "05_reinforcement": LISTED_BY,
    "06_dynamics": LISTED_BY,
    "07_zero_shot": (*LISTED_BY, "zero_shot"),
    "08_imbalance": (*LISTED_BY, "imbalance"),
    "09_seeds": (*LISTED_BY, "quality", "zero_shot", "imbalance", "seeds"),
    "10_planted": (*LISTED_BY, "planted"),
    "11_counterfactual": (*LISTED_BY, "counterfactual"),
}

TRAINING, SCORING = "xlshare.training.finetune", "xlshare.attribution"
# What computes: where only other code changed, what was trained and scored is used again.
COMPUTING = {
    "01_finetune": (TRAINING,),
    "02_influence": (TRAINING, SCORING),
    "03_quality": (TRAINING, SCORING),
    "07_zero_shot": (TRAINING, SCORING),
    "08_imbalance": (TRAINING, SCORING),
    "10_planted": (TRAINING, SCORING),
    "11_counterfactual": (TRAINING, SCORING),
}
WORDS = ("title", "question")  # of a task, which the book alone shows
MADE_BEFORE = "xlshare.training.interventions"  # makes the examples and scores that stages read


def parts(study: Study, stage: str) -> dict[str, Any]:
    """What a stage is made of: parameters, and hashes of examples, model and each file of code."""
    found = {
        "parameters": parameters(study, stage),
        "examples": examples_of(study),
        "model": model_of(study),
        "computing": code.code_of(*COMPUTING.get(stage, ())),
        "code": _files(stage),
    }
    if stage == "09_seeds":
        return found | {"seeds": [hash_of(one, of) for one, of in _read_by_seeds(study)]}
    return found


def parameters(study: Study, stage: str) -> dict[str, Any]:
    """The parameters that a stage depends on, by dotted name."""
    return _among(study.model_dump(mode="json"), study.task, stage)


def hash_of(study: Study, stage: str) -> str:
    """All that a stage is made of, as the name of its stamp."""
    text = json.dumps(parts(study, stage), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def stamp(study: Study, stage: str, shard: str = "") -> Path:
    """The file that says that a stage, or a shard of it, is done as it would be made now."""
    return artifacts.stamp(study, f"{stage}{shard}", hash_of(study, stage))


def is_done(study: Study, stage: str) -> bool:
    """Whether a stage is what it would be now, and all that it saved is whole."""
    return is_current(study, stage) and not artifacts.damage(study, stage)


def is_current(study: Study, stage: str) -> bool:
    """Whether the executed notebook of a stage is what it would be now."""
    return stamp(study, stage).is_file() and bool(recorded(study, f"notebooks/{stage}.ipynb"))


def before(stage: str) -> tuple[str, ...]:
    """The stages of its own seed that a stage reads from."""
    return {"01_finetune": (), "02_influence": ("01_finetune",)}.get(stage, ("02_influence",))


def waiting(study: Study) -> list[tuple[Study, str]]:
    """The stages of a task, with each seed, that a run of the study would run.

    Those that are not done, and those that read from one that runs; with what they read from and
    is not there, whether it is planned or not.
    """
    found = [(one, stage) for one in study.by_seed.values() for stage in _waiting(one)]
    last = (study, "09_seeds")
    return [*found, last] if found and last[1] in study.planned and last not in found else found


def _waiting(study: Study) -> list[str]:
    asked, found = set(study.planned), set[str]()
    for stage in reversed(STAGES):
        needed = stage in study.planned or any(stage in before(later) for later in found)
        if needed and not is_done(study, stage):
            found.add(stage)
        if stage in asked:
            asked |= set(before(stage))
    for stage in STAGES:
        if stage in asked and stage != "09_seeds" and found & set(before(stage)):
            found.add(stage)
    return sorted(found)


def changes(study: Study, stage: str) -> list[str]:
    """What has changed since a stage was run, in words; [] where that is not known."""
    if damage := artifacts.damage(study, stage):
        return [damage]
    before = recorded(study, f"notebooks/{stage}.ipynb").get("inputs")
    if before is None:
        return []
    if is_done(study, stage):
        return ["what it reads from"]
    now = parts(study, stage)
    found = list(depends.changed(before["parameters"], now["parameters"]))
    found += ["the examples"] if before["examples"] != now["examples"] else []
    found += ["the model"] if before["model"] != now["model"] else []
    names = {*before["code"], *now["code"]}
    changed = sorted(n for n in names if before["code"].get(n) != now["code"].get(n))
    more = f" and {len(changed) - 2} more files" if len(changed) > 2 else ""
    found += [f"the code in {', '.join(changed[:2])}{more}"] if changed else []
    return found or ["its results were changed since"]


def discarded_seconds(study: Study, stage: str) -> float:
    """How long the training and scoring took that a new run of a stage would throw away."""
    before = recorded(study, f"notebooks/{stage}.ipynb")
    if stage not in COMPUTING or "inputs" not in before:
        return 0.0
    made, now = (_computed_from(one) for one in (before["inputs"], parts(study, stage)))
    return before["seconds"] if made != now else 0.0


def recorded(study: Study, name: str) -> dict[str, Any]:
    """The manifest of an artifact of a study; {} where it is not there whole."""
    path = folder_of(study) / name
    try:
        return artifacts.read_manifest(path) if path.is_file() else {}
    except ValueError:
        return {}


def _among(values: dict[str, Any], task: str, stage: str) -> dict[str, Any]:
    own = values.get("own_tasks", {}).get(task)
    if own:  # classes are numbered in the order in which the labels stand
        own = {name: value for name, value in own.items() if name not in WORDS}
        own |= {"labels": [list(label) for label in own["labels"].items()]}
    names = (*TRAINED_BY, *PARAMETERS[stage])
    return {"task": task, "own_task": own} | depends.among(values, names)


def _files(stage: str) -> dict[str, str]:
    before = {} if stage == "01_finetune" else code.files_of([MADE_BEFORE])
    return code.notebook_files(project_root() / NOTEBOOKS / f"{stage}.ipynb") | before


def _read_by_seeds(study: Study) -> Iterator[tuple[Study, str]]:
    for one in study.by_seed.values():
        yield from ((one, stage) for stage in one.planned if stage != "09_seeds")


def _computed_from(made_of: dict[str, Any]) -> dict[str, Any]:
    names = ("own_task", *TRAINED_BY, *SCORED_BY)
    values = {name: made_of["parameters"].get(name) for name in names}
    return values | {name: made_of[name] for name in ("examples", "model", "computing")}
