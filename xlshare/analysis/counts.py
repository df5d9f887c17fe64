"""What is counted, test example by test example, in a study with one seed.

Every share, cell and curve of its tables is a ratio of two sums over test examples. A table of
counts has keys (`test_lang`, whose tests are sampled together, among them), `test`, `above` (hits),
`below` (places) and, for shares, `expected` (hits of a random list).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis import composition, overlap, removals
from xlshare.analysis.rankings import SIGNS, summed, top_examples, top_of_both_signs
from xlshare.analysis.scores import convert, read_scores
from xlshare.study import artifacts
from xlshare.study.parameters import Study

COUNTS = ["above", "below", "expected"]


def language_shares(scores: xr.DataArray, k: int) -> pd.DataFrame:
    """Places of each training language in the lists (Figure 2): test_lang, sign, train_lang."""
    return _places(top_of_both_signs(scores, k), scores["train_lang"].values)


def _places(top: pd.DataFrame, train_languages: np.ndarray) -> pd.DataFrame:
    parts = pd.Series(train_languages).value_counts(normalize=True, sort=False)
    keys = ["test_lang", "sign", "test"]
    counts = pd.crosstab([top[key] for key in keys], top["train_lang"])
    counts = counts.reindex(columns=parts.index.rename("train_lang"), fill_value=0)
    long = counts.stack().rename("above").reset_index()
    long["below"] = top.groupby(keys).size().loc[counts.index].repeat(len(parts)).to_numpy()
    return long.assign(expected=long["below"] * long["train_lang"].map(parts))


def average_scores(scores: xr.DataArray) -> pd.DataFrame:
    """Mean scores of each training language (Tables 3 and 5): test_lang, train_lang."""
    scores = summed(scores)
    frame = pd.DataFrame(scores.values.T, columns=scores["test"].values)
    means = frame.groupby(scores["train_lang"].values).mean().rename_axis("train_lang")
    long = means.reset_index().melt("train_lang", var_name="test", value_name="above")
    languages = dict(zip(scores["test"].values, scores["test_lang"].values))
    return long.assign(test_lang=long["test"].map(languages), below=1)


def own_share_curve(scores: xr.DataArray, ks: Iterable[int]) -> pd.DataFrame:
    """The own language's places in the top k, for every k: test_lang, sign, k."""
    scores, ks = summed(scores), np.array(sorted(set(ks)))
    own_part = pd.Series(scores["train_lang"].values).value_counts(normalize=True)
    tables = []
    for sign in SIGNS:
        top = top_examples(scores, int(ks[-1]), sign)
        own = (top["train_lang"] == top["test_lang"]).to_numpy().reshape(-1, ks[-1])
        counts = pd.DataFrame(own.cumsum(axis=1)[:, ks - 1], columns=ks)
        counts = counts.assign(test=scores["test"].values, test_lang=scores["test_lang"].values)
        long = counts.melt(["test", "test_lang"], var_name="k", value_name="above")
        chance = long["test_lang"].map(own_part)
        tables.append(long.assign(sign=sign, below=long["k"], expected=long["k"] * chance))
    return pd.concat(tables, ignore_index=True).astype({"k": int})


def translations(top: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Translations among the examples of other languages (Table 4): test_lang, sign."""
    counted = overlap.count_translations(top, train)
    return counted.rename(columns={"count": "above", "drawn": "below"})


def own_share(places: pd.DataFrame, sign: str) -> pd.DataFrame:
    """The own language's places in the lists of one sign, of `language_shares`: test_lang."""
    own = (places["test_lang"] == places["train_lang"]) & (places["sign"] == sign)
    return places[own].drop(columns=["train_lang", "sign"])


def hits(
    top: pd.DataFrame, found: pd.Series, keys: list[str], chance: pd.Series | float | None = None
) -> pd.DataFrame:
    """Which places in lists are `found`, and how many a random list would have."""
    places = top[[*keys, "test"]].assign(above=found.astype(int), below=1)
    if chance is not None:
        places = places.assign(expected=chance)
    return places.groupby([*keys, "test"], sort=False).sum().reset_index()


def same_labels(top: pd.DataFrame, train_labels: Iterable[int]) -> pd.DataFrame:
    """Examples with the test example's label (Appendix A): test_lang, sign."""
    parts = pd.Series(list(train_labels)).value_counts(normalize=True)
    chance = top["test_label"].map(parts).fillna(0.0)
    return hits(top, top["train_label"] == top["test_label"], ["test_lang", "sign"], chance)


def concentration(top: pd.DataFrame) -> pd.DataFrame:
    """The ten most frequent examples, and the most frequent language: sign, what."""
    tables = []
    for _, lists in top.groupby("sign", sort=False):
        for what, found in composition.most_frequent(lists).items():
            table = hits(lists.assign(test_lang="all"), found, ["test_lang", "sign"])
            tables.append(table.assign(what=what))
    return pd.concat(tables, ignore_index=True)


def hangul(top: pd.DataFrame, examples: pd.DataFrame) -> pd.DataFrame:
    """Retrieved Korean examples in Hangul (Section 7.1): test_lang ("ko", "other", "all"), sign."""
    places, chance = composition.korean_places(top, examples)
    own = places["test_lang"].where(places["test_lang"] == "ko", "other")
    both = pd.concat([places.assign(test_lang=own), places.assign(test_lang="all")])
    return hits(both, both["hangul"], ["test_lang", "sign"], chance)


def returned(
    full: pd.DataFrame, zero_shot: pd.DataFrame, lang: str, train: pd.DataFrame
) -> pd.DataFrame:
    """What of the full model's lists comes back without a language: test_lang, sign, what."""
    counted = overlap.count_recovered(full, zero_shot, lang, train).assign(test_lang=lang)
    return counted.rename(columns={"count": "above", "drawn": "below"})


# ---- The counts of a study ---------------------------------------------------------------------


def counts(study: Study) -> dict[str, pd.DataFrame]:
    """What is counted in each test example's lists, by table, of one seed's study."""
    scores, k = read_scores(study), study.influence.top_k
    total = summed(scores)
    ks = np.unique(np.geomspace(1, total.sizes["train"], 16).round().astype(int))
    found = {"accuracy": _accuracy(study), "language_shares": language_shares(total, k)}
    found |= {"averages": average_scores(total), "curve": own_share_curve(total, ks)}
    parts = {
        "03_quality": lambda: _quality(study, total),
        "04_language_shares": lambda: _composition(study, scores),
        "05_reinforcement": lambda: {"reinforcement": _translations(study, total)},
        "06_dynamics": lambda: {"by_epoch": _epochs(scores, k)},
        "07_zero_shot": lambda: _zero_shot(study, total),
        "08_imbalance": lambda: {"imbalance": _imbalance(study, total)},
    }
    for stage in study.planned:
        found |= parts.get(stage, dict)()
    return found


def _accuracy(study: Study, variant: str = "") -> pd.DataFrame:
    """Right answers on what the model was not trained on: test_lang, split."""
    rows = artifacts.read_examples(study, "predictions", variant=variant)
    facts = {"test_lang": rows["lang"], "split": rows["split"], "test": rows["id"]}
    return pd.DataFrame(facts).assign(above=rows["correct"], below=1, expected=np.nan)


def _quality(study: Study, scores: xr.DataArray) -> dict[str, pd.DataFrame]:
    """Confidence without the strongest examples (Figure 1), and whose labels these have."""
    rows = artifacts.read_table(study, "quality_retrained")
    change = rows[["k", "removed", "test", "change"]].rename(columns={"change": "above"})
    apart = removals.against_control(rows).rename(columns={"difference": "above"})
    top = top_examples(scores, study.influence.top_k)
    return {
        "confidence": change.assign(below=1, test_lang="all"),
        "beyond_control": apart.assign(below=1, test_lang="all"),
        "labels": same_labels(top, scores["train_label"].values),
    }


def _composition(study: Study, scores: xr.DataArray) -> dict[str, pd.DataFrame]:
    """Few or many examples, by similarity (footnote 1), and Korean written in Hangul."""
    k, tables = study.influence.top_k, []
    for similarity in ("cosine", "dot"):
        top = top_of_both_signs(convert(scores, similarity), k)
        tables.append(concentration(top).assign(similarity=similarity))
    found = {"concentration": pd.concat(tables, ignore_index=True)}
    if "ko" in study.languages:
        top = top_of_both_signs(scores, k)
        found |= {"hangul": hangul(top, artifacts.read_examples(study))}
    return found


def _translations(study: Study, scores: xr.DataArray) -> pd.DataFrame:
    examples = artifacts.read_examples(study)
    train = examples[examples["split"] == "train"]
    return translations(top_of_both_signs(scores, study.influence.top_k), train)


def _epochs(scores: xr.DataArray, k: int) -> pd.DataFrame:
    epochs = scores["checkpoint"].values.tolist()
    tables = [language_shares(scores.sel(checkpoint=e), k).assign(epoch=e) for e in epochs]
    return pd.concat(tables, ignore_index=True)


def _zero_shot(study: Study, scores: xr.DataArray) -> dict[str, pd.DataFrame]:
    """Who fills the lists with and without a language, what returns, and the accuracy in it."""
    k, examples = study.influence.top_k, artifacts.read_examples(study)
    train, shares, back, accuracies = examples[examples["split"] == "train"], [], [], []
    for lang in study.left_out:
        variants = {"with": "", "without": f"without-{lang}"}
        without = read_scores(study, variant=variants["without"])
        tops = {}
        for model, one in (("with", scores), ("without", without)):
            mine = one.sel(test=one["test_lang"] == lang)
            tops[model] = top_of_both_signs(mine, k)
            shares.append(language_shares(mine, k).assign(model=model))
            right = _accuracy(study, variants[model]).assign(model=model)
            accuracies.append(right[(right["split"] == "test") & (right["test_lang"] == lang)])
        back.append(returned(tops["with"], tops["without"], lang, train))
    tables = {"zero_shot": shares, "returned": back, "zero_shot_accuracy": accuracies}
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _imbalance(study: Study, scores: xr.DataArray) -> pd.DataFrame:
    tables = []
    for lang in study.languages:
        amounts = {more: f"more-{lang}-{more}" for more in study.imbalance.extra_percent}
        runs = {more: read_scores(study, variant=v) for more, v in amounts.items()}
        for extra, one in ({0: scores} | runs).items():
            mine = one.sel(test=one["test_lang"] == lang)
            tables.append(language_shares(mine, study.influence.top_k).assign(extra=extra))
    return pd.concat(tables, ignore_index=True)
