"""Stands in for training and scoring, so that the notebooks run in an instant and without torch.

It has the functions of `xlshare.training`'s `interventions` and `finetune` that the notebooks call,
and they write what those write: examples, predictions, histories and scores, with made-up values
and hostile texts. Whatever the notebooks then compute, save and show is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr
from made_up_scores import made_up_scores, training_set

from xlshare.analysis.rankings import summed
from xlshare.analysis.scores import read_scores
from xlshare.attribution.store import DIMS, NORMS, ScoreStore
from xlshare.data import planting
from xlshare.study import artifacts, names
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study

HOSTILE = (
    "</script><script>document.title='stolen'</script><img src=x onerror=alert(1)>&amp; "
    "\"quoted\" 'words' **bold** [a link](javascript:alert(2)) `code` | $x^2$"
)
EPOCHS = 3
LEARNED = ("pawsx",)  # the tasks whose model is above its baselines


def prepare_examples(run: Run) -> pd.DataFrame:
    """Examples of every split, whose texts are hostile."""
    train = _train(run.study)
    tests = _scores(run.study, train).coords
    columns = {"id": "test", "lang": "test_lang", "group": "test_group", "label": "test_label"}
    test = pd.DataFrame({name: tests[of].values for name, of in columns.items()})
    dev = test.assign(id=test["id"].str.replace("test", "dev"))
    splits = {"train": train, "dev": dev, "test": test}
    return run.save_examples(_examples(run.study, splits))


def run_fine_tuning(run: Run, examples: pd.DataFrame) -> SimpleNamespace:
    """A history of epochs, and a verdict on each example that the model was not trained on."""
    languages = ["all", *run.study.languages]
    rows = [(epoch, lang) for epoch in range(1, EPOCHS + 1) for lang in languages]
    history = pd.DataFrame(rows, columns=["epoch", "lang"])
    history["accuracy"] = 0.6 + 0.05 * history["epoch"]
    history[["low", "high"]] = history[["accuracy"]].to_numpy() + [-0.1, 0.1]
    history["chosen"] = history["epoch"] == EPOCHS
    unseen = examples[examples["split"] != "train"]
    wrong = np.arange(len(unseen)) % (20 if run.study.task in LEARNED else 2) == 1
    verdict = {
        "predicted": unseen["label"] ^ wrong,
        "correct": ~wrong,
        "confidence": 0.9 - wrong / 2,
    }
    run.save_examples(unseen.assign(**verdict), "predictions")
    run.save_table("history", history)
    return SimpleNamespace(epoch=EPOCHS, history=history)


def attribute(run: Run, tests: pd.DataFrame | None = None) -> xr.DataArray:
    """Scores at each epoch, with the norms of the gradients."""
    examples = artifacts.read_examples(run.study, variant=run.variant)
    scores = _scores(run.study, examples[examples["split"] == "train"])
    if tests is not None:
        asked = tests["id"].str.removesuffix("-cue").to_numpy()
        scores = scores.sel(test=asked).assign_coords(test=tests["id"].to_numpy(dtype=str))
    coords = {name: scores[name] for name in scores.coords}
    store = ScoreStore.open(run.path("influence.zarr"), coords, {"similarity": "cosine"}, 8)
    whole = [slice(0, scores.sizes[dim]) for dim in DIMS[1:]]
    for epoch in range(EPOCHS):
        store.write(epoch, *whole, scores.values[epoch])
        for name, (_, dim) in NORMS.items():
            norms = np.linspace(1, 2, scores.sizes[dim], dtype="float32")
            store.write_norms(name.partition("_")[0], epoch, slice(0, len(norms)), norms)
    for epoch in range(EPOCHS):
        store.write_audit(epoch, whole[0], 1e-7)
    store.finish()
    run.sign("influence.zarr")
    return read_scores(run.study, variant=run.variant)


def parameter_count(run: Run) -> int:
    """A number of parameters."""
    return 1000


def choose_retrained(study: Study, tests: pd.DataFrame) -> pd.DataFrame:
    """The first tests."""
    return tests.head(study.quality.tests)


def confidence_without(
    study: Study, scores: xr.DataArray, train: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """A fall that grows with what is left out, and less of it at random."""
    falls = {"proponents": 0.3, names.control_of("proponents"): 0.05}
    falls |= {"opponents": -0.1, names.control_of("opponents"): 0.01}
    jobs = [(k, removed) for k in study.quality.removals for removed in falls]
    rows = [
        {"test": test.id, "content": test.group, "test_lang": test.lang, "k": k, "removed": removed}
        | {"before": 0.9, "change": -falls[removed] * k / 10 * (1 + number / 10)}
        for number, test in enumerate(tests.itertuples())
        for k, removed in jobs
    ]
    found = pd.DataFrame(rows)
    return found.assign(after=found["before"] * (1 + found["change"]))


def zero_shot_runs(study: Study, tests: pd.DataFrame) -> dict[str, Run]:
    """Each language left out in turn."""
    mine = {lang: tests[tests["lang"] == lang] for lang in study.left_out}
    return {lang: without_language(study, lang, rows) for lang, rows in mine.items()}


def without_language(study: Study, lang: str, tests: pd.DataFrame) -> Run:
    """The same without the training examples of a language."""
    run = Run(study, "07_zero_shot", variant=names.without(lang))
    table = artifacts.read_examples(study)
    return _retrained(run, table[(table["split"] == "test") | (table["lang"] != lang)], tests)


def imbalanced_runs(study: Study, tests: pd.DataFrame) -> dict[tuple[str, int], Run]:
    """The same with more training examples of each language in turn."""
    runs = {}
    for lang in study.languages:
        for percent in study.imbalance.extra_percent:
            run = Run(study, "08_imbalance", variant=names.with_more(lang, percent))
            groups = round(study.data.train_per_language * (1 + percent / 100))
            more = training_set(groups, (lang,))
            more = _examples(study, {"train": more[~more["id"].isin(_train(study)["id"])]})
            table = pd.concat([artifacts.read_examples(study), more], ignore_index=True)
            runs[lang, percent] = _retrained(run, table, tests[tests["lang"] == lang])
    return runs


def planted_run(study: Study, tests: pd.DataFrame) -> Run:
    """The study's own plants; a test with the cue has the scores of the same test without it."""
    run = Run(study, "10_planted", variant=names.WITH_PLANTS)
    table = planting.plant(artifacts.read_examples(study), study)
    could = planting.cue_rows(table, planting.hosts(study).cue)
    plain = tests[tests["lang"].isin(could["lang"]) & tests["label"].isin(could["label"])]
    cued = planting.with_cue(plain, study.planted.cue)
    table = pd.concat([table, cued.reindex(columns=table.columns)], ignore_index=True)
    run = _retrained(run, table, pd.concat([tests, cued]))
    train = table[table["split"] == "train"]
    sure = np.where(train["planted"] == planting.NOISE, 0.4, 0.8)
    run.save_examples(train.assign(confidence=sure), "fitted")
    return run


def after_training(
    study: Study, kept: Mapping[str, set[str]], examples: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """Margins that are the sum of the scores of what is kept, and of noise."""
    scores = read_scores(study).sum("checkpoint")
    rng = np.random.default_rng(study.seed)
    seeds = range(study.counterfactual.seeds)
    tables = [
        pd.DataFrame({"subset": name, "model_seed": seed, "test": tests["id"], "margin": margin})
        for name, ids in kept.items()
        for seed in seeds
        for margin in [scores.sel(train=sorted(ids)).sum("train") + rng.normal(size=len(tests))]
    ]
    return pd.concat(tables, ignore_index=True)


def other_scores(
    run: Run, scores: xr.DataArray, tests: pd.DataFrame
) -> Iterator[tuple[str, xr.DataArray]]:
    """The study's own scores, and random ones under the names of the others."""
    rng, own = np.random.default_rng(0), summed(scores)
    yield "cosine", own
    for name in ("dot product", "cosine, label directions removed", "representations"):
        yield name, own + rng.normal(size=own.shape)
    for name in ("words (tf-idf)", "random"):
        yield name, own.copy(data=rng.normal(size=own.shape))


def _retrained(run: Run, table: pd.DataFrame, tests: pd.DataFrame) -> Run:
    run.save_examples(table)
    run_fine_tuning(run, table)
    attribute(run, tests)
    return run


def _train(study: Study) -> pd.DataFrame:
    """Its languages' training examples; without translations each has contents of its own."""
    train = training_set(study.data.train_per_language, tuple(study.languages))
    return train if study.definition.parallel else train.assign(group=train["id"])


def _scores(study: Study, train: pd.DataFrame) -> xr.DataArray:
    tests = study.influence.tests_per_language
    return made_up_scores(train, tests, EPOCHS, languages=tuple(study.languages))


def _examples(study: Study, splits: dict[str, pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat([rows.assign(split=split) for split, rows in splits.items()])
    table["text_a"] = table["id"] + " one " + HOSTILE
    two = study.definition.text_b is not None
    table["text_b"] = table["id"] + " two " + HOSTILE if two else None
    return table.reset_index(drop=True)
