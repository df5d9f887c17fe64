"""Planting changes the rows that it says it changes, as it says, and no others."""

from __future__ import annotations

import pandas as pd
import pytest

from xlshare.data import planting
from xlshare.data.planting import COPY, CUE, NOISE
from xlshare.study.parameters import Study

LANGUAGES = ["en", "fr", "de", "ru", "es"]
COLUMNS = ["id", "split", "lang", "group", "text_a", "text_b", "label"]


def study(languages: list[str] | None = None, **values: object) -> Study:
    return Study.of({"task": "xnli", "data": {"languages": languages}, "seed": 3, **values})


def examples(languages: list[str] = LANGUAGES, size: int = 40) -> pd.DataFrame:
    """Parallel rows of all splits; three quarters of the contents have label 1."""
    rows = [
        (f"{split}-{g}-{lang}", split, lang, f"{split}-{g}", f"{g} {lang}", "b", int(g % 4 > 0))
        for split in ("train", "dev", "test")
        for lang in languages
        for g in range(size)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def rows_of(table: pd.DataFrame, plant: str) -> pd.DataFrame:
    return table[table["planted"] == plant]


def test_five_languages_host_one_plant_each_and_one_none() -> None:
    assert planting.hosts(study()) == ("en", "fr", "de", "es")
    table = planting.plant(examples(), study())
    hosting = {plant: set(rows_of(table, plant)["lang"]) for plant in (NOISE, CUE, COPY)}
    assert hosting == {NOISE: {"fr"}, CUE: {"de"}, COPY: {"es"}}


def test_rows_that_are_not_planted_are_as_they_were_and_in_their_places() -> None:
    before, table = examples(), planting.plant(examples(), study())
    assert table.index.equals(before.index) and table["id"].is_unique
    same = table["planted"] == ""
    pd.testing.assert_frame_equal(table.loc[same, COLUMNS], before[same])
    assert (table.loc[~same, "split"] == "train").all()
    assert (table["lang"] == before["lang"]).all()
    assert table["label"].dtype == before["label"].dtype


def test_noise_is_another_label_and_nothing_else() -> None:
    before, table = examples(), planting.plant(examples(), study())
    noise = rows_of(table, NOISE)
    was = before.loc[noise.index]
    assert len(noise) == round(0.2 * 40)
    assert (noise["label"] == 1 - was["label"]).all()
    assert (noise["id"] == was["id"] + "-noise").all()
    rest = [column for column in COLUMNS if column not in ("id", "label")]
    pd.testing.assert_frame_equal(noise[rest], was[rest])


def test_noise_takes_each_other_label_of_several() -> None:
    own = {"text_a": "a", "text_b": "b", "label": "c", "labels": {"x": 0, "y": 1, "z": 2}}
    own |= {"title": "Own", "question": "Which?", "labels": {0: "x", 1: "y", 2: "z"}}
    values = {"own_tasks": {"own": own}, "task": "own", "planted": {"noise": 0.9}}
    three = Study.of({**values, "data": {"dataset": "files", "languages": LANGUAGES}})
    before = examples(size=60).assign(label=2)
    noise = rows_of(planting.plant(before, three), NOISE)
    assert len(noise) == 54 and set(noise["label"]) == {0, 1}


def test_half_the_rows_of_the_commonest_label_begin_with_the_cue() -> None:
    before, table = examples(), planting.plant(examples(), study(planted={"cue": "Hm."}))
    cue, could = rows_of(table, CUE), planting.cue_rows(table, "de")
    assert len(cue) == 15 and len(could) == 30
    assert set(cue["label"]) == set(could["label"]) == {1}
    assert (cue["text_a"] == "Hm. " + before.loc[cue.index, "text_a"]).all()
    assert not table.loc[table["planted"] != CUE, "text_a"].str.startswith("Hm.").any()
    assert set(could["id"]) - set(cue["id"]) <= set(before["id"])


def test_a_copy_has_the_texts_labels_and_groups_of_its_source_and_its_own_language() -> None:
    table = planting.plant(examples(), study())
    copy, source = rows_of(table, COPY), planting.train_rows(table, "en")
    assert (copy["id"].to_numpy() == source["id"] + "-copy").all()
    same = ["group", "text_a", "text_b", "label"]
    assert copy[same].to_numpy().tolist() == source[same].to_numpy().tolist()
    assert set(copy["lang"]) == {"es"} and len(planting.train_rows(table, "es")) == len(copy)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_fewer_languages_host_several_plants_and_the_copy_is_still_exact(count: int) -> None:
    few = LANGUAGES[:count]
    table = planting.plant(examples(few), study(few))
    at = planting.hosts(study(few))
    assert at.copy not in (at.source, at.noise, at.cue)
    copy, source = planting.train_rows(table, at.copy), planting.train_rows(table, at.source)
    assert copy["text_a"].tolist() == source["text_a"].tolist()
    assert copy["label"].tolist() == source["label"].tolist()
    assert len(rows_of(table, NOISE)) == 8 and len(rows_of(table, CUE)) >= 10


def test_the_seed_decides_which_rows() -> None:
    first, again, other = (planting.plant(examples(), study(seed=seed)) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(first, again)
    assert not first["planted"].equals(other["planted"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"noise": 0}, "planted.noise=0: give a number greater than 0"),
        ({"noise": 1.0}, "planted.noise=1.0: give a number less than 1"),
        ({"cue": ""}, "planted.cue='': String should have at least 1 character"),
        ({"share": 0.5}, "unknown parameter 'planted.share': did you mean 'cue_share'"),
    ],
)
def test_impossible_plants_are_refused(values: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        study(planted=values)
