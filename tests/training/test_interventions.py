"""The interventions: what is left out or added, with which controls, and that nothing is redone."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_studies import SMALL
from torch.nn.functional import normalize

from xlshare.analysis import planted
from xlshare.analysis.scores import audit, convert, read_scores
from xlshare.attribution.gradients import oracle_gradients
from xlshare.data import planting
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Counterfactual, Study
from xlshare.training import finetune, interventions, made_from, margins, models, other_scores


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small study with checkpoints and influence scores."""
    folder = str(tmp_path_factory.mktemp("results"))
    run = Run(Study.of({"study": "small", "task": "pawsx", **SMALL, "results": folder}), "stage")
    finetune.run_fine_tuning(run, interventions.prepare_examples(run))
    interventions.attribute(run)
    return run


@pytest.fixture(scope="module")
def tests(scored: Run) -> pd.DataFrame:
    scores = read_scores(scored.study)
    predictions = artifacts.read_examples(scored.study, "predictions").set_index("id", drop=False)
    return predictions.loc[scores["test"].values].reset_index(drop=True)


def train_of(run: Run) -> pd.DataFrame:
    table = artifacts.read_examples(run.study, variant=run.variant)
    return table[table["split"] == "train"]


def test_every_test_is_scored_against_every_training_example_at_every_used_checkpoint(
    scored: Run, tests: pd.DataFrame
) -> None:
    scores = read_scores(scored.study)
    assert dict(scores.sizes) == {
        "checkpoint": finetune.chosen_epoch(scored),
        "test": 5 * scored.study.influence.tests_per_language,
        "train": scored.study.train_size,
    }
    assert tests["correct"].all()
    assert scores["train_lang"].values.tolist() == train_of(scored)["lang"].tolist()
    assert artifacts.read_manifest(scored.path("influence.zarr"))["stage"] == "stage"


def test_scores_agree_with_the_definition(scored: Run) -> None:
    study, scores = scored.study, read_scores(scored.study)
    assert audit(scores)["difference"].max() < 5e-6 and scores.attrs["ways"] == []
    some = scores.isel(checkpoint=-1, test=[0, -1], train=[0, 7, -1])
    table = artifacts.read_examples(study).set_index("id", drop=False)
    model = models.load_classifier(study, interventions.used_checkpoints(scored)[-1])
    rows = models.encode(table, models.load_tokenizer(study), study.data.max_length)
    places = {dim: table.index.get_indexer(some[dim].values) for dim in ("test", "train")}
    of_test, of_train = (
        normalize(oracle_gradients(model, rows.select(found))) for found in places.values()
    )
    np.testing.assert_allclose(some, of_test @ of_train.T, atol=5e-6)


def test_un_normalised_scores_are_the_dot_products(scored: Run) -> None:
    study = scored.study
    products = convert(read_scores(study), "dot")
    plain = study.model_copy(
        update={
            "influence": study.influence.model_copy(update={"similarity": "dot"}),
            "study": "dot",
        }
    )
    run = Run(plain, "stage")
    finetune.run_fine_tuning(run, interventions.prepare_examples(run))
    np.testing.assert_allclose(products, interventions.attribute(run), rtol=1e-4, atol=1e-9)


def test_scores_of_other_parameters_are_not_read(scored: Run) -> None:
    influence = scored.study.influence.model_copy(update={"similarity": "dot", "top_k": 4})
    dot = scored.study.model_copy(update={"influence": influence})
    artifacts.mark_done(dot, "stage", "a" * 12)
    words = r"other parameters: influence\.similarity \(cosine then, dot now\): start the same"
    with pytest.raises(ValueError, match=words):
        read_scores(dot)
    assert not artifacts.stamp(dot, "stage", "a" * 12).exists()
    longer = scored.study.influence.model_copy(update={"top_k": 4})
    read_scores(scored.study.model_copy(update={"influence": longer}))


def test_scoring_that_is_killed_leaves_nothing_that_says_it_is_done(
    scored: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(scored.study.results, tmp_path, dirs_exist_ok=True)
    study = scored.study.model_copy(update={"results": str(tmp_path)})
    influence = study.influence.model_copy(update={"similarity": "dot"})
    dot = Run(study.model_copy(update={"influence": influence}), "stage")
    artifacts.mark_done(study, "stage", "a" * 12)
    monkeypatch.setattr(interventions, "influence", lambda *_, **__: pytest.fail("killed"))
    with pytest.raises(pytest.fail.Exception, match="killed"):
        interventions.attribute(dot)
    assert not artifacts.stamp(study, "stage", "a" * 12).exists()
    with pytest.raises(ValueError, match="is not there: run the stage that makes it first"):
        read_scores(study)
    monkeypatch.undo()
    found = interventions.attribute(Run(study, "stage"))
    np.testing.assert_array_equal(found, read_scores(scored.study))


def test_a_language_left_out_is_in_no_training_row_but_still_tested(
    scored: Run, tests: pd.DataFrame
) -> None:
    run = interventions.without_language(scored.study, "ko", tests[tests["lang"] == "ko"])
    table = artifacts.read_examples(scored.study, variant=run.variant)
    assert set(table.loc[table["split"] != "test", "lang"]) == {"en", "fr", "de", "es"}
    scores = read_scores(scored.study, variant=run.variant)
    assert set(scores["test_lang"].values) == {"ko"}
    assert "ko" not in scores["train_lang"].values


def test_more_of_a_language_adds_rows_of_that_language_alone(
    scored: Run, tests: pd.DataFrame
) -> None:
    run = interventions.with_more(scored.study, "es", 50, tests[tests["lang"] == "es"])
    base, more = train_of(scored), train_of(run)
    assert set(base["id"]) < set(more["id"])
    added = more[~more["id"].isin(base["id"])]
    assert added["lang"].tolist() == ["es"] * 10


def test_planted_truths_are_trained_on_and_the_tests_scored_with_the_cue_and_without(
    scored: Run, tests: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = interventions.planted_run(scored.study, tests)
    table = artifacts.read_examples(scored.study, variant=run.variant)
    plain = artifacts.read_examples(scored.study)
    pd.testing.assert_frame_equal(
        table[table["planted"].ne("cue") | table["split"].ne("test")].reset_index(drop=True),
        planting.plant(plain, scored.study),
    )
    scores = read_scores(scored.study, variant=run.variant)
    assert scores["train"].values.tolist() == train_of(run)["id"].tolist()
    cued = [one for one in scores["test"].values if one.endswith("-cue")]
    assert 1 <= len(cued) <= scored.study.influence.tests_per_language
    assert {one.removesuffix("-cue") for one in cued} | set(tests["id"]) | set(cued) == set(
        scores["test"].values
    )
    predictions = artifacts.read_examples(scored.study, "predictions", variant=run.variant)
    assert set(cued) <= set(predictions["id"])
    assert predictions.loc[predictions["id"].isin(cued), "text_a"].str.startswith("QZ-7 ").all()
    fitted = artifacts.read_examples(scored.study, "fitted", variant=run.variant)
    assert fitted["id"].tolist() == train_of(run)["id"].tolist()
    assert planted.copies_apart(run) < 1e-4
    assert not run.path("checkpoints").exists()
    monkeypatch.setattr(interventions, "run_fine_tuning", lambda *_: pytest.fail("trained again"))
    interventions.planted_run(scored.study, tests)
    run.path("fitted.parquet").unlink()
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        interventions.planted_run(scored.study, tests)


def test_a_run_that_is_there_is_used_again_and_other_inputs_are_not_mixed_in(
    scored: Run, tests: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    spanish = tests[tests["lang"] == "es"]
    interventions.without_language(scored.study, "es", spanish)
    monkeypatch.setattr(interventions, "run_fine_tuning", lambda *_: pytest.fail("trained again"))
    interventions.without_language(scored.study, "es", spanish)
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        interventions.without_language(scored.study, "es", spanish.head(1))


def test_random_controls_have_the_labels_and_languages_of_what_they_stand_for(
    scored: Run,
) -> None:
    train = train_of(scored)
    total = read_scores(scored.study).sum("checkpoint")
    sets = interventions.removal_sets(total.isel(test=0), train, 6, seed=1)
    assert set(sets) == {"proponents", "opponents"} | {
        f"random like {who}" for who in ("proponents", "opponents")
    }
    ranked = total.isel(test=0).to_series().sort_values()
    assert set(sets["opponents"]) == set(ranked[ranked < 0].index[:6])
    assert set(sets["proponents"]) == set(ranked[ranked > 0].index[-6:])
    kinds = train.set_index("id")[["lang", "label"]].apply(tuple, axis=1)
    for who in ("proponents", "opponents"):
        control = sets[f"random like {who}"]
        assert not set(control) & set(sets[who])
        assert Counter(kinds[control]) == Counter(kinds[sets[who]])


def test_no_two_retrained_tests_are_translations_of_each_other(scored: Run) -> None:
    rows = [
        {"id": f"{group}-{lang}", "lang": lang, "group": group}
        for lang in ("en", "de", "ko")
        for group in ("a", "b", "c", "d")
    ]
    tests = pd.DataFrame(rows)
    for wanted, found in ((2, ["a-en", "b-de"]), (9, ["a-en", "b-de", "c-ko", "d-en"])):
        quality = scored.study.quality.model_copy(update={"tests": wanted})
        study = scored.study.model_copy(update={"quality": quality})
        assert interventions.choose_retrained(study, tests)["id"].tolist() == found


def test_confidence_is_measured_without_the_removed_examples(
    scored: Run, tests: pd.DataFrame
) -> None:
    scores = read_scores(scored.study).sum("checkpoint")
    some = interventions.choose_retrained(scored.study, tests)
    assert some["lang"].nunique() == 2
    table = interventions.confidence_without(scored.study, scores, train_of(scored), some)
    assert len(table) == 2 * 2 * 4  # tests, k, removed sets
    np.testing.assert_allclose(table["change"], table["after"] / table["before"] - 1)
    assert table["after"].nunique() > 8, "each removal must train a model of its own"
    again = interventions.confidence_without(scored.study, scores, train_of(scored), some)
    pd.testing.assert_frame_equal(table, again)


def test_removing_nothing_changes_nothing(scored: Run, tests: pd.DataFrame, tmp_path: Path) -> None:
    """The control of the control: the retraining itself must not move confidence."""
    after = interventions._confidence(scored.study, tests.iloc[0].to_dict(), "nothing", [])
    assert after == pytest.approx(tests["confidence"].iloc[0], abs=1e-6)


def test_long_training_on_other_inputs_is_not_thrown_away_without_a_word(
    scored: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = scored.study.training.model_copy(update={"epochs": 2})
    other = Run(scored.study.model_copy(update={"training": training}), "01_finetune")
    before = scored.path("examples.parquet").stat().st_mtime_ns
    monkeypatch.setattr(made_from, "COSTLY", 0.0)
    with pytest.raises(ValueError, match="minutes of fine-tuning with other.*RERUN=yes"):
        interventions.prepare_examples(other)
    assert scored.path("examples.parquet").stat().st_mtime_ns == before
    made_from.refuse_to_discard(scored, artifacts.read_examples(scored.study))  # the same: kept
    monkeypatch.setenv("XLSHARE_RERUN", "yes")
    made_from.refuse_to_discard(other, artifacts.read_examples(scored.study))


def test_what_was_trained_from_the_same_is_not_trained_again(
    scored: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetune, "fine_tune", None)  # nothing may be trained
    examples = artifacts.read_examples(scored.study)
    fit = finetune.run_fine_tuning(scored, examples)
    assert fit.epoch == finetune.chosen_epoch(scored)
    history = artifacts.read_table(scored.study, "history")
    pd.testing.assert_frame_equal(fit.history, history)


@pytest.mark.parametrize("column", ["label", "text_a", "id"])
def test_other_examples_are_trained_on_anew(scored: Run, column: str) -> None:
    examples = artifacts.read_examples(scored.study)
    inputs = made_from.training_inputs(scored.study, examples)
    assert finetune.is_trained(scored, inputs)
    other = examples.assign(**{column: examples[column].iloc[::-1].to_numpy()})
    assert not finetune.is_trained(scored, made_from.training_inputs(scored.study, other))


def test_a_training_without_all_its_checkpoints_is_not_whole(scored: Run, tmp_path: Path) -> None:
    inputs = made_from.training_inputs(scored.study, artifacts.read_examples(scored.study))
    epoch = scored.path("checkpoints/epoch-1")
    epoch.rename(tmp_path / "aside")
    assert not finetune.is_trained(scored, inputs)
    (tmp_path / "aside").rename(epoch)
    assert finetune.is_trained(scored, inputs)


# ---- Parts of the training data, and other scores ----------------------------------------------


def test_margins_after_training_on_all_of_it_are_the_full_models(
    scored: Run, tests: pd.DataFrame
) -> None:
    study = scored.study.model_copy(update={"counterfactual": Counterfactual(seeds=2)})
    table = artifacts.read_examples(study)
    kept = {"all": set(train_of(scored)["id"]), "half": set(train_of(scored)["id"][::2])}
    found = margins.after_training(study, kept, table, tests)
    assert len(found) == 2 * 2 * len(tests)
    full = found[(found["subset"] == "all") & (found["model_seed"] == study.seed)]
    sure = tests["confidence"].astype(float)
    assert full["test"].tolist() == tests["id"].tolist()
    assert full["margin"].to_numpy() == pytest.approx(np.log(sure / (1 - sure)), abs=1e-5)
    assert found.groupby(["subset", "model_seed"])["margin"].mean().nunique() == 4
    again = margins.after_training(study, kept, table, tests)
    pd.testing.assert_frame_equal(found, again)


def test_other_scores_are_of_the_same_tests_and_training_examples(
    scored: Run, tests: pd.DataFrame
) -> None:
    scores = read_scores(scored.study)
    found = dict(other_scores.other_scores(scored, scores, tests))
    for name, values in found.items():
        assert values.dims == ("test", "train"), name
        for dim in values.dims:
            assert values[dim].values.tolist() == scores[dim].values.tolist(), name
        assert np.isfinite(values).all() and values.std() > 0, name
    np.testing.assert_allclose(found["cosine"], scores.sum("checkpoint"), atol=1e-6)
    train = train_of(scored)
    same = tests.assign(text_a=train["text_a"].iloc[0], text_b=train["text_b"].iloc[0])
    for score in (other_scores._representations, other_scores._words):
        assert score(scored, same, train)[:, 0] == pytest.approx(1)


def test_products_of_parts_of_the_parameters_sum_to_the_product(
    scored: Run, tests: pd.DataFrame
) -> None:
    some, train = tests.head(3), train_of(scored).head(5)
    parts = [
        other_scores._influence(
            scored, some, train, similarity="dot", chosen=other_scores.PARAMETERS[name]
        )
        for name in ("without word embeddings", "word embeddings only")
    ]
    whole = other_scores._influence(scored, some, train, similarity="dot")
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-3, atol=1e-5 * float(abs(whole).max()))
    head = other_scores._influence(
        scored, some, train, similarity="dot", chosen=other_scores.PARAMETERS["head only"]
    )
    assert 0 < float(abs(head).mean()) < float(abs(whole).mean())
