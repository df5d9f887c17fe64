"""Rows in use: the same fine-tuning, predictions and influence, with less to carry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from small_studies import SMALL
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BartConfig,
    MT5Config,
    MT5ForSequenceClassification,
    PreTrainedModel,
)
from transformers import BartForSequenceClassification as Bart

from xlshare.analysis.scores import read_scores
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study
from xlshare.training import finetune, interventions, models, vocabulary


def fine_tuned(folder: Path) -> Run:
    training = SMALL["training"] | {"weight_decay": 0.1, "patience": 5}  # three epochs, clipped
    values = {"study": "small", "task": "xnli", **SMALL, "training": training}
    run = Run(Study.of(values | {"results": str(folder)}), "01_finetune")
    finetune.run_fine_tuning(run, interventions.prepare_examples(run))
    interventions.attribute(run)
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Fine-tuned and scored with the rows in use."""
    return fine_tuned(tmp_path_factory.mktemp("in_use"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with the whole vocabulary."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "keep_in_use", lambda model, tokens: model)
        return fine_tuned(tmp_path_factory.mktemp("whole"))


def last(run: Run) -> Path:
    return artifacts.checkpoints(run.study)[-1]


@pytest.mark.study
def test_predictions_and_influence_are_those_of_the_whole_vocabulary(
    trained: Run, whole: Run
) -> None:
    found, expected = (artifacts.read_examples(r.study, "predictions") for r in (trained, whole))
    np.testing.assert_allclose(found["confidence"], expected["confidence"], atol=1e-6)
    scores, wanted = (read_scores(run.study) for run in (trained, whole))
    assert len(artifacts.checkpoints(trained.study)) == 3
    np.testing.assert_allclose(scores, wanted, atol=5e-6)
    assert scores.attrs["ways"] == []


@pytest.mark.study
def test_an_exported_checkpoint_is_that_of_the_whole_vocabulary(
    trained: Run, whole: Run, tmp_path: Path
) -> None:
    study = trained.study
    start = models.load_classifier(study).get_input_embeddings().weight
    models.export(study, last(trained), tmp_path)
    read = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    expected = AutoModelForSequenceClassification.from_pretrained(last(whole)).state_dict()
    places = vocabulary.load(last(trained)).get_input_embeddings().row_of_token
    for name, value in read.state_dict().items():
        if name.endswith("word_embeddings.weight"):
            assert torch.equal(value[places < 0], start[places < 0])
            value, wanted = value[places >= 0], expected[name][places >= 0]
        else:
            wanted = expected[name]
        torch.testing.assert_close(value, wanted, atol=1e-6, rtol=0)
    assert len(AutoTokenizer.from_pretrained(tmp_path)) == len(start)


@pytest.mark.study
def test_a_checkpoint_holds_the_rows_in_use_and_where_they_belong(trained: Run) -> None:
    table = artifacts.read_examples(trained.study)
    tokenizer = models.load_tokenizer(trained.study)
    read = {i for ids in models.encode(table, tokenizer, 128)["input_ids"] for i in ids}
    rows = vocabulary.load(last(trained)).get_input_embeddings()
    kept = {*(rows.row_of_token >= 0).nonzero()[:, 0].tolist()}
    assert kept == read | {*tokenizer.all_special_ids}
    assert len(rows.weight) == len(kept) < len(tokenizer)


@pytest.mark.study
def test_a_token_that_is_in_no_text_is_refused_by_name(trained: Run) -> None:
    model = vocabulary.load(last(trained))
    absent = int((model.get_input_embeddings().row_of_token < 0).nonzero()[0, 0])
    with pytest.raises(ValueError, match=f"token {absent} is in no text.*whole vocabulary"):
        model(input_ids=torch.tensor([[0, absent]]))


@pytest.mark.study
def test_every_fine_tuning_of_a_study_has_the_same_rows(trained: Run) -> None:
    study, table = trained.study, artifacts.read_examples(trained.study)
    sizes = {
        len(finetune.classifier(study, rows).get_input_embeddings().weight)
        for rows in (table, table.head(30), table[table["lang"] != "en"])
    }
    assert len(sizes) == 1
    more = pd.concat([table, table.tail(1).assign(id="new", text_a="#@&%~")])
    assert len(finetune.classifier(study, more).get_input_embeddings().weight) >= min(sizes)


BART = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
HEADS = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
T5 = {"d_kv": 8, "d_ff": 16, "num_layers": 1, "num_heads": 2}


@pytest.mark.parametrize(
    "model",
    [
        Bart(BartConfig(vocab_size=40, d_model=16, **BART, **HEADS)),
        MT5ForSequenceClassification(MT5Config(vocab_size=40, d_model=16, **T5)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_table_that_several_layers_share_stays_whole(model: PreTrainedModel) -> None:
    vocabulary.keep_in_use(model, torch.arange(20))
    assert len(model.get_input_embeddings().weight) == 40


def test_a_table_that_is_more_than_looked_up_stays_whole() -> None:
    class Doubled(torch.nn.Embedding):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(input)

    model = models.load_classifier(Study())
    table = model.get_input_embeddings()
    model.set_input_embeddings(Doubled(*table.weight.shape))
    vocabulary.keep_in_use(model, torch.arange(20))
    assert len(model.get_input_embeddings().weight) == len(table.weight)
