"""Rows: which columns the model reads, how they are batched, and what is refused, by row."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
import torch
from architectures import Float64, tiny_config, tiny_model
from datasets import Dataset
from torch.nn import functional as F
from transformers import AutoModelForSequenceClassification

from xlshare.attribution import influence
from xlshare.attribution.inputs import Examples, collate, input_names, padding

LENGTHS = (5, 9, 3, 7, 7, 1, 4)


def rows(count: int = 7, **columns) -> list[dict]:
    """Ragged rows; `columns` are functions of a row's number and length."""
    random = np.random.default_rng(count)
    return [
        {"input_ids": random.integers(4, 29, n).tolist(), "labels": i % 2}
        | {name: value(i, n) for name, value in columns.items()}
        for i, n in enumerate(LENGTHS[:count])
    ]


def cosines(model, train, test) -> np.ndarray:
    """By plain autograd in float64, every column but the label given to the model as it is."""
    model = copy.deepcopy(model).double()
    parameters = [p for p in model.parameters() if p.requires_grad]

    def gradient(row):
        inputs = {name: torch.tensor([value]) for name, value in row.items() if name != "labels"}
        inputs |= {n: x.double() for n, x in inputs.items() if x.is_floating_point()}
        with Float64():
            loss = F.cross_entropy(model(**inputs).logits, torch.tensor([row["labels"]]))
        found = torch.autograd.grad(loss, parameters, materialize_grads=True, allow_unused=True)
        return F.normalize(torch.cat([g.flatten() for g in found]), dim=0)

    return torch.stack([torch.stack([gradient(a) @ gradient(b) for b in train]) for a in test])


def score(model, train, test) -> np.ndarray:
    return influence(model, [model.state_dict()], train, test, progress=False)[0].values


# ---- What is passed on ----------------------------------------------------------------------

PASSED_ON = {
    "segments": ("bert", {}, "token_type_ids", lambda i, n: [t % 2 for t in range(n)]),
    "positions": ("bert", {}, "position_ids", lambda i, n: list(range(n))[::-1]),
    "a mask in the text": ("bert", {}, "attention_mask", lambda i, n: [1] + [i % 2] * (n - 1)),
    "languages": ("xlm", {"n_langs": 2}, "langs", lambda i, n: [i % 2] * n),
    "a language of each text": ("xmod", {}, "lang_ids", lambda i, n: i % 2),
    "tokens that see all": (
        "longformer",
        {},
        "global_attention_mask",
        lambda i, n: [1] * min(n, 1 + i % 3) + [0] * (n - 1 - i % 3),
    ),
    "tasks": ("ernie", {"use_task_id": True}, "task_type_ids", lambda i, n: [i % 3] * n),
    "boxes": ("layoutlm", {}, "bbox", lambda i, n: [[t, t, t + 3, t + 1 + i] for t in range(n)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", PASSED_ON)
def test_every_input_that_the_model_takes_is_passed_on(case):
    """Also where it has two dimensions; without it the scores are others."""
    architecture, config, name, value = PASSED_ON[case]
    model = tiny_model(architecture, 2, **config)
    train, test = rows(7, **{name: value}), rows(4, **{name: value})
    found = score(model, train, test)
    truth = cosines(model, train, test).numpy()
    assert np.abs(found - truth).max() < 5e-6
    assert np.abs(score(model, rows(7), rows(4)) - truth).max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("length", [5, 7, 11])
def test_texts_and_tokens_are_told_apart(length):
    """XLNet turns a batch on its side; a probe of as many tokens as texts looked as if not."""
    model = tiny_model("xlnet", 2)
    train = [{"input_ids": [*range(4, 4 + n)], "labels": n % 2} for n in (length, length + 1)]
    test = [{"input_ids": [*range(9, 9 + length)], "labels": 1}]
    truth = cosines(model, train, test).numpy()
    assert np.abs(score(model, train, test) - truth).max() < 5e-6


def test_a_batch_pads_what_has_a_value_for_each_token():
    """By each input's own value; single values and images are stacked."""
    model = tiny_model("xlm-roberta", 2)
    model.config.pad_token_id = 3
    pads = padding(model) | {"lang_ids": 0, "bbox": 0, "pixel_values": 0}
    texts = [
        {"input_ids": [5, 6], "lang_ids": 1, "bbox": [[1, 2], [3, 4]]},
        {"input_ids": [7], "lang_ids": 2, "bbox": [[5, 6]]},
    ]
    texts = [row | {"pixel_values": np.ones((3, 2, 2), np.float32)} for row in texts]
    batch = {n: x.tolist() for n, x in collate(texts, pads, torch.device("cpu")).items()}
    assert batch.pop("pixel_values") == np.ones((2, 3, 2, 2)).tolist()
    assert batch == {
        "input_ids": [[5, 6], [7, 3]],
        "attention_mask": [[1, 1], [1, 0]],
        "lang_ids": [1, 2],
        "bbox": [[[1, 2], [3, 4]], [[5, 6], [0, 0]]],
    }


@pytest.mark.parametrize("own, found", [(None, 0), (-1, 0), (100, 0), (99, 99), (7, 7)])
def test_padding_is_a_token_of_the_model(own, found):
    model = tiny_model("llama", 2)
    model.config.pad_token_id = own
    assert padding(model)["input_ids"] == found


def test_no_mask_is_made_up_for_a_model_that_takes_none():
    model = tiny_model("fnet", 2)
    assert "attention_mask" not in collate(rows(), padding(model), torch.device("cpu"))


def test_a_wrapper_takes_what_the_model_in_it_takes():
    class Wrapper(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = tiny_model("bert", 2)

        def forward(self, input_ids, more=None, **inputs):
            return self.inner(input_ids, **inputs)

    assert input_names(Wrapper())[:4] == ["input_ids", "more", "attention_mask", "token_type_ids"]


# ---- What rows may be, and what is left alone -----------------------------------------------


@pytest.fixture(scope="module")
def model():
    return tiny_model("bert", 2)


def test_frames_lists_and_datasets_are_the_same_rows(model):
    table = rows(token_type_ids=lambda i, n: [i % 2] * n, lang=lambda i, n: "de")
    found = [
        Examples(kind(table), "train", model) for kind in (list, Dataset.from_list, pd.DataFrame)
    ]
    assert len({examples.hash for examples in found}) == 1
    assert all(x.columns == ["input_ids", "token_type_ids"] for x in found)
    assert all(x.coords["train_lang"][1].tolist() == ["de"] * 7 for x in found)


def test_what_is_no_input_is_left_alone(model):
    """Text, single values, coordinates, and what a tokenizer leaves."""
    beside = {
        "text": lambda i, n: "so",
        "score": lambda i, n: 0.5,
        "group": lambda i, n: i,
        "special_tokens_mask": lambda i, n: [0] * n,
        "offset_mapping": lambda i, n: [[0, 1]] * n,
        "words": lambda i, n: ["a"] * n,
    }
    plain, more = (Examples(table, "test", model) for table in (rows(), rows(**beside)))
    assert plain.hash == more.hash and plain[0].keys() == more[0].keys()


def test_what_the_scores_depend_on_is_in_the_hash(model):
    def hashed(**columns):
        return Examples(rows(**columns), "test", model).hash

    ones = lambda i, n: [1] * n  # noqa: E731
    assert len({hashed(), hashed(token_type_ids=ones), hashed(position_ids=ones)}) == 3


def test_the_extreme_rows_are_known(model):
    """The longest, the shortest, and those with the largest and smallest value of an input."""
    table = rows(token_type_ids=lambda i, n: [int(i == 4)] * n)
    ids = [row["input_ids"] for row in table]
    largest, smallest = (int(np.argmax(list(map(f, ids)))) for f in (max, lambda x: -min(x)))
    expected = {1, 5, 4, 0, largest, smallest}  # 0: the first with the smallest type
    assert set(Examples(table, "test", model).extremes) == expected


# ---- What is refused ------------------------------------------------------------------------


def change(row: int, **values) -> list[dict]:
    """The rows with one changed; None takes a column away."""
    table = rows(attention_mask=lambda i, n: [1] * n)
    table[row] = {k: v for k, v in (table[row] | values).items() if v is not None}
    return table


REFUSED = {
    "a mask of another length": (
        change(3, attention_mask=[1] * 8),
        r"train row 3 \(id 3\): attention_mask has 8 values, input_ids 7",
    ),
    "a mask that hides all": (change(2, attention_mask=[0] * 3), "row 2 .* hides every token"),
    "a column that one row lacks": (
        change(4, attention_mask=None),
        "row 4 .*: row 0 has 'attention_mask', it lacks it",
    ),
    "a column that the first row lacks": (
        change(0, attention_mask=None),
        "row 1 .*: it has 'attention_mask', row 0 lacks it",
    ),
    "a column that only one row has": (
        change(5, token_type_ids=[0]),
        "row 5 .*: it has 'token_type_ids', row 0 lacks it",
    ),
    "a misspelt input": (
        rows(token_types_ids=lambda i, n: [0] * n),
        "'token_types_ids', which is no input of the model: did you mean 'token_type_ids'?",
    ),
    "an input of another model": (
        rows(langs=lambda i, n: [0] * n),
        "'langs', which is no input of the model: remove it. The inputs are input_ids, att",
    ),
    "embeddings for tokens": (
        rows(inputs_embeds=lambda i, n: [[0.5] * 32] * n),
        "'inputs_embeds', which is no input",
    ),
    "text for numbers": (change(1, attention_mask=["1"] * 9), "row 1 .*'1'.* is no number"),
    "tokens that are no whole numbers": (change(6, input_ids=[1.5] * 4), "row 6 .* a list of tok"),
    "one shape, then another": (
        rows(position_ids=lambda i, n: [0] * n if i < 3 else [[0]] * n),
        "row 3 .* position_ids has shape",
    ),
    "a regression label": (change(2, labels=-0.4), "row 2 .*'float' object cannot be interpreted"),
    "a label that would be cut": (change(2, labels=1.7), "row 2 .* whole numbers"),
    "labels one by one": (change(2, labels=[0, 1]), "row 2 .* whole numbers"),
    "a mapping of columns": ({"input_ids": [[1]], "labels": [0]}, "train is a dict; give a seq"),
    "a stream": (iter(rows()), "train is a list_iterator; give a sequence of rows"),
    "an id that one row lacks": (
        [{"id": "a"} | row if i != 3 else row for i, row in enumerate(rows())],
        "train row 3 lacks 'id', row 0 has it",
    ),
    "rows without names": ([[1, 2], [3, 4]], "train's rows are of type list; give mappings"),
    "no rows": ([], "train holds no examples"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_rows_are_refused_by_name(model, case):
    table, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        Examples(table, "train", model)


@pytest.mark.slow
def test_an_input_is_given_to_train_and_test_or_to_neither(model):
    typed = rows(token_type_ids=lambda i, n: [0] * n)
    with pytest.raises(ValueError, match="only one of train and test has .'token_type_ids'"):
        score(model, typed, rows())
    masked = rows(attention_mask=lambda i, n: [1] * n)
    np.testing.assert_array_equal(score(model, masked, rows()), score(model, rows(), rows()))


def test_a_model_without_a_table_of_tokens_takes_any():
    """CANINE hashes characters; only a negative number is none."""
    model = AutoModelForSequenceClassification.from_config(tiny_config("canine"))
    text = {"input_ids": [0x10FFFF] * 9, "labels": 0}
    assert Examples([text], "test", model).columns == ["input_ids"]
    with pytest.raises(ValueError, match="go from -1 to 3, the model's from 0;"):
        Examples([text | {"input_ids": [-1, 3]}], "test", model)
