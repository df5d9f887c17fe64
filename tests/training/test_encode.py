"""A row's token ids are its own: they depend neither on the rows beside it nor on their number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_studies import write_bert

from xlshare.study.parameters import Study
from xlshare.training import models

PAIRS = [
    ("one river flows into the other", "a river"),
    ("one river", ""),
    ("", "a river flows"),
    ("", ""),
    ("a river flows into another one " * 40, "one"),
    ("one", "a river flows into another one " * 40),
]


def examples(pairs: list[tuple[str, str | None]]) -> pd.DataFrame:
    rows = [(f"r{i}", "en", f"g{i}", a, b, i % 2) for i, (a, b) in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["id", "lang", "group", "text_a", "text_b", "label"])


@pytest.fixture(params=["mini", "bert"])
def tokenizer(request: pytest.FixtureRequest, tmp_path: Path):
    """XLM-R's kind, which divides two texts by two tokens, and BERT's, which numbers them."""
    texts = [text for pair in PAIRS for text in pair]
    model = "mini" if request.param == "mini" else str(write_bert(tmp_path / "bert", texts))
    return models.load_tokenizer(Study(model=model))


@pytest.mark.parametrize("texts", ["two", "one"])
def test_a_row_alone_is_encoded_as_among_others(tokenizer, texts: str) -> None:
    pairs = PAIRS if texts == "two" else [(a, None) for a, _ in PAIRS]
    frame = examples(pairs)
    together = models.encode(frame, tokenizer, 32)
    for i in range(len(frame)):
        assert models.encode(frame.iloc[[i]], tokenizer, 32)[0] == together[i]


def test_an_empty_second_text_leaves_the_tokens_that_divide_a_pair(tokenizer) -> None:
    pair, empty = models.encode(examples(PAIRS), tokenizer, 32)["input_ids"][:2]
    dividers = [sum(i in tokenizer.all_special_ids for i in ids) for ids in (pair, empty)]
    assert (
        dividers[0]
        == dividers[1]
        > sum(i in tokenizer.all_special_ids for i in tokenizer(["one river"])["input_ids"][0])
    )
