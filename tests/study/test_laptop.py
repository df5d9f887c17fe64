"""The study for a laptop is the paper's with another encoder and fewer examples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_studies import write_classifier

from xlshare.study.parameters import Study, read_parameters
from xlshare.study.tasks import TASKS
from xlshare.training import interventions, models


def named(values: dict, above: str = "") -> Iterator[str]:
    """The parameters that a study's file sets, those of a section as `section.parameter`."""
    for name, value in values.items():
        if name == "stages":
            continue
        if isinstance(value, dict) and not value.keys() <= TASKS.keys():
            yield from named(value, f"{name}.")
        else:
            yield above + name


@pytest.mark.parametrize("task", TASKS)
def test_it_asks_what_the_paper_asks_with_fewer_examples(task: str) -> None:
    laptop, paper = Study.load("laptop", task), Study.load("paper", task)
    assert laptop.languages == paper.languages and laptop.left_out == paper.left_out
    assert (laptop.data.dataset, laptop.data.revision) == (paper.data.dataset, paper.data.revision)
    assert laptop.train_size in (2_500, 5_000) and paper.train_size == 10_000
    for study in (laptop, paper):
        assert study.influence.top_k == study.train_size / 100
        assert study.influence.tests_per_language == 25


def test_every_value_is_written_out() -> None:
    assert set(named(read_parameters("laptop"))) == set(named(read_parameters("paper")))
    assert Study.load("laptop", "xnli").model_revision is not None


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_it_takes_local_folders_by_parameters_alone(
    slices: Path, tokenizer_file: Path, tmp_path: Path, task: str
) -> None:
    """The data hold the rows of all its stages, and the model loads."""
    values = read_parameters("laptop")
    folders = {name: str(slices / source) for name, source in values["data"]["dataset"].items()}
    model = write_classifier(tmp_path / "model", tokenizer_file)
    local = {"task": task, "model": str(model), "model_revision": None}
    data = values["data"] | {"dataset": folders, "revision": None}
    study = Study.of(values | local | {"data": data})
    interventions.check_examples(study)
    models.load_classifier(study)
