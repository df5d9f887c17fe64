"""Rows in use: what they save of a fine-tuning's memory and of its checkpoints.

Fine-tunes a study's model for a few steps, with the rows of all tokens in the study's texts and
with the whole vocabulary, each in a process of its own:

    python benchmarks/vocabulary.py paper
    python benchmarks/vocabulary.py paper.yaml --tasks pawsx --steps 2
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from workload import save_table

from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study, read_parameters

CONTESTANTS = {"rows in use": False, "whole vocabulary": True}


def measure(values: dict[str, Any], steps: int, whole: bool) -> dict[str, float]:
    """Rows and megabytes of one fine-tuning, of `steps` steps on the study's longest examples."""
    from xlshare.training import finetune, interventions, vocabulary

    if whole:
        vocabulary.keep_in_use = lambda model, tokens: model
    with TemporaryDirectory() as folder:
        study = Study.of(values | {"results": folder, "study": "benchmark"})
        run = Run(study, "01_finetune")
        table = run.save_examples(interventions.load_examples(study))
        longest = table[table["split"] == "train"].sort_values("text_a", key=lambda x: -x.str.len())
        few = longest.head(steps * study.training.batch_size)
        rows = pd.concat([few, table[table["split"] == "dev"].head(2)])
        fit = finetune.fine_tune(study, rows, Path(folder) / "work", until=1)
        fit.model.save_pretrained(Path(folder) / "saved")
        saved = sum(file.stat().st_size for file in (Path(folder) / "saved").iterdir())
        kept = len(fit.model.get_input_embeddings().weight)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": kept, "peak_megabytes": peak, "checkpoint_megabytes": saved / 1e6}


def main() -> None:
    """Measure each task of a study and save the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study")
    parser.add_argument("--tasks", nargs="+", default=["xnli", "pawsx", "marc"])
    parser.add_argument("--steps", type=int, default=2)
    options = parser.parse_args()
    rows = []
    for task in options.tasks:
        for contestant, whole in CONTESTANTS.items():
            values = read_parameters(options.study) | {"task": task}
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(measure, (values, options.steps, whole))
            rows.append({"task": task, "contestant": contestant, **found})
            print(json.dumps(rows[-1]))
    save_table("vocabulary", rows)


if __name__ == "__main__":
    main()
