"""Counts of models that were trained again on other data (Sections 8.3 and 8.4)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from xlshare.analysis import counts
from xlshare.analysis.languages import language_shares
from xlshare.analysis.overlap import returned
from xlshare.analysis.rankings import top_lists
from xlshare.analysis.scores import read_scores
from xlshare.study import artifacts
from xlshare.study.artifacts import Run


def zero_shot(run: Run, runs: Mapping[str, Run]) -> dict[str, pd.DataFrame]:
    """What becomes of a language that is left out (Section 8.3).

    Args:
        run: of the model that was trained on all languages.
        runs: those without a language, by language.

    Returns:
        Counts by name, which are zero_shot_shares (who fills the lists, with key model, "with" or
        "without" the language), returned (`overlap.returned`) and zero_shot_accuracy (with key
        model).
    """
    shares, back, accuracies = [], [], []
    for lang, alone in runs.items():
        models = {"with": run, "without": alone}
        lists = {model: _lists(one, lang) for model, one in models.items()}
        for model, one in models.items():
            found = language_shares(lists[model], train_examples(one)["lang"])
            shares.append(found.assign(model=model))
            accuracies.append(_accuracy(one, lang).assign(model=model))
        back.append(returned(lists["with"], lists["without"], lang, train_examples(run)))
    named = {"zero_shot_shares": shares, "returned": back, "zero_shot_accuracy": accuracies}
    return {name: pd.concat(tables, ignore_index=True) for name, tables in named.items()}


def imbalance_shares(run: Run, runs: Mapping[tuple[str, int], Run]) -> pd.DataFrame:
    """Who fills a language's lists when it has more data: counts with key extra (Figure 5).

    Args:
        run: of the balanced data, which has `extra` 0.
        runs: those with more, by language and per cent.
    """
    balanced = {(lang, 0): run for lang in dict.fromkeys(lang for lang, _ in runs)}
    tables = [
        language_shares(_lists(one, lang), train_examples(one)["lang"]).assign(extra=extra)
        for (lang, extra), one in (balanced | dict(runs)).items()
    ]
    return pd.concat(tables, ignore_index=True)


def train_examples(run: Run) -> pd.DataFrame:
    """The examples that a run was trained on."""
    examples = artifacts.read_examples(run.study, variant=run.variant)
    return examples[examples["split"] == "train"]


def _lists(run: Run, lang: str) -> pd.DataFrame:
    """The proponents and opponents of the tests in one language."""
    scores = read_scores(run.study, variant=run.variant)
    return top_lists(scores.sel(test=scores["test_lang"] == lang), run.study.influence.top_k)


def _accuracy(run: Run, lang: str) -> pd.DataFrame:
    """Right answers of a run on the test examples in one language."""
    rows = artifacts.read_examples(run.study, "predictions", variant=run.variant)
    return counts.accuracy(rows[(rows["split"] == "test") & (rows["lang"] == lang)])
