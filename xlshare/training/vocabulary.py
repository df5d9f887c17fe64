"""Rows in use: fine-tune, save and score only the rows of the vocabulary that a study reads.

A multilingual model has an embedding for each of up to 250,000 tokens, of which a study reads some
tens of thousands. A row that no text reads gets no gradient, so without it predictions and
influence are the same, and weights, gradients and AdamW's moments take less memory and disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

SAFE = {"use_safetensors": True}  # weights that are pickles alone are refused
PLACES = "row_of_token"  # in a checkpoint, by which it is known
ABSENT = -1


class RowsInUse(nn.Embedding):
    """An embedding table of some of a vocabulary's tokens, read by their usual ids.

    Attributes:
        weight: the rows in use, (tokens in use, width).
        row_of_token: the row of each token of the whole vocabulary, -1 where there is none.
    """

    row_of_token: Tensor

    def __init__(self, weight: Tensor, row_of_token: Tensor, padding_idx: int | None) -> None:
        row = None if padding_idx is None else int(row_of_token[padding_idx])
        super().__init__(*weight.shape, padding_idx=row, _weight=weight)
        self.num_embeddings = len(row_of_token)  # the ids that it reads
        self.register_buffer(PLACES, row_of_token)

    def forward(self, input: Tensor) -> Tensor:
        """The rows of token ids, (..., width).

        Raises:
            ValueError: a token is not in use (checked on the CPU; a GPU stops at its row).
        """
        rows = self.row_of_token[input]
        if rows.device.type == "cpu" and (rows == ABSENT).any():
            strange = input[rows == ABSENT][0]
            raise ValueError(
                f"token {int(strange)} is in no text of the study, and the checkpoint has no row "
                "for it: write it with its whole vocabulary (xlshare.training.models.export)"
            )
        return super().forward(rows)


def tokens_in_use(
    texts: Iterable[list[int]], tokenizer: Tokenizer, model: PreTrainedModel
) -> Tensor:
    """The ids of all tokens of the texts, and of padding, start, end and the like, sorted."""
    config = model.config.get_text_config().to_dict()
    special = [value for name, value in config.items() if name.endswith("_token_id")]
    found = {*tokenizer.all_special_ids, *(i for i in special if isinstance(i, int))}
    found.update(*texts)
    return torch.tensor(sorted(found & {*range(_table(model).num_embeddings)}))


def keep_in_use(model: PreTrainedModel, tokens: Tensor) -> PreTrainedModel:
    """Replace the model's word embeddings by the rows of `tokens`.

    The table stays whole where the model uses it in another way than to look tokens up: where
    several layers share it, where it is scaled, or where any answer would change.
    """
    table = _table(model)
    shared = [p for _, p in model.named_parameters(remove_duplicate=False) if p is table.weight]
    if type(table) is not nn.Embedding or len(shared) > 1 or table.max_norm is not None:
        return model
    before = _answer(model, tokens)
    row_of_token = torch.full((table.num_embeddings,), ABSENT)
    row_of_token[tokens] = torch.arange(len(tokens))
    rows = table.weight.detach()[tokens].clone()
    model.set_input_embeddings(RowsInUse(rows, row_of_token, table.padding_idx))
    if not torch.equal(before, _answer(model, tokens)):
        model.set_input_embeddings(table)
    return model


def _table(model: PreTrainedModel) -> nn.Embedding:
    return cast(nn.Embedding, model.get_input_embeddings())


@torch.no_grad()
def _answer(model: PreTrainedModel, tokens: Tensor) -> Tensor:
    """The logits of a text of some of the tokens, as the model gives them without dropout."""
    training = model.training
    ids = tokens[None, :16].to(model.device)
    logits = model.eval()(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    model.train(training)
    return logits


def load(folder: Path) -> PreTrainedModel:
    """A fine-tuned checkpoint, with the rows in use where it has no others."""
    kind = AutoModelForSequenceClassification
    file = folder / "model.safetensors"
    state = load_file(file) if file.is_file() else {}
    name = next((name for name in state if name.endswith(f".{PLACES}")), None)
    if name is None:
        return kind.from_pretrained(folder, trust_remote_code=False, **SAFE)
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    model = kind.from_config(config, trust_remote_code=False).eval()
    weight = state[name.removesuffix(PLACES) + "weight"]
    model.set_input_embeddings(RowsInUse(weight, state[name], _table(model).padding_idx))
    model.load_state_dict(state)
    model.name_or_path = str(folder)
    return model


def export(checkpoint: Path, pretrained: PreTrainedModel, tokenizer: Tokenizer, out: Path) -> None:
    """Write a checkpoint with the rows of the pretrained model's table where it has none."""
    model = load(checkpoint)
    trained = model.get_input_embeddings()
    if isinstance(trained, RowsInUse):
        table = _table(pretrained)
        tokens = (trained.row_of_token != ABSENT).nonzero()[:, 0]
        with torch.no_grad():
            table.weight[tokens] = trained.weight
        model.set_input_embeddings(table)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
