"""Baselines that need no model."""

from __future__ import annotations

import pandas as pd
import pytest

from xlshare.training.baselines import all_baselines, bag_of_words, majority

WORDS = {"en": ("good", "bad"), "zh": ("好书", "坏书")}


def _reviews(train: int = 20, dev: int = 10, positive: float = 0.7) -> pd.DataFrame:
    """One telling word a review, in two languages."""
    rows = [
        {"split": split, "lang": lang, "text_a": f"a {words[i >= n * positive]} x", "text_b": None,
         "label": int(i < n * positive)}
        for lang, words in WORDS.items()
        for split, n in (("train", train), ("dev", dev))
        for i in range(n)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_majority_is_the_part_of_dev_with_the_most_frequent_training_label() -> None:
    examples = _reviews()
    dev = examples["split"] == "dev"
    examples.loc[dev & (examples["lang"] == "zh"), "label"] = 0
    table = majority(examples).set_index("lang")
    assert table["accuracy"].to_dict() == pytest.approx({"en": 0.7, "zh": 0.0, "all": 0.35})
    assert table["n"].to_dict() == {"en": 10, "zh": 10, "all": 20}


def test_telling_words_are_found_in_every_script() -> None:
    table = bag_of_words(_reviews(positive=0.5), seed=1)
    assert (table["accuracy"] == 1).all() and (table["method"] == "bag_of_words").all()


def test_chinese_words_are_told_apart_by_character() -> None:
    """A text of Han characters that never stood together in training is still recognised."""
    examples = _reviews(positive=0.5)
    zh_dev = (examples["split"] == "dev") & (examples["lang"] == "zh")
    examples.loc[zh_dev, "text_a"] = examples.loc[zh_dev, "label"].map({1: "很好的", 0: "很坏的"})
    assert bag_of_words(examples).set_index("lang").loc["zh", "accuracy"] == 1


def test_the_two_texts_are_separate_features() -> None:
    """The label is in which text a word stands: a bag of both texts together could not tell."""
    examples = _reviews(positive=0.5)
    examples["text_a"] = examples["label"].map({1: "one", 0: "two"})
    examples["text_b"] = examples["label"].map({1: "two", 0: "one"})
    assert (bag_of_words(examples)["accuracy"] == 1).all()


def test_word_order_and_the_relation_of_texts_stay_invisible() -> None:
    """Equal or swapped: every word is as frequent in either label, so accuracy is the majority."""
    examples = _reviews(positive=0.5)
    examples["text_a"] = "one two"
    examples["text_b"] = examples["label"].map({1: "one two", 0: "two one"})
    assert bag_of_words(examples).set_index("lang").loc["all", "accuracy"] == 0.5


def test_all_baselines_stand_side_by_side_for_every_language() -> None:
    table = all_baselines(_reviews()).pivot(index="lang", columns="method", values="accuracy")
    assert set(table.index) == {"en", "zh", "all"}
    assert set(table.columns) == {"majority", "bag_of_words"} and table.notna().all(axis=None)


def test_missing_splits_and_single_labels_are_refused() -> None:
    examples = _reviews()
    with pytest.raises(ValueError, match="split 'dev'"):
        majority(examples[examples["split"] == "train"])
    with pytest.raises(ValueError, match="label 1"):
        bag_of_words(examples[examples["label"] == 1])
