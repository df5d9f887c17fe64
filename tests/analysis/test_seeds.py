"""Several seeds together: the counts of all of them, estimated by the same function."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set
from pages import ROOT

from xlshare.analysis import seeds
from xlshare.analysis.counts import COUNTS
from xlshare.analysis.estimates import estimate
from xlshare.analysis.languages import language_shares
from xlshare.analysis.rankings import top_lists
from xlshare.run.execute import execute
from xlshare.study.artifacts import Run
from xlshare.study.names import COUNTED, counts_table
from xlshare.study.parameters import Study, with_seed

K = 5


def seeded(count: int, shift: float = 0.0) -> pd.DataFrame:
    """Language shares of several seeds; Korean tests score Korean higher, by `shift` a seed."""
    found = []
    for seed in range(1, count + 1):
        scores = made_up_scores(training_set(), tests=6, seed=seed)
        both = (scores["test_lang"] == "ko") & (scores["train_lang"] == "ko")
        top = top_lists(scores + xr.where(both, shift * seed, 0.0), K)
        found.append(language_shares(top, scores["train_lang"].values).assign(seed=seed))
    return pd.concat(found, ignore_index=True)


def test_a_share_is_the_mean_of_the_seeds_own_shares() -> None:
    counts, keys = seeded(3), ["role", "test_lang", "train_lang"]
    table = estimate(counts, keys).set_index(keys)
    alone = estimate(counts, [*keys, "seed"]).set_index(keys).groupby(keys)["value"].mean()
    assert (table["value"] - alone).abs().max() < 1e-12
    assert (table["seeds"] == 3).all() and (table["contents"] == 18).all()


def test_languages_that_differ_are_told_apart_and_the_others_are_not() -> None:
    table = seeds.compare_languages({"language_shares": seeded(3, shift=5.0)})
    table = table[table["measure"] == "own, proponents"]
    korean = (table["first"] == "Korean") | (table["second"] == "Korean")
    assert (table.loc[korean, "p_holm"] < 0.05).all() and (
        table.loc[~korean, "p_holm"] > 0.05
    ).all()
    assert (table["p_holm"] >= table["p"]).all()


# ---- A study with several seeds --------------------------------------------------------------


def test_each_seed_is_a_study_of_its_own() -> None:
    values = {"study": "own", "seed": 1, "seeds": [1, 7], "tasks": ["marc"]}
    assert with_seed(values, 1) == values
    assert with_seed(values, 7) == {"study": "own-seed-7", "seed": 7, "tasks": ["marc"]}
    by_seed = Study.of(values | {"task": "marc"}).by_seed
    assert {seed: one.study for seed, one in by_seed.items()} == {1: "own", 7: "own-seed-7"}
    with pytest.raises(ValueError, match=r"seed=3 is none of seeds=\[1, 7\]"):
        with_seed(values, 3)


@pytest.mark.parametrize("given", [[1], [1, 1]])
def test_fewer_than_two_seeds_are_refused(given: list[int]) -> None:
    with pytest.raises(ValueError, match="two or more, each once"):
        Study.of({"seeds": given})


def test_the_first_seed_is_the_studys_own() -> None:
    with pytest.raises(ValueError, match="begin with seed=1, or set `seed` to the first"):
        Study.of({"seeds": [2, 3]})
    assert Study.of({"seed": 2, "seeds": [2, 3]}).seed == 2


def test_what_seeds_say_together_is_asked_where_there_are_several() -> None:
    assert "09_seeds" not in Study.of({}).planned
    assert "09_seeds" in Study.of({"seeds": [1, 2]}).planned
    with pytest.raises(ValueError, match="name several `seeds` too"):
        Study.of({"stages": {"09_seeds": ["pawsx"]}})


# ---- The stage that reads all seeds ----------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of PAWS-X with two seeds, with the counts that its notebooks saved."""
    from made_up_book import STUDY, write_study

    home = tmp_path_factory.mktemp("seeds")
    values = {**STUDY, "study": "many", "task": "pawsx", "tasks": ["pawsx"], "seeds": [1, 2]}
    values = {**values, "results": str(home)}
    write_study({**values, "seeds": []})
    write_study(with_seed(values, 2))
    return Study.of(values)


@pytest.mark.slow
def test_every_measure_has_an_interval_over_seeds(many: Study) -> None:
    found = seeds.tables_of(many)
    measures = {name for stage in many.planned for name in COUNTED.get(stage, ())}
    assert set(found) == {*measures, "beyond_control", "differences"}
    for name, table in found.items():
        assert len(table), name
        known = table[table["contents"] > 1]
        assert known[["low", "high"]].notna().all(axis=None), name
        assert (table["seeds"] <= 2).all(), name
    assert set(found["imbalance_shares"]["extra"]) == {0, 50, 100}
    assert set(found["differences"]["measure"]) == {
        "own, proponents",
        "own, opponents",
        "translations, proponents",
    }


def test_every_measure_saves_the_columns_of_counts_with_the_seed(many: Study) -> None:
    for seed, study in many.by_seed.items():
        for name in (name for stage in study.planned for name in COUNTED.get(stage, ())):
            run = Run(study, "09_seeds")
            table = pd.read_parquet(run.path(f"tables/{counts_table(name)}.parquet"))
            assert tuple(table.columns[-len(COUNTS) :]) == COUNTS and set(table["seed"]) == {seed}
            whole = table.groupby([c for c in table if c not in COUNTS[1:]], dropna=False).size()
            assert (whole == 1).all(), f"{name}: more than one row for a test and its keys"
            assert table["expected"].between(0, 1).all() or table["expected"].isna().all()


@pytest.mark.slow
def test_the_notebook_shows_them_all(many: Study) -> None:
    path = execute("09_seeds", many.model_dump(), ROOT / "notebooks")
    figures = {one.name.partition(".")[0] for one in path.parents[1].glob("figures/seeds_*.json")}
    assert len(figures) == 8
    numbers = json.loads((path.parents[1] / "numbers/09_seeds.json").read_text())
    assert numbers["seeds"] == 2 and numbers["pairs"] == 10
    assert numbers["accuracy_low"] <= numbers["accuracy"] <= numbers["accuracy_high"]
