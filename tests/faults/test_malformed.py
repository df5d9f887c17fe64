"""Malformed studies, tables and scored files: each with the one line that it gets.

`malformed.yaml` holds them: what is wrong, and the whole message, in which {folder} stands for the
test's own. A message names value, place and remedy.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from small_studies import write_classifier

from xlshare.attribution import influence
from xlshare.data.examples import load
from xlshare.run.files import read_examples
from xlshare.study.parameters import read_parameters
from xlshare.study.tasks import OwnTask
from xlshare.training import vocabulary

CASES = yaml.safe_load((Path(__file__).parent / "malformed.yaml").read_text("utf-8"))
GOOD = '{"input_ids": [5, 6], "labels": 1}\n'


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> Path:
    """The folder of a model that reads 128 tokens and has 2 classes."""
    return write_classifier(tmp_path_factory.mktemp("model"), tokenizer_file)


def refusal(case: dict, folder: Path, classifier: Path | None = None) -> str:
    """What is said of a case, with its folder's name replaced."""
    with pytest.raises(ValueError) as error:
        if "study" in case:
            (folder / "study.yaml").write_text(case["study"], encoding="utf-8")
            read_parameters(folder / "study.yaml")
        elif "table" in case:
            load_table(folder, case["content"])
        else:
            score(folder, case["content"], classifier)
    return str(error.value).replace(str(folder), "{folder}")


def load_table(folder: Path, content: str) -> None:
    """Ten examples of a table of one language."""
    name = "en.jsonl" if content[:1] == "{" else "en.json" if content[:1] == "[" else "en.csv"
    (folder / name).write_text(content, encoding="utf-8")
    task = OwnTask(text_a="text", labels={"good": "good", "bad": "bad"}).task("tone")
    dataset = f"{folder}/{{lang}}{Path(name).suffix}"
    load(task, dataset=dataset, languages=["en"], train_per_language=10)


def score(folder: Path, content: str, classifier: Path) -> None:
    """The scores of a file for one good test example."""
    (folder / "train.jsonl").write_text(content, encoding="utf-8")
    (folder / "test.jsonl").write_text(GOOD, encoding="utf-8")
    model = vocabulary.load(classifier)
    rows = [read_examples(folder / f"{name}.jsonl", model, None) for name in ("train", "test")]
    influence(model, [model.state_dict()], *rows, progress=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(next(iter(case.values()))))
def test_what_is_malformed_gets_its_one_line(
    case: dict, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue("classifier") if "influence" in case else None
    said = refusal(case, tmp_path, model)
    assert said == case["says"] and "\n" not in said


def test_the_cases_are_many() -> None:
    assert len(CASES) >= 60
