"""The same study with several seeds, and what they say together.

    python -m xlshare.seeds --study mini --seeds 1 2 3

runs the study once a seed (samples, the head and the order of training all hang on it), each with
results of its own, and writes to `results/<study>-seeds/<task>/tables/` what they share: language
shares, mean scores, and which languages differ. Intervals are over seeds and, within a seed, over
test examples: seeds are drawn with replacement, then the tests of each. Few seeds give intervals
that are too narrow rather than too wide.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from xlshare import artifacts
from xlshare.artifacts import Run
from xlshare.dynamics import holm
from xlshare.intervals import LEVEL, RESAMPLES
from xlshare.rankings import SIGNS, summed, top_examples
from xlshare.study import Study, project_root, read_parameters, studies

TAIL = (1 - LEVEL) / 2
Scores = Mapping[int, xr.DataArray]  # by seed


class Draws:
    """Which seeds each resample holds: the same ones for every language that is compared."""

    def __init__(self, seeds: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.chosen = self.rng.integers(seeds, size=(RESAMPLES, seeds))

    def means(self, values: list[np.ndarray]) -> np.ndarray:
        """Resampled means (RESAMPLES, m) of `values`, one (tests, m) a seed."""
        parts = []
        for places in self.chosen.T:  # a seed that is drawn twice gets other tests each time
            of_seeds = np.stack([self._tests(of_seed) for of_seed in values])  # (seeds, R, m)
            parts.append(of_seeds[places, np.arange(RESAMPLES)])
        return np.mean(parts, axis=0)

    def _tests(self, values: np.ndarray) -> np.ndarray:
        count = len(values)
        drawn = self.rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
        return drawn @ values / count  # (R, m)


def language_shares(scores: Scores, k: int, seed: int = 0) -> pd.DataFrame:
    """Language shares of the top k over seeds and tests (Figure 2).

    Returns:
        A row for each test_lang, train_lang and sign: share, low, high, lowest and highest (of a
        single seed), seeds.
    """
    tables = []
    for sign in SIGNS:
        by_seed = [_shares(one, k, sign) for one in scores.values()]
        tables.append(_table(by_seed, "share", seed).assign(sign=sign))
    return pd.concat(tables, ignore_index=True)


def average_scores(scores: Scores, seed: int = 0) -> pd.DataFrame:
    """Mean scores over seeds and tests (Tables 3 and 5); columns as of shares, with mean."""
    return _table([_means(one) for one in scores.values()], "mean", seed)


def differences(scores: Scores, k: int, seed: int = 0) -> pd.DataFrame:
    """Which test languages rely on themselves more than others do.

    Returns:
        A row for each two languages: first, second, difference of their own shares among the
        proponents, low, high, p (two-sided, from the resamples), p_holm (Holm's correction).
    """
    by_seed = [_shares(one, k, "positive") for one in scores.values()]
    draws = Draws(len(by_seed), seed)
    own = {
        lang: [of_seed[lang][[lang]].to_numpy() for of_seed in by_seed]
        for lang in by_seed[0]
        if lang in by_seed[0][lang]
    }
    resampled = {lang: draws.means(values)[:, 0] for lang, values in own.items()}
    rows = []
    for first, second in combinations(own, 2):
        apart = resampled[first] - resampled[second]
        value = _mean(own[first])[0] - _mean(own[second])[0]
        low, high = np.quantile(apart, [TAIL, 1 - TAIL])
        beyond = min((apart <= 0).sum(), (apart >= 0).sum())
        p = min(1.0, 2 * (beyond + 1) / (len(apart) + 1))
        rows.append((first, second, value, low, high, p))
    columns = ["first", "second", "difference", "low", "high", "p"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(p_holm=holm(table["p"]))


def _shares(scores: xr.DataArray, k: int, sign: str) -> dict[str, pd.DataFrame]:
    """For each test language, the share of each training language in each test's list."""
    top = top_examples(scores, k, sign)
    languages = pd.unique(scores["train_lang"].values)
    found = {}
    for lang, lists in top.groupby("test_lang", sort=True):
        counts = pd.crosstab(lists["test"], lists["train_lang"])
        found[lang] = counts.reindex(columns=languages, fill_value=0) / k
    return found


def _means(scores: xr.DataArray) -> dict[str, pd.DataFrame]:
    """For each test language, the mean score of each training language for each test."""
    scores = summed(scores)
    frame = pd.DataFrame(scores.values.T).groupby(scores["train_lang"].values).mean().T
    return {lang: frame[scores["test_lang"].values == lang] for lang in np.unique(scores.test_lang)}


def _table(by_seed: list[dict[str, pd.DataFrame]], name: str, seed: int) -> pd.DataFrame:
    draws, tables = Draws(len(by_seed), seed), []
    for lang in by_seed[0]:
        values = [of_seed[lang].to_numpy() for of_seed in by_seed]
        low, high = np.quantile(draws.means(values), [TAIL, 1 - TAIL], axis=0)
        single = np.stack([of_seed.mean(axis=0) for of_seed in values])  # (seeds, m)
        facts = {"train_lang": by_seed[0][lang].columns, name: _mean(values)}
        facts |= {"low": low, "high": high, "lowest": single.min(0), "highest": single.max(0)}
        tables.append(pd.DataFrame(facts).assign(test_lang=lang, seeds=len(values)))
    table = pd.concat(tables, ignore_index=True)
    return table[["test_lang", *table.columns.drop("test_lang")]]


def _mean(values: list[np.ndarray]) -> np.ndarray:
    return np.mean([of_seed.mean(axis=0) for of_seed in values], axis=0)


# ---- Running it ------------------------------------------------------------------------------


def study_file(values: dict, seed: int) -> Path:
    """The parameter file of one seed's study, written beside the results."""
    name = f"{values['study']}-seed-{seed}"
    path = project_root() / values.get("results", "results") / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(values | {"study": name, "seed": seed}, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def combine(files: Mapping[int, Path], name: str) -> list[Path]:
    """Write the common tables of each task; returns them."""
    parameters = {seed: studies(read_parameters(file)) for seed, file in files.items()}
    written = []
    for position, study in enumerate(next(iter(parameters.values()))):
        scores = {
            seed: artifacts.read_scores(of_seed[position]) for seed, of_seed in parameters.items()
        }
        run = Run(study.model_copy(update={"study": name}), "seeds")
        tables = {
            "seeds_shares": language_shares(scores, study.influence.top_k),
            "seeds_averages": average_scores(scores),
            "seeds_differences": differences(scores, study.influence.top_k),
        }
        for table, frame in tables.items():
            run.save_table(table, frame)
            written.append(run.path(f"tables/{table}.parquet"))
    return written


def run_studies(files: Mapping[int, Path], cores: str) -> None:
    """Run each seed's study as `make report` does; what is done already is not done again."""
    for file in files.values():
        command = [sys.executable, "-m", "snakemake", "--profile", "notebooks/profile"]
        command += ["--cores", cores, "--config", f"study={file}"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ran = subprocess.run(command, cwd=project_root(), env=os.environ | {"PATH": path})
        if ran.returncode:
            raise ValueError(f"the study {file} stopped: see the lines above")


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m xlshare.seeds")
    parser.add_argument("--study", default="mini", help="its name or parameter file")
    parser.add_argument("--seeds", type=int, nargs="+", required=True, help="two or more")
    parser.add_argument("--cores", default="all")
    options = parser.parse_args(arguments)
    try:
        if len(set(options.seeds)) < max(2, len(options.seeds)):
            raise ValueError(f"--seeds {options.seeds}: name two or more, each once")
        values = {"study": Study().study} | read_parameters(options.study)
        studies(values)  # refused before anything is written
        files = {seed: study_file(values, seed) for seed in options.seeds}
        run_studies(files, options.cores)
        written = combine(files, f"{values['study']}-seeds")
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, written)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
