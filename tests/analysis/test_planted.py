"""Counts of planted truths against plain loops, and their verdicts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_scores import made_up_scores, training_set
from sklearn.metrics import roc_auc_score

from xlshare.analysis import planted, recovered
from xlshare.analysis.estimates import estimate
from xlshare.analysis.rankings import top_examples
from xlshare.analysis.verdicts import CONTRADICTED, HOLDS, UNDECIDED
from xlshare.data.planting import COPY, CUE, NOISE, Hosts
from xlshare.study.artifacts import write_manifest
from xlshare.study.names import counts_table
from xlshare.study.results import Results

K = 12


@pytest.fixture
def train() -> pd.DataFrame:
    """English is clean, German has the cue on every other row of label 1, Korean is a copy."""
    rows = training_set(groups=30)
    could = (rows["lang"] == "de") & (rows["label"] == 1)
    even = rows["group"].str.removeprefix("train-").astype(int) % 2 == 0
    rows["planted"] = np.where(could & even, CUE, "")
    copy = rows["lang"] == "ko"
    rows.loc[copy, "planted"] = COPY
    rows.loc[copy, "id"] = rows.loc[copy, "id"].str.replace("-ko", "-en-copy")
    return rows


# ---- Other labels ----


def test_a_row_with_another_label_outranks_as_many_clean_rows_as_a_loop_counts() -> None:
    rows = training_set(groups=20, languages=("fr",))
    rows["planted"] = np.where(rows.index % 5 == 0, NOISE, "")
    rng = np.random.default_rng(0)
    signal = pd.Series(rng.integers(0, 6, len(rows)).astype(float), rows["id"])  # with ties
    found = planted.noise_found(rows, {"one": signal, "other": -signal})
    clean = rows.loc[rows["planted"] == "", "id"]
    for row in found[found["signal"] == "one"].itertuples():
        mine = signal[row.test]
        wins = sum(1.0 if mine > signal[one] else 0.5 * (mine == signal[one]) for one in clean)
        assert row.numerator == pytest.approx(wins) and row.denominator == len(clean) == 16
    areas = estimate(found, ["signal"]).set_index("signal")
    area = roc_auc_score(rows["planted"] == NOISE, signal[rows["id"]])
    assert areas.loc["one", "value"] == pytest.approx(area)
    assert areas.loc["other", "value"] == pytest.approx(1 - area)
    assert (areas["expected"] == 0.5).all() and (areas["contents"] == 4).all()


def test_the_signals_are_squared_norms_negative_means_and_losses(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, epochs=2)
    norms = np.arange(2 * len(train), dtype="float32").reshape(2, -1)
    scores = scores.assign_coords(train_norm=(("checkpoint", "train"), norms))
    fitted = train[::-1].assign(confidence=np.linspace(0.1, 1, len(train)))
    found = planted.suspicion(scores, fitted)
    for place, one in enumerate(train["id"]):
        assert found[planted.SELF_INFLUENCE][one] == norms[0, place] ** 2 + norms[1, place] ** 2
        mean = sum(scores.values[:, test, place].sum() for test in range(12)) / 12
        assert found[planted.MEAN_SCORE][one] == pytest.approx(-mean, rel=1e-5)
        sure = fitted.loc[fitted["id"] == one, "confidence"].item()
        assert found[planted.LOSS][one] == pytest.approx(-np.log(sure))


# ---- A copy ----


def test_copies_with_their_original_in_the_list_are_counted(train: pd.DataFrame) -> None:
    scores = made_up_scores(train)
    top = top_examples(scores[scores["test_lang"] == "en"], K)
    found = planted.originals_beside_copies(top, train, Hosts("en", "de", "de", "ko"))
    for row in found.itertuples():
        listed = set(top.loc[top["test"] == row.test, "train"])
        copies = [one for one in listed if one.endswith("-copy")]
        assert row.denominator == len(copies)
        assert row.numerator == sum(one.removesuffix("-copy") in listed for one in copies)
    assert found["numerator"].sum() > 0


def test_exact_copies_stand_beside_their_originals(train: pd.DataFrame) -> None:
    scores = made_up_scores(train)
    en, ko = (scores["train_lang"] == lang for lang in ("en", "ko"))
    scores.values[:, ko.values] = scores.values[:, en.values]
    top = top_examples(scores[scores["test_lang"] == "en"], K)
    found = planted.originals_beside_copies(top, train, Hosts("en", "de", "de", "ko"))
    share = estimate(found).iloc[0]
    assert share["value"] == 1 and share["expected"] < 0.5


# ---- A cue ----


def test_places_that_could_hold_the_cue_are_counted_as_in_a_loop(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, tests=6)
    scores = scores[scores["test_lang"] == "de"]
    names = [f"{one}-cue" if place % 2 else one for place, one in enumerate(scores["test"].values)]
    groups = [f"test-{place // 2}" for place in range(6)]
    scores = scores.assign_coords(test=names, test_group=("test", groups))
    top, cued = top_examples(scores, K), {one for one in names if one.endswith("-cue")}
    could = train[(train["lang"] == "de") & (train["label"] == 1)]
    carriers = set(could.loc[could["planted"] == CUE, "id"])
    found = planted.cue_found(top, could, cued).set_index("test")
    for test in names:
        places = [one for one in top.loc[top["test"] == test, "train"] if one in set(could["id"])]
        row = found.loc[test]
        assert row["denominator"] == len(places)
        assert row["numerator"] == sum(one in carriers for one in places)
        assert row["cue"] == ("with" if test in cued else "without")
    assert (found["expected"] == len(carriers) / len(could)).all()


def test_other_tests_have_no_part_in_the_cue(train: pd.DataFrame) -> None:
    scores = made_up_scores(train, tests=4)
    top, one = top_examples(scores, K), str(scores["test"].values[5])
    could = train[(train["lang"] == "de") & (train["label"] == 1)]
    assert set(planted.cue_found(top, could, {one})["test"]) <= {one}


def test_confidence_is_compared_on_the_same_contents() -> None:
    rows = [("a", "de", "g", 0.6), ("a-cue", "de", "g", 0.9), ("b", "de", "h", 0.1)]
    rows += [("c", "fr", "g", 0.2)]
    predictions = pd.DataFrame(rows, columns=["id", "lang", "group", "confidence"])
    found = planted.confidence(predictions, {"a-cue"})
    assert found[["cue", "test", "numerator"]].to_numpy().tolist() == [
        ["without", "a", 0.6],
        ["with", "a-cue", 0.9],
    ]


# ---- Verdicts ----


def write(folder: Path, **tables: list[dict]) -> Results:
    """A study that learned, with these counts over twenty contents."""
    for name, rows in tables.items():
        parts = [pd.DataFrame(row, index=range(20)) for row in rows]
        wiggle = np.resize([-0.01, 0.01], 20)
        parts = [part.assign(numerator=part["numerator"] + wiggle) for part in parts]
        contents = [f"c{number}" for number in range(20)]
        table = pd.concat([part.assign(content=contents, denominator=1) for part in parts])
        path = folder / "pawsx/tables" / f"{counts_table(name)}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(path)
        write_manifest(path, {})
    numbers = folder / "pawsx/numbers"
    numbers.mkdir(parents=True)
    (numbers / "01_finetune.json").write_text('{"test_accuracy_low": 0.7, "best_baseline": 0.6}')
    (numbers / "10_planted.json").write_text("{}")
    for path in numbers.glob("*.json"):
        write_manifest(path, {})
    return Results(folder)


def test_a_plant_is_found_where_the_interval_is_on_the_right_side_of_chance(tmp_path: Path) -> None:
    noise = {planted.SELF_INFLUENCE: 0.8, planted.MEAN_SCORE: 0.5, planted.LOSS: 0.9}
    cue = {"with": 0.3, "without": 0.6}
    results = write(
        tmp_path / "study",
        planted_noise=[{"signal": s, "numerator": v, "expected": 0.5} for s, v in noise.items()],
        planted_copy=[{"numerator": 0.9, "expected": 0.1}],
        planted_cue=[{"cue": c, "numerator": v, "expected": 0.5} for c, v in cue.items()],
        planted_confidence=[{"cue": c, "numerator": 0.5, "expected": np.nan} for c in cue],
    )
    card = recovered.recovered(results)
    assert card["task"].tolist() == ["pawsx"] * 6
    verdicts = [HOLDS, UNDECIDED, HOLDS, CONTRADICTED, CONTRADICTED, "out of scope"]
    assert card["verdict"].tolist() == verdicts
    assert card["measured"][0] == "80%, by chance 50%; by the model's loss 90%"
    assert card["measured"][4] == "−30.0%; the cue moves confidence by +0.0%"
    assert card["effect"][:5].to_numpy() == pytest.approx([0.3, 0.0, 0.8, -0.2, -0.3])
    assert card["why"][5] == "05_reinforcement did not run on PAWS-X"


def test_a_study_without_the_stage_has_nothing_to_judge(tmp_path: Path) -> None:
    assert recovered.recovered(Results(tmp_path)).empty
