"""Whatever a study file, a table or a scored file holds: it is taken, or refused by a ValueError.

Values are drawn that are near to good ones, since what is far is refused at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_studies import write_classifier

from xlshare.attribution import influence
from xlshare.data.examples import load
from xlshare.run.files import read_examples
from xlshare.study.parameters import Study, parameter_names, read_parameters
from xlshare.study.tasks import TASKS, OwnTask
from xlshare.training import vocabulary

MANY = settings(max_examples=150, deadline=None, derandomize=True)
SOME = settings(MANY, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.integers(), st.floats(), st.text(max_size=4),
    st.sampled_from(["all", "mini", "no", "../x", "/x", "{lang}", "cosine", "1e3", *TASKS]),
)  # fmt: skip
NAMES = st.one_of(st.sampled_from(sorted(parameter_names())), st.sampled_from([*TASKS]), ODD)
VALUES = st.recursive(
    ODD,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES.filter(lambda key: key == key), inner, max_size=3),
    ),
    max_leaves=6,
)
SECTIONS = {  # of a study: a good name at the place where it stands
    name: sorted(getattr(field.annotation, "model_fields", ()))
    for name, field in Study.model_fields.items()
}


@st.composite
def studies(draw: st.DrawFn) -> dict:
    """The parameters of a study, each by a name that there is, some with odd values."""
    values = {}
    for name in draw(st.lists(st.sampled_from(sorted(SECTIONS)), max_size=4, unique=True)):
        inner = SECTIONS[name]
        one = st.dictionaries(st.sampled_from(inner), VALUES, max_size=3) if inner else VALUES
        values[name] = draw(st.one_of(one, VALUES))
    return values


def written(study: dict) -> str:
    return yaml.safe_dump(study, allow_unicode=True)


@MANY
@given(st.one_of(studies().map(written), VALUES.map(written), st.text(max_size=40)))
def test_any_study_file_is_taken_or_refused_by_its_name(text: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "study.yaml")
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            assert isinstance(read_parameters(file), dict)
        except ValueError as error:
            assert str(file) in str(error) and len(str(error)) > len(str(file)) + 10


CELLS = st.one_of(ODD, st.sampled_from(["good", "bad", "a text", '"', "a,b", "a\tb", "a\nb", "\0"]))
ROWS = st.lists(
    st.dictionaries(st.sampled_from(["text", "label", "id", "text "]), CELLS, max_size=4),
    max_size=4,
)
TABLES = st.one_of(
    ROWS.map(lambda rows: "\n".join(map(json.dumps, rows))),
    ROWS.map(json.dumps),
    st.lists(st.lists(CELLS.map(str), max_size=3).map(",".join), max_size=4).map(
        lambda lines: "\n".join(["text,label", *lines])
    ),
    st.text(max_size=40),
)


@MANY
@given(TABLES, st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".txt", ".parquet"]))
def test_any_table_is_taken_or_refused_by_its_place(text: str, suffix: str) -> None:
    task = OwnTask(text_a="text", labels={"good": "good", "bad": "bad"}).task("tone")
    with TemporaryDirectory() as folder:
        Path(folder, f"en{suffix}").write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            name = f"{folder}/{{lang}}{suffix}"
            assert len(load(task, dataset=name, languages=["en"], train_per_language=1)) == 1
        except ValueError as error:
            assert folder in str(error)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, tokenizer_file: Path) -> object:
    """A model that reads 128 tokens and has 2 classes."""
    return vocabulary.load(write_classifier(tmp_path_factory.mktemp("model"), tokenizer_file))


IDS = st.one_of(st.lists(st.integers(-1, 20), max_size=3), st.lists(ODD, max_size=2), ODD)
SCORED = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "input_ids": IDS,
            "labels": st.one_of(st.integers(0, 1), ODD),
            "attention_mask": IDS,
            "id": ODD,
            "lang": ODD,
        },
    ),
    min_size=1,
    max_size=3,
)


@SOME
@given(SCORED)
def test_any_rows_are_scored_or_refused(classifier, rows: list[dict]) -> None:
    good = [{"input_ids": [5, 6], "labels": 1}]
    try:
        scores = influence(classifier, [classifier.state_dict()], rows, good, progress=False)
        assert scores.shape == (1, 1, len(rows)) and np.isfinite(scores.values).all()
    except ValueError as error:
        assert "train" in str(error)


@SOME
@given(SCORED)
def test_any_scored_file_is_read_or_refused(classifier, rows: list[dict]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, "train.jsonl")
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        try:
            read_examples(file, classifier, None)
        except ValueError as error:
            assert str(file) in str(error)
