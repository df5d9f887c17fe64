"""Odd and malformed files: each is read rightly, or refused by place, value and remedy."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from xlshare.data.examples import load
from xlshare.data.formats import read_file
from xlshare.study.parameters import Study
from xlshare.study.tasks import OwnTask

LABELS = ("fine", "not fine")
COUNT = 12
SENTENCES = {"en": "The soup is number {}.", "fr": "La crêpe « {} » est prête, là-bas."}
FIELDS = ("id", "text", "label")


def rows_of(lang: str = "fr") -> list[tuple[str, str, str]]:
    """Good rows, with a letter outside ASCII and a comma in each French text."""
    return [(f"k{i}", SENTENCES[lang].format(i), LABELS[i % 2]) for i in range(COUNT)]


def changed(row: int, column: int, cell: str, lang: str = "fr") -> list[tuple[str, ...]]:
    rows = [list(one) for one in rows_of(lang)]
    rows[row][column] = cell
    return [tuple(row) for row in rows]


def joined(rows: list[tuple[str, ...]], separator: str = "\t", end: str = "\n") -> str:
    """A table with a header, nothing quoted."""
    return end.join(separator.join(row) for row in [FIELDS, *rows]) + end


def quoted(rows: list[tuple[str, ...]], separator: str = ",") -> str:
    """A table with a header, every cell quoted."""
    cells = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [FIELDS, *rows]]
    return "\n".join(separator.join(row) for row in cells) + "\n"


def records(rows: list[tuple[str, ...]]) -> list[dict[str, object]]:
    return [dict(zip(FIELDS, row)) for row in rows]


def lines(values: list[object]) -> str:
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "\n"


def parquet(frame: pd.DataFrame, **words: object) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **words)
    return buffer.getvalue()


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, "<xml/>")
    return buffer.getvalue()


def table(rows: list[tuple[str, ...]] | None = None) -> pd.DataFrame:
    return pd.DataFrame(rows or rows_of(), columns=list(FIELDS))


TSV, CSV = joined(rows_of()), quoted(rows_of())
JSONL, ARRAY = lines(records(rows_of())), json.dumps(records(rows_of()), indent=1)
NUMBERS = [(key, text, str(i % 2)) for i, (key, text, _) in enumerate(rows_of())]

# ---- What is read: a file's name and content, and the rows that it holds ----

READ: dict[str, tuple[str, str | bytes, list[tuple[str, ...]]]] = {
    "TSV": ("a.tsv", TSV, rows_of()),
    "CSV, all cells quoted": ("a.csv", CSV, rows_of()),
    "TSV, all cells quoted": ("a.tsv", quoted(rows_of(), "\t"), rows_of()),
    "a cell begins with a mark in TSV without quoting": (
        "a.tsv",
        joined(changed(3, 1, '"Well" is how it begins')),
        changed(3, 1, '"Well" is how it begins'),
    ),
    "a mark that is never closed in TSV without quoting": (
        "a.tsv", joined(changed(3, 1, '"Well, it begins')), changed(3, 1, '"Well, it begins')
    ),
    "a mark alone in TSV without quoting": (
        "a.tsv", joined(changed(3, 1, '"')), changed(3, 1, '"')
    ),
    "marks inside texts": (
        "a.tsv", joined(changed(3, 1, 'so "well" it is')), changed(3, 1, 'so "well" it is')
    ),
    "a line break and a tab in a quoted cell": (
        "a.tsv",
        joined(changed(3, 1, '"one\n""two""\tthree"')),
        changed(3, 1, 'one\n"two"\tthree'),
    ),
    "marks doubled in a quoted cell of TSV": (
        "a.tsv", joined(changed(3, 1, '"""Well"", she said"')), changed(3, 1, '"Well", she said')
    ),
    "line ends of Windows": ("a.tsv", joined(rows_of(), end="\r\n"), rows_of()),
    "line ends of old Macs": ("a.tsv", joined(rows_of(), end="\r"), rows_of()),
    "mixed line ends": ("a.tsv", TSV.replace("\n", "\r\n", 4), rows_of()),
    "mixed line ends in CSV": ("a.csv", CSV.replace("\n", "\r\n", 4), rows_of()),
    "separators of lines that are none in TSV": (
        "a.tsv", joined(changed(3, 1, "one\u2028two\x0bthree\x85")),
        changed(3, 1, "one\u2028two\x0bthree\x85"),
    ),
    "no line end at the end": ("a.tsv", TSV.rstrip("\n"), rows_of()),
    "blank lines": ("a.tsv", TSV.replace("\nk5", "\n\n\nk5") + "\n\n", rows_of()),
    "a byte order mark in CSV": ("a.csv", b"\xef\xbb\xbf" + CSV.encode(), rows_of()),
    "two byte order marks": ("a.csv", b"\xef\xbb\xbf" * 2 + CSV.encode(), rows_of()),
    "two byte order marks in JSON": ("a.json", b"\xef\xbb\xbf" * 2 + ARRAY.encode(), rows_of()),
    "a byte order mark in JSON lines": ("a.jsonl", b"\xef\xbb\xbf" + JSONL.encode(), rows_of()),
    "a byte order mark before an array": ("a.json", b"\xef\xbb\xbf" + ARRAY.encode(), rows_of()),
    "blank lines in JSON lines": ("a.jsonl", "\n\n" + JSONL.replace("\n", "\r\n \n"), rows_of()),
    "an array after a blank line": ("a.json", "\n \n" + ARRAY, rows_of()),
    "an array in .json.gz": ("a.json.gz", gzip.compress(ARRAY.encode()), rows_of()),
    "an array in .jsonl": ("a.jsonl", ARRAY, rows_of()),
    "lines in .json": ("a.json", JSONL, rows_of()),
    "lines in .ndjson": ("a.ndjson", JSONL, rows_of()),
    "lines in .txt": ("a.txt", JSONL, rows_of()),
    "lines in .jsonl.gz": ("a.jsonl.gz", gzip.compress(JSONL.encode()), rows_of()),
    "tabs in .txt": ("a.txt", TSV, rows_of()),
    "commas in .txt": ("a.txt", CSV, rows_of()),
    "tabs in .tab": ("a.tab", TSV, rows_of()),
    ".TSV in capitals": ("a.TSV", TSV, rows_of()),
    ".CSV in capitals": ("a.CSV", CSV, rows_of()),
    ".tsv.gz": ("a.tsv.gz", gzip.compress(TSV.encode()), rows_of()),
    ".tsv that is compressed": ("a.tsv", gzip.compress(TSV.encode()), rows_of()),
    ".gz that is not compressed": ("a.csv.gz", CSV, rows_of()),
    "parquet": ("a.parquet", parquet(table()), rows_of()),
    "parquet with texts as bytes": (
        "a.parquet", parquet(table().map(str.encode)), rows_of()
    ),
    "parquet by another name": ("a.json", parquet(table()), rows_of()),
    "parquet with a column as pandas' index": (
        "a.parquet", parquet(table().set_index("id")), rows_of()
    ),
    "parquet in a folder that looks like a partition": (
        "text=no/a.parquet", parquet(table()), rows_of()
    ),
    "parquet with categories": (
        "a.parquet", parquet(table().astype({"label": "category"})), rows_of()
    ),
    "white space in the header and the labels": (
        "a.csv",
        CSV.replace('"text"', '" text "').replace('"fine"', '" fine "'),
        rows_of(),
    ),
    "more columns": (
        "a.tsv", "\n".join(f"{line}\tmore" for line in TSV.splitlines()), rows_of()
    ),
    "a column without a name": (
        "a.csv",
        "\n".join(f"{i or ''},{line}" for i, line in enumerate(CSV.splitlines())),
        rows_of(),
    ),
    "a text of a million letters": (
        "a.csv", quoted(changed(3, 1, "a, b" * 250_000)), changed(3, 1, "a, b" * 250_000)
    ),
    "the words for missing": (
        "a.csv", quoted(changed(3, 1, "NA", "en")), changed(3, 1, "NA", "en")
    ),
    "null as a text of JSON": (
        "a.jsonl", lines(records(changed(3, 1, "null"))), changed(3, 1, "null")
    ),
    "dates as texts of JSON": (
        "a.jsonl", lines(records(changed(3, 1, "2021-03-04"))), changed(3, 1, "2021-03-04")
    ),
}  # fmt: skip


def task_of(**changes: object) -> OwnTask:
    words = {"text_a": "text", "labels": {"fine": "good", "not fine": "bad"}}
    return OwnTask.model_validate(words | changes)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("case", READ)
def test_an_odd_file_is_read_row_by_row(tmp_path: Path, case: str) -> None:
    name, content, rows = READ[case]
    found = read_file(str(write(tmp_path / name, content)))
    assert len(found) == len(rows)
    for column, cells in zip(FIELDS, zip(*rows)):
        assert found[column].astype("str").str.strip().tolist() == [cell.strip() for cell in cells]


# ---- What is refused: a file's name and content, and what the error says ----

CP1252 = TSV.encode("cp1252")
CYRILLIC = joined([(key, "Суп готов, прошу к столу", label) for key, _, label in rows_of()])
KOREAN = joined([(key, "국이 다 되었으니 어서 드세요", label) for key, _, label in rows_of()])
SPOILT = TSV.encode().replace(b"\xc3\xaa", b"\xc3", 1)

REFUSED: dict[str, tuple[str, str | bytes, list[str]]] = {
    "cp1252": ("a.tsv", CP1252, ["a.tsv:2 ", "not UTF-8: looks like cp1252", "iconv -f cp1252"]),
    "cp1252 in CSV": ("a.csv", CSV.encode("cp1252"), ["looks like cp1252", "save it as UTF-8"]),
    "cp1251": ("a.tsv", CYRILLIC.encode("cp1251"), ["not UTF-8: looks like cp1251"]),
    "Korean": ("a.tsv", KOREAN.encode("euc_kr"), ["not UTF-8: looks like euc_kr"]),
    "UTF-16": ("a.csv", CSV.encode("utf-16"), ["not UTF-8: looks like UTF-16", "iconv -f UTF-16"]),
    "UTF-16 without a mark": ("a.csv", CSV.encode("utf-16-le"), ["looks like UTF-16"]),
    "UTF-32": ("a.csv", CSV.encode("utf-32"), ["looks like UTF-32"]),
    "one spoilt letter": ("a.tsv", SPOILT, ["a.tsv:2 ", "not UTF-8"]),
    "an empty file": ("a.csv", b"", ["a.csv is empty"]),
    "a header only": ("a.csv", "id,text,label\n", ["a.csv has a header and no rows"]),
    "an empty array": ("a.json", "[]", ["a.json has no rows"]),
    "semicolons": (
        "a.csv", joined(rows_of("en"), ";"),
        ["a.csv:1: ", "'id;text;label'", "separated by semicolons (';')", "with commas"],
    ),
    "tabs in CSV": ("a.csv", TSV, ["a.csv:1: ", "separated by tabs", "as TSV"]),
    "commas in TSV": ("a.tsv", CSV, ["a.tsv:1: ", "separated by commas", "as CSV"]),
    "more cells than the header": (
        "a.csv", joined(changed(3, 1, "soup, good"), ","),
        ["a.csv:2: ", "4 cells where the header has 3", "quotation marks"],
    ),
    "fewer cells than the header": (
        "a.tsv", TSV.replace("k3\t", "k3 "), ["a.tsv:5: ", "2 cells where the header has 3"]
    ),
    "a mark that is never closed in CSV": (
        "a.csv", joined(changed(3, 1, '"soup', "en"), ","),
        ["a.csv:5: ", "begins with a quotation mark", "data.quoting"],
    ),
    "text behind a closing mark in CSV": (
        "a.csv", joined(changed(3, 1, '"Well" is soup', "en"), ","), ["a.csv:5: ", "data.quoting"]
    ),
    "a mark escaped by a backslash in CSV": (
        "a.csv", joined(changed(3, 1, r'"a \"good\" soup"', "en"), ","), ["a.csv:5: ", "doubled"]
    ),
    "a whole quotation in TSV": (
        "a.tsv", joined(changed(3, 1, '"The soup."')),
        ["a.tsv:5: ", "'\"The soup.\"' may enclose the cell or be part", "data.quoting to true"],
    ),
    "two marks that may enclose rows": (
        "a.tsv", joined([*changed(3, 1, '"The soup')[:8], *changed(8, 1, 'is good"')[8:]]),
        ["a.tsv:5: ", "(7 rows, or 12)", "data.quoting"],
    ),
    "two columns of one name": (
        "a.csv", CSV.replace('"id"', '"text"'), ["a.csv:1: ", "two columns are called 'text'"]
    ),
    "a column name over two lines": (
        "a.csv", CSV.replace('"id"', '"the\nid"'), ["a.csv:1: ", "'the\\nid' goes over two lines"]
    ),
    "a column name over two lines, not the first": (
        "a.tsv", quoted(rows_of(), "\t").replace('"text"', '"te\r\nxt"'),
        ["a.tsv:1: ", "'te\\r\\nxt' goes over two lines", "on one line"],
    ),
    "a column name that is never closed": (
        "a.csv", joined(rows_of("en"), ",").replace("id,", '"id,'), ["a.csv:1: ", "does not end"]
    ),
    "no header": (
        "a.tsv", TSV.split("\n", 1)[1], ["a.tsv, language 'a'", "lacks 'text', 'label'", "k0"]
    ),
    "other capitals": (
        "a.csv", CSV.replace('"text"', '"Text"'), ["lacks 'text' (did you mean 'Text'?)", "a.csv"]
    ),
    "a missing column": (
        "a.jsonl", JSONL.replace('"label"', '"verdict"'), ["a.jsonl", "lacks 'label'", "verdict"]
    ),
    "an unknown label": (
        "a.tsv", joined(changed(5, 2, "Fine")),
        ["a.tsv:7, ", "label 'Fine' is not one of own's fine, not fine (did you mean 'fine'?)"],
    ),
    "a label out of range": (
        "a.jsonl", lines([*records(rows_of())[:4], {"id": "x", "text": "soup", "label": 7}]),
        ["a.jsonl:5, ", "label 7 is not one of"],
    ),
    "no label": (
        "a.jsonl", lines([*records(rows_of())[:4], {"id": "x", "text": "soup", "label": None}]),
        ["a.jsonl:5, ", "label is missing from 'label'"],
    ),
    "a label that is no number": (
        "a.jsonl", JSONL.replace('"fine"', "NaN", 1),
        ["a.jsonl:1, ", "label is missing from 'label'"],
    ),
    "an empty text": ("a.csv", quoted(changed(5, 1, " ")), ["a.csv:7, ", "'text' is empty"]),
    "a missing text of JSON": (
        "a.jsonl", JSONL.replace('"text"', '"texte"', 1), ["a.jsonl:1, ", "'text' is empty"]
    ),
    "a list as a text": (
        "a.jsonl", JSONL.replace('"La crêpe « 0 » est prête, là-bas."', '["La", "crêpe"]'),
        ["a.jsonl:1, ", "'text' is ['La', 'crêpe'], not a text"],
    ),
    "JSON that breaks off": ("a.jsonl", JSONL[:-30], ["a.jsonl:12: no JSON", "on each line"]),
    "an array that breaks off": ("a.json", ARRAY[:-30], ["a.json:5", "no JSON"]),
    "one object over several lines": (
        "a.json", json.dumps({"data": records(rows_of())}, indent=1),
        ["a.json:1: no JSON", "an array of objects"],
    ),
    "lines that are no objects": (
        "a.jsonl", '{"a": 1}\n[1, 2]\n', ["a.jsonl:2: ", "no JSON object"]
    ),
    "an array of texts": (
        "a.json", '["soup", "salad"]', ["a.json, row 0: 'soup' is no JSON object"]
    ),
    "text in a JSON file": ("a.json", TSV, ["a.json:1: neither", "JSON lines"]),
    "half a character": (
        "a.jsonl", JSONL.replace("« 3", r"\ud83d"), ["a.jsonl:4: half of a surrogate pair"]
    ),
    "prose in .txt": ("a.txt", "One sentence.\nAnother.\n", ["a.txt:1: ", "CSV, TSV, JSON lines"]),
    "a spreadsheet": (
        "a.xlsx", archive("[Content_Types].xml"), ["a.xlsx", "spreadsheet", "CSV UTF-8"]
    ),
    "an old spreadsheet": ("a.xls", b"\xd0\xcf\x11\xe0 and more", ["a.xls", "spreadsheet"]),
    "a zip archive": ("a.csv", archive("a.csv"), ["a.csv", "zip archive: unpack it"]),
    "xz": ("a.csv", b"\xfd7zXZ\x00", ["compressed by xz: unpack it"]),
    "gzip that breaks off": (
        "a.csv.gz", gzip.compress(CSV.encode())[:-20], ["a.csv.gz does not load", "whole"]
    ),
    "parquet that breaks off": (
        "a.parquet", parquet(table())[:-20], ["a.parquet does not load", "whole"]
    ),
    "parquet with bytes that are no text": (
        "a.parquet", parquet(table().assign(text=b"\xff")), ["a.parquet does not load", "UTF8"]
    ),
    "text in a parquet file": ("a.parquet", CSV, ["a.parquet does not load: it is no parquet"]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_malformed_file_is_refused_by_place_value_and_remedy(tmp_path: Path, case: str) -> None:
    name, content, words = REFUSED[case]
    write(tmp_path / name, content)
    dataset = str(tmp_path / name.replace("a.", "{lang}.", 1))
    with pytest.raises(ValueError) as error:
        load(task_of().task("own"), dataset=dataset, languages=["a"], train_per_language=4)
    for word in words:
        assert word in str(error.value)
    assert len(str(error.value)) < 1000


def test_at_least_forty_malformed_files_are_tried() -> None:
    assert len(REFUSED) >= 40 and len(READ) >= 40


# ---- Quoting ----


@pytest.mark.parametrize("kind", ["tsv", "csv"])
def test_every_line_of_a_file_without_quoting_is_a_row(tmp_path: Path, kind: str) -> None:
    """Wherever marks stand, and however many: as many rows as lines, or a refusal."""
    separator = "\t" if kind == "tsv" else ","
    count = 40
    for first in range(0, count, 7):
        for last in range(0, count, 7):
            texts = [f"soup {i}" for i in range(count)]
            texts[first] = '"' + texts[first]
            texts[last] += '"'
            rows = [(f"k{i}", text, LABELS[i % 2]) for i, text in enumerate(texts)]
            path = str(write(tmp_path / f"a.{kind}", joined(rows, separator)))
            try:
                assert len(read_file(path)) == count
            except ValueError as error:
                assert f":{first + 2}: " in str(error) and "data.quoting" in str(error)
            assert read_file(path, quoting=False)["text"].tolist() == texts


def test_the_studys_quoting_decides_where_content_does_not(tmp_path: Path) -> None:
    path = str(write(tmp_path / "a.tsv", joined(changed(3, 1, '"The soup."'))))
    assert read_file(path, quoting=True)["text"].iloc[3] == "The soup."
    assert read_file(path, quoting=False)["text"].iloc[3] == '"The soup."'
    words = {"dataset": str(tmp_path / "{lang}.tsv"), "languages": ["a"], "train_per_language": 4}
    assert len(load(task_of().task("own"), quoting=False, **words)) == 4


def test_a_pandas_table_survives_csv_and_tsv(tmp_path: Path) -> None:
    """Whatever stands in its cells: marks, separators, line ends, nothing."""
    odd = [
        '"',
        '""',
        'a "b"',
        '"a" b',
        "a\tb",
        "a,b",
        "a\nb",
        "a\r\nb",
        "'",
        "\\",
        "a\\tb",
        "NA",
        "x",
    ]
    frame = pd.DataFrame({"text": odd, "other": [f"row {i}" for i in range(len(odd))]})
    for kind, separator in (("csv", ","), ("tsv", "\t")):
        path = tmp_path / f"a.{kind}"
        frame.to_csv(path, sep=separator, index=False)
        assert read_file(str(path), quoting=True)["text"].tolist() == odd
        assert read_file(str(path))["text"].tolist() == odd


# ---- Labels and languages ----


@pytest.mark.slow
@pytest.mark.parametrize("form", ["1", "1.0", "1.", " 1 ", 1, 1.0])
def test_labels_are_the_same_in_every_form_of_a_number(tmp_path: Path, form: object) -> None:
    values = [{"text": f"soup {i}", "label": form if i % 2 else 0} for i in range(40)]
    write(tmp_path / "a.jsonl", lines(values))
    if isinstance(form, str):
        write(
            tmp_path / "a.tsv",
            "text\tlabel\n" + "".join(f"{v['text']}\t{v['label']}\n" for v in values),
        )
    for labels in ({0: "bad", 1: "good"}, {"0": "bad", "1": "good"}, {0.0: "bad", 1.0: "good"}):
        for path in tmp_path.glob("a.*"):
            found = load(
                task_of(labels=labels).task("own"), dataset=str(path.with_stem("{lang}")),
                languages=["a"], train_per_language=20,
            )  # fmt: skip
            number = found["text_a"].str.split().str[1].astype(int)
            assert found["label"].tolist() == (number % 2).tolist()


def test_booleans_and_the_words_for_them_are_the_same_labels(tmp_path: Path) -> None:
    for name, yes, no in (("a.jsonl", True, False), ("b.jsonl", "True", "False")):
        values = [{"text": f"soup {i}", "label": yes if i % 2 else no} for i in range(40)]
        write(tmp_path / name, lines(values))
    pd.DataFrame(values).assign(label=[bool(i % 2) for i in range(40)]).to_parquet(
        tmp_path / "c.jsonl"
    )
    found = load(
        task_of(labels={"true": "good", "false": "bad"}).task("own"),
        dataset=str(tmp_path / "{lang}.jsonl"), languages=["a", "b", "c"], train_per_language=20,
    )  # fmt: skip
    number = found["text_a"].str.split().str[1].astype(int)
    assert found["label"].tolist() == (1 - number % 2).tolist()


def test_a_missing_label_is_no_class_of_that_name(tmp_path: Path) -> None:
    """None, NaN and an absent key are missing; in CSV their names are texts like any other."""
    task = task_of(labels={"None": "no", "nan": "no", "NA": "no", "fine": "good"}).task("own")
    rows = [{"text": f"soup {i}", "label": "fine"} for i in range(COUNT)]
    missing = {"a.jsonl": {"label": None}, "b.jsonl": {"label": float("nan")}, "c.jsonl": {},
               "d.json": {"label": None}}  # fmt: skip
    for name, label in missing.items():
        values = [*rows[:4], {"text": "soup", **label}]
        write(tmp_path / name, json.dumps(values) if name == "d.json" else lines(values))
    labels = {"e.parquet": [None, *["fine"] * 9], "f.parquet": [float("nan"), *[1.0] * 9],
              "g.parquet": pd.Categorical([None, *["fine"] * 9])}  # fmt: skip
    for name, column in labels.items():
        pd.DataFrame({"text": "soup", "label": column}).to_parquet(tmp_path / name)
    for name in [*missing, *labels]:
        with pytest.raises(ValueError, match=rf"{name}.*, row [04]: label is missing from 'label'"):
            load(task, dataset=str(tmp_path / name.replace(name[0], "{lang}", 1)),
                 languages=[name[0]], train_per_language=1)  # fmt: skip
    words = "".join(f"soup {i},{('None', 'nan', 'NA', 'fine')[i % 4]}\n" for i in range(60))
    write(tmp_path / "a.csv", "text,label\n" + words)
    found = load(task, dataset=str(tmp_path / "{lang}.csv"), languages=["a"], train_per_language=20)
    assert set(found["label"]) == {0, 1}


@pytest.mark.parametrize(("stars", "reason"), [(None, "is missing"), ("five", "'five' is not one")])
def test_stars_that_are_missing_are_told_from_those_that_are_no_number(
    tmp_path: Path, stars: str | None, reason: str
) -> None:
    row = {"review_title": "soup", "review_body": "is good", "stars": 5}
    write(tmp_path / "en-train.jsonl", lines([row, {**row, "stars": stars}]))
    with pytest.raises(ValueError, match=f"jsonl:2, .*label {reason}"):
        load("marc", dataset=f"{tmp_path}/{{lang}}-{{split}}.jsonl", languages=["en"],
             train_per_language=1)  # fmt: skip


def own_study(labels: str = "{fine: good, bad: bad}", languages: str = "[en, fr]") -> dict:
    import yaml

    return yaml.safe_load(
        f"own_tasks: {{tone: {{text_a: text, labels: {labels}}}}}\ntask: tone\n"
        f"data: {{dataset: 'my/{{lang}}.csv', languages: {languages}}}"
    )


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ({"languages": "[en, no]"}, "data.languages.1=False"),
        ({"languages": "[on, en]"}, "data.languages.0=True"),
        ({"labels": "{yes: good, no: bad}"}, "own_tasks.tone.labels"),
        ({"labels": "{on: good, other: bad}"}, "own_tasks.tone.labels"),
        ({"labels": "{null: good, other: bad}"}, "own_tasks.tone.labels"),
        ({"labels": "{1: yes, 2: no}"}, "own_tasks.tone.labels.1=True"),
    ],
)
def test_words_that_yaml_takes_for_booleans_are_refused_with_the_remedy(
    words: dict[str, str], place: str
) -> None:
    with pytest.raises(ValueError) as error:
        Study.of(own_study(**words))
    assert place in str(error.value) and 'quote it, as "no"' in str(error.value)


def test_quoted_they_are_languages_and_labels(tmp_path: Path) -> None:
    study = Study.of(own_study('{"yes": "on", "no": "off", "null": null}', '[en, "no"]'))
    assert study.languages == ["en", "no"]
    for lang in study.languages:
        cells = "".join(f"soup {i},{('yes', 'no', 'null')[i % 3]}\n" for i in range(60))
        write(tmp_path / f"{lang}.csv", "text,label\n" + cells)
    found = load(
        study.definition, dataset=str(tmp_path / "{lang}.csv"), languages=study.languages,
        train_per_language=10,
    )  # fmt: skip
    assert set(found["lang"]) == {"en", "no"} and set(found["label"]) == {0, 1}


def test_a_label_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="label '1' is named twice"):
        Study.of(own_study('{1: good, "1.0": bad, 2: bad}'))


# ---- Names of files ----


@pytest.mark.parametrize(
    "name", ["a b", "a[1]", "[ab]", "a*b", "a?", "{x}", "été", "a#b", "text=no"]
)
def test_any_name_of_a_folder_and_file_works(tmp_path: Path, name: str) -> None:
    for lang in ("en", "pt-BR"):
        write(tmp_path / name / f"{name}-{lang}.tsv", TSV)
    words = {"dataset": str(tmp_path / name / f"{name}-{{lang}}.tsv"), "train_per_language": 4}
    found = load(task_of().task("own"), languages=["en", "pt-BR"], **words)
    assert len(found) == 8
    with pytest.raises(ValueError, match="no language 'de'.*choose among en, pt-BR"):
        load(task_of().task("own"), languages=["de"], **words)


def test_a_language_may_stand_twice_in_a_name(tmp_path: Path) -> None:
    for lang in ("en", "fr"):
        write(tmp_path / lang / f"train-{lang}.tsv", TSV)
    with pytest.raises(ValueError, match="choose among en, fr"):
        load(task_of().task("own"), dataset=str(tmp_path / "{lang}/train-{lang}.tsv"),
             languages=["de"], train_per_language=4)  # fmt: skip


MISSING = {
    "no folder": ("mydata/{lang}.csv", ["there is no folder"]),
    "a Windows path": (r"my\data\{lang}.csv", ["write / for \\"]),
    "another case": ("{lang}.csv", ["holds en.CSV"]),
    "another case of the language": ("{lang}.CSV", ["did you mean 'en'?", "choose among en"]),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_there_is_instead_of_a_missing_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    write(tmp_path / "en.CSV", CSV)
    monkeypatch.chdir(tmp_path)
    dataset, words = MISSING[case]
    with pytest.raises(ValueError) as error:
        load(task_of().task("own"), dataset=dataset, languages=["EN"], train_per_language=4)
    for word in ["no language 'EN'", *words]:
        assert word in str(error.value)


# ---- Columns that say where a row belongs ----


def test_a_language_column_says_which_rows_lack_a_language(tmp_path: Path) -> None:
    frame = pd.concat([table().assign(lang=lang) for lang in ("en", "fr")], ignore_index=True)
    frame.loc[3, "lang"] = ""
    frame.to_csv(tmp_path / "all.csv", index=False)
    frame.replace("", None).to_parquet(tmp_path / "all.parquet", index=False)
    for name, place in (("all.csv", "all.csv:5, row 3"), ("all.parquet", "all.parquet, row 3")):
        with pytest.raises(ValueError) as error:
            load(task_of(language="lang").task("own"), dataset=str(tmp_path / name),
                 languages=["en", "fr"], train_per_language=4)  # fmt: skip
        assert f"{place}: 'lang' is missing" in str(error.value)


@pytest.mark.parametrize("code", ["EN", "en-US", "eng"])
def test_an_unknown_code_of_a_language_names_the_nearest(tmp_path: Path, code: str) -> None:
    table().assign(lang="en").to_csv(tmp_path / "all.csv", index=False)
    with pytest.raises(ValueError, match=f"no language '{code}'.*choose among en"):
        load(task_of(language="lang").task("own"), dataset=str(tmp_path / "all.csv"),
             languages=[code], train_per_language=4)  # fmt: skip


def test_ids_align_whatever_type_a_file_gives_them(tmp_path: Path) -> None:
    """1 in JSON, 1.0 in a parquet file of numbers, "1" in CSV."""
    rows = [(str(i), f"soup {i}", LABELS[i % 2]) for i in range(40)]
    write(tmp_path / "a.jsonl", lines([{**r, "id": int(r["id"])} for r in records(rows)]))
    table(rows).astype({"id": float}).to_parquet(tmp_path / "b.jsonl")
    table(rows).to_parquet(tmp_path / "c.jsonl")
    found = load(task_of(align="id").task("own"), dataset=str(tmp_path / "{lang}.jsonl"),
                 languages=["a", "b", "c"], train_per_language=20)  # fmt: skip
    assert found.groupby("group")["lang"].nunique().eq(3).all() and len(found) == 60


@pytest.mark.parametrize("again", ["k4", " k4", "k4 "])
def test_an_id_that_was_there_before_is_refused(tmp_path: Path, again: str) -> None:
    write(tmp_path / "a.csv", CSV)
    write(tmp_path / "b.csv", quoted(changed(7, 0, again)))
    with pytest.raises(ValueError, match=r"b\.csv:9, .*id k4 was there before"):
        load(task_of(align="id").task("own"), dataset=str(tmp_path / "{lang}.csv"),
             languages=["a", "b"], train_per_language=4)  # fmt: skip


# ---- The same in a folder in the hub's layout ----

HUB_READ = [case for case, (name, _, _) in READ.items()
            if name in ("a.tsv", "a.csv", "a.json", "a.jsonl", "a.jsonl.gz", "a.tsv.gz")
            and "parquet" not in case]  # fmt: skip


def in_hubs_layout(folder: Path, name: str, content: str | bytes, *words: str) -> str:
    """A folder with one configuration and split; `words` are more lines of its README's YAML."""
    write(folder / "fr" / name.replace("a.", "train.", 1), content)
    lines = ["---", "configs:", "- config_name: fr", "  data_files:", "  - split: train"]
    lines += [f"    path: fr/{name.replace('a.', 'train.', 1)}", *words, "---", ""]
    write(folder / "README.md", "\n".join(lines))
    return str(folder)


@pytest.mark.slow
@pytest.mark.parametrize("case", HUB_READ)
def test_an_odd_file_is_read_alike_in_the_hubs_layout(tmp_path: Path, case: str) -> None:
    name, content, rows = READ[case]
    dataset = in_hubs_layout(tmp_path / "a [1]", name, content)
    found = load(task_of().task("own"), dataset=dataset, languages=["fr"], train_per_language=COUNT)
    assert sorted(found["text_a"]) == sorted(text.strip() for _, text, _ in rows)


@pytest.mark.parametrize("case", ["cp1252", "a whole quotation in TSV", "an unknown label"])
def test_a_malformed_file_is_refused_alike_in_the_hubs_layout(tmp_path: Path, case: str) -> None:
    name, content, words = REFUSED[case]
    dataset = in_hubs_layout(tmp_path / "data", name, content)
    with pytest.raises(ValueError) as error:
        load(task_of().task("own"), dataset=dataset, languages=["fr"], train_per_language=4)
    for word in words:
        assert word.replace("a.tsv", "train.tsv") in str(error.value)


def test_a_folders_readme_may_name_separator_and_classes(tmp_path: Path) -> None:
    names = "{0: fine, 1: not fine}"
    words = ["  sep: ';'", "dataset_info:", "- config_name: fr", "  features:",
             "  - {name: id, dtype: string}", "  - {name: text, dtype: string}",
             f"  - {{name: label, dtype: {{class_label: {{names: {names}}}}}}}"]  # fmt: skip
    dataset = in_hubs_layout(tmp_path, "a.csv", joined(rows_of(), ";"), *words)
    task = task_of(labels={0: "good", 1: "bad"}).task("own")
    found = load(task, dataset=dataset, languages=["fr"], train_per_language=COUNT)
    number = found["group"].str.split("-").str[1].astype(int)
    assert found["label"].tolist() == (number % 2).tolist()


def test_a_folders_own_way_of_reading_csv_is_followed(tmp_path: Path) -> None:
    rows = changed(3, 1, "NA")
    dataset = in_hubs_layout(tmp_path, "a.csv", "a line before\n" + quoted(rows), "  skiprows: 1")
    found = load(task_of().task("own"), dataset=dataset, languages=["fr"], train_per_language=COUNT)
    assert sorted(found["text_a"]) == sorted(text for _, text, _ in rows)


def test_a_split_that_a_folder_lacks_is_named_with_those_there_are(tmp_path: Path) -> None:
    dataset = in_hubs_layout(tmp_path, "a.csv", CSV)
    with pytest.raises(ValueError, match="split 'test' does not load: the folder has the splits t"):
        load(task_of().task("own"), dataset=dataset, languages=["fr"], train_per_language=4,
             test_per_language=4)  # fmt: skip


# ---- Tables at random ----


def random_cells(rng: random.Random, letters: str) -> list[list[str]]:
    """A table of short texts of few letters, so that marks and separators meet."""

    def cell() -> str:
        return "".join(rng.choices(letters, k=rng.randrange(5)))

    return [["text", "other"], *([f"x{cell()}", cell()] for _ in range(rng.randrange(1, 6)))]


@pytest.mark.slow
@pytest.mark.parametrize("style", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_a_quoted_table_is_read_as_written_or_refused(
    tmp_path: Path, kind: str, style: int
) -> None:
    rng, separator, path = random.Random(1), ",\t"[kind == "tsv"], tmp_path / f"a.{kind}"
    refused = 0
    for _ in range(150):
        cells = random_cells(rng, 'ab" ,\t\n')
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=separator, quoting=style).writerows(cells)
        assert read_file(str(path), quoting=True).to_numpy().tolist() == cells[1:]
        try:
            assert read_file(str(path)).to_numpy().tolist() == cells[1:]
        except ValueError as error:
            assert "data.quoting" in str(error)
            refused += 1
    assert refused < 15


@pytest.mark.slow
def test_a_table_without_quoting_keeps_its_rows_or_is_refused(tmp_path: Path) -> None:
    """Where a cell looks quoted, its own marks are all that may be lost."""
    rng, path = random.Random(2), str(tmp_path / "a.tsv")
    as_written = 0
    for _ in range(150):
        cells = random_cells(rng, 'ab" ,')
        cells = [cells[0], *([other or "-", text] for text, other in cells[1:])]
        write(Path(path), "\n".join("\t".join(row) for row in cells) + "\n")
        assert read_file(path, quoting=False).to_numpy().tolist() == cells[1:]
        try:
            found = read_file(path).to_numpy().tolist()
        except ValueError as error:
            assert "data.quoting" in str(error)
            continue
        assert len(found) == len(cells) - 1
        as_written += found == cells[1:]
        assert [[cell.replace('"', "") for cell in row] for row in found] == [
            [cell.replace('"', "") for cell in row] for row in cells[1:]
        ]
    assert as_written > 110


def test_whole_numbers_stay_whole_where_another_cell_is_missing(tmp_path: Path) -> None:
    """75 is no 75.0, whoever reads the parquet file: ours, and `datasets` in a folder."""
    frame = pd.DataFrame({"text": pd.array([75, 2**60 + 1, None, 7] * 3, dtype="Int64")})
    frame = frame.assign(label=[1, 0] * 6, id=range(12))
    for name in ("en.parquet", "folder/train.parquet"):
        write(tmp_path / name, parquet(frame))
    assert read_file(str(tmp_path / "en.parquet"))["text"].tolist()[:4] == [75, 2**60 + 1, None, 7]
    task = task_of(labels={1: "fine", 0: "not fine"}).task("own")
    words = {"train_per_language": 9, "skip_empty": True}
    for dataset, lang in (("{lang}.parquet", "en"), ("folder", "default")):
        found = load(task, dataset=f"{tmp_path}/{dataset}", languages=[lang], **words)
        assert set(found["text_a"]) == {"75", str(2**60 + 1), "7"}
