"""The same study with several seeds, and what they say together.

A study that lists `seeds` is run whole with each of them: samples, the head and the order of
training all hang on the seed. Here every share, cell and curve of its tables gets a value, the mean
over seeds, and an interval over seeds and, within a seed, over test examples: seeds are drawn with
replacement, then the tests of each. Few seeds give intervals that are too narrow rather than too
wide.

What is counted in one test example's lists comes as rows of keys, `test`, `above` (hits), `below`
(places) and, for shares, `expected` (hits of a random list); ratios of their sums are the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from xlshare import artifacts, overlap
from xlshare.dynamics import holm
from xlshare.intervals import LEVEL, RESAMPLES
from xlshare.numbers import name
from xlshare.rankings import SIGNS, summed, top_examples, top_of_both_signs
from xlshare.study import Study

TAIL = (1 - LEVEL) / 2
COUNTS = ["above", "below", "expected"]


class Draws:
    """Which seeds each resample holds: the same ones for all that is compared."""

    def __init__(self, seeds: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.chosen = self.rng.integers(seeds, size=(RESAMPLES, seeds))

    def ratios(self, above: list[np.ndarray], below: list[np.ndarray]) -> np.ndarray:
        """Resampled means over seeds of sums of `above` over sums of `below`.

        Args:
            above, below: (tests, m), one a seed; NaN where a seed has nothing below.

        Returns:
            (RESAMPLES, m).
        """
        parts = []
        for places in self.chosen.T:  # a seed that is drawn twice gets other tests each time
            of_seeds = np.stack([self._ratio(*both) for both in zip(above, below)])  # (seeds, R, m)
            parts.append(of_seeds[places, np.arange(RESAMPLES)])
        return mean_of_known(np.stack(parts))

    def _ratio(self, above: np.ndarray, below: np.ndarray) -> np.ndarray:
        tests = len(above)
        drawn = self.rng.multinomial(tests, np.full(tests, 1 / tests), size=RESAMPLES)
        drawn = drawn.astype(float)  # (R, tests): how often each test example was drawn
        return divide(drawn @ above, drawn @ below)  # (R, m)


def divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """`above` / `below`, NaN where nothing is below."""
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Means over the first axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return divide(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


# ---- One table from those of all seeds ---------------------------------------------------------


def over_seeds(counted: list[pd.DataFrame], value: str = "share", seed: int = 0) -> pd.DataFrame:
    """What the seeds' counts give together.

    Args:
        counted: one table a seed: keys (test_lang among them), test, above, below, expected.
        value: the name of the ratio's column.

    Returns:
        A row for each combination of keys: the keys, `value`, low, high, lowest and highest (of a
        single seed), seeds (those that have a value), and chance where there is `expected`.
    """
    keys = list(counted[0].columns.drop(["test", *COUNTS], errors="ignore"))
    draws, tables = Draws(len(counted), seed), []
    for index, above, below, *expected in _populations(counted, keys):
        single = _single(above, below)
        low, high = np.nanquantile(draws.ratios(above, below), [TAIL, 1 - TAIL], axis=0)
        facts = {value: mean_of_known(single), "low": low, "high": high}
        facts |= {"lowest": np.nanmin(single, axis=0), "highest": np.nanmax(single, axis=0)}
        facts |= {"seeds": (~np.isnan(single)).sum(axis=0)}
        if expected:
            facts |= {"chance": mean_of_known(_single(*expected, below))}
        tables.append(pd.concat([index.to_frame(index=False), pd.DataFrame(facts)], axis=1))
    return pd.concat(tables, ignore_index=True)


def _populations(counted: list[pd.DataFrame], keys: list[str]) -> Iterator[tuple]:
    """For the tests of each language, which are sampled together: keys, and counts by seed.

    Each of the counts is a list of (tests, m). Keys without a place in any seed are left out.
    """
    together = pd.concat(counted)
    together = together[together.groupby(keys, sort=False)["below"].transform("sum") > 0]
    for lang in together["test_lang"].unique():
        index = pd.MultiIndex.from_frame(together.loc[together["test_lang"] == lang, keys])
        index = index.drop_duplicates()
        wide = [_wide(one[one["test_lang"] == lang], keys, index) for one in counted]
        yield index, *map(list, zip(*wide))


def _wide(counts: pd.DataFrame, keys: list[str], index: pd.MultiIndex) -> list[np.ndarray]:
    """A seed's counts as (tests, m), 0 where it has none."""
    table = counts.set_index([*keys, "test"])
    wide = [table[kind].unstack("test") for kind in COUNTS if kind in table]
    for one in wide:
        one.index = pd.MultiIndex.from_frame(one.index.to_frame())  # of a single key too
    return [one.reindex(index).fillna(0.0).to_numpy(dtype=float).T for one in wide]


def _single(above: list[np.ndarray], below: list[np.ndarray]) -> np.ndarray:
    """Each seed's own ratios (seeds, m)."""
    return np.stack([divide(a.sum(axis=0), b.sum(axis=0)) for a, b in zip(above, below)])


def differences(counted: list[pd.DataFrame], measure: str, seed: int = 0) -> pd.DataFrame:
    """Which test languages differ in one share, of which `counted` holds a row a test example.

    Returns:
        A row for each two languages: measure, first, second, difference, low, high, p (two-sided,
        from the resamples), p_holm (Holm's correction over the pairs).
    """
    draws, resampled, values = Draws(len(counted), seed), {}, {}
    for index, above, below, *_ in _populations(counted, ["test_lang"]):
        lang = index[0][0]
        resampled[lang] = draws.ratios(above, below)[:, 0]
        values[lang] = mean_of_known(_single(above, below))[0]
    rows = []
    for first, second in combinations(values, 2):
        apart = resampled[first] - resampled[second]
        facts = {"first": first, "second": second, "difference": values[first] - values[second]}
        rows.append({"measure": measure} | facts | _tested(apart[~np.isnan(apart)]))
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p"])) if rows else table


def _tested(resampled: np.ndarray) -> dict[str, float]:
    """The interval of a resampled difference, and how surely it is not 0."""
    if not len(resampled):
        return dict.fromkeys(("low", "high", "p"), float("nan"))
    low, high = np.quantile(resampled, [TAIL, 1 - TAIL])
    beyond = min((resampled <= 0).sum(), (resampled >= 0).sum())
    return {"low": low, "high": high, "p": min(1.0, 2 * (beyond + 1) / (len(resampled) + 1))}


# ---- What is counted, test example by test example ---------------------------------------------


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


# ---- The tables of a study ---------------------------------------------------------------------


def tables_of(study: Study) -> dict[str, pd.DataFrame]:
    """All tables over the seeds of a study that ran with each, by name."""
    by_seed = [counts(one) for one in study.by_seed.values()]
    names = {"averages": "mean", "confidence": "change", "accuracy": "accuracy"}
    found = {
        table: over_seeds([of_seed[table] for of_seed in by_seed], names.get(table, "share"))
        for table in by_seed[0]
    }
    return found | {"differences": compare_languages(by_seed)}


def compare_languages(by_seed: list[Mapping[str, pd.DataFrame]]) -> pd.DataFrame:
    """`differences` of the own shares among proponents and opponents, and of translations."""
    found = [
        differences([own_share(one["language_shares"], sign) for one in by_seed], f"own, {sign}")
        for sign in SIGNS
    ]
    if "reinforcement" in by_seed[0]:
        rows = [one["reinforcement"] for one in by_seed]
        positive = [one[one["sign"] == "positive"].drop(columns="sign") for one in rows]
        found.append(differences(positive, "translations, positive"))
    table = pd.concat(found, ignore_index=True)
    return table.assign(first=table["first"].map(name), second=table["second"].map(name))


def counts(study: Study) -> dict[str, pd.DataFrame]:
    """What is counted in each test example's lists, by table, of one seed's study."""
    scores, k = artifacts.read_scores(study), study.influence.top_k
    total = summed(scores)
    ks = np.unique(np.geomspace(1, total.sizes["train"], 16).round().astype(int))
    found = {"accuracy": _accuracy(study), "language_shares": language_shares(total, k)}
    found |= {"averages": average_scores(total), "curve": own_share_curve(total, ks)}
    parts = {
        "03_quality": lambda: {"confidence": _confidence(study)},
        "05_reinforcement": lambda: {"reinforcement": _translations(study, total)},
        "06_dynamics": lambda: {"by_epoch": _epochs(scores, k)},
        "07_zero_shot": lambda: {"zero_shot": _zero_shot(study, total)},
        "08_imbalance": lambda: {"imbalance": _imbalance(study, total)},
    }
    for stage in study.planned:
        found |= parts.get(stage, dict)()
    return found


def _accuracy(study: Study) -> pd.DataFrame:
    rows = artifacts.read_examples(study, "predictions")
    rows = rows[rows["split"] == "test"]
    facts = {"test_lang": rows["lang"], "test": rows["id"], "above": rows["correct"]}
    return pd.DataFrame(facts).assign(below=1, expected=np.nan)


def _confidence(study: Study) -> pd.DataFrame:
    rows = artifacts.read_table(study, "quality_retrained")
    rows = rows[["k", "removed", "test", "change"]].rename(columns={"change": "above"})
    return rows.assign(below=1, test_lang="all")


def _translations(study: Study, scores: xr.DataArray) -> pd.DataFrame:
    examples = artifacts.read_examples(study)
    train = examples[examples["split"] == "train"]
    return translations(top_of_both_signs(scores, study.influence.top_k), train)


def _epochs(scores: xr.DataArray, k: int) -> pd.DataFrame:
    epochs = scores["checkpoint"].values.tolist()
    tables = [language_shares(scores.sel(checkpoint=e), k).assign(epoch=e) for e in epochs]
    return pd.concat(tables, ignore_index=True)


def _zero_shot(study: Study, scores: xr.DataArray) -> pd.DataFrame:
    tables = []
    for lang in study.left_out:
        without = artifacts.read_scores(study, variant=f"without-{lang}")
        for model, one in (("with", scores), ("without", without)):
            mine = one.sel(test=one["test_lang"] == lang)
            tables.append(language_shares(mine, study.influence.top_k).assign(model=model))
    return pd.concat(tables, ignore_index=True)


def _imbalance(study: Study, scores: xr.DataArray) -> pd.DataFrame:
    tables = []
    for lang in study.languages:
        amounts = {more: f"more-{lang}-{more}" for more in study.imbalance.extra_percent}
        runs = {more: artifacts.read_scores(study, variant=v) for more, v in amounts.items()}
        for extra, one in ({0: scores} | runs).items():
            mine = one.sel(test=one["test_lang"] == lang)
            tables.append(language_shares(mine, study.influence.top_k).assign(extra=extra))
    return pd.concat(tables, ignore_index=True)
