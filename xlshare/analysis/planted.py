"""Whether an attribution finds what was planted in the training data, as counts.

Three plants (`xlshare.data.planting`) and what should be seen of them:

    noise   rows with another label than theirs stand out among their language's: their own
            gradients are larger (self-influence, Pruthi et al. 2020, Section 4.1), and they speak
            against the tests
    copy    a list that holds a copy holds the original too, since both have the same gradients
    cue     tests with the cue have proponents with the cue
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from xlshare.analysis import counts, overlap
from xlshare.analysis.estimates import contrast
from xlshare.analysis.languages import language_shares
from xlshare.analysis.rankings import summed, top_examples
from xlshare.analysis.scores import read_scores
from xlshare.data import planting
from xlshare.data.planting import COPY, CUE, NOISE, PLANTED
from xlshare.study import artifacts
from xlshare.study.artifacts import Run

SELF_INFLUENCE, MEAN_SCORE, LOSS = "self-influence", "mean score", "loss"
WITH, WITHOUT = "with", "without"  # the cue
CUE_GAIN = contrast("cue", {WITH: 1, WITHOUT: -1})


def counts_of(run: Run) -> dict[str, pd.DataFrame]:
    """All counts of a run on planted truths, by the names that its stage saves them under."""
    examples = artifacts.read_examples(run.study, variant=run.variant)
    fitted, predictions = (
        artifacts.read_examples(run.study, name, variant=run.variant)
        for name in ("fitted", "predictions")
    )
    scores = read_scores(run.study, variant=run.variant)
    train, at = examples[examples["split"] == "train"], planting.hosts(run.study)
    top = top_examples(scores, run.study.influence.top_k)
    tests = read_scores(run.study)["test"].values  # those of the study, without those of the cue
    of_source = top[top["test"].isin(tests) & (top["test_lang"] == at.source)]
    signals = suspicion(scores.sel(test=tests), fitted)
    cued = set(examples.loc[(examples["split"] == "test") & (examples[PLANTED] == CUE), "id"])
    return {
        "planted_noise": noise_found(train[train["lang"] == at.noise], signals),
        "planted_copy": originals_beside_copies(of_source, train, at),
        "planted_shares": language_shares(of_source, train["lang"]),
        "planted_cue": cue_found(top, planting.cue_rows(examples, at.cue), cued),
        "planted_confidence": confidence(predictions, cued),
    }


def suspicion(scores: xr.DataArray, fitted: pd.DataFrame) -> dict[str, pd.Series]:
    """How suspect each training example is by three signals, larger where more so.

    Args:
        scores: dims (checkpoint, test, train), with the gradients' norms.
        fitted: the training examples with the model's confidence in the label of each.

    Returns:
        By signal, values by the id of a training example. The signals are self-influence (the
        squared norm of its gradient, summed over checkpoints), the mean score over the tests (lower
        is more suspect, so negated), and, for comparison, the model's loss.
    """
    return {
        SELF_INFLUENCE: (scores["train_norm"] ** 2).sum("checkpoint").to_series(),
        MEAN_SCORE: -summed(scores).mean("test").to_series(),
        LOSS: -fitted.set_index("id")["confidence"].map(np.log),
    }


def noise_found(rows: pd.DataFrame, signals: Mapping[str, pd.Series]) -> pd.DataFrame:
    """How many clean rows each row with another label outranks; chance is half of them.

    The ratio is the area under the ROC curve; ties count half.

    Args:
        rows: training examples of one language, with the column `planted`.
        signals: of `suspicion`.

    Returns:
        Counts with key signal; `test` is the row with another label.
    """
    is_noise = rows[PLANTED] == NOISE
    noise, clean = rows[is_noise], rows[~is_noise]
    facts = {"test": noise["id"], "content": noise["group"], "denominator": len(clean)}
    tables = []
    for signal, values in signals.items():
        percent = stats.percentileofscore(values[clean["id"]], values[noise["id"]], kind="mean")
        outranked = np.asarray(percent) / 100 * len(clean)
        tables.append(pd.DataFrame(facts | {"signal": signal, "numerator": outranked}))
    return pd.concat(tables, ignore_index=True).assign(expected=0.5)


def originals_beside_copies(
    top: pd.DataFrame, train: pd.DataFrame, at: planting.Hosts
) -> pd.DataFrame:
    """Of the copies in each list, how many have their original in it.

    Chance is what as many copies with the same labels, drawn at random, would give.

    Args:
        top: lists of tests in the original's language.
        train: the training set.
        at: names both languages.

    Returns:
        Counts of `overlap.hits`, where an example and its copy have one group.
    """
    originals, copies = (top[top["train_lang"] == lang] for lang in (at.source, at.copy))
    return overlap.hits(top, copies, originals, train[train["lang"] == at.copy], "group")


def cue_found(top: pd.DataFrame, could: pd.DataFrame, cued: set[str]) -> pd.DataFrame:
    """Of the places that could hold the cue, how many do; chance is its share of these rows.

    Args:
        top: lists of all tests.
        could: the training rows that could carry the cue, with the column `planted`.
        cued: the tests that carry it. Tests of the same contents are counted too.

    Returns:
        Counts with key cue ("with" or "without", of the tests).
    """
    carriers = could.loc[could[PLANTED] == CUE, "id"]
    has_cue = top["test"].isin(cued)
    contents = top.loc[has_cue, ["test_lang", "content"]].drop_duplicates()
    lists = top.assign(cue=np.where(has_cue, WITH, WITHOUT)).merge(contents)
    lists = lists[lists["train"].isin(could["id"])]
    chance = len(carriers) / len(could)
    return counts.places(lists, lists["train"].isin(carriers), ["cue"], chance)


def confidence(predictions: pd.DataFrame, cued: set[str]) -> pd.DataFrame:
    """What the cue does to the model's confidence in the label that it goes with.

    Returns:
        Counts with key cue ("with" or "without"), one test each.
    """
    has_cue = predictions["id"].isin(cued)
    contents = predictions.loc[has_cue, ["lang", "group"]].drop_duplicates()
    rows = predictions.assign(cue=np.where(has_cue, WITH, WITHOUT)).merge(contents)
    facts = {"test": rows["id"], "content": rows["group"], "numerator": rows["confidence"]}
    return rows[["cue"]].assign(**facts, denominator=1, expected=np.nan)


def copies_apart(run: Run) -> float:
    """The largest difference between the scores of an example and of its copy, for any test."""
    scores = summed(read_scores(run.study, variant=run.variant))
    copies = [one for one in scores["train"].values if one.endswith(f"-{COPY}")]
    originals = [one.removesuffix(f"-{COPY}") for one in copies]
    apart = scores.sel(train=copies).values - scores.sel(train=originals).values
    return float(np.abs(apart).max())
