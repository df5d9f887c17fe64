"""Samples of examples: balanced, aligned, with stable ids; and every kind of bad dataset."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from pyarrow.parquet import read_table

from xlshare.data.examples import COLUMNS, load
from xlshare.study.tasks import TASKS

# ---- Small datasets in the hub's layout ----


def rows_of(task: str, lang: str, count: int = 12) -> pd.DataFrame:
    """Good rows; PAWS-X's stand in another order in each language."""
    n = pd.Series(range(count))
    if task == "marc":
        return pd.DataFrame({"id": n, "text": [f"review {i} {lang}" for i in n], "label": n % 5})
    definition = TASKS[task]
    rows = pd.DataFrame({definition.text_a: [f"first {i} {lang}" for i in n]})
    rows[definition.text_b] = [f"second {i} {lang}" for i in n]
    rows["label"] = n % len(definition.labels)
    if task == "pawsx":
        rows.insert(0, "id", n + 100)
        rows = rows.sample(frac=1, random_state=len(lang) + ord(lang[0]))
    return rows.reset_index(drop=True)


def write(folder: Path, tables: dict[str, dict[str, pd.DataFrame]]) -> str:
    """A dataset folder: one config a language, one parquet file a split."""
    lines = ["---", "configs:"]
    for lang, splits in tables.items():
        lines += [f"- config_name: {lang}", "  data_files:"]
        for split, rows in splits.items():
            (folder / lang).mkdir(parents=True, exist_ok=True)
            rows.to_parquet(folder / lang / f"{split}-00000-of-00001.parquet", index=False)
            lines += [f"  - split: {split}", f"    path: {lang}/{split}-*.parquet"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]), encoding="utf-8")
    return str(folder)


@pytest.fixture
def dataset(tmp_path):
    """Writes a dataset of good train rows in en and de, after `change(rows)` of the German ones."""

    def make(task: str, change=lambda rows: None, count: int = 12) -> str:
        tables = {lang: rows_of(task, lang, count) for lang in ("en", "de")}
        changed = change(tables["de"])
        tables["de"] = tables["de"] if changed is None else changed
        return write(tmp_path / "data", {lang: {"train": rows} for lang, rows in tables.items()})

    return make


def sample(task: str, folder: str, count: int = 4, **options) -> pd.DataFrame:
    return load(task, dataset=folder, languages=["en", "de"], train_per_language=count, **options)


def put(column: str, row: int, value):
    """A change of one cell."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        cells = rows[column].tolist()
        cells[row] = value
        return rows.assign(**{column: cells})

    return change


# ---- Datasets in the layouts of the paper's ----

SLICES = {task: definition.dataset for task, definition in TASKS.items()}


@pytest.fixture(params=SLICES)
def published(request, hubs):
    """(task, folder) of each dataset."""
    return request.param, str(hubs / SLICES[request.param])


@cache
def source(folder: str, lang: str, split: str) -> pd.DataFrame:
    """The raw rows, read without the code under test."""
    split = {"dev": "validation"}.get(split, split)
    return pd.concat(map(pd.read_parquet, sorted(Path(folder, lang).glob(f"{split}-*.parquet"))))


def original(task: str, folder: str, example: pd.Series) -> pd.Series:
    """The dataset's row that an example's id names."""
    split, number, lang = example["id"].split("-")
    assert (split, lang) == (example["split"], example["lang"])
    rows = source(folder, lang, split)
    if task == "pawsx":
        return rows[rows["id"] == int(number)].iloc[0]
    return rows.iloc[int(number)]


@pytest.mark.slow
def test_rows_are_what_their_ids_name(published):
    task, folder = published
    definition = TASKS[task]
    frame = load(
        task, dataset=folder, train_per_language=8, dev_per_language=5, test_per_language=5
    )
    assert list(frame) == COLUMNS
    assert frame["id"].is_unique
    sizes = frame.groupby("split")["lang"].value_counts().unstack()[list(definition.languages)]
    assert sizes.T.describe().loc[["min", "max"]].to_dict("list") == {
        "train": [8, 8], "dev": [5, 5], "test": [5, 5]
    }  # fmt: skip
    for _, example in frame.iterrows():
        row = original(task, folder, example)
        assert example["text_a"] == row[definition.text_a].strip()
        assert example["label"] == definition.labels[row["label"]]
        if definition.text_b:
            assert example["text_b"] == row[definition.text_b].strip()
        else:
            assert pd.isna(example["text_b"])


@pytest.mark.slow
def test_samples_survive_parquet(published, tmp_path):
    task, folder = published
    frame = load(task, dataset=folder, train_per_language=8)
    frame.to_parquet(tmp_path / "examples.parquet", index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "examples.parquet"), frame)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["xnli", "pawsx"])
def test_parallel_groups_are_the_same_in_every_language(hubs, task):
    frame = load(task, dataset=str(hubs / SLICES[task]), train_per_language=40)
    by_lang = {lang: part.reset_index() for lang, part in frame.groupby("lang")}
    first = by_lang.popitem()[1]
    for part in by_lang.values():
        assert part["group"].tolist() == first["group"].tolist()
        assert part["label"].tolist() == first["label"].tolist()
    assert (frame["id"] == frame["group"] + "-" + frame["lang"]).all()


def test_reviews_are_no_translations_and_three_stars_are_not_used(hubs):
    folder = str(hubs / SLICES["marc"])
    frame = load("marc", dataset=folder, train_per_language=40)
    assert (frame["group"] == frame["id"]).all()
    stars = [original("marc", folder, example)["label"] for _, example in frame.iterrows()]
    assert set(stars) == {0, 1, 3, 4}
    positions = frame["id"].str.split("-").str[1].groupby(frame["lang"]).apply(list)
    assert positions["de"] != positions["en"]


@pytest.mark.slow
def test_equal_sentences_drop_their_group_everywhere_and_are_counted(hubs):
    folder = str(hubs / SLICES["pawsx"])
    equal = set()
    for lang in TASKS["pawsx"].languages:
        rows = source(folder, lang, "train")
        same = rows["sentence1"].str.strip() == rows["sentence2"].str.strip()
        equal |= set(rows.loc[same, "id"])
    whole = len(rows) - len(equal)
    frame = load("pawsx", dataset=folder, train_per_language=whole)
    assert equal
    assert frame.attrs["dropped"] == {"equal texts": len(equal)}
    assert not set(frame["group"]) & {f"train-{i}" for i in equal}
    with pytest.raises(ValueError, match=f"={whole + 1}.*only {whole} usable"):
        load("pawsx", dataset=folder, train_per_language=whole + 1)


@pytest.mark.slow
def test_untranslated_cells_drop_their_group_everywhere_and_are_counted(hub):
    folder = str(hub / SLICES["pawsx"])
    gone = set()
    for lang in TASKS["pawsx"].languages:
        rows = source(folder, lang, "test")
        gone |= set(rows.loc[rows["sentence1"] == "NS", "id"])
    frame = load("pawsx", dataset=folder, train_per_language=1, test_per_language="all")
    tests = frame[frame["split"] == "test"]
    assert len(gone) == 2 and frame.attrs["dropped"]["placeholder"] == 2
    assert tests["group"].nunique() == len(rows) - 2
    assert not set(tests["group"]) & {f"test-{i}" for i in gone}


@pytest.mark.slow
def test_the_committed_datasets_are_what_their_script_writes(hub, tmp_path):
    """And each PAWS-X file has an order of its own, as the published ones."""
    spec = importlib.util.spec_from_file_location("make", hub.parent / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for task, name in SLICES.items():
        made = make.write(task, tmp_path)
        for file in (hub / name).rglob("*.*"):
            other = made / file.relative_to(hub / name)
            if file.suffix == ".md":
                assert file.read_text("utf-8") == other.read_text("utf-8")
            else:
                assert read_table(file).equals(read_table(other))
    orders = {lang: tuple(source(str(hub / SLICES["pawsx"]), lang, "train")["id"])
              for lang in TASKS["pawsx"].languages}  # fmt: skip
    assert len(set(orders.values())) == 5 and len({frozenset(ids) for ids in orders.values()}) == 1


# ---- The embedded default ----


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_default_is_the_embedded_dataset_in_the_papers_languages(task):
    frame = load(task, train_per_language=20, dev_per_language=10, test_per_language=10)
    assert list(frame) == COLUMNS
    assert frame["lang"].drop_duplicates().tolist() == list(TASKS[task].languages)
    assert frame.groupby(["split", "lang"]).size().to_dict() == {
        (split, lang): count
        for split, count in {"train": 20, "dev": 10, "test": 10}.items()
        for lang in TASKS[task].languages
    }
    pd.testing.assert_frame_equal(
        frame[frame["split"] == "train"], load(task, dataset="mini", train_per_language=20)
    )


# ---- Sampling ----


def test_each_raw_label_has_its_share_by_largest_remainder(dataset):
    labels = [0] * 20 + [1] * 7 + [2] * 3  # of 10 rows: 6.67, 2.33, 1.0
    folder = dataset("xnli", count=30)
    for lang in ("en", "de"):
        file = Path(folder, lang, "train-00000-of-00001.parquet")
        pd.read_parquet(file).assign(label=labels).to_parquet(file, index=False)
    frame = sample("xnli", folder, 10)
    german = frame[frame["lang"] == "de"]["id"]
    drawn = [labels[int(example.split("-")[1])] for example in german]
    assert Counter(drawn) == {0: 7, 1: 2, 2: 1}


def test_every_row_can_be_drawn(dataset):
    frame = sample("xnli", dataset("xnli"), 12)
    assert set(frame["group"]) == {f"train-{i}" for i in range(12)}


@pytest.mark.slow
def test_the_seed_alone_decides_sample_and_order(dataset):
    folder = dataset("pawsx", count=40)
    ids = {seed: sample("pawsx", folder, 10, seed=seed)["id"].tolist() for seed in (1, 2)}
    assert ids[1] == sample("pawsx", folder, 10, seed=1)["id"].tolist()
    assert ids[1] != ids[2]
    assert ids[1] != sorted(ids[1])


def test_a_sample_is_the_same_on_every_machine_and_in_every_release(dataset):
    frame = sample("xnli", dataset("xnli"), 4)
    assert frame["group"].tolist()[:4] == ["train-7", "train-8", "train-3", "train-6"]


@pytest.mark.slow
def test_an_id_names_the_same_row_whatever_is_drawn(dataset):
    folder = dataset("pawsx", count=40)
    few = sample("pawsx", folder, 10).set_index("id")
    many = sample("pawsx", folder, 30, seed=7).set_index("id")
    both = few.index.intersection(many.index)
    assert len(both) > 5
    pd.testing.assert_frame_equal(few.loc[both], many.loc[both], check_like=True)


def test_a_dropped_group_does_not_reshuffle_the_others(tmp_path):
    tables = {lang: rows_of("pawsx", lang, 20) for lang in ("en", "de")}
    whole = write(tmp_path / "whole", {lang: {"train": rows} for lang, rows in tables.items()})
    tables["de"].loc[3, "sentence1"] = "NS"
    gone = f"train-{tables['de'].loc[3, 'id']}"
    holed = write(tmp_path / "holed", {lang: {"train": rows} for lang, rows in tables.items()})
    before = sample("pawsx", whole, 20)["group"].tolist()
    after = sample("pawsx", holed, 19)["group"].tolist()
    assert sorted(after) == sorted(group for group in before if group != gone)
    assert after == [group for group in before if group != gone]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["xnli", "pawsx", "marc"])
def test_extra_rows_follow_the_base_rows_and_are_none_of_them(dataset, task):
    folder = dataset(task, count=60)
    base = sample(task, folder, 10)
    more, most = (sample(task, folder, 10, extra={"de": n}) for n in (5, 20))
    for frame, count in ((more, 5), (most, 20)):
        german = frame[frame["lang"] == "de"]
        assert len(german) == 10 + count
        assert german["id"].is_unique
        unchanged = pd.concat([frame[frame["lang"] == "en"], german[:10]], ignore_index=True)
        pd.testing.assert_frame_equal(unchanged, base)
    assert set(more["id"]) <= set(most["id"])


def test_extra_rows_can_use_up_the_dataset(dataset):
    frame = sample("xnli", dataset("xnli"), 5, extra={"de": 7})
    assert frame[frame["lang"] == "de"]["group"].nunique() == 12


@pytest.mark.slow
def test_other_splits_take_no_extra_rows(tmp_path):
    splits = {lang: rows_of("xnli", lang) for lang in ("en", "de")}
    folder = write(
        tmp_path, {lang: {"train": rows, "validation": rows} for lang, rows in splits.items()}
    )
    frame = sample("xnli", folder, 4, dev_per_language=3, extra={"de": 2})
    sizes = frame.groupby(["split", "lang"]).size().to_dict()
    assert sizes == {
        ("train", "en"): 4, ("train", "de"): 6, ("dev", "en"): 3, ("dev", "de"): 3
    }  # fmt: skip


# ---- Odd rows ----


def test_texts_lose_only_the_white_space_around_them(dataset):
    folder = dataset("xnli", put("premise", 3, " \t two  words\u00a0\n"))
    frame = sample("xnli", folder, 12).set_index("id")
    assert frame.loc["train-3-de", "text_a"] == "two  words"


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["NS", " NS ", "", "  ", None])
def test_an_untranslated_cell_drops_its_group_in_all_languages(dataset, cell):
    folder = dataset("pawsx", put("sentence2", 4, cell))
    gone = rows_of("pawsx", "de")["id"][4]
    frame = sample("pawsx", folder, 11)
    assert f"train-{gone}" not in set(frame["group"])
    assert frame.attrs["dropped"] == {"placeholder": 1}


def test_a_group_counts_for_one_reason_only(dataset):
    def change(rows):
        rows.loc[2, ["sentence1", "sentence2"]] = "NS"  # a placeholder, though equal too
        rows.loc[5, "sentence2"] = rows.loc[5, "sentence1"] + " "
        return rows.drop(index=7)

    frame = sample("pawsx", dataset("pawsx", change), 9)
    assert frame.attrs["dropped"] == {
        "not in every language": 1, "placeholder": 1, "equal texts": 1
    }  # fmt: skip


def test_equal_sentences_stay_where_the_task_allows_them(dataset):
    def change(rows):
        rows.loc[5, "hypothesis"] = rows.loc[5, "premise"]

    frame = sample("xnli", dataset("xnli", change), 12)
    assert frame.attrs["dropped"] == {}


# ---- Bad datasets ----

BAD = {
    "xnli label -1": ("xnli", put("label", 7, -1), ["'de'", "'train'", "row 7", "-1", "0, 1, 2"]),
    "label as text": (
        "xnli", lambda rows: rows.assign(label="neutral"), ["row 0", "label 'neutral'"]
    ),
    "missing label": ("xnli", put("label", 7, None), ["row 7", "label is missing from 'label'"]),
    "pawsx label 2": ("pawsx", put("label", 0, 2), ["row 0", "label 2", "0, 1"]),
    "marc label 5": ("marc", put("label", 2, 5), ["row 2", "label 5", "0, 1, 2, 3, 4"]),
    "empty text": ("xnli", put("premise", 9, " "), ["'de'", "row 9", "premise", "every language"]),
    "missing text": ("marc", put("text", 9, None), ["'de'", "'train'", "row 9", "'text' is empty"]),
    "no text at all": ("marc", lambda rows: rows.assign(text=None), ["row 0", "'text' is empty"]),
    "column": (
        "xnli",
        lambda rows: rows.rename(columns={"premise": "premisse"}),
        ["'premise'", "premisse, hypothesis, label", "needs premise, hypothesis, label"],
    ),
    "id column": ("pawsx", lambda rows: rows.drop(columns="id"), ["lacks 'id'"]),
    "twice an id": ("pawsx", put("id", 5, 104), ["'de'", "row", "id 104 was there before"]),
    "missing id": ("pawsx", put("id", 5, None), ["row 5", "id nan is missing"]),
    "other labels": (
        "pawsx",
        lambda rows: rows.assign(label=1 - rows["label"]),
        ["do not align by id", "'en'", "'de'", "one release"],
    ),
    "other ids": ("pawsx", lambda rows: rows.assign(id=rows["id"] + 8), ["only 4 of 20"]),
    "fewer rows": ("xnli", lambda rows: rows[:9], ["row 9 is in 'en' (12 rows)", "'de' (9 rows)"]),
    "shifted": (
        "xnli", lambda rows: rows.drop(index=4), ["row 4 has label 1 in 'en' and 2 in 'de'"]
    ),
    "no rows": ("xnli", lambda rows: rows[:0], ["'de'", "'train'", "does not load"]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", BAD)
def test_a_bad_dataset_is_refused_by_place_value_and_remedy(dataset, case):
    task, change, words = BAD[case]
    folder = dataset(task, change)
    with pytest.raises(ValueError) as error:
        sample(task, folder, 1)
    for word in [folder, *words]:
        assert word in str(error.value)


def test_a_damaged_file_is_named(dataset):
    folder = dataset("xnli")
    Path(folder, "de", "train-00000-of-00001.parquet").write_bytes(b"no parquet")
    with pytest.raises(ValueError, match="'de', split 'train' does not load: .*magic bytes"):
        sample("xnli", folder, 1)


def test_a_mended_folder_is_read_anew(dataset):
    folder = dataset("xnli", put("premise", 3, ""))
    with pytest.raises(ValueError, match="row 3"):
        sample("xnli", folder, 1)
    dataset("xnli", put("premise", 3, "mended"))
    frame = sample("xnli", folder, 12).set_index("id")
    assert frame.loc["train-3-de", "text_a"] == "mended"


def test_bad_rows_are_found_even_if_they_would_not_be_drawn(dataset):
    folder = dataset("xnli", put("premise", 11, ""), count=12)
    for seed in range(5):
        with pytest.raises(ValueError, match="row 11"):
            sample("xnli", folder, 1, seed=seed)


# ---- Bad requests ----


def test_an_unknown_task_names_the_nearest():
    with pytest.raises(ValueError, match="'pawx'.*'pawsx'"):
        load("pawx", train_per_language=1)


@pytest.mark.parametrize("folder", ["mini", "slices"])
def test_an_unknown_language_names_those_there_are(dataset, folder):
    folder = dataset("xnli") if folder == "slices" else folder
    with pytest.raises(ValueError, match="no language 'it'.*choose among en, .*de"):
        load("xnli", dataset=folder, languages=["en", "it"], train_per_language=1)


@pytest.mark.parametrize("name", ["facebook/xnli", "no-owner/no-name", "/no/folder", "a b"])
def test_a_dataset_out_of_reach_is_named_with_the_ways_out(name):
    with pytest.raises(ValueError) as error:
        load("xnli", dataset=name, train_per_language=1)
    for word in (f"{name!r}", "local folder", "'mini'"):
        assert word in str(error.value)


def test_a_missing_split_is_named(dataset):
    with pytest.raises(ValueError, match="'en'.*'validation'"):
        sample("xnli", dataset("xnli"), 1, dev_per_language=1)


def test_more_rows_than_there_are_names_both_numbers(dataset):
    folder = dataset("marc", count=15)  # of which three have three stars
    with pytest.raises(ValueError, match="train_per_language=13.*'en'.*only 12 usable"):
        sample("marc", folder, 13)
    with pytest.raises(ValueError, match="=10 and 3 extra.*'de'.*only 12 usable rows, not 13"):
        sample("marc", folder, 10, extra={"de": 3})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"train_per_language": 0}, "train_per_language"),
        ({"train_per_language": 2.5}, "train_per_language=2.5"),
        ({"train_per_language": 1, "dev_per_language": -1}, "dev_per_language=-1"),
        ({"train_per_language": 1, "languages": []}, "at least one"),
        ({"train_per_language": 1, "languages": ["en", "en"]}, "each once"),
        ({"train_per_language": 1, "languages": ["en"], "extra": {"de": 1}}, "extra: 'de'"),
        ({"train_per_language": 1, "extra": {"de": -1}}, "extra.*-1"),
    ],
)
def test_an_impossible_request_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        load("xnli", **options)
