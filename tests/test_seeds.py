"""Several seeds together: values, intervals that know of seeds, and tests between languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from made_up_scores import made_up_scores, training_set

from xlshare import rankings, seeds
from xlshare.study import read_parameters

K = 5


def seeded(count: int, shift: float = 0.0) -> dict[int, xr.DataArray]:
    """Made-up scores of several seeds; Korean tests score Korean higher, by `shift` a seed."""
    found = {}
    for seed in range(1, count + 1):
        scores = made_up_scores(training_set(), seed=seed)
        both = (scores["test_lang"] == "ko") & (scores["train_lang"] == "ko")
        found[seed] = scores + xr.where(both, shift * seed, 0.0)
    return found


def test_a_share_is_the_mean_of_the_seeds_own_shares() -> None:
    scores = seeded(3)
    table = seeds.language_shares(scores, K).set_index(["sign", "test_lang", "train_lang"])
    alone = [
        rankings.language_shares(
            rankings.top_of_both_signs(one, K), one["train_lang"].values
        ).set_index(["sign", "test_lang", "train_lang"])["share"]
        for one in scores.values()
    ]
    expected = pd.concat(alone, axis=1)
    assert (table["share"] - expected.mean(axis=1)).abs().max() < 1e-12
    assert (table["lowest"] - expected.min(axis=1)).abs().max() < 1e-12
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert (table["seeds"] == 3).all()


def test_a_mean_score_is_the_mean_of_the_seeds() -> None:
    scores = seeded(2)
    table = seeds.average_scores(scores).set_index(["test_lang", "train_lang"])["mean"]
    one = [rankings.summed(s) for s in scores.values()]
    of = [s.values[s["test_lang"] == "ko"][:, s["train_lang"] == "en"].mean() for s in one]
    assert table["ko", "en"] == pytest.approx(np.mean(of))


def test_seeds_that_disagree_widen_the_interval() -> None:
    def width(scores: dict[int, xr.DataArray]) -> float:
        table = seeds.average_scores(scores).set_index(["test_lang", "train_lang"])
        return float(table.loc[("ko", "ko"), "high"] - table.loc[("ko", "ko"), "low"])

    assert width(seeded(4, shift=3.0)) > 3 * width(seeded(4))


def test_the_interval_over_seeds_covers_the_truth_as_often_as_it_says() -> None:
    """Normal seed and test effects: 95% intervals of 12 seeds should hold 0 in 85% to 99%."""
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(60):
        values = [rng.normal(rng.normal(0, 1), 1, size=(10, 1)) for _ in range(12)]
        low, high = np.quantile(seeds.Draws(12, trial).means(values), [0.025, 0.975])
        hits += low <= 0 <= high
    assert 0.85 <= hits / 60 <= 0.99


def test_languages_that_differ_are_told_apart_and_the_others_are_not() -> None:
    table = seeds.differences(seeded(3, shift=5.0), K)
    korean = table[(table["first"] == "ko") | (table["second"] == "ko")]
    others = table.drop(korean.index)
    assert (korean["p_holm"] < 0.05).all() and (others["p_holm"] > 0.05).all()
    assert (table["p_holm"] >= table["p"]).all()
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()


def test_each_seed_is_a_study_of_its_own(tmp_path: Path) -> None:
    values = {"study": "own", "results": str(tmp_path), "seed": 1, "tasks": ["marc"]}
    file = seeds.study_file(values, 7)
    assert read_parameters(file) == values | {"study": "own-seed-7", "seed": 7}


@pytest.mark.parametrize("given", [["1"], ["1", "1"]])
def test_fewer_than_two_seeds_are_refused(given: list[str], capsys) -> None:
    assert seeds.main(["--study", "mini", "--seeds", *given]) == 1
    assert "two or more, each once" in capsys.readouterr().err


def test_a_bad_study_is_refused_before_anything_is_written(tmp_path: Path, capsys) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        yaml.safe_dump({"study": "bad", "trainings": {}, "results": str(tmp_path / "r")})
    )
    assert seeds.main(["--study", str(file), "--seeds", "1", "2"]) == 1
    assert "did you mean 'training'" in capsys.readouterr().err and not (tmp_path / "r").exists()
