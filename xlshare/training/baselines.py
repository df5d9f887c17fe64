"""Accuracy that needs no understanding: the majority label, and a bag of words.

The paper has no such floor. Without one, nobody can say whether influence scores come from a model
that learned the task. The bag of words sees which words stand in each text, neither their order nor
how the two texts relate: it should not be able to tell a paraphrase or an entailment, and where it
can, the data give the label away. For reviews it is a serious opponent.
"""

from __future__ import annotations

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

# Chinese is written without spaces: each Han character is a word of its own
WORD = r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+"


def all_baselines(examples: pd.DataFrame, seed: int = 0, split: str = "dev") -> pd.DataFrame:
    """`majority` and `bag_of_words` in one table."""
    found = [majority(examples, split), bag_of_words(examples, seed, split)]
    return pd.concat(found, ignore_index=True)


def majority(examples: pd.DataFrame, split: str = "dev") -> pd.DataFrame:
    """Accuracy on `split` of the training set's most frequent label (the smaller of equals).

    Args:
        examples: the example table; split train of all languages is learned from.
        split: what is predicted.

    Returns:
        A row for each language and "all", with method, lang, accuracy and n (examples).

    Raises:
        ValueError: if split train or `split` is empty.
    """
    train, rows = _splits(examples, split)
    return _accuracy("majority", rows, rows["label"] == train["label"].mode().iloc[0])


def bag_of_words(examples: pd.DataFrame, seed: int = 0, split: str = "dev") -> pd.DataFrame:
    """Accuracy on `split` of a logistic regression on tf-idf weighted words of either text.

    One classifier is trained on all languages, as the model is; the words of text_a and text_b are
    separate features.

    Args:
        examples: the example table; text_b may be missing.
        seed: of the classifier.
        split: what is predicted.

    Returns:
        A row for each language and "all", with method, lang, accuracy and n (examples).

    Raises:
        ValueError: if split train or `split` is empty, or train has one label only.
    """
    train, rows = _splits(examples, split)
    if train["label"].nunique() < 2:
        raise ValueError(
            f"every training example has label {train['label'].iloc[0]}: a classifier needs both"
        )
    texts = ["text_a"] if train["text_b"].isna().all() else ["text_a", "text_b"]
    words = [(text, TfidfVectorizer(token_pattern=WORD), text) for text in texts]
    classifier = LogisticRegression(max_iter=1000, random_state=seed)
    model = make_pipeline(ColumnTransformer(words), classifier)
    model.fit(train[texts].fillna(""), train["label"])
    found = model.predict(rows[texts].fillna(""))
    return _accuracy("bag_of_words", rows, found == rows["label"])


def _splits(examples: pd.DataFrame, split: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, rows = (examples[examples["split"] == name] for name in ("train", split))
    for name, part in (("train", train), (split, rows)):
        if part.empty:
            raise ValueError(f"no example of split {name!r}: give the whole example table")
    return train, rows


def _accuracy(method: str, rows: pd.DataFrame, correct: pd.Series) -> pd.DataFrame:
    by_lang = correct.groupby(rows["lang"], sort=False).agg(["mean", "size"])
    by_lang.loc["all"] = [correct.mean(), len(correct)]
    table = by_lang.rename_axis("lang").reset_index()
    table = table.rename(columns={"mean": "accuracy", "size": "n"}).astype({"n": int})
    return table.assign(method=method)[["method", "lang", "accuracy", "n"]]
