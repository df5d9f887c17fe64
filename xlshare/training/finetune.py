"""Fine-tune the classifier: AdamW, early stopping, one checkpoint per epoch (Section 4.1)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from datasets import Dataset
from tqdm import tqdm
from transformers import (
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    EvalPrediction,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from xlshare.analysis.proportions import wilson
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import CountOrAll, Study
from xlshare.training import models, vocabulary
from xlshare.training.made_from import TRAINED, training_inputs
from xlshare.training.memory import reserved
from xlshare.training.resuming import MODEL, SealCheckpoints, last_whole, whole_checkpoints

BYTES = 16  # of a parameter while it trains: itself, its gradient, AdamW's two moments
WORK = ".training"  # the trainer's own folder; gone when a run has ended well


@dataclass(frozen=True)
class Fit:
    """A fine-tuned model, its best epoch, and its dev accuracy by epoch and language."""

    model: PreTrainedModel
    epoch: int  # the epoch that early stopping chose, from 1
    history: pd.DataFrame  # epoch, lang ("all" or a language), accuracy, low, high, chosen


def run_fine_tuning(run: Run, examples: pd.DataFrame) -> Fit:
    """Fine-tune, then save checkpoints/epoch-*, predictions.parquet and tables/history.parquet.

    A run from the same inputs that has ended is not done again; one that was stopped continues.
    """
    run.device = models.device_name(models.prepare(run.study))
    run.model_commit = models.commit_of(run.study)
    inputs = training_inputs(run.study, examples)
    if is_trained(run, inputs):
        return _finished(run)
    artifacts.keep_if_begun_from(run, WORK, inputs)
    fit = fine_tune(run.study, examples, run.path(WORK))
    run.model_commit = models.commit_of(run.study)
    artifacts.remove(artifacts.manifest_path(run.path(TRAINED)))
    artifacts.remove(run.path("checkpoints"))
    for epoch, source in enumerate(whole_checkpoints(run.path(WORK)), start=1):
        run.save_folder(f"checkpoints/epoch-{epoch}", partial(_keep_weights, source))
    run.save_examples(predict(run.study, fit.model, _unseen(examples)), "predictions")
    run.save_table("history", fit.history)
    run.sign(TRAINED, inputs=inputs)
    for leftover in (run.path(WORK), artifacts.inputs_path(run.path(WORK))):
        artifacts.remove(leftover)
    return fit


def is_trained(run: Run, inputs: str) -> bool:
    """Whether a fine-tuning from these inputs has ended and all that it saved is there."""
    if not artifacts.is_made_from(run.path(TRAINED), inputs):
        return False
    epochs = artifacts.read_table(run.study, "history", variant=run.variant)["epoch"].max()
    saved = [run.path("predictions.parquet")]
    saved += [run.path(f"checkpoints/epoch-{number}") for number in range(1, epochs + 1)]
    return all(artifacts.is_whole(path) for path in saved)


def _finished(run: Run) -> Fit:
    """A fine-tuning that has ended, as it was."""
    history = artifacts.read_table(run.study, "history", variant=run.variant)
    model = models.load_classifier(run.study, used_checkpoints(run)[-1])
    return Fit(model, chosen_epoch(run), history)


def used_checkpoints(run: Run) -> list[Path]:
    """The checkpoints that TracIn sums over: up to the epoch that early stopping chose."""
    return artifacts.checkpoints(run.study, variant=run.variant)[: chosen_epoch(run)]


def chosen_epoch(run: Run) -> int:
    """The epoch that early stopping chose in a run that has ended."""
    history = artifacts.read_table(run.study, "history", variant=run.variant)
    return int(history.loc[history["chosen"], "epoch"].iloc[0])


def choose_tests(predictions: pd.DataFrame, per_language: CountOrAll) -> pd.DataFrame:
    """The test examples to explain: `per_language` or "all" correctly classified ones (Section 5).

    Contents that are classified correctly in the most languages come first, so that languages are
    compared on the same contents where data are parallel; ties keep the sampled order.
    Raises ValueError where a language has too few.
    """
    tests = predictions[predictions["split"] == "test"]
    right = tests.groupby("group", sort=False)["correct"].transform("sum")
    ranked = tests[tests["correct"]].assign(right=right)
    ranked = ranked.sort_values("right", ascending=False, kind="stable")
    least = 1 if per_language == "all" else per_language
    most = len(ranked) if per_language == "all" else per_language
    chosen = ranked.groupby("lang", sort=False).head(most).drop(columns="right")
    for lang, count in tests.groupby("lang")["correct"].sum().items():
        if count < least:
            raise ValueError(
                f"influence.tests_per_language={per_language}, but only {count} test examples in "
                f"{lang!r} are classified correctly: raise data.test_per_language"
            )
    return chosen.sort_values("lang", kind="stable").reset_index(drop=True)


def fine_tune(
    study: Study, examples: pd.DataFrame, folder: Path, *, until: int | None = None
) -> Fit:
    """Fine-tune on the train rows of `examples` and keep one checkpoint per epoch in `folder`.

    Early stopping watches the accuracy on the dev rows. With `until` the model trains for just
    that many epochs instead, at the same learning rates, so that runs on changed data can be
    compared epoch by epoch. A run that was interrupted continues from its last whole epoch.
    """
    device = models.prepare(study)
    tokenizer = models.load_tokenizer(study)
    splits = {
        split: models.encode(rows, tokenizer, study.data.max_length)
        for split, rows in examples.groupby("split")
    }
    splits["dev"] = _by_length(splits["dev"])
    trainer = Trainer(
        model=classifier(study, examples),
        args=_arguments(study, folder, device, watch=until is None),
        train_dataset=splits["train"],
        eval_dataset=splits["dev"],
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=_accuracy_by_language(splits["dev"]["lang"]),
        preprocess_logits_for_metrics=_logits_alone,
        callbacks=[
            SeedEpochs(study.seed),
            _stopping(study, until),
            Progress(study, until),
            SealCheckpoints(),
        ],
    )
    trainer.remove_callback(PrinterCallback)
    size = BYTES * sum(p.numel() for p in cast(Any, trainer.model).parameters())
    with reserved(size) if device.type == "cpu" else nullcontext():
        _train(trainer, last_whole(folder))
    epoch = until or _best_epoch(trainer)
    history = _history(trainer, {"all": len(splits["dev"]), **Counter(splits["dev"]["lang"])})
    model = cast(PreTrainedModel, trainer.model)
    return Fit(model, epoch, history.assign(chosen=history["epoch"] == epoch))


def _train(trainer: Trainer, checkpoint: str | None) -> None:
    """Train from a checkpoint on, unless early stopping had ended the run when it was saved."""
    if checkpoint:
        state = TrainerState.load_from_json(str(Path(checkpoint) / "trainer_state.json"))
        stopping = cast(dict, state.stateful_callbacks or {}).get("EarlyStoppingCallback")
        if stopping and _is_out_of_patience(**stopping):
            best = Path(checkpoint).parent / Path(state.best_model_checkpoint or "").name
            trainer.model, trainer.state = vocabulary.load(best), state
            trainer.model.to(cast(Any, trainer.args.device))
            return
    trainer.train(resume_from_checkpoint=checkpoint)


def _is_out_of_patience(args: dict, attributes: dict) -> bool:
    patience = args["early_stopping_patience"]
    return attributes["early_stopping_patience_counter"] >= patience


def _by_length(rows: Dataset) -> Dataset:
    """Rows of similar length beside each other: the Trainer evaluates them in their order."""
    return rows.select(_order(rows))


def _order(rows: Dataset) -> np.ndarray:
    return np.argsort([len(ids) for ids in rows["input_ids"]], kind="stable")


def classifier(study: Study, examples: pd.DataFrame) -> PreTrainedModel:
    """The model to train, with the rows of all tokens that this study's fine-tunings read."""
    model, tokenizer = models.load_classifier(study), models.load_tokenizer(study)
    if artifacts.is_whole(artifacts.folder_of(study) / "examples.parquet"):
        examples = pd.concat([artifacts.read_examples(study), examples]).drop_duplicates("id")
    texts = models.encode(examples, tokenizer, study.data.max_length)["input_ids"]
    return vocabulary.keep_in_use(model, vocabulary.tokens_in_use(texts, tokenizer, model))


def predict(
    study: Study, model: PreTrainedModel, examples: pd.DataFrame, batch_size: int = 128
) -> pd.DataFrame:
    """`examples` with the model's verdict: predicted, correct, confidence.

    Confidence is the probability that the model gives to the true label (Section 6).
    """
    tokenizer = models.load_tokenizer(study)
    rows = models.encode(examples, tokenizer, study.data.max_length)
    order = _order(rows)
    probabilities = np.empty((len(rows), cast(int, model.config.num_labels)), np.float32)
    model.eval()
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        probabilities[batch] = _probabilities(model, rows.select(batch), tokenizer)
    labels = examples["label"].to_numpy()
    predicted = probabilities.argmax(1)
    return examples.assign(
        predicted=predicted,
        correct=predicted == labels,
        confidence=probabilities[np.arange(len(rows)), labels],
    )


@torch.inference_mode()
def _probabilities(
    model: PreTrainedModel, rows: Dataset, tokenizer: PreTrainedTokenizerBase
) -> np.ndarray:
    logits = model(**models.padded(rows, tokenizer).to(model.device)).logits
    return logits.float().softmax(-1).cpu().numpy()  # (batch, labels)


def _arguments(study: Study, folder: Path, device: torch.device, watch: bool) -> TrainingArguments:
    training = study.training
    if training.precision == "tf32" and device.type != "cuda":
        raise ValueError(
            f"training.precision='tf32' is an NVIDIA GPU's, and this trains on {device}: "
            "use 'float32', or 'bfloat16'"
        )
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=training.epochs,
        learning_rate=training.learning_rate,
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=128,
        weight_decay=training.weight_decay,
        warmup_steps=training.warmup_ratio,  # below 1: a share of all steps
        lr_scheduler_type="linear",
        eval_strategy="epoch" if watch else "no",
        save_strategy="epoch" if watch else "no",
        load_best_model_at_end=watch,
        metric_for_best_model="all",
        restore_callback_states_from_checkpoint=True,  # how patient early stopping still is
        train_sampling_strategy="group_by_length",  # the same data in less padding
        seed=study.seed,
        use_cpu=device.type == "cpu",
        bf16=training.precision == "bfloat16",
        tf32=training.precision == "tf32" or None,
        report_to="none",
        logging_strategy="no",
        disable_tqdm=True,
    )


def _logits_alone(outputs: torch.Tensor | tuple, labels: torch.Tensor) -> torch.Tensor:
    """The logits, which encoder-decoders give first in a tuple with their hidden states."""
    return outputs[0] if isinstance(outputs, tuple) else outputs


def _accuracy_by_language(languages: list[str]) -> Callable[[EvalPrediction], dict[str, float]]:
    def measure(prediction: EvalPrediction) -> dict[str, float]:
        hits = np.argmax(prediction.predictions, -1) == prediction.label_ids
        by_language = pd.Series(hits).groupby(np.asarray(languages)).mean()
        return {"all": float(hits.mean()), **cast(dict[str, float], by_language.to_dict())}

    return measure


class Progress(TrainerCallback):
    """A bar over steps that says how far the run is."""

    def __init__(self, study: Study, until: int | None) -> None:
        self.label = f"{study.task} fine-tuning"
        self.share = (until or study.training.epochs) / study.training.epochs

    def on_train_begin(self, args, state: TrainerState, control: TrainerControl, **_) -> None:
        """Open the bar, at the step from which training goes on."""
        total = round(state.max_steps * self.share)
        self.bar = tqdm(total=total, initial=state.global_step, desc=self.label, mininterval=1)

    def on_step_end(self, args, state: TrainerState, control: TrainerControl, **_) -> None:
        """Move the bar."""
        self.bar.update(state.global_step - self.bar.n)

    def on_train_end(self, args, state: TrainerState, control: TrainerControl, **_) -> None:
        """Close the bar."""
        self.bar.close()


class SeedEpochs(TrainerCallback):
    """Seeds each epoch anew, so that it does not matter whether an evaluation came before it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_epoch_begin(self, args, state: TrainerState, control: TrainerControl, **_) -> None:
        """Seed by the study's seed and the epoch's number."""
        set_seed(1000 * self.seed + round(state.epoch))


class StopAfter(TrainerCallback):
    """Ends training after a given number of epochs of a longer schedule."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def on_epoch_end(self, args, state: TrainerState, control: TrainerControl, **_) -> None:
        """Stop where the epoch is reached."""
        control.should_training_stop = round(state.epoch) >= self.epochs


def _stopping(study: Study, until: int | None) -> TrainerCallback:
    if until is None:
        return EarlyStoppingCallback(early_stopping_patience=study.training.patience)
    return StopAfter(until)


def _keep_weights(source: Path, target: Path) -> None:
    """What `from_pretrained` needs of a trainer's checkpoint, without the optimiser's state."""
    for name in MODEL:
        shutil.copyfile(source / name, target / name)


def _unseen(examples: pd.DataFrame) -> pd.DataFrame:
    return examples[examples["split"] != "train"].reset_index(drop=True)


def _best_epoch(trainer: Trainer) -> int:
    state = trainer.state
    assert state.best_global_step is not None  # the trainer watched the accuracy
    return round(state.epoch * state.best_global_step / state.global_step)


def _history(trainer: Trainer, examples: Mapping[str, int]) -> pd.DataFrame:
    """Dev accuracy, one row per epoch and language, from the trainer's log.

    With Wilson's interval, from how many `examples` each language has.
    """
    rows = [
        (round(entry["epoch"]), lang, value, *wilson(round(value * examples[lang]), examples[lang]))
        for entry in trainer.state.log_history
        for name, value in entry.items()
        if name.startswith("eval_") and (lang := name.removeprefix("eval_")) in examples
    ]
    return pd.DataFrame(rows, columns=["epoch", "lang", "accuracy", "low", "high"])
