"""Do the scores predict what another training set does to the model?

What a subset of the training data does to a test example is measured by training on it. Predicted
is the sum of the scores of its examples. How well ranks agree is the linear datamodeling score of
Park et al. (2023). The same is asked of whole languages: what becomes of a test language without a
training language?
"""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from xlshare.analysis.composition import same_label
from xlshare.analysis.counts import in_role, own
from xlshare.analysis.languages import language_shares
from xlshare.analysis.rankings import tests_of, top_examples
from xlshare.study.names import FOLD, PROPONENTS, without

BY_SUM, BY_SHARE = "sum of scores", "share of proponents"  # what predicts a language's effect


def compared(
    named: Mapping[str, xr.DataArray],
    halves: Mapping[str, Set[str]],
    margins: pd.DataFrame,
    k: int,
) -> dict[str, pd.DataFrame]:
    """Every measure of every score.

    Args:
        named: scores by name, dims (test, train).
        halves: the training examples of each random half, by its name.
        margins: of `margins.after_training`, of the halves, without each language and fold.
        k: the size of the lists.

    Returns:
        Counts by the name of their measure, with key score; these are lds, agreement (with key by),
        own_share_by_score and same_label_by_score (of proponents).
    """
    parts = [
        {name: table.assign(score=score) for name, table in measures.items()}
        for score, measures in (
            (score, _measures(values, halves, margins, k)) for score, values in named.items()
        )
    ]
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}


def _measures(
    scores: xr.DataArray, halves: Mapping[str, Set[str]], margins: pd.DataFrame, k: int
) -> dict[str, pd.DataFrame]:
    top, shares = top_examples(scores, k, PROPONENTS), proponents_from(scores, k)
    effects = language_effects(scores, margins)
    predicted = {BY_SUM: language_scores(scores), BY_SHARE: language_places(shares)}
    return {
        "lds": lds(scores, halves, margins),
        "agreement": pd.concat(
            [agreement(effects, table).assign(by=by) for by, table in predicted.items()]
        ),
        "own_share_by_score": own(shares),
        "same_label_by_score": in_role(same_label(top, scores["train_label"].values), PROPONENTS),
    }


def proponents_from(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """Counts of `languages.language_shares`, of proponents alone."""
    top = top_examples(scores, k, PROPONENTS)
    return in_role(language_shares(top, scores["train_lang"].values), PROPONENTS)


def lds(scores: xr.DataArray, kept: Mapping[str, Set[str]], margins: pd.DataFrame) -> pd.DataFrame:
    """The linear datamodeling score of each test example (Park et al. 2023, Section 3).

    Args:
        scores: summed over checkpoints, dims (test, train).
        kept: the training examples of each subset, by its name.
        margins: of `margins.after_training`; the mean over its seeds is what counts.

    Returns:
        Counts with key test_lang, whose numerator is Spearman's correlation over subsets between
        the margin and the sum of scores; the denominator is 0 where one of the two never changes.
    """
    member = np.array([[train in kept[name] for train in scores["train"].values] for name in kept])
    predicted = scores.values @ member.T.astype(float)  # (tests, subsets)
    measured = _margins(margins, kept, scores)
    return _correlations(tests_of(scores)[["test_lang", "test", "content"]], predicted, measured)


def language_effects(scores: xr.DataArray, margins: pd.DataFrame) -> pd.DataFrame:
    """How much each training language raises the margins of each test language.

    Args:
        scores: names the tests and the training languages.
        margins: of `margins.after_training`, without each language and without each fold.

    Returns:
        Counts with keys test_lang and train_lang, whose numerator is the margin without as many
        random examples (the mean over folds) less the margin without the language; chance is 0.
    """
    languages = list(dict.fromkeys(scores["train_lang"].values.tolist()))
    folds = [name for name in margins["subset"].unique() if name.startswith(FOLD)]
    control = _margins(margins, folds, scores).mean(axis=1, keepdims=True)
    effects = control - _margins(margins, [without(lang) for lang in languages], scores)
    return _by_language(scores, languages, effects)


def language_scores(scores: xr.DataArray) -> pd.DataFrame:
    """The sum of scores of each training language's examples, as `language_effects` are laid out.

    Taken as it is, it predicts what the language is worth; the mean over languages is 0, since
    the control leaves out as much of each.
    """
    languages = list(dict.fromkeys(scores["train_lang"].values.tolist()))
    of_lang = scores["train_lang"].values[:, None] == np.array(languages)  # (train, languages)
    sums = scores.values.astype(float) @ of_lang
    return _by_language(scores, languages, sums - sums.mean(axis=1, keepdims=True))


def language_places(shares: pd.DataFrame) -> pd.DataFrame:
    """The share of each training language in each list, as `language_effects` are laid out.

    Args:
        shares: counts of `languages.language_shares`, of one role.
    """
    part = shares["numerator"] / shares["denominator"]
    rows = shares[["test_lang", "train_lang", "test", "content"]]
    return rows.assign(numerator=part, denominator=1, expected=shares["expected"])


def agreement(effects: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Spearman's correlation over training languages of effect and prediction, test by test.

    Args:
        effects: of `language_effects`.
        predicted: of `language_scores` or `language_places`.

    Returns:
        Counts with key test_lang, as those of `lds`.
    """
    keys = ["test_lang", "test", "content"]
    wide = [
        table.pivot(index=keys, columns="train_lang", values="numerator")
        for table in (effects, predicted)
    ]
    both = wide[0].index.intersection(wide[1].index, sort=False)  # a test may have no proponent
    measured, found = (table.loc[both, wide[0].columns].to_numpy() for table in wide)
    return _correlations(both.to_frame(index=False), found, measured)


def _by_language(scores: xr.DataArray, languages: list[str], values: np.ndarray) -> pd.DataFrame:
    """A value for each test and training language as counts."""
    tests = tests_of(scores)[["test_lang", "test", "content"]]
    tables = [
        tests.assign(train_lang=lang, numerator=values[:, place], denominator=1, expected=0.0)
        for place, lang in enumerate(languages)
    ]
    return pd.concat(tables, ignore_index=True)


def _margins(margins: pd.DataFrame, subsets, scores: xr.DataArray) -> np.ndarray:
    """Mean margins over seeds (tests, subsets), in the order of both."""
    means = margins.pivot_table(index="test", columns="subset", values="margin", aggfunc="mean")
    return means.loc[scores["test"].values.tolist(), list(subsets)].to_numpy()


def _correlations(rows: pd.DataFrame, found: np.ndarray, measured: np.ndarray) -> pd.DataFrame:
    """Spearman's correlation of each row of two matrices as counts."""
    ranks = [stats.rankdata(values, axis=1) for values in (found, measured)]
    apart = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    lengths = np.prod([np.linalg.norm(rank, axis=1) for rank in apart], axis=0)
    known = lengths > 0
    products = (apart[0] * apart[1]).sum(axis=1)
    values = np.divide(products, lengths, out=np.zeros(len(rows)), where=known)
    return rows.assign(numerator=values, denominator=known.astype(int), expected=0.0)
