"""The `xlshare` command: its help, its errors, and the scores of two files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from small_studies import write_classifier
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import xlshare
from xlshare.attribution import influence, store
from xlshare.run import cli

TRAIN = [("ein Satz", 0, "a"), ("une phrase plus longue", 1, "b"), ("one more", 0, "c")]
TEST = [("a test", 1, "d"), ("noch einer", 0, "e")]


@pytest.fixture(scope="module")
def folder(tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkpoints of a small model, whose numbers are not in the order of their names."""
    home = tmp_path_factory.mktemp("run")
    model = write_classifier(home / "checkpoint-9", tokenizer_file)
    later = AutoModelForSequenceClassification.from_pretrained(model)
    with torch.no_grad():
        for parameter in later.parameters():
            parameter.mul_(1.1)
    later.save_pretrained(home / "checkpoint-10")
    AutoTokenizer.from_pretrained(model).save_pretrained(home / "checkpoint-10")
    return home


def write_rows(path: Path, rows: list[tuple[str, object, str]]) -> Path:
    """Texts with labels and ids as JSON lines or parquet."""
    table = pd.DataFrame(rows, columns=["text", "label", "id"])
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        path.write_text(table.to_json(orient="records", lines=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("words", [[], ["plan"], ["run"], ["report"], ["influence"]])
def test_help_says_what_each_command_does(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main([*words, "--help"])
    assert stopped.value.code == 0
    assert " ".join(["usage: xlshare", *words]) in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.strip() == xlshare.__version__


def test_an_error_is_a_line_with_a_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", "--study", "no-such-study"]) == 1
    assert "error: no study file at 'no-such-study': name a .yaml file" in capsys.readouterr().err


@pytest.mark.slow
def test_a_report_starts_without_torch() -> None:
    code = "import sys; from xlshare.run import cli; import xlshare.report.book; "
    code += "cli._parser(); print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@pytest.mark.slow
def test_texts_of_two_files_are_scored_at_every_checkpoint(folder: Path, tmp_path: Path) -> None:
    train = write_rows(tmp_path / "train.jsonl", TRAIN)
    test = write_rows(tmp_path / "test.parquet", [(t, f"LABEL_{n}", i) for t, n, i in TEST])
    out = tmp_path / "scores.zarr"
    assert cli.main(["influence", str(folder), str(train), str(test), "--out", str(out)]) == 0
    found = store.load(out)
    tokenizer = AutoTokenizer.from_pretrained(folder / "checkpoint-9")
    rows = [
        [{"input_ids": tokenizer(text)["input_ids"], "labels": n, "id": i} for text, n, i in part]
        for part in (TRAIN, TEST)
    ]
    model = AutoModelForSequenceClassification.from_pretrained(folder / "checkpoint-9")
    checkpoints = [folder / "checkpoint-9", folder / "checkpoint-10"]
    expected = influence(model, checkpoints, *rows, progress=False)
    assert found.dims == ("checkpoint", "test", "train")
    assert found["train"].values.tolist() == ["a", "b", "c"]
    assert (found.values == expected.values).all()
    assert (found.values[0] != found.values[1]).any()  # each checkpoint has scores of its own


@pytest.mark.slow
def test_tokenized_rows_are_scored_as_they_are(folder: Path, tmp_path: Path) -> None:
    rows = [{"input_ids": [0, 7 + n, 9, 2], "labels": n % 2} for n in range(3)]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    words = ["--out", str(tmp_path / "scores.zarr"), "--similarity", "dot", "--batch-size", "1"]
    one = folder / "checkpoint-10"
    assert cli.main(["influence", str(one), str(file), str(file), *words]) == 0
    found = store.load(tmp_path / "scores.zarr")
    model = AutoModelForSequenceClassification.from_pretrained(one)
    expected = influence(model, [one], rows, rows, similarity="dot", batch_size=1, progress=False)
    assert found.attrs["similarity"] == "dot" and (found.values == expected.values).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"sentence": "x", "label": 0}, "has the columns sentence, label: it needs input_ids"),
        ({"text": "x", "label": "good"}, "rows.jsonl:1: label 'good' is no class of the model"),
        ({"text": "x", "label": 2}, "label 2 is no class of the model: LABEL_0, LABEL_1"),
        ({"text": "x", "label": None}, "rows.jsonl:1: 'label' is missing: write it"),
        ({"text": None, "label": 0}, "rows.jsonl:1: 'text' is missing: write it"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_name(
    folder: Path, tmp_path: Path, rows: dict, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(rows), encoding="utf-8")
    words = ["influence", str(folder), str(file), str(file), "--out", str(tmp_path / "s.zarr")]
    assert cli.main(words) == 1
    assert message in capsys.readouterr().err


def test_a_folder_without_a_checkpoint_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["influence", str(tmp_path), "a.jsonl", "b.jsonl", "--out", str(tmp_path / "s.zarr")]
    assert cli.main(words) == 1
    assert (
        "holds no checkpoint: name a folder written by save_pretrained" in capsys.readouterr().err
    )
