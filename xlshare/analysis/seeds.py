"""The same study with several seeds, and what they say together.

A study that lists `seeds` is run whole with each of them: samples, the head and the order of
training all hang on the seed. Here every share, cell and curve of its tables gets a value, the mean
over seeds, and an interval over seeds and, within a seed, over test examples: seeds are drawn with
replacement, then the tests of each. Few seeds give intervals that are too narrow rather than too
wide.

What is counted in one test example's lists (`counts`) comes as rows of keys, `test`, `above`
(hits), `below` (places) and, for shares, `expected` (hits of a random list); ratios of their sums
are the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from xlshare.analysis.counts import COUNTS, counts, own_share
from xlshare.analysis.dynamics import holm
from xlshare.analysis.intervals import LEVEL, RESAMPLES, divide, mean_of_known
from xlshare.analysis.rankings import SIGNS
from xlshare.study.parameters import Study
from xlshare.study.tasks import language_name

TAIL = (1 - LEVEL) / 2
VALUES = {  # what a ratio is called that is no share
    "averages": "mean",
    "confidence": "change",
    "beyond_control": "difference",
    "accuracy": "accuracy",
    "zero_shot_accuracy": "accuracy",
}


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
        if not tests:  # a seed without any: the others speak
            return np.full((RESAMPLES, above.shape[1]), np.nan)
        drawn = self.rng.multinomial(tests, np.full(tests, 1 / tests), size=RESAMPLES)
        drawn = drawn.astype(float)  # (R, tests): how often each test example was drawn
        return divide(drawn @ above, drawn @ below)  # (R, m)


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
    if not tables:
        return pd.DataFrame(columns=[*keys, value, "low", "high"])
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


# ---- The tables of a study ---------------------------------------------------------------------


def tables_of(study: Study) -> dict[str, pd.DataFrame]:
    """All tables over the seeds of a study that ran with each, by name."""
    by_seed = [counts(one) for one in study.by_seed.values()]
    found = {
        table: over_seeds([of_seed[table] for of_seed in by_seed], VALUES.get(table, "share"))
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
    return table.assign(
        first=table["first"].map(language_name), second=table["second"].map(language_name)
    )
