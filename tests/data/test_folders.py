"""Local folders in the hub's layout: no file, row or letter is lost, and a README's faults."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from test_odd_files import COUNT, CSV, JSONL, TSV, joined, parquet, rows_of, table, task_of, write

from xlshare.data.examples import load

ONE = "default"  # the configuration of a folder without a README


def in_folder(folder: Path, files: dict[str, str | bytes], readme: str | None = None) -> str:
    for name, content in files.items():
        write(folder / name, content)
    if readme is not None:
        write(folder / "README.md", f"---\n{readme}\n---\n")
    return str(folder)


def loaded(dataset: str, count: int = 4, task: dict | None = None, **counts: int) -> pd.DataFrame:
    words = {f"{split}_per_language": n for split, n in counts.items()}
    return load(task_of(**task or {}).task("own"), dataset=dataset, languages=[ONE],
                train_per_language=count, **words)  # fmt: skip


def refusal(dataset: str, **words) -> str:
    with pytest.raises(ValueError) as error:
        loaded(dataset, **words)
    assert "\n" not in str(error.value) and "connect" not in str(error.value)
    return str(error.value)


def listing(*paths: str, more: str = "") -> str:
    """A README that names the training files."""
    files = f"[{', '.join(paths)}]"
    head = f"configs:\n- config_name: {ONE}\n  data_files:\n  - split: train\n    path: {files}"
    return f"{head}\n{more}".rstrip()


# ---- Files that would not be read ----

PACKED = gzip.compress(CSV.encode())
PASSED_OVER = {
    "another format": ({"train-1.csv": CSV, "train-2.jsonl": JSONL}, "train-1.csv"),
    "another format, compressed": ({"train-1.csv.gz": PACKED, "train-2.json": JSONL}, "csv.gz"),
    "parquet": ({"train-1.csv": CSV, "train-2.parquet": parquet(table())}, "train-1.csv"),
    "text": ({"train-1.csv": CSV, "train-2.csv": CSV, "train-3.txt": TSV}, "train-3.txt"),
    "a spreadsheet": ({"train-1.csv": CSV, "train-2.xlsx": b"PK"}, "train-2.xlsx"),
    "a name without a split": ({"train-1.csv": CSV, "more.csv": CSV}, "more.csv"),
    "JSON without a split": ({"train.jsonl": JSONL, "more.jsonl": JSONL}, "more.jsonl"),
    "a folder": ({"train.csv": CSV, "old/more.tsv": TSV}, "old/more.tsv"),
    "capitals": ({"train.csv": CSV, "train-2.CSV": CSV}, "train-2.CSV"),
}


@pytest.mark.parametrize("case", PASSED_OVER)
def test_data_that_a_folders_names_leave_out_are_named(tmp_path: Path, case: str) -> None:
    files, left = PASSED_OVER[case]
    told = refusal(in_folder(tmp_path, files))
    assert left in told.split(" would not be read")[0].removeprefix(str(tmp_path))
    assert "data_files in README.md" in told and "move the rest away" in told


def test_all_files_of_one_format_are_read(tmp_path: Path) -> None:
    """Whatever is no data, and what the README does not list, may lie beside them."""
    others = {"LICENSE.txt": "MIT", "load.py": "", ".ipynb_checkpoints/train-1.json": JSONL,
              "dataset_infos.json": "{}"}  # fmt: skip
    files = {"train-1.csv": CSV, "train-2.csv.gz": PACKED, "train-3.tsv": TSV}
    dataset = in_folder(tmp_path / "a", files | others)
    assert len(loaded(dataset, 3 * COUNT)) == 3 * COUNT
    readme = listing("a.csv", "b.jsonl")
    dataset = in_folder(tmp_path / "b", {"a.csv": CSV, "b.jsonl": JSONL, "more.csv": CSV}, readme)
    assert len(loaded(dataset, 2 * COUNT)) == 2 * COUNT


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_of_a_split_with_other_columns_are_named(tmp_path: Path, kind: str) -> None:
    good, other = CSV, CSV.replace('"label"', '"Label"')
    if kind == "parquet":
        good, other = parquet(table()), parquet(table().rename(columns={"label": "Label"}))
    told = refusal(in_folder(tmp_path, {f"train-1.{kind}": good, f"train-2.{kind}": other}))
    assert f"train-2.{kind} lacks 'label' (did you mean 'Label'?), which" in told
    assert f"train-1.{kind} has: it has the columns id, text, Label" in told


def test_texts_that_a_parquet_file_keeps_as_bytes_are_no_texts(tmp_path: Path) -> None:
    rows = table().assign(text=[text.encode() for _, text, _ in rows_of()])
    told = refusal(in_folder(tmp_path, {"train.parquet": parquet(rows)}))
    assert "'text' is b'La" in told and "not a text: save it as one" in told


# ---- Texts as written, whatever options a README sets ----

NUMBERS = [(f"{i:03}", f"{i:04}", f"0{i % 2}") for i in range(COUNT)]
TYPED = joined(NUMBERS, ",")
OPTIONS = {
    "encoding: utf-8-sig": TYPED,
    "encoding: utf-16": TYPED.encode("utf-16"),
    "encoding: cp1252": TYPED,
    "delimiter: '|'": joined(NUMBERS, "|"),
    "sep: ':'": joined(NUMBERS, ":"),
    "quoting: 0": TYPED,
    "quoting: 3": TYPED,
    "skiprows: 1": "a line before\n" + TYPED,
    "skiprows: 2": "one\r\n\r\n" + TYPED,
    "keep_default_na: false": TYPED,
    "na_filter: false": TYPED,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_of_a_readme_does_not_make_numbers_of_texts(tmp_path: Path, option: str) -> None:
    readme = listing("a.csv", more=f"  {option}")
    dataset = in_folder(tmp_path, {"a.csv": OPTIONS[option]}, readme)
    found = loaded(dataset, COUNT, {"labels": {"00": "good", "01": "bad"}})
    assert sorted(found["text_a"]) == [text for _, text, _ in NUMBERS]


def test_an_encoding_is_followed_in_csv_and_json(tmp_path: Path) -> None:
    for name, content in (("a.csv", CSV), ("a.jsonl", JSONL)):
        readme = listing(name, more="  encoding: cp1252")
        dataset = in_folder(tmp_path / name[2:], {name: content.encode("cp1252")}, readme)
        assert sorted(loaded(dataset, COUNT)["text_a"]) == sorted(t for _, t, _ in rows_of())
    wrong = in_folder(
        tmp_path, {"a.csv": CSV.encode("cp1252")}, listing("a.csv", more="  encoding: ascii")
    )
    assert "a.csv:2 does not load: not ascii" in refusal(wrong)


def test_quotation_marks_are_text_where_a_readme_or_the_study_says_so(tmp_path: Path) -> None:
    content = joined(rows_of()).replace("La crêpe", '"La" crêpe')
    readme = listing("a.tsv", more="  quoting: 3")
    dataset = in_folder(tmp_path, {"a.tsv": content}, readme)
    assert loaded(dataset)["text_a"].str.startswith('"La" crêpe').all()
    with pytest.raises(ValueError, match="data.quoting"):
        load(task_of().task("own"), dataset=dataset, languages=[ONE], train_per_language=4,
             quoting=True)  # fmt: skip


LEFT_OUT = ["nrows: 3", "on_bad_lines: skip", "comment: '#'", "na_values: ['-']", "usecols: [0]",
            "header: null", "names: [a, b]", "escapechar: '\\'", "converters: {}",
            "encoding_errors: ignore", "no_such_option: 1"]  # fmt: skip


@pytest.mark.parametrize("option", LEFT_OUT)
def test_an_option_that_is_not_followed_is_named(tmp_path: Path, option: str) -> None:
    told = refusal(in_folder(tmp_path, {"a.csv": CSV}, listing("a.csv", more=f"  {option}")))
    assert f"README.md: configuration 'default': the option {option.split(':')[0]!r}" in told
    assert "is not followed, as sep, delimiter, encoding, quoting, skiprows would be" in told


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("sep: no", "sep=False is not one character"),
        ("sep: '\\s+'", r"sep='\\s+' is not one character"),
        ("encoding: utf-99", "encoding='utf-99' is not an encoding"),
        ("encoding: 8", "encoding=8 is not an encoding"),
        ("quoting: all", "quoting='all' is not 0, 1, 2 or 3"),
        ("skiprows: [0, 2]", "skiprows=[0, 2] is not a number of lines"),
    ],
)
def test_an_odd_value_of_an_option_is_named(tmp_path: Path, option: str, reason: str) -> None:
    told = refusal(in_folder(tmp_path, {"a.csv": CSV}, listing("a.csv", more=f"  {option}")))
    assert "README.md" in told and reason in told


def test_an_option_of_json_that_is_not_followed_is_named(tmp_path: Path) -> None:
    dataset = in_folder(tmp_path, {"a.jsonl": JSONL}, listing("a.jsonl", more="  field: data"))
    assert "the option 'field' is not followed" in refusal(dataset)


# ---- A split that is not there ----


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_folder_without_one_of_the_splits_says_which_there_are(tmp_path: Path, kind: str) -> None:
    content = {"csv": CSV, "jsonl": JSONL, "parquet": parquet(table())}[kind]
    dataset = in_folder(tmp_path, {f"{split}.{kind}": content for split in ("train", "test")})
    told = refusal(dataset, dev=2, test=2)
    assert "split 'validation' does not load: the folder has the splits train, test: add" in told
    splits = {"train": "train", "dev": "test", "test": "test"}
    assert splits == dict(part.split(": ") for part in told.split("{")[1].split("}")[0].split(", "))
    assert len(loaded(dataset, 4, {"splits": splits}, test=1)) == 5


# ---- A README's faults ----

FAULTS = {
    "config_name: no": ("configs:\n- config_name: no", "configs.0.config_name is False: YAML"),
    "a number as a name": ("configs:\n- config_name: 1", "configs.0.config_name=1 is no text"),
    "no name": ("configs:\n- data_files: a.csv", "configs.0.config_name is missing"),
    "an empty name": ("configs:\n- config_name:", "configs.0.config_name is missing"),
    "a split off": (
        "configs:\n- config_name: a\n  data_files:\n  - {split: off, path: a.csv}",
        "configs.0.data_files.0.split is False",
    ),
    "no list": ("configs: {config_name: a}", "configs is no list"),
    "two of a name": (
        "configs:\n- {config_name: a, data_files: a.csv}\n- {config_name: a, data_files: b.csv}",
        "two configurations are called 'a'",
    ),
    "a number as a folder": (
        "configs:\n- {config_name: a, data_dir: 3}", "configs.0.data_dir=3 is no text"
    ),
    "names alone": ("configs: [en, fr]", "configs is no list"),
    "broken YAML": ("configs:\n- [config_name: a", ":3: no YAML"),
    "a tab": ("configs:\n\t- config_name: a", ":3: no YAML"),
    "no mapping": ("- configs", "its YAML is no mapping"),
    "a split with a dash": (
        "configs:\n- config_name: a\n  data_files:\n  - {split: train-1, path: a.csv}",
        "configs.0.data_files.0.split='train-1': write it with letters",
    ),
    "a path that is a number": (
        "configs:\n- config_name: a\n  data_files:\n  - {split: train, path: 1}",
        "configs.0.data_files.0.path=1 is no text",
    ),
    "a file that is not there": (listing("b.csv"), "b.csv"),
    "features of no type": (
        "dataset_info:\n- config_name: default\n  features:\n  - {name: text, dtype: [1]}", "README"
    ),
    "features that are no list": ("dataset_info:\n  features: 3", "README"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_a_readme_is_named_by_its_place(tmp_path: Path, case: str) -> None:
    readme, reason = FAULTS[case]
    told = refusal(in_folder(tmp_path, {"a.csv": CSV}, readme))
    assert "README.md" in told and reason in told


def test_a_readme_in_another_encoding_is_named(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "été".encode("cp1252"))
    assert "README.md is not UTF-8" in refusal(in_folder(tmp_path, {"train.csv": CSV}))
    write(tmp_path / "README.md", f"\ufeff---\n{listing('train.csv')}\n---\n")
    assert "a byte order mark hides its YAML" in refusal(str(tmp_path))


@pytest.mark.parametrize(
    "files", [{"train.CSV": CSV}, {"train.csv": CSV, "test.jsonl": JSONL}, {"notes.rst": ""}]
)
def test_a_folder_that_does_not_load_is_told_by_what_it_holds(
    tmp_path: Path, files: dict[str, str]
) -> None:
    told = refusal(in_folder(tmp_path, files))
    assert (
        f"it holds {', '.join(sorted(f for f in files if f != 'notes.rst')) or 'no data'}" in told
    )
    assert "in small letters" in told
    assert ("its splits have several formats" in told) == ("test.jsonl" in files)
