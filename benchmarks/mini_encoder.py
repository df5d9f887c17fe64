"""How well the embedded encoder learns the embedded tasks, at the sizes of the study `mini`.

    python benchmarks/mini_encoder.py [--encoder FOLDER] [--seeds 1 2 3]

writes book/benchmarks/encoder.csv with accuracies on the test rows, a row for each task, seed,
setting and language, their summary and the learning curve of pre-training. Settings:

    majority, bag_of_words   what needs no understanding, learnt from the same train rows
    before                   the encoder with a fresh last layer, mean of many: where the encoder
                             keeps the classes apart, one alone is right or wrong by luck
    frozen                   that layer alone learnt: what the encoder knew before fine-tuning
    after                    fine-tuned; the dev rows choose the epoch
    zero_shot                fine-tuned without the language that it is tested on

Several processes share the work (--jobs): each fine-tuning is its own.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from workload import save_table

from xlshare.data.encoders import EMBEDDED
from xlshare.study.parameters import Study, read_parameters
from xlshare.study.tasks import TASKS
from xlshare.training import baselines, finetune, interventions, models

FRESH = 100  # last layers that are drawn
SETTINGS = ("majority", "bag_of_words", "before", "frozen", "after")


def study_of(task: str, seed: int, encoder: str = "mini") -> Study:
    """The study `mini` with another seed, or of another encoder."""
    return Study.of({**read_parameters("mini"), "task": task, "seed": seed, "model": encoder})


def measure(study: Study) -> pd.DataFrame:
    """Accuracies of the baselines and of the model before and after fine-tuning.

    Returns:
        A row for each setting and language ("all": over all): task, seed, setting, lang, accuracy.
    """
    table = interventions.load_examples(study)
    tests = table[table["split"] == "test"].reset_index(drop=True)
    base = baselines.all_baselines(table, study.seed, "test").rename(columns={"method": "setting"})
    rows = [
        base[["setting", "lang", "accuracy"]],
        *_frozen(study, table, tests),
        _accuracy(study, "after", _fine_tuned(study, table), tests),
    ]
    return _named(study, pd.concat(rows))


def measure_unseen(study: Study, lang: str) -> pd.DataFrame:
    """The accuracy in a language that fine-tuning leaves out, in a row as `measure` gives them."""
    table = interventions.load_examples(study)
    unseen = table[(table["lang"] == lang) & (table["split"] == "test")]
    model = _fine_tuned(study, table[(table["lang"] != lang) | (table["split"] == "test")])
    found = _accuracy(study, "zero_shot", model, unseen)
    return _named(study, found[found["lang"] == lang])


def _named(study: Study, found: pd.DataFrame) -> pd.DataFrame:
    named = found.assign(task=study.task, seed=study.seed)
    return named[["task", "seed", "setting", "lang", "accuracy"]]


def measure_all(encoder: str, seeds: Iterable[int], jobs: int) -> pd.DataFrame:
    """Every task with every seed, every language left out."""
    studies = [study_of(task, seed, encoder) for task in TASKS for seed in seeds]
    work = [delayed(measure)(study) for study in studies]
    work += [delayed(measure_unseen)(study, lang) for study in studies for lang in study.languages]
    return pd.concat(Parallel(jobs, verbose=5)(work))


def summary(accuracies: pd.DataFrame) -> pd.DataFrame:
    """A row a task: each setting's mean over seeds, with lowest and highest where they differ, and
    the mean over left-out languages, with the worst and the best."""
    table = accuracies.groupby(["task", "setting", "lang"])["accuracy"].agg(["mean", "min", "max"])
    rows = {}
    for task in TASKS:
        found = table.loc[task]
        overall, unseen = found.xs("all", level="lang"), found.loc["zero_shot", "mean"]
        cells = {setting: _cell(*overall.loc[setting]) for setting in SETTINGS}
        worst, best = (f"{lang} {unseen[lang]:.2f}" for lang in (unseen.idxmin(), unseen.idxmax()))
        cells["zero_shot"] = f"{unseen.mean():.2f} ({worst} to {best})"
        rows[TASKS[task].title] = cells
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("task")


def _cell(mean: float, lowest: float, highest: float) -> str:
    spread = f" ({lowest:.2f} to {highest:.2f})" if highest - lowest >= 0.005 else ""
    return f"{mean:.2f}{spread}"


def _frozen(study: Study, table: pd.DataFrame, tests: pd.DataFrame) -> list[pd.DataFrame]:
    """`before` and `frozen`: last layers that are drawn, or learnt, on what the encoder gives."""
    train = table[table["split"] == "train"]
    features, labels = _features(study, tests), tests["label"].to_numpy()
    drawn = np.random.default_rng(study.seed).normal(size=(features.shape[1], FRESH))
    by_chance = ((features @ drawn > 0) == labels[:, None]).mean(axis=1)
    learnt = LogisticRegression(max_iter=1000).fit(_features(study, train), train["label"])
    right = learnt.predict(features) == labels
    found = {"before": by_chance, "frozen": right}
    return [_by_language(name, tests.assign(correct=value)) for name, value in found.items()]


@torch.inference_mode()
def _features(study: Study, rows: pd.DataFrame) -> np.ndarray:
    """What the fresh last layer is given of each row (rows, hidden)."""
    model, tokenizer = models.load_classifier(study).eval(), models.load_tokenizer(study)
    model.classifier.out_proj = torch.nn.Identity()
    texts = models.encode(rows, tokenizer, study.data.max_length)["input_ids"]
    batch = tokenizer.pad({"input_ids": list(texts)}, return_tensors="pt")
    return model(**batch).logits.numpy()


def _fine_tuned(study: Study, table: pd.DataFrame):
    with tempfile.TemporaryDirectory() as folder:
        return finetune.fine_tune(study, table, Path(folder)).model


def _accuracy(study: Study, setting: str, model, tests: pd.DataFrame) -> pd.DataFrame:
    return _by_language(setting, finetune.predict(study, model, tests.reset_index(drop=True)))


def _by_language(setting: str, predicted: pd.DataFrame) -> pd.DataFrame:
    correct = predicted.groupby("lang")["correct"].mean()
    correct["all"] = correct.mean()  # all languages have as many tests
    return correct.rename("accuracy").reset_index().assign(setting=setting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--jobs", type=int, default=2)
    words = parser.parse_args()
    found = measure_all(words.encoder, words.seeds, words.jobs)
    folder = Path(EMBEDDED if words.encoder == "mini" else words.encoder)
    save_table("encoder", found.round({"accuracy": 4}).to_dict("records"), weights=digest(folder))
    save_table("encoder_summary", summary(found).reset_index().to_dict("records"))
    save_table("pretraining", pd.read_csv(folder / "curve.csv").to_dict("records"))
    print(summary(found).to_markdown(disable_numparse=True))


def digest(encoder: Path) -> str:
    """Which weights were measured."""
    return hashlib.sha256((encoder / "model.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
