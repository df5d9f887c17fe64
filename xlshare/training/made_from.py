"""What decides a fine-tuning and its scores, as hashes: what was made from the same is used again.

Examples count by content, the model by its weights, code by what trains and scores.
"""

from __future__ import annotations

import hashlib
import json
import os

import pandas as pd

from xlshare.data.encoders import model_of
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.code import code_of
from xlshare.study.parameters import Study

COSTLY = 600.0  # seconds of training that are not thrown away without a word
RERUN = "XLSHARE_RERUN"  # the environment variable that says they may be
TRAINED = "tables/history.parquet"  # what a fine-tuning writes last


def training_inputs(study: Study, examples: pd.DataFrame) -> str:
    """A hash of what a fine-tuning on `examples` depends on."""
    facts = study.model_dump(mode="json", include={"training", "seed"})
    facts |= {"max_length": study.data.max_length, "model": model_of(study)}
    facts |= {"examples": _hash_of_table(examples), "code": code_of("xlshare.training.finetune")}
    return _hash(facts)


def scoring_inputs(study: Study, examples: pd.DataFrame, tests: pd.DataFrame) -> str:
    """A hash of what the scores of a model trained on `examples` depend on."""
    influence = study.influence.model_dump(include={"similarity", "precision"})
    facts = {"trained": training_inputs(study, examples), "tests": tests["id"].tolist()}
    return _hash(facts | influence | {"code": code_of("xlshare.attribution")})


def retraining_inputs(study: Study, examples: pd.DataFrame, tests: pd.DataFrame, until: int) -> str:
    """A hash of what the predictions for `tests` depend on after a retraining."""
    facts = {"trained": training_inputs(study, examples), "tests": tests["id"].tolist()}
    facts |= {"until": until}
    return _hash(facts)


def refuse_to_discard(run: Run, examples: pd.DataFrame) -> None:
    """Raise ValueError where long training would be thrown away that nobody gave up."""
    history = run.path(TRAINED)
    if not artifacts.manifest_path(history).is_file() or os.environ.get(RERUN) == "yes":
        return
    before = artifacts.read_manifest(history)
    if before["seconds"] > COSTLY and before.get("inputs") != training_inputs(run.study, examples):
        raise ValueError(
            f"{run.folder} holds {before['seconds'] / 60:.0f} minutes of fine-tuning with other "
            "parameters, examples, model or code: give this study another `study` name, or throw "
            "it away with `make report RERUN=yes`"
        )


def _hash_of_table(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def _hash(facts: dict) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
