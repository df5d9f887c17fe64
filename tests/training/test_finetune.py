"""Fine-tuning: checkpoints, the chosen epoch, predictions and tests, and going on after a stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from small_studies import SMALL
from transformers import (
    MBartConfig,
    MBartForSequenceClassification,
    MT5Config,
    MT5ForSequenceClassification,
)

from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study
from xlshare.training import finetune, interventions, models, resuming
from xlshare.training.finetune import choose_tests, fine_tune, predict, run_fine_tuning


def small_study(folder: Path, **changes: object) -> Study:
    return Study.of({"study": "small", "task": "xnli", **SMALL, "results": str(folder), **changes})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small study, fine-tuned."""
    run = Run(small_study(tmp_path_factory.mktemp("results")), "01_finetune")
    run_fine_tuning(run, interventions.prepare_examples(run))
    return run


def weights(folder: Path) -> torch.Tensor:
    model = models.load_classifier(Study(), folder)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_there_is_a_checkpoint_an_epoch_and_a_manifest_beside_each(trained: Run) -> None:
    found = artifacts.checkpoints(trained.study)
    history = artifacts.read_table(trained.study, "history")
    assert [path.name for path in found] == [f"epoch-{e}" for e in sorted(set(history["epoch"]))]
    assert all(artifacts.manifest_path(path).is_file() for path in found)
    assert not torch.equal(weights(found[0]), weights(found[1]))
    assert not trained.path(finetune.WORK).exists(), "the trainer's own folder must be gone"


def test_the_chosen_epoch_is_the_first_with_the_best_dev_accuracy(trained: Run) -> None:
    history = artifacts.read_table(trained.study, "history")
    overall = history[history["lang"] == "all"].sort_values("epoch")
    best = overall["epoch"].iloc[int(np.argmax(overall["accuracy"]))]
    assert finetune.chosen_epoch(trained) == best
    assert len(finetune.used_checkpoints(trained)) == best


def test_predictions_are_those_of_the_chosen_checkpoint(trained: Run) -> None:
    saved = artifacts.read_examples(trained.study, "predictions")
    model = models.load_classifier(trained.study, finetune.used_checkpoints(trained)[-1])
    columns = ["id", "split", "lang", "group", "text_a", "text_b", "label"]
    again = predict(trained.study, model, saved[columns])
    pd.testing.assert_frame_equal(again, saved, atol=1e-6)
    assert set(saved["split"]) == {"dev", "test"}
    assert ((saved["confidence"] > 0.5) == saved["correct"]).all()


def test_confidence_does_not_depend_on_the_batch(trained: Run) -> None:
    rows = artifacts.read_examples(trained.study, "predictions").head(12)
    model = models.load_classifier(trained.study, finetune.used_checkpoints(trained)[-1])
    one, many = (predict(trained.study, model, rows, size)["confidence"] for size in (1, 12))
    np.testing.assert_allclose(one, many, atol=1e-5)  # float32 sums, padded and unpadded


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    trained: Run, tmp_path: Path
) -> None:
    table = artifacts.read_examples(trained.study)
    first = weights(artifacts.checkpoints(trained.study)[0])
    for seed, same in ((1, True), (2, False)):
        study = trained.study.model_copy(update={"seed": seed})
        fit = fine_tune(study, table, tmp_path / str(seed), until=1)
        mine = torch.cat([p.detach().flatten() for p in fit.model.parameters()])
        assert torch.equal(first, mine) == same


def test_an_interrupted_run_goes_on_and_ends_with_the_same_weights(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small_study(tmp_path)
    run = Run(study, "01_finetune")
    table = interventions.prepare_examples(run)
    monkeypatch.setattr(finetune.Progress, "on_epoch_begin", stop_in_epoch(2), raising=False)
    with pytest.raises(KeyboardInterrupt):
        run_fine_tuning(run, table)
    assert not run.path("predictions.parquet").exists()
    monkeypatch.undo()
    run_fine_tuning(run, table)
    ours, theirs = (artifacts.checkpoints(one.study) for one in (run, trained))
    assert len(ours) == len(theirs)
    assert torch.equal(weights(ours[-1]), weights(theirs[-1]))


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [2, 3, 4])
def test_an_interrupted_run_is_as_patient_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    """Dev accuracy is best at epoch 1, then rises again after patience has run out."""
    accuracies = [0.5, 0.3, 0.4, 0.9, 0.2, 0.2]
    training = {"epochs": 6, "patience": 2, "learning_rate": 1e-4}

    def measured(_languages: list[str]):
        return lambda _: {"all": next(values)}

    monkeypatch.setattr(finetune, "_accuracy_by_language", measured)
    runs = []
    for name in ("whole", "stopped"):
        run = Run(small_study(tmp_path / name, training=training), "01_finetune")
        table = interventions.prepare_examples(run)
        values = iter(accuracies)
        if name == "stopped":
            with monkeypatch.context() as patch:
                stop = stop_at_the_end if epoch > 3 else stop_in_epoch(epoch)
                place = "on_train_end" if epoch > 3 else "on_epoch_begin"
                patch.setattr(finetune.Progress, place, stop, raising=False)
                with pytest.raises(KeyboardInterrupt):
                    run_fine_tuning(run, table)
        runs.append(run_fine_tuning(run, table))
    whole, stopped = runs
    assert whole.history["epoch"].max() == 3 and whole.epoch == 1
    pd.testing.assert_frame_equal(whole.history, stopped.history)
    pairs = zip(whole.model.parameters(), stopped.model.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)


@pytest.mark.slow
def test_a_stopped_run_never_goes_on_from_checkpoints_of_other_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(small_study(tmp_path), "01_finetune")
    table = interventions.prepare_examples(run)
    monkeypatch.setattr(finetune.Progress, "on_epoch_begin", stop_in_epoch(2), raising=False)
    wrong = table.assign(label=1 - table["label"])
    with pytest.raises(KeyboardInterrupt):
        run_fine_tuning(run, wrong)
    begun = [path.name for path in run.path(finetune.WORK).iterdir()]
    assert any(name.startswith("checkpoint-") for name in begun)
    with pytest.raises(KeyboardInterrupt):
        run_fine_tuning(run, wrong)  # the same labels: it went on, to the second epoch at once
    assert resuming.last_whole(run.path(finetune.WORK))
    seen = []
    monkeypatch.setattr(finetune, "fine_tune", lambda *words: seen.extend(words) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_fine_tuning(run, table)
    assert seen[2] == run.path(finetune.WORK) and not seen[2].exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mt5", "mbart"])
def test_encoder_decoders_are_fine_tuned(kind: str, tmp_path: Path) -> None:
    tokenizer = models.load_tokenizer(Study())
    words = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    words |= {"eos_token_id": tokenizer.eos_token_id or tokenizer.sep_token_id, "d_model": 16}
    if kind == "mt5":
        sizes = {"d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
        config = MT5Config(decoder_start_token_id=tokenizer.pad_token_id, **words, **sizes)
        model = MT5ForSequenceClassification(config)
    else:
        sizes = {f"{part}_{what}": 2 for part in ("encoder", "decoder") for what in
                 ("layers", "attention_heads")}  # fmt: skip
        sizes |= {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 130}
        model = MBartForSequenceClassification(MBartConfig(**words, **sizes))
    for one in (model, tokenizer):
        one.save_pretrained(tmp_path / kind)
    few = SMALL["data"] | {"train_per_language": 4, "dev_per_language": 2, "test_per_language": 2}
    changes = {
        "model": str(tmp_path / kind),
        "data": few,
        "influence": {"tests_per_language": 1, "top_k": 2},
    }
    changes |= {"quality": {"removals": [2]}, "training": {"epochs": 2}}
    run = Run(small_study(tmp_path, **changes), "01_finetune")
    fit = run_fine_tuning(run, interventions.load_examples(run.study))
    assert len(artifacts.checkpoints(run.study)) == 2
    assert set(fit.history["epoch"]) == {1, 2} and fit.history["accuracy"].between(0, 1).all()
    saved = artifacts.read_examples(run.study, "predictions")
    assert saved["confidence"].between(0, 1).all() and len(saved) == 5 * 4


def stop_in_epoch(epoch: int) -> Callable:
    def stop(self, args, state, control, **_) -> None:
        if state.epoch >= epoch - 1:
            raise KeyboardInterrupt

    return stop


def stop_at_the_end(self, args, state, control, **_) -> None:
    raise KeyboardInterrupt


def test_the_classifier_is_xlm_rs_own_head() -> None:
    model = models.load_classifier(small_study(Path()))
    assert type(model).__name__ == "XLMRobertaForSequenceClassification"
    assert model.classifier.dense.weight.shape[0] == model.config.hidden_size
    assert model.dtype == torch.float32


@pytest.mark.study
def test_lower_precision_trains_float32_weights_to_nearly_the_same_and_is_recorded(
    trained: Run, tmp_path: Path
) -> None:
    examples = artifacts.read_examples(trained.study)
    training = SMALL["training"] | {"precision": "bfloat16"}
    run = Run(small_study(tmp_path, training=training), "01_finetune")
    run_fine_tuning(run, run.save_examples(examples))
    full, low = (weights(artifacts.checkpoints(one.study)[0]) for one in (trained, run))
    assert low.dtype == torch.float32
    step = (full - weights_at_start(trained.study)).norm()
    assert 0 < (full - low).norm() < 0.5 * step
    for name in ("checkpoints/epoch-1", "predictions.parquet"):
        facts = artifacts.read_manifest(run.path(name))
        assert facts["parameters"]["training"]["precision"] == "bfloat16"


def weights_at_start(study: Study) -> torch.Tensor:
    model = finetune.classifier(study, artifacts.read_examples(study))
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_the_history_knows_languages_by_codes_of_any_length() -> None:
    entry = {"epoch": 1.0, "eval_all": 0.5, "eval_zh-Hant": 0.25, "eval_swa": 0.75, "eval_loss": 1}
    trainer = SimpleNamespace(state=SimpleNamespace(log_history=[entry, {"loss": 1.0}]))
    history = finetune._history(trainer, {"all": 8, "zh-Hant": 4, "swa": 4})
    assert dict(zip(history["lang"], history["accuracy"])) == {
        "all": 0.5,
        "zh-Hant": 0.25,
        "swa": 0.75,
    }
    assert tuple(history.loc[1, ["low", "high"]]) == pytest.approx((0.0456, 0.6994), abs=1e-4)


def test_a_gpus_precision_is_refused_without_one(trained: Run, tmp_path: Path) -> None:
    study = small_study(tmp_path, training={"precision": "tf32"}, runtime={"device": "cpu"})
    with pytest.raises(ValueError, match="precision='tf32' is an NVIDIA GPU's.*on cpu"):
        fine_tune(study, artifacts.read_examples(trained.study), tmp_path)


def test_texts_longer_than_the_models_positions_are_refused_before_training() -> None:
    study = small_study(Path(), data={**SMALL["data"], "max_length": 200})
    with pytest.raises(ValueError, match="data.max_length=200.* texts of 128 tokens at most"):
        models.load_classifier(study)


def test_a_model_that_is_not_there_is_named_with_a_remedy() -> None:
    study = small_study(Path(), model="no/such-model")
    with pytest.raises(ValueError, match="model='no/such-model' could not be loaded.*or 'mini'"):
        models.load_tokenizer(study)


def predictions(correct: dict[str, list[bool]]) -> pd.DataFrame:
    rows = [
        {"id": f"test-{n}-{lang}", "group": f"test-{n}", "lang": lang, "split": "test"}
        | {"correct": hit}
        for lang, hits in correct.items()
        for n, hit in enumerate(hits)
    ]
    return pd.DataFrame(rows)


def test_tests_are_correct_ones_and_of_the_same_contents_where_there_are_enough() -> None:
    table = predictions({"en": [1, 1, 1, 1], "ko": [0, 1, 0, 1]})
    table["correct"] = table["correct"].astype(bool)
    assert choose_tests(table, 2)["group"].tolist() == ["test-1", "test-3"] * 2


def test_too_few_correct_ones_are_an_error_that_counts_them() -> None:
    table = predictions({"en": [True, True], "ko": [True, False]})
    with pytest.raises(ValueError, match="only 1 test examples in 'ko'"):
        choose_tests(table, 2)
