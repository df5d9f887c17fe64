"""Several seeds together: values, intervals that know of seeds, and tests between languages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_scores import made_up_scores, training_set
from pages import ROOT

from xlshare.analysis import composition, counts, overlap, rankings, seeds
from xlshare.attribution.store import DIMS, ScoreStore
from xlshare.run.execute import execute
from xlshare.study.artifacts import Run
from xlshare.study.parameters import Study, with_seed

K = 5


def seeded(count: int, shift: float = 0.0) -> dict[int, xr.DataArray]:
    """Made-up scores of several seeds; Korean tests score Korean higher, by `shift` a seed."""
    found = {}
    for seed in range(1, count + 1):
        scores = made_up_scores(training_set(), seed=seed)
        both = (scores["test_lang"] == "ko") & (scores["train_lang"] == "ko")
        found[seed] = scores + xr.where(both, shift * seed, 0.0)
    return found


def shares(scores: dict[int, xr.DataArray]) -> list[pd.DataFrame]:
    return [counts.language_shares(one, K) for one in scores.values()]


def means(scores: dict[int, xr.DataArray]) -> pd.DataFrame:
    counted = [counts.average_scores(one) for one in scores.values()]
    return seeds.over_seeds(counted, "mean").set_index(["test_lang", "train_lang"])


def test_a_share_is_the_mean_of_the_seeds_own_shares() -> None:
    scores = seeded(3)
    keys = ["sign", "test_lang", "train_lang"]
    table = seeds.over_seeds(shares(scores)).set_index(keys)
    alone = [
        rankings.language_shares(
            rankings.top_of_both_signs(one, K), one["train_lang"].values
        ).set_index(keys)
        for one in scores.values()
    ]
    expected = pd.concat([one["share"] for one in alone], axis=1)
    assert (table["share"] - expected.mean(axis=1)).abs().max() < 1e-12
    assert (table["lowest"] - expected.min(axis=1)).abs().max() < 1e-12
    assert (table["chance"] - alone[0]["chance"]).abs().max() < 1e-12
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert (table["seeds"] == 3).all()


def test_a_mean_score_is_the_mean_of_the_seeds() -> None:
    scores = seeded(2)
    table = means(scores)["mean"]
    one = [rankings.summed(s) for s in scores.values()]
    of = [s.values[s["test_lang"] == "ko"][:, s["train_lang"] == "en"].mean() for s in one]
    assert table["ko", "en"] == pytest.approx(np.mean(of))


def test_a_curve_is_the_mean_of_the_seeds_own_curves() -> None:
    scores, ks = seeded(3), [1, 5, 36]
    counted = [counts.own_share_curve(one, ks) for one in scores.values()]
    keys = ["test_lang", "sign", "k"]
    table = seeds.over_seeds(counted).set_index(keys)
    alone = [rankings.own_share_curve(one, ks).set_index(keys) for one in scores.values()]
    for name in ("share", "chance"):
        expected = pd.concat([one[name] for one in alone], axis=1).mean(axis=1)
        assert (table[name] - expected).abs().max() < 1e-12


def test_a_cell_of_table_4_is_the_mean_of_the_seeds_own() -> None:
    tops = [rankings.top_of_both_signs(one, K) for one in seeded(3, shift=0.5).values()]
    counted = [counts.translations(top, training_set()) for top in tops]
    table = seeds.over_seeds(counted).set_index(["test_lang", "sign"])
    alone = [overlap.reinforcement(top, training_set()) for top in tops]
    alone = [one.set_index(["test_lang", "sign"]) for one in alone]
    for name in ("share", "chance"):
        expected = pd.concat([one[name] for one in alone], axis=1).mean(axis=1)
        assert (table[name] - expected).abs().max() < 1e-12


def test_what_fills_the_lists_is_the_mean_of_the_seeds_own() -> None:
    """The ten most frequent examples, labels, Hangul: counted as each seed's own tables are."""
    train = training_set().assign(split="train", text_b=None)
    train["text_a"] = np.where(train["label"] == 1, "나는", "Juan")
    tops = [rankings.top_of_both_signs(one, K) for one in seeded(3, shift=0.5).values()]
    for count, alone, keys, value in (
        (counts.concentration, composition.concentration, ["sign"], "top_10_share"),
        (
            lambda top: counts.same_labels(top, train["label"]),
            lambda top: composition.same_label_share(top, train["label"]),
            ["test_lang", "sign"],
            "share",
        ),
        (
            lambda top: counts.hangul(top, train),
            lambda top: composition.hangul_share(top, train).rename(columns={"tests": "test_lang"}),
            ["test_lang", "sign"],
            "share",
        ),
    ):
        table = seeds.over_seeds([count(top) for top in tops])
        if "what" in table:
            table = table[table["what"] == "top_10"]
        own = pd.concat([alone(top).set_index(keys)[value] for top in tops], axis=1)
        assert (table.set_index(keys)["share"] - own.mean(axis=1)).abs().max() < 1e-12
        assert table[["low", "high"]].notna().all(axis=None)


def test_what_returns_without_a_language_is_the_mean_of_the_seeds_own() -> None:
    train, found, alone = training_set(), [], []
    for seed, scores in seeded(3, shift=0.5).items():
        full = rankings.top_of_both_signs(scores, K)
        seen = train[train["lang"] != "ko"]
        without = rankings.top_of_both_signs(made_up_scores(seen, seed=seed), K)
        without = without[without["test_lang"] == "ko"]
        found.append(counts.returned(full, without, "ko", train))
        alone.append(overlap.recovered(full, without, "ko", train).set_index(["sign", "what"]))
    table = seeds.over_seeds(found).set_index(["sign", "what"])
    for name in ("share", "chance"):
        expected = pd.concat([one[name] for one in alone], axis=1).mean(axis=1)
        assert (table[name] - expected).abs().max() < 1e-12


def test_a_seed_without_any_leaves_it_to_the_others() -> None:
    found = shares(seeded(3))
    found[1] = found[1][found[1]["test_lang"] != "ko"]
    table = seeds.over_seeds(found)
    korean = table["test_lang"] == "ko"
    assert (table.loc[korean, "seeds"] == 2).all() and (table.loc[~korean, "seeds"] == 3).all()
    assert table[["share", "low", "high"]].notna().all(axis=None)
    nothing = seeds.over_seeds([one[:0] for one in found])
    assert nothing.empty and list(nothing.columns[-3:]) == ["share", "low", "high"]


def test_an_epoch_that_one_seed_lacks_is_told_by_the_others() -> None:
    def by_epoch(scores: xr.DataArray, epochs: int) -> pd.DataFrame:
        tables = [counts.language_shares(scores, K).assign(epoch=e) for e in range(1, epochs + 1)]
        return pd.concat(tables, ignore_index=True)

    scores = seeded(2)
    table = seeds.over_seeds([by_epoch(scores[1], 1), by_epoch(scores[2], 2)])
    assert table.groupby("epoch")["seeds"].unique().map(list).to_dict() == {1: [2], 2: [1]}
    assert table[["share", "low", "high"]].notna().all(axis=None)


def test_one_seed_gives_the_interval_over_its_tests() -> None:
    scores = seeded(1)
    keys = ["sign", "test_lang", "train_lang"]
    table = seeds.over_seeds(shares(scores)).set_index(keys)
    top = rankings.top_of_both_signs(scores[1], K)
    alone = rankings.language_shares(top, scores[1]["train_lang"].values).set_index(keys)
    for end in ("low", "high"):
        assert (table[end] - alone[end]).abs().max() < 0.11  # two bootstraps of four tests


def test_seeds_that_disagree_widen_the_interval() -> None:
    def width(scores: dict[int, xr.DataArray]) -> float:
        table = means(scores)
        return float(table.loc[("ko", "ko"), "high"] - table.loc[("ko", "ko"), "low"])

    assert width(seeded(4, shift=3.0)) > 3 * width(seeded(4))


def test_the_interval_over_seeds_covers_the_truth_as_often_as_it_says() -> None:
    """Normal seed and test effects: 95% intervals of 12 seeds should hold 0 in 85% to 99%."""
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(60):
        values = [rng.normal(rng.normal(0, 1), 1, size=(10, 1)) for _ in range(12)]
        places = [np.ones((10, 1))] * 12
        low, high = np.quantile(seeds.Draws(12, trial).ratios(values, places), [0.025, 0.975])
        hits += low <= 0 <= high
    assert 0.85 <= hits / 60 <= 0.99


def test_languages_that_differ_are_told_apart_and_the_others_are_not() -> None:
    own = [counts.own_share(one, "positive") for one in shares(seeded(3, shift=5.0))]
    table = seeds.differences(own, "own")
    korean = table[(table["first"] == "ko") | (table["second"] == "ko")]
    others = table.drop(korean.index)
    assert (korean["p_holm"] < 0.05).all() and (others["p_holm"] > 0.05).all()
    assert (table["p_holm"] >= table["p"]).all()
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()


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
    assert Study.of({"seeds": [1, 2]}).planned[-1] == "09_seeds"
    with pytest.raises(ValueError, match="name several `seeds` too"):
        Study.of({"stages": {"09_seeds": ["pawsx"]}})


# ---- The stage that reads all seeds ----------------------------------------------------------

SMALL = {
    "study": "many",
    "seed": 1,
    "seeds": [1, 2],
    "data": {"languages": ["en", "de", "ko"]},
    "influence": {"top_k": K},
    "imbalance": {"extra_percent": [50]},
    "quality": {"tests": 4},
}


def save_scores(run: Run, scores: xr.DataArray) -> None:
    coords = {name: scores[name] for name in scores.coords}
    store = ScoreStore.open(run.path("influence.zarr"), coords, {"similarity": "cosine"}, 8)
    for epoch in range(scores.sizes["checkpoint"]):
        whole = {dim: slice(0, scores.sizes[dim]) for dim in DIMS[1:]}
        store.write(epoch, *whole.values(), scores.values[epoch])
        for role, all_of in whole.items():
            store.write_norms(role, epoch, all_of, np.linspace(1, 2, all_of.stop, dtype="float32"))
    store.finish()


def save_seed(study: Study) -> None:
    """What the other stages leave of one seed; seed 2 stopped an epoch later."""
    run, train = Run(study, "02_influence"), training_set().assign(split="train", text_b=None)
    train["text_a"] = np.where(train["label"] == 1, "나는 왔다", "Juan")
    scores = made_up_scores(train, epochs=1 + study.seed, seed=study.seed)
    save_scores(run, scores)
    columns = {"id": "test", "lang": "test_lang", "group": "test_group", "label": "test_label"}
    tests = pd.DataFrame({name: scores[of].values for name, of in columns.items()})
    tests = tests.assign(split="test", correct=True, confidence=0.9)
    run.save_examples(pd.concat([train, tests], ignore_index=True))
    run.save_examples(tests, "predictions")
    changes = [
        tests.assign(removed=f"{like}{removed}", k=3, change=0.0 if like else -0.1 * study.seed)
        for removed in ("proponents", "opponents")
        for like in ("", "random like ")
    ]
    retrained = pd.concat(changes).rename(columns={"id": "test", "lang": "test_lang"})
    run.save_table("quality_retrained", retrained)
    for lang in study.left_out:
        seen = train[train["lang"] != lang]
        without = Run(study, "", variant=f"without-{lang}")
        save_scores(without, made_up_scores(seen, epochs=1))
        without.save_examples(tests, "predictions")
    for lang in study.languages:
        save_scores(Run(study, "", variant=f"more-{lang}-50"), scores)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of PAWS-X with two seeds that ran every stage but the last."""
    study = Study.of(SMALL | {"results": str(tmp_path_factory.mktemp("seeds"))})
    for one in study.by_seed.values():
        save_seed(one)
    return study


def test_every_share_cell_and_curve_has_an_interval_over_seeds(many: Study) -> None:
    found = seeds.tables_of(many)
    assert set(found) == {
        "accuracy",
        "language_shares",
        "averages",
        "curve",
        "confidence",
        "beyond_control",
        "labels",
        "concentration",
        "hangul",
        "reinforcement",
        "by_epoch",
        "zero_shot",
        "returned",
        "zero_shot_accuracy",
        "imbalance",
        "differences",
    }
    for name, table in found.items():
        assert len(table) and table[["low", "high"]].notna().all(axis=None), name
    confidence = found["confidence"].iloc[0]
    assert confidence["change"] == pytest.approx(-0.15)
    assert (confidence["low"], confidence["high"]) == (pytest.approx(-0.2), pytest.approx(-0.1))
    assert set(found["imbalance"]["extra"]) == {0, 50}
    assert set(found["by_epoch"].loc[found["by_epoch"]["epoch"] == 3, "seeds"]) == {1}
    assert set(found["differences"]["measure"]) == {
        "own, positive",
        "own, negative",
        "translations, positive",
    }


def test_the_notebook_shows_them_all(many: Study) -> None:
    path = execute("09_seeds", many.model_dump(), ROOT / "notebooks")
    figures = {one.name.partition(".")[0] for one in path.parents[1].glob("figures/*.json")}
    assert len(figures) == 8
    numbers = json.loads((path.parents[1] / "numbers/09_seeds.json").read_text())
    assert numbers["seeds"] == 2 and numbers["pairs"] == 3 and numbers["accuracy"] == 1
