"""From counts to values with intervals: the one place where an interval is made.

A value is a ratio: the sum of numerators over the sum of denominators of all rows with the same
keys. What is said about it holds for other test contents of the same kind, and for other seeds
where a study has several. So seeds are drawn with replacement, then the contents of each; the
translations of one content are drawn together. Means, differences and leads are taken inside each
resample, which knows what two values have in common. Fewer than `FEW` contents give Student's t
interval of the delete-one jackknife, since a bootstrap of so few is too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from xlshare.analysis.proportions import TAIL, wilson

RESAMPLES = 2000
ESTIMATED = (
    "value",
    "low",
    "high",
    "expected",
    "beyond",
    "beyond_low",
    "beyond_high",
    "contents",
    "seeds",
)
FEW = 5  # contents, below which an interval is Student's t
BLOCK = 4_000_000  # weights that are drawn at a time

Ends = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Cells:
    """The values of all combinations of keys, under every weighting of the contents.

    Attributes:
        keys: one row per cell.
        values: (weightings, cells); the first weighting counts every content once.
        expected: the same of what chance gives, NaN where the counts do not say.
        units: (units, cells), whether a content of a seed has a part in the cell.
        seeds: (units,), the seed of each unit.
        least, most: (cells,), the ends between which values must be, NaN where there are none.
    """

    keys: pd.DataFrame
    values: np.ndarray
    expected: np.ndarray
    units: np.ndarray
    seeds: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @property
    def contents(self) -> np.ndarray:
        """How many contents have a part in each cell, those of different seeds apart."""
        return self.units.sum(axis=0)


Step = Callable[[Cells], Cells]


def estimate(
    counts: pd.DataFrame,
    by: Sequence[str] = (),
    *steps: Step,
    weakest: Sequence[str] = (),
    tested: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Values with intervals, by keys.

    Args:
        counts: the keys, content, seed, numerator, denominator and expected (the share that chance
            gives to this row); test_lang too, if contents of one language are to stay as many.
        by: the keys that tell values apart.
        steps: what is taken inside each resample, in order: `mean_over`, `contrast`, `lead`, ...
        weakest: keys over which only the smallest value counts, as for a claim about every
            language. Its lower end is the smallest of the lower ends; its upper end is the
            smallest of upper ends that are corrected for their number (Bonferroni).
        tested: whether to add p (two-sided, of the value against 0) and p_holm (Holm's correction
            over all rows).
        seed: of the resampling.

    Returns:
        One row per combination of the keys that are left, in order of appearance, with the keys,
        value, low, high, expected, beyond (value minus expected), beyond_low, beyond_high,
        contents and seeds (how many are behind the interval). A ratio of nothing is NaN, and so
        are the ends of what a single content gives.
    """
    if counts.empty:
        nothing = dict.fromkeys(ESTIMATED, np.nan) | {"contents": 0, "seeds": 0}
        return pd.DataFrame([] if by else [nothing], columns=[*by, *ESTIMATED])
    units = _Units.of(counts)
    resampled = _taken(_cells(counts, by, units, units.resamples(seed)), steps)
    few = np.any(resampled.units[:, resampled.contents < FEW], axis=1)
    left_out = _taken(_cells(counts, by, units, units.left_out(few)), steps)
    if weakest:
        return _weakest(resampled, left_out, list(weakest))
    return _table(resampled, left_out, tested=tested)


def values_of(counts: pd.DataFrame, by: Sequence[str] = (), *steps: Step) -> pd.DataFrame:
    """The values of `estimate` alone, where no interval is asked for: keys, value, expected."""
    units = _Units.of(counts)
    cells = _taken(_cells(counts, by, units, iter([np.ones((1, len(units)))])), steps)
    return cells.keys.assign(value=cells.values[0], expected=cells.expected[0])


def by_language_and_all(counts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Estimates by test language, then of all test examples together (test_lang "all")."""
    together = estimate(counts, by).assign(test_lang="all")
    return pd.concat([estimate(counts, [*by, "test_lang"]), together], ignore_index=True)


# ---- Steps: what is taken inside each resample -------------------------------------------------


def mean_over(*keys: str) -> Step:
    """The mean over the levels of these keys, of those that have a value."""
    return lambda cells: _grouped(cells, keys, lambda _, values: [({}, mean_of_known(values.T))])


def contrast(key: str, weights: Mapping) -> Step:
    """A weighted sum over levels of a key, as {2: 1, 1: -1} for level 2 minus level 1.

    NaN where one of the levels is missing.
    """
    return _unbounded((key,), lambda keys, values: [({}, _weighted(keys[key], values, weights))])


def contrasts(key: str, named: Mapping[str, Mapping]) -> Step:
    """Several weighted sums over levels of a key; their names take the place of the levels."""
    return _unbounded(
        (key,),
        lambda keys, values: [
            ({key: name}, _weighted(keys[key], values, weights)) for name, weights in named.items()
        ],
    )


def lead(key: str, level: object) -> Step:
    """How far a level of a key is above the largest other one (below it, where negative)."""

    def above(keys: pd.DataFrame, values: np.ndarray) -> list:
        mine = (keys[key] == level).to_numpy()
        others = values[:, ~mine]
        if not mine.any() or not others.shape[1]:
            return [({}, np.full(len(values), np.nan))]
        return [({}, values[:, mine][:, 0] - np.fmax.reduce(others, axis=1))]

    return _unbounded((key,), above)


def pairs(key: str) -> Step:
    """All differences between two levels of a key, in columns `first` and `second`."""

    def differences(keys: pd.DataFrame, values: np.ndarray) -> list:
        levels = list(keys[key])
        return [
            ({"first": levels[i], "second": levels[j]}, values[:, i] - values[:, j])
            for i, j in combinations(range(len(levels)), 2)
        ]

    return _unbounded((key,), differences)


def above(bound: float | Mapping, key: str | None = None) -> Step:
    """How far values are above a bound, or above the bound of their level of `key`."""
    return lambda cells: _moved(cells, 1, bound, key)


def below(bound: float | Mapping, key: str | None = None) -> Step:
    """How far values are below a bound, or below the bound of their level of `key`."""
    return lambda cells: _moved(cells, -1, bound, key)


# ---- Tests -------------------------------------------------------------------------------------


def holm(p: pd.Series) -> pd.Series:
    """Holm's step-down correction: the smallest p times m, the next times m - 1, and so on."""
    ordered = p.sort_values()
    corrected = (ordered * np.arange(len(p), 0, -1)).cummax().clip(upper=1)
    return corrected.reindex(p.index)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Means over the first axis of what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return _divide(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


# ---- Units: what is drawn together -------------------------------------------------------------


@dataclass(frozen=True)
class _Units:
    """The contents of every seed, and which of the rows of the counts belong to each."""

    of_rows: np.ndarray  # (rows,)
    seeds: np.ndarray  # (units,)
    strata: np.ndarray  # (units,)

    @classmethod
    def of(cls, counts: pd.DataFrame) -> _Units:
        known = [name for name in ("seed", "content", "test_lang") if name in counts]
        rows = counts[known].assign(seed=counts["seed"] if "seed" in counts else 0)
        groups = rows.groupby(["seed", "content"])  # sorted, so that the rows' order is no matter
        found = groups.size().index.to_frame(index=False)
        strata = np.full(len(found), "", dtype=object)
        if "test_lang" in rows:
            languages = groups["test_lang"].agg(["nunique", "first"])
            strata = languages["first"].where(languages["nunique"] == 1, "").to_numpy(object)
        small = found.assign(strata=strata).groupby(["seed", "strata"])["content"]
        strata[(small.transform("size") < FEW).to_numpy()] = ""
        return cls(groups.ngroup().to_numpy(), found["seed"].to_numpy(), strata)

    def __len__(self) -> int:
        return len(self.seeds)

    def resamples(self, seed: int) -> Iterator[np.ndarray]:
        """How often each unit counts: once each, then as drawn, in blocks of (draws, units)."""
        yield np.ones((1, len(self)))
        rng = np.random.default_rng(seed)
        blocks = -(-RESAMPLES * len(self) // BLOCK)
        for block in np.array_split(np.arange(RESAMPLES), blocks) if blocks else ():
            yield self._drawn(len(block), rng)

    def left_out(self, some: np.ndarray) -> Iterator[np.ndarray]:
        """Once each, then without one of `some` units at a time."""
        yield np.ones((1, len(self)))
        yield 1.0 - (np.flatnonzero(some)[:, None] == np.arange(len(self)))

    def _drawn(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Seeds with replacement, then as many contents as each stratum of a drawn seed has."""
        drawn = np.zeros((draws, len(self)))
        seeds = np.unique(self.seeds)
        times = rng.multinomial(len(seeds), np.full(len(seeds), 1 / len(seeds)), size=draws)
        for seed, often in zip(seeds, times.T):
            for stratum in np.unique(self.strata[self.seeds == seed]):
                mine = np.flatnonzero((self.seeds == seed) & (self.strata == stratum))
                size = len(mine)
                drawn[:, mine] = rng.multinomial(often * size, np.full(size, 1 / size))
        return drawn


# ---- Cells: ratios under every weighting -------------------------------------------------------


def _cells(
    counts: pd.DataFrame, by: Sequence[str], units: _Units, weightings: Iterator[np.ndarray]
) -> Cells:
    keys, of_rows = _keys(counts, by)
    expected = np.where(counts["denominator"] > 0, counts["expected"], 0) * counts["denominator"]
    shape = len(units), len(keys)
    sums = [
        _summed(values, units.of_rows, of_rows, shape)
        for values in (counts["numerator"], counts["denominator"], expected)
    ]
    blocks = [_ratios(weights, *sums) for weights in weightings]
    values, chances = (np.concatenate(parts) for parts in zip(*blocks))
    shares = counts["numerator"].between(0, counts["denominator"]).all()
    ends = (np.full(len(keys), end if shares else np.nan) for end in (0.0, 1.0))
    return Cells(keys, values, chances, sums[1] > 0, units.seeds, *ends)


def _keys(counts: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The combinations of keys in order of appearance, and the place of each row among them."""
    if not by:
        return pd.DataFrame(index=range(1)), np.zeros(len(counts), dtype=int)
    groups = counts.groupby(list(by), sort=False)
    return counts[list(by)].drop_duplicates(ignore_index=True), groups.ngroup().to_numpy()


def _summed(values, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    flat = np.bincount(
        rows * shape[1] + columns, np.asarray(values, dtype=float), shape[0] * shape[1]
    )
    return flat.reshape(shape)


def _ratios(weights: np.ndarray, above: np.ndarray, below: np.ndarray, chance: np.ndarray) -> Ends:
    whole = weights @ below
    return _divide(weights @ above, whole), _divide(weights @ chance, whole)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """`above` / `below`, NaN where nothing is below."""
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


# ---- Steps, inside -----------------------------------------------------------------------------


def _taken(cells: Cells, steps: Sequence[Step]) -> Cells:
    for step in steps:
        cells = step(cells)
    return cells


def _places(cells: Cells, keys: Sequence[str]) -> list[np.ndarray]:
    """The cells of each combination of the other keys."""
    rest = cells.keys.drop(columns=list(keys))
    if rest.columns.empty:
        return [np.arange(len(rest))] if len(rest) else []
    groups = rest.groupby(list(rest), sort=False, dropna=False)
    return cast(list[np.ndarray], list(groups.indices.values()))


def _grouped(cells: Cells, keys: Sequence[str], take: Callable) -> Cells:
    """Replace the cells of each combination of the other keys by what `take` makes of them."""
    rows, values, expected, units, ends = [], [], [], [], []
    kept = cells.keys.drop(columns=list(keys))
    for places in _places(cells, keys):
        here, rest = cells.keys.iloc[places], dict(kept.iloc[places[0]])
        chances = take(here, cells.expected[:, places])
        for (more, value), (_, chance) in zip(take(here, cells.values[:, places]), chances):
            rows.append(rest | more)
            values.append(value)
            expected.append(chance)
            units.append(cells.units[:, places].any(axis=1))
            ends.append([cells.least[places].mean(), cells.most[places].mean()])
    columns = dict.fromkeys([*kept, *(rows[0] if rows else ())])
    frame = pd.DataFrame(rows, columns=list(columns), index=range(len(rows)))
    old = cells.values, cells.expected, cells.units
    new_values, new_expected, new_units = (
        np.stack(some, axis=1) if rows else part[:, :0]
        for some, part in zip((values, expected, units), old)
    )
    least, most = np.reshape(ends, (-1, 2)).T
    return Cells(frame, new_values, new_expected, new_units, cells.seeds, least, most)


def _unbounded(keys: Sequence[str], take: Callable) -> Step:
    def step(cells: Cells) -> Cells:
        found = _grouped(cells, keys, take)
        return replace(found, least=found.least * np.nan, most=found.most * np.nan)

    return step


def _weighted(levels: pd.Series, values: np.ndarray, weights: Mapping) -> np.ndarray:
    place = {level: i for i, level in enumerate(levels)}
    if not set(weights) <= set(place):
        return np.full(len(values), np.nan)
    parts = (weight * values[:, place[level]] for level, weight in weights.items())
    return sum(parts, np.zeros(len(values)))


def _moved(cells: Cells, sign: int, bound: float | Mapping, key: str | None) -> Cells:
    at = bound if key is None else cells.keys[key].map(cast(Mapping, bound)).to_numpy(dtype=float)
    parts = cells.values, cells.expected, *(cells.least, cells.most)[::sign]
    values, expected, least, most = (sign * (part - at) for part in parts)
    return replace(cells, values=values, expected=expected, least=least, most=most)


# ---- Intervals ---------------------------------------------------------------------------------


def _table(
    resampled: Cells, left_out: Cells, upper: float = TAIL, tested: bool = False
) -> pd.DataFrame:
    contents = resampled.contents
    value, chance = resampled.values[0], resampled.expected[0]
    parts = [(c.values, c.values - c.expected) for c in (resampled, left_out)]
    low, high = _interval(parts[0][0], parts[1][0], contents, upper)
    beyond_low, beyond_high = _interval(parts[0][1], parts[1][1], contents, upper)
    low, high = _within(resampled, low, high)
    flat = beyond_low == beyond_high
    beyond_low = np.where(flat, low - chance, beyond_low)
    beyond_high = np.where(flat, high - chance, beyond_high)
    found = {"value": value, "low": low, "high": high, "expected": chance}
    found |= {"beyond": value - chance, "beyond_low": beyond_low, "beyond_high": beyond_high}
    found |= {"contents": contents, "seeds": _seeds(resampled)}
    table = pd.concat([resampled.keys, pd.DataFrame(found, index=resampled.keys.index)], axis=1)
    if not tested:
        return table
    p = pd.Series(_p_values(resampled.values, left_out.values, contents), index=table.index)
    return table.assign(p=p, p_holm=holm(p))


def _interval(
    resampled: np.ndarray, left_out: np.ndarray, contents: np.ndarray, upper: float
) -> Ends:
    """The middle of the resamples; Student's t where few contents are behind a value."""
    low, high = (_quantile(resampled[1:], q) for q in (TAIL, 1 - upper))
    few = contents < FEW
    error, freedom = _jackknife(left_out, contents)
    t_low = left_out[0] - stats.t.ppf(1 - TAIL, freedom) * error
    t_high = left_out[0] + stats.t.ppf(1 - upper, freedom) * error
    ends = np.where(few, t_low, low), np.where(few, t_high, high)
    low, high = (np.where(contents < 2, np.nan, end) for end in ends)
    return low, high


def _quantile(values: np.ndarray, q: float) -> np.ndarray:
    """Of each column's known values; NaN where there are none."""
    missing = np.isnan(values)
    found = np.full(values.shape[1], np.nan)
    whole = ~missing.any(axis=0)
    found[whole] = np.quantile(values[:, whole], q, axis=0) if whole.any() else np.nan
    for place in np.flatnonzero(~whole & ~missing.all(axis=0)):
        found[place] = np.quantile(values[~missing[:, place], place], q)
    return found


def _jackknife(left_out: np.ndarray, contents: np.ndarray) -> Ends:
    """Standard errors by leaving out one content at a time, and their degrees of freedom."""
    apart = np.nan_to_num(left_out[1:] - left_out[0])  # a content without a part changes nothing
    size = np.maximum(contents, 2)
    return np.sqrt((size - 1) / size * (apart**2).sum(axis=0)), size - 1


def _within(cells: Cells, low: np.ndarray, high: np.ndarray) -> Ends:
    """Ends of shares: no further than these can go; Wilson's where all contents agree on an end."""
    value, least, most = cells.values[0], cells.least, cells.most
    low = np.where(np.isnan(low), low, np.fmax(low, least))
    high = np.where(np.isnan(high), high, np.fmin(high, most))
    agree = (low == high) & ((value == least) | (value == most)) & (cells.contents > 1)
    for place in np.flatnonzero(agree):
        size, start, span = cells.contents[place], least[place], most[place] - least[place]
        ends = wilson((value[place] - start) / span * size, int(size))
        low[place], high[place] = (start + span * end for end in ends)
    return low, high


def _p_values(resampled: np.ndarray, left_out: np.ndarray, contents: np.ndarray) -> np.ndarray:
    """Two-sided, of the value against 0."""
    drawn = resampled[1:]
    beyond = np.minimum((drawn <= 0).sum(axis=0), (drawn >= 0).sum(axis=0))
    known = (~np.isnan(drawn)).sum(axis=0)
    p = np.minimum(1.0, 2 * (beyond + 1) / (known + 1))
    error, freedom = _jackknife(left_out, contents)
    t = 2 * stats.t.sf(np.abs(_divide(left_out[0], error)), freedom)
    return np.where(contents < 2, np.nan, np.where(contents < FEW, t, p))


def _seeds(cells: Cells) -> np.ndarray:
    """How many seeds are behind each cell."""
    names = np.unique(cells.seeds)
    return np.sum([cells.units[cells.seeds == one].any(axis=0) for one in names], axis=0)


def _weakest(resampled: Cells, left_out: Cells, keys: list[str]) -> pd.DataFrame:
    tables = [_table(resampled, left_out).drop(columns=keys)[:0]]
    for places in _places(resampled, keys):
        some = [_some(cells, places) for cells in (resampled, left_out)]
        table = _table(*some, upper=TAIL / len(places)).drop(columns=keys)
        smallest: Any = table.loc[:, "value":].apply(lambda column: column.min(skipna=False))
        tables.append(table[:1].assign(**smallest))
    return pd.concat(tables[1:] or tables, ignore_index=True).astype(
        {"contents": int, "seeds": int}
    )


def _some(cells: Cells, places: np.ndarray) -> Cells:
    return replace(
        cells,
        keys=cells.keys.iloc[places],
        values=cells.values[:, places],
        expected=cells.expected[:, places],
        units=cells.units[:, places],
        least=cells.least[places],
        most=cells.most[places],
    )
