"""The embedded datasets: splits that share no content, in the layout of those they stand in for."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from xlshare.data.mini import data
from xlshare.study.tasks import TASKS


@pytest.mark.slow
@pytest.mark.parametrize("task", data.GRAMMARS)
def test_no_content_is_in_two_splits_or_in_the_text_for_pretraining(task: str) -> None:
    contents = {
        split: {item.content for item in data._items(task, lang, split)}
        for split in data.ROWS
        for lang in data.LANGUAGES[task][:1]
    }
    stream = data.draws(task, "pretrain", random.Random(5))
    contents["pretrain"] = {item.content for item in islice(stream, 2000)}
    for split, mine in contents.items():
        for other, theirs in contents.items():
            assert split == other or not mine & theirs
        assert all(data.split_of(task, content) == split for content in mine)


@pytest.mark.slow
def test_reviews_in_different_languages_are_about_different_contents() -> None:
    contents = [
        item.content
        for lang in data.LANGUAGES["marc"]
        for item in data._items("marc", lang, "test")
    ]
    assert len(set(contents)) == len(contents) == 5 * data.ROWS["test"]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["xnli", "pawsx"])
def test_rows_of_parallel_tasks_are_translations_with_one_label(task: str) -> None:
    tables = {lang: data.rows(task, lang, "test") for lang in data.LANGUAGES[task]}
    labels = {tuple(table["label"]) for table in tables.values()}
    assert len(labels) == 1
    assert set(labels.pop()) == set(data.LABELS[task])


@pytest.mark.slow
@pytest.mark.parametrize("task", data.GRAMMARS)
def test_columns_are_those_of_the_dataset_that_it_stands_in_for(task: str) -> None:
    table = data.rows(task, "en", "validation")
    columns = {TASKS[task].text_a, TASKS[task].text_b, "label"} - {None}
    assert columns <= set(table.columns)
    assert len(table) == data.ROWS["validation"]


@pytest.mark.slow
def test_entailment_or_not_is_half_and_half() -> None:
    labels = data.rows("xnli", "en", "train")["label"].map(TASKS["xnli"].labels)
    assert labels.mean() == 0.5


def test_the_rows_never_change() -> None:
    """Ids are row numbers, so that an example's id must mean the same example for ever."""
    first = data.rows("pawsx", "en", "train")
    data._distinct.cache_clear()
    assert first.equals(data.rows("pawsx", "en", "train"))


@pytest.mark.parametrize(("lang", "split", "named"), [("xx", "train", "xx"), ("en", "dev", "dev")])
def test_unknown_names_are_refused(lang: str, split: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"'{named}': choose among"):
        data.rows("xnli", lang, split)
