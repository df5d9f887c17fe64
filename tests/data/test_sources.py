"""Own data: every shape of files and datasets that a task may come in, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from test_examples import rows_of, write

from xlshare.data.examples import load
from xlshare.study.tasks import OwnTask

LANGUAGES = ["en", "fr"]


def own_task(**changes) -> OwnTask:
    labels = {"yes": "is so", "no": "is not", "maybe": "open", "broken": None}
    words = {"text_a": "first", "text_b": "second", "label": "verdict", "labels": labels}
    return OwnTask.model_validate(words | changes)


def sentences(lang: str, count: int = 40) -> pd.DataFrame:
    """Rows of which every fourth is broken; the same content in the same row of each language."""
    n = range(count)
    verdicts = ["yes", "no", "maybe", "broken"]
    return pd.DataFrame(
        {
            "first": [f"first, {i} in {lang}" for i in n],
            "second": [f'"second" {i}\tin {lang}' for i in n],
            "verdict": [verdicts[i % 4] for i in n],
            "key": [f"k{i}" for i in n],
            "lang": lang,
            "part": [("train", "dev", "test")[min(i // 16, 2)] for i in n],
        }
    )


def all_languages(count: int = 40) -> pd.DataFrame:
    return pd.concat([sentences(lang, count) for lang in LANGUAGES], ignore_index=True)


def save(rows: pd.DataFrame, path: Path) -> str:
    """Write a table as its file's name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1]
    if kind == "parquet":
        rows.to_parquet(path, index=False)
    elif kind in ("csv", "tsv"):
        rows.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    else:
        rows.to_json(path, orient="records", lines=kind == "jsonl", force_ascii=False)
    return str(path)


def read(dataset: str, task: OwnTask, train: int = 6, **counts: int) -> pd.DataFrame:
    names = {f"{split}_per_language": count for split, count in counts.items()}
    words = {"dataset": dataset, "languages": LANGUAGES, "train_per_language": train}
    return load(task.task("own"), **words, **names)


KINDS = ["csv", "tsv", "json", "jsonl", "parquet", "csv.gz", "jsonl.gz"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_files_of_every_kind_give_the_same_examples(tmp_path: Path, kind: str) -> None:
    for lang in LANGUAGES:
        save(sentences(lang), tmp_path / f"{lang}.{kind}")
    frame = read(f"{tmp_path}/{{lang}}.{kind}", own_task(align="row"))
    example = frame.set_index("id").loc[frame["id"].iloc[0]]
    row = sentences(example["lang"]).iloc[int(example["group"].split("-")[1])]
    assert (example["text_a"], example["text_b"]) == (row["first"], row["second"])
    assert example["label"] == ["yes", "no", "maybe"].index(row["verdict"])
    assert frame.groupby("group")["lang"].nunique().eq(2).all()


SHAPES = {
    "a file a language": ("{lang}.csv", {}),
    "a file with a language column": ("all.csv", {"language": "lang"}),
    "a split column": ("all.csv", {"language": "lang", "split": "part"}),
    "a file a language and split": ("{split}/{lang}.csv", {}),
    "a file a split": ("{split}.csv", {"language": "lang"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("align", [None, "row", "key"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_files_is_read(tmp_path: Path, shape: str, align: str | None) -> None:
    rows, (name, words) = all_languages(120), SHAPES[shape]
    save(rows, tmp_path / "all.csv")
    for lang, of_lang in rows.groupby("lang"):
        save(of_lang, tmp_path / f"{lang}.csv")
    for part, of_part in rows.groupby("part"):
        save(of_part, tmp_path / f"{part}.csv")
        for lang, some in of_part.groupby("lang"):
            save(some, tmp_path / part / f"{lang}.csv")
    frame = read(f"{tmp_path}/{name}", own_task(align=align, **words), 6, dev=3, test=3)
    sizes = frame.groupby(["split", "lang"]).size().unstack()
    assert sizes.loc["train"].tolist() == [6, 6] and sizes.loc["test"].tolist() == [3, 3]
    assert frame.drop_duplicates("text_a").shape == frame.shape  # nothing is in two splits
    assert frame.groupby("group")["lang"].nunique().eq(1 if align is None else 2).all()


@pytest.mark.slow
@pytest.mark.parametrize("change", [str.title, str.upper, {"dev": "VAL", "test": "Test"}.get])
def test_names_of_splits_in_a_column_may_have_capitals(tmp_path: Path, change) -> None:
    rows = all_languages(120)
    path = save(rows, tmp_path / "small.csv")
    rows["part"] = rows["part"].map(lambda part: change(part) or part)
    other = save(rows, tmp_path / "other.csv")
    task = own_task(language="lang", split="part")
    pd.testing.assert_frame_equal(read(path, task, 6, dev=3), read(other, task, 6, dev=3))


def test_splits_that_differ_by_capitals_are_two(tmp_path: Path) -> None:
    rows = all_languages(120)
    rows["part"] = rows["part"].map({"train": "a", "dev": "A", "test": "b"})
    path = save(rows, tmp_path / "all.csv")
    task = own_task(language="lang", split="part", splits={"train": "a", "dev": "A", "test": "b"})
    frame = read(path, task, 9, dev=9)
    assert set(frame.loc[frame["split"] == "train", "text_a"].str.split().str[1].astype(int)) <= {
        *range(16)
    }
    assert frame["text_a"].is_unique


def test_rows_of_other_splits_are_left_out_only_where_splits_are_named(tmp_path: Path) -> None:
    rows = all_languages(120)
    rows.loc[rows["part"] == "test", "part"] = "extra"
    path = save(rows, tmp_path / "all.csv")
    with pytest.raises(
        ValueError, match=r"all\.csv: 'part' holds 'dev', 'extra', 'train', and the"
    ):
        read(path, own_task(language="lang", split="part"))
    splits = {"train": "train", "dev": "dev", "test": "dev"}
    assert len(read(path, own_task(language="lang", split="part", splits=splits))) == 12


def test_a_language_without_rows_in_a_split_is_not_told_to_ask_for_fewer(tmp_path: Path) -> None:
    rows = all_languages(120)
    path = save(rows[(rows["lang"] == "en") | (rows["part"] == "train")], tmp_path / "all.csv")
    task = own_task(language="lang", split="part")
    with pytest.raises(ValueError, match="'fr', split 'test' has no usable rows: see that"):
        read(path, task, 6, test=3)


def test_two_files_of_one_split_are_not_read_in_part(tmp_path: Path) -> None:
    """Each language may have its own of the usual names; none may have two."""
    for name in ("en-train", "fr-train", "en-dev", "fr-val"):
        save(sentences(name[:2]), tmp_path / f"{name}.csv")
    dataset = f"{tmp_path}/{{lang}}-{{split}}.csv"
    assert len(read(dataset, own_task(), 6, dev=3)) == 18
    save(sentences("en"), tmp_path / "en-validation.csv")
    with pytest.raises(ValueError, match=r"en-validation\.csv and .*en-dev\.csv are both there"):
        read(dataset, own_task(), 6, dev=3)


def test_a_split_column_of_a_folder_in_the_hubs_layout_is_refused(tmp_path: Path) -> None:
    """Its splits lie apart, and all rows of one would be taken, whatever the column says."""
    folder = write(tmp_path / "data", {lang: {"train": sentences(lang)} for lang in LANGUAGES})
    with pytest.raises(ValueError, match=r"names its splits itself: remove own_tasks\.own\.split"):
        read(folder, own_task(split="part"))


def test_dealt_splits_keep_translations_and_equal_texts_together(tmp_path: Path) -> None:
    rows = all_languages(200)
    rows.loc[rows["key"].isin([f"k{i}" for i in range(0, 40)]), ["first", "second"]] = "the same"
    save(rows, tmp_path / "all.csv")
    task = own_task(language="lang", align="key")
    parallel = read(f"{tmp_path}/all.csv", task, 80, dev=5, test=5)
    splits = parallel.assign(key=parallel["group"].str.split("-").str[1]).groupby("key")["split"]
    assert splits.nunique().eq(1).all()
    alone = read(f"{tmp_path}/all.csv", own_task(language="lang"), 80, dev=5, test=5)
    assert alone.loc[alone["text_a"] == "the same", "split"].nunique() == 1


def test_splits_of_one_name_share_its_rows_and_others_do_not(tmp_path: Path) -> None:
    for lang in LANGUAGES:
        save(sentences(lang, 200), tmp_path / f"{lang}-a.csv")
        save(
            sentences(lang, 60).assign(first=lambda t: t["first"] + "!"), tmp_path / f"{lang}-b.csv"
        )
    task = own_task(splits={"train": "a", "dev": "b", "test": "b"})
    frame = read(f"{tmp_path}/{{lang}}-{{split}}.csv", task, 100, dev=8, test=8)
    assert (frame["text_a"].str.endswith("!") == (frame["split"] != "train")).all()
    assert frame["text_a"].is_unique


def test_a_language_column_of_a_folder_in_the_hubs_layout(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", {"default": {"train": all_languages()}})
    frame = read(folder, own_task(language="lang", align="key"))
    assert frame["lang"].value_counts().to_dict() == {"en": 6, "fr": 6}
    with pytest.raises(ValueError, match="no language 'fr'.*choose among de"):
        only_german = write(tmp_path / "other", {"default": {"train": sentences("de")}})
        load(own_task(language="lang").task("own"), dataset=only_german, languages=["fr"],
             train_per_language=1)  # fmt: skip


def test_the_reviews_owners_files_give_what_the_hubs_entry_gives(tmp_path: Path) -> None:
    """Titles and bodies are joined and stars counted from 0, as in the hub's entry."""
    for lang in LANGUAGES:
        rows = [
            {"review_id": f"{lang}_{i}", "stars": str(i % 5 + 1), "review_title": f"title {i}",
             "review_body": f"body {i} {lang}", "language": lang}
            for i in range(20)
        ]  # fmt: skip
        path = tmp_path / f"json/dev/dataset_{lang}_dev.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        train = tmp_path / f"json/train/dataset_{lang}_train.json"
        train.parent.mkdir(parents=True, exist_ok=True)
        train.write_text(path.read_text(), encoding="utf-8")
    found = load(
        "marc",
        dataset=f"{tmp_path}/json/{{split}}/dataset_{{lang}}_{{split}}.json",
        languages=LANGUAGES,
        train_per_language=8,
        dev_per_language=4,
    )
    first = found.iloc[0]
    number = int(first["group"].split("-")[1])
    assert first["text_a"] == f"title {number}\n\nbody {number} {first['lang']}"
    assert number % 5 != 2 and first["label"] == int(number % 5 > 2)


def test_two_raw_labels_may_be_one_class_and_numbers_may_be_text(tmp_path: Path) -> None:
    stars = {1: "bad", 2: "bad", 3: None, 4: "good", 5: "good"}
    rows = rows_of("marc", "en", 20).rename(columns={"label": "stars"}).assign(lang="en")
    rows["stars"] += 1
    for kind in ("csv", "parquet", "jsonl"):
        task = own_task(text_a="text", text_b=None, label="stars", labels=stars, language="lang")
        path = save(rows, tmp_path / f"all.{kind}")
        found = load(task.task("own"), dataset=path, languages=["en"], train_per_language=8)
        raw = found["text_a"].str.split().str[1].astype(int) % 5 + 1
        assert found["label"].tolist() == (raw > 3).astype(int).tolist()


# ---- What is refused ----


BAD = {
    "no file": (None, {}, ["{lang}.csv", "'en'", "choose among none"]),
    "a missing language": (("fr",), {}, ["'en'", "choose among fr"]),
    "a column": (("en", "fr"), {"text_a": "frist"}, ["lacks 'frist'", "own needs"]),
    "an unknown label": (
        ("en", "fr"), {"labels": {"yes": "a", "no": "b"}}, ["row 2", "'maybe'", "no, yes"]
    ),
    "a split column": (("en", "fr"), {"split": "fold"}, ["lacks 'fold'", "part"]),
    "a split that is not there": (
        ("en", "fr"),
        {"split": "part", "splits": {"train": "learn", "dev": "dev", "test": "test"}},
        ["en.csv: 'part' holds 'dev', 'test', 'train'", "no row being of 'learn'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_by_place_value_and_remedy(tmp_path: Path, case: str) -> None:
    languages, changes, words = BAD[case]
    for lang in languages or ():
        save(sentences(lang), tmp_path / f"{lang}.csv")
    with pytest.raises(ValueError) as error:
        read(f"{tmp_path}/{{lang}}.csv", own_task(**changes))
    for word in words:
        assert word in str(error.value)


def test_one_file_must_say_which_row_is_in_which_language(tmp_path: Path) -> None:
    path = save(all_languages(), tmp_path / "all.csv")
    with pytest.raises(ValueError, match=r"all\.csv.*\{lang\}.*own_tasks\.own\.language"):
        read(path, own_task())


@pytest.mark.parametrize(("name", "content"), [("en.csv", b"\xff\xfe\xff"), ("en.parquet", b"PK")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    for lang in LANGUAGES:
        (tmp_path / name.replace("en", lang)).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} does not load"):
        read(f"{tmp_path}/{{lang}}{Path(name).suffix}", own_task())


def test_translations_with_different_labels_are_refused(tmp_path: Path) -> None:
    rows = all_languages()
    rows.loc[1, "verdict"] = "yes"
    path = save(rows, tmp_path / "all.csv")
    with pytest.raises(ValueError, match="do not align by key: key k1 has label yes in 'en'"):
        read(path, own_task(language="lang", align="key"))
