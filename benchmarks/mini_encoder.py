"""How well an encoder learns the embedded tasks, at the sizes of the study `mini`.

    python benchmarks/mini_encoder.py [--encoder FOLDER] [--seeds 1 2 3] [--out FILE.csv]

Accuracy on the test rows, a row for each task, seed, setting and language:

    majority, bag_of_words   what needs no understanding, learnt from the same train rows
    before                   the encoder with a fresh last layer
    after                    fine-tuned; the dev rows choose the epoch
    zero_shot                fine-tuned without the language that it is tested on
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from xlshare import baselines, finetune, models, retrain
from xlshare.study import Study, read_parameters
from xlshare.tasks import TASKS

SETTINGS = ("majority", "bag_of_words", "before", "after")


def study_of(task: str, seed: int, encoder: str = "mini") -> Study:
    """The study `mini` with another seed, or of another encoder."""
    return Study.of({**read_parameters("mini"), "task": task, "seed": seed, "model": encoder})


def measure(study: Study, left_out: Iterable[str]) -> pd.DataFrame:
    """Accuracies before and after fine-tuning and for each left-out language.

    Returns:
        A row for each setting and language: task, seed, setting, lang ("all": over all), accuracy.
    """
    table = retrain.load_examples(study)
    tests = table[table["split"] == "test"].reset_index(drop=True)
    base = baselines.all_baselines(table, study.seed, "test").rename(columns={"method": "setting"})
    rows = [
        base[["setting", "lang", "accuracy"]],
        _accuracy(study, "before", models.load_classifier(study), tests),
        _accuracy(study, "after", _fine_tuned(study, table), tests),
        *_zero_shot(study, table, left_out),
    ]
    return pd.concat(rows).assign(task=study.task, seed=study.seed)[
        ["task", "seed", "setting", "lang", "accuracy"]
    ]


def summary(accuracies: pd.DataFrame) -> pd.DataFrame:
    """A row a task: each setting's mean over seeds, with lowest and highest where they differ."""
    table = accuracies.groupby(["task", "setting", "lang"])["accuracy"].agg(["mean", "min", "max"])
    rows = {}
    for task, found in table.groupby("task", sort=False):
        overall = found.xs("all", level="lang").droplevel("task")
        unseen = found.loc[(task, "zero_shot"), "mean"]
        rows[task] = {setting: _cell(*overall.loc[setting]) for setting in SETTINGS} | {
            "zero_shot": ", ".join(f"{lang} {mean:.2f}" for lang, mean in unseen.items())
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("task")


def _cell(mean: float, lowest: float, highest: float) -> str:
    spread = f" ({lowest:.2f} to {highest:.2f})" if highest - lowest >= 0.005 else ""
    return f"{mean:.2f}{spread}"


def _zero_shot(
    study: Study, table: pd.DataFrame, left_out: Iterable[str]
) -> Iterator[pd.DataFrame]:
    for lang in left_out:
        seen = table[(table["lang"] != lang) | (table["split"] == "test")]
        unseen = table[(table["lang"] == lang) & (table["split"] == "test")]
        found = _accuracy(study, "zero_shot", _fine_tuned(study, seen), unseen)
        yield found[found["lang"] == lang]


def _fine_tuned(study: Study, table: pd.DataFrame):
    with tempfile.TemporaryDirectory() as folder:
        return finetune.fine_tune(study, table, Path(folder)).model


def _accuracy(study: Study, setting: str, model, tests: pd.DataFrame) -> pd.DataFrame:
    tests = tests.reset_index(drop=True)
    correct = finetune.predict(study, model, tests).groupby("lang")["correct"].mean()
    correct["all"] = correct.mean()  # all languages have as many tests
    return correct.rename("accuracy").reset_index().assign(setting=setting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    found = []
    for task in words.tasks:
        for seed in words.seeds:
            study = study_of(task, seed, words.encoder)
            found.append(measure(study, study.languages))
            print(found[-1].to_string(index=False), flush=True)
    table = pd.concat(found)
    if words.out:
        table.to_csv(words.out, index=False, float_format="%.4f", lineterminator="\n")
    print(summary(table).to_markdown())


if __name__ == "__main__":
    main()
