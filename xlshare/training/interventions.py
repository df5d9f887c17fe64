"""Attribute predictions, and the paper's interventions: train again on changed data.

Each run, changed or not, is the same arrow: examples -> checkpoints -> influence. What was made
before from the same inputs is used again, so an interrupted stage goes on where it stopped.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch
import xarray as xr
from tqdm import tqdm

from xlshare.analysis import rankings
from xlshare.attribution import influence, store
from xlshare.attribution.tracin import free_memory
from xlshare.data import examples, planting
from xlshare.study import artifacts, names
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study, located
from xlshare.training import models
from xlshare.training.finetune import (
    choose_tests,
    chosen_epoch,
    fine_tune,
    predict,
    run_fine_tuning,
    used_checkpoints,
)
from xlshare.training.made_from import refuse_to_discard, retraining_inputs, scoring_inputs
from xlshare.training.memory import reserved


def prepare_examples(run: Run) -> pd.DataFrame:
    """Load and save the study's examples (Sections 3 and 4.1).

    Raises:
        ValueError: the data do not hold what the study asks for, or the folder holds long training
            on others.
    """
    check_examples(run.study)
    table = load_examples(run.study)
    refuse_to_discard(run, table)
    return run.save_examples(table)


def check_examples(study: Study) -> None:
    """Raise ValueError unless the data hold what every stage asks for, the last one included."""
    most = max(study.imbalance.extra_percent) if "08_imbalance" in study.planned else 0
    load_examples(study, dict.fromkeys(study.languages, _extra(study, most)))


def load_examples(study: Study, extra: dict[str, int] | None = None) -> pd.DataFrame:
    """The study's examples; `extra` adds training examples of some languages (Section 8.4)."""
    data = study.data
    return examples.load(
        study.definition,
        dataset=located(data.dataset),
        languages=study.languages,
        train_per_language=data.train_per_language,
        dev_per_language=data.dev_per_language,
        test_per_language=data.test_per_language,
        extra=extra,
        seed=study.seed,
        revision=data.revision,
        config=data.config,
        skip_empty=data.skip_empty,
        quoting=data.quoting,
    )


def attribute(run: Run, tests: pd.DataFrame | None = None) -> xr.DataArray:
    """Score every training example of `run` for its tests, at every used checkpoint (Equation 2).

    Without `tests`, the run's own correctly classified ones. Scores stream to influence.zarr and
    come with dims (checkpoint, test, train). A shard of the study computes its part; what others
    have not scored yet is NaN.
    """
    study = run.study
    device = models.prepare(study)
    run.device = models.device_name(device)
    table = artifacts.read_examples(study, variant=run.variant)
    if tests is None:
        predictions = artifacts.read_examples(study, "predictions", variant=run.variant)
        tests = choose_tests(predictions, study.influence.tests_per_language)
    checkpoints = used_checkpoints(run)
    tokenizer = models.load_tokenizer(study)
    encode = lambda rows: models.encode(rows, tokenizer, study.data.max_length)  # noqa: E731
    inputs = scoring_inputs(study, table, tests)
    artifacts.keep_if_begun_from(run, "influence.zarr", inputs, mend=store.mend)
    _drop_damaged(run.path("influence.zarr"))
    with scoring_memory(device) as memory:
        scores = influence(
            models.load_classifier(study, checkpoints[0]),
            checkpoints,
            encode(table[table["split"] == "train"]),
            encode(tests),
            similarity=study.influence.similarity,
            precision=study.influence.precision,
            device=device,
            out=run.path("influence.zarr"),
            memory=memory,
            shard=1 if run.variant else study.shard,
            shards=1 if run.variant else study.shards,
        )
    if scores.notnull().all():
        run.sign("influence.zarr", inputs=inputs)
    return scores


def scoring_memory(device: torch.device) -> AbstractContextManager[int | None]:
    """The bytes that `influence` may take, promised to it; on a GPU, all that it finds free."""
    if device.type != "cpu":
        return nullcontext()
    return reserved(free=partial(free_memory, device))


def _drop_damaged(path: Path) -> None:
    """Remove scores that cannot be continued, since their labels or metadata were changed."""
    if path.exists() and (found := store.damage(path)):
        print(f"note: {path} is made anew: {found}", file=sys.stderr)
        artifacts.remove(path)


def parameter_count(run: Run) -> int:
    """The number of trainable parameters that gradients are taken with respect to."""
    model = models.load_classifier(run.study, used_checkpoints(run)[0])
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def zero_shot_runs(study: Study, tests: pd.DataFrame) -> dict[str, Run]:
    """`without_language` for every language of `zero_shot.left_out`."""
    return {
        lang: without_language(study, lang, tests[tests["lang"] == lang])
        for lang in tqdm(of_shard(study, study.left_out), desc=f"{study.task} zero-shot")
    }


def without_language(study: Study, lang: str, tests: pd.DataFrame) -> Run:
    """Train without any example in `lang` and attribute its tests again (Section 8.3)."""
    table = artifacts.read_examples(study)
    seen = table[(table["split"] == "test") | (table["lang"] != lang)]
    return _retrained(study, "07_zero_shot", names.without(lang), seen, tests)


def with_more(study: Study, lang: str, percent: int, tests: pd.DataFrame) -> Run:
    """Train with `percent` % more examples in `lang` and attribute its tests (Section 8.4)."""
    table = load_examples(study, extra={lang: _extra(study, percent)})
    return _retrained(study, "08_imbalance", names.with_more(lang, percent), table, tests)


def _extra(study: Study, percent: int) -> int:
    """How many training examples of a language `percent` % are."""
    return round(study.data.train_per_language * percent / 100)


def imbalanced_runs(study: Study, tests: pd.DataFrame) -> dict[tuple[str, int], Run]:
    """`with_more` for every language and every percentage of `imbalance.extra_percent`."""
    jobs = [(lang, more) for lang in study.languages for more in study.imbalance.extra_percent]
    return {
        (lang, more): with_more(study, lang, more, tests[tests["lang"] == lang])
        for lang, more in tqdm(of_shard(study, jobs), desc=f"{study.task} imbalance", mininterval=1)
    }


def planted_run(study: Study, tests: pd.DataFrame) -> Run:
    """Train on examples with `planted` truths and attribute `tests`, and others with the cue.

    The run's examples say which rows were changed. Its `fitted.parquet` has the training examples
    with the model's verdict on each, its `predictions.parquet` the tests with and without the cue.
    """
    table = planting.plant(artifacts.read_examples(study), study)
    plain = _cue_tests(study, table)
    cued = planting.with_cue(plain, study.planted.cue)
    table = pd.concat([table, cued.reindex(columns=table.columns)], ignore_index=True)
    scored = pd.concat([tests, plain[~plain["id"].isin(tests["id"])], cued], ignore_index=True)
    return _retrained(study, "10_planted", names.WITH_PLANTS, table, scored, fitted=True)


def _cue_tests(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Correctly classified tests of the language and the label that the cue goes with."""
    could = planting.cue_rows(table, planting.hosts(study).cue)
    rows = artifacts.read_examples(study, "predictions")
    rows = rows[rows["correct"] & (rows["split"] == "test")]
    rows = rows[rows["lang"].isin(could["lang"]) & rows["label"].isin(could["label"])]
    most = study.influence.tests_per_language
    return rows if most == "all" else rows.head(most)


def of_shard(study: Study, jobs: list) -> list:
    """The jobs of this shard of the study; of one that is not in shards, all."""
    return jobs[study.shard - 1 :: study.shards]


def choose_retrained(study: Study, tests: pd.DataFrame) -> pd.DataFrame:
    """The tests to retrain for: `quality.tests` of them, from different languages in turn.

    No two are translations of each other, which would be one test twice; so there are fewer where
    the tests have fewer contents.
    """
    chosen: dict[str, int] = {}  # the row of each content
    rows = list(tests.groupby("lang", sort=False)["group"])
    for _ in range(study.quality.tests):
        for _, groups in rows:
            fresh = groups[~groups.isin(chosen)]
            chosen |= dict(zip(fresh[:1], fresh.index[:1]))
    return tests.loc[list(chosen.values())[: study.quality.tests]]


def confidence_without(
    study: Study, scores: xr.DataArray, train: pd.DataFrame, tests: pd.DataFrame
) -> pd.DataFrame:
    """How confidence changes when a test example's strongest examples are left out (Section 6).

    For each of `tests` and each k of `quality.removals`, trains anew without its top k proponents,
    without its top k opponents, and without as many random examples of the same labels and
    languages as either; a shard of the study does its part of these. Training ends at the epoch of
    the full run, on its learning rates.

    Args:
        study: gives the removals, and the shard.
        scores: summed over checkpoints, dims (test, train).
        train: the training examples that may be left out.
        tests: the examples whose confidence is measured.

    Returns:
        One row per test, k and removed set, with the columns test, content, test_lang, k, removed,
        before, after, change (a share of before).
    """
    jobs = [
        (test, k, removed, ids)
        for test in tests.to_dict("records")
        for k in study.quality.removals
        for removed, ids in removal_sets(scores.sel(test=test["id"]), train, k, study.seed).items()
    ]
    rows = []
    parts = of_shard(study, jobs)
    for test, k, removed, ids in tqdm(parts, desc=f"{study.task} retraining", mininterval=1):
        after = _confidence(study, test, f"{removed}-{k}", ids)
        before = test["confidence"]
        change = (after - before) / before
        facts = {"test": test["id"], "content": test["group"], "test_lang": test["lang"]}
        facts |= {"k": k, "removed": removed}
        rows.append(facts | {"before": before, "after": after, "change": change})
    return pd.DataFrame(rows)


def removal_sets(
    scores: xr.DataArray, train: pd.DataFrame, k: int, seed: int
) -> dict[str, list[str]]:
    """Which training examples to leave out for one test example: up to k, and their controls."""
    sets = {}
    for role in names.ROLES:
        top = rankings.top_examples(scores.expand_dims("test"), k, role)["train"].tolist()
        sets[role] = top
        sets[names.control_of(role)] = like(train, top, seed)
    return sets


def like(train: pd.DataFrame, ids: list[str], seed: int) -> list[str]:
    """As many random other training examples, with the labels and languages of `ids`."""
    rng = np.random.default_rng(seed)
    chosen = train["id"].isin(ids)
    others = train[~chosen]
    control: list[str] = []
    for (lang, label), rows in train[chosen].groupby(["lang", "label"]):
        pool = others.loc[(others["lang"] == lang) & (others["label"] == label), "id"]
        control += rng.choice(pool, min(len(rows), len(pool)), replace=False).tolist()
    return control


def _retrained(
    study: Study,
    stage: str,
    variant: str,
    table: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    fitted: bool = False,
) -> Run:
    """Fine-tune and attribute on changed examples, unless that very run is there already.

    With `fitted`, what the model says of its training examples is saved too.
    """
    run = Run(study, stage, variant=variant)
    inputs, saved = scoring_inputs(study, table, tests), run.path("fitted.parquet")
    made = artifacts.is_made_from(run.path("influence.zarr"), inputs)
    if not made or (fitted and not artifacts.is_whole(saved)):
        run.save_examples(table)
        fit = run_fine_tuning(run, table)
        if fitted:
            train = table[table["split"] == "train"]
            run.save_examples(predict(study, fit.model, train), "fitted")
        attribute(run, tests)
        artifacts.remove(run.path("checkpoints"))  # twenty runs' would fill a disk
    return run


def retrained(
    study: Study,
    stage: str,
    variant: str,
    examples: pd.DataFrame,
    tests: pd.DataFrame,
    *,
    seed: int | None = None,
) -> pd.DataFrame:
    """Predictions for `tests` of a model that is trained anew on `examples`.

    It trains to the epoch that the full run chose, on its learning rates. What was made before from
    the same inputs is read again.

    Args:
        study: whose model is trained.
        stage: that asks for it.
        variant: names the predictions' folder.
        examples: of all splits; those of train are trained on.
        tests: the rows to predict.
        seed: of the head and of the order of training; default the study's.
    """
    run = Run(study, stage, variant=variant)
    until = chosen_epoch(Run(study, "01_finetune"))
    seeded = study.model_copy(update={"seed": study.seed if seed is None else seed})
    inputs = retraining_inputs(seeded, examples, tests, until)
    if not artifacts.is_made_from(run.path("predictions.parquet"), inputs):
        with TemporaryDirectory() as folder:
            fit = fine_tune(seeded, examples, Path(folder), until=until)
        run.device = models.device_name(fit.model.device)
        run.save_examples(predict(study, fit.model, tests), "predictions")
        run.sign("predictions.parquet", inputs=inputs)
    return artifacts.read_examples(study, "predictions", variant=variant)


def _confidence(study: Study, test: dict, name: str, removed: list[str]) -> float:
    """The confidence in one test example after training without `removed`."""
    table = artifacts.read_examples(study)
    variant = f"quality/{test['id']}-{name.replace(' ', '-')}"
    kept = table[~table["id"].isin(removed)]
    found = retrained(study, "03_quality", variant, kept, pd.DataFrame([test]))
    return float(found["confidence"].iloc[0])
