"""Tasks as data: the paper's three (Section 3), and a reader's own.

A task says what the columns of its dataset mean; which dataset and which languages a study takes
is the study's to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

SPLITS = {"train": "train", "dev": "validation", "test": "test"}  # ours: the hub's names


UNQUOTED = (
    "YAML takes no, off, yes, on, true, false and null without quotation marks for values of its "
    'own: quote it, as "no"'
)


@dataclass(frozen=True)
class Task:
    """One classification task in several languages.

    `labels` maps the dataset's raw labels to those that are learned, the paper's binary ones
    (Section 4.1); raw labels that are `unused` leave their rows out. `align` says how translations
    find each other: "row" (the same position in every language), the name of an id column, or None
    where data are not parallel. `language` and `split` name the columns that say so where languages
    and splits do not lie apart, and `splits` names the dataset's splits for train, dev and test;
    splits of one name share its rows. `hub_files` names the files of a dataset that the hub offers
    with a script only: they are read as they are, the script is never run.
    """

    name: str
    title: str
    dataset: str
    languages: tuple[str, ...]
    text_a: str
    text_b: str | None
    labels: Mapping[int | str, int]
    label_names: tuple[str, ...]
    align: str | None
    question: str
    placeholders: tuple[str, ...] = ()  # cells that stand for "not translated"
    equal_texts: bool = True  # may both texts of an example be the same?
    label: str = "label"
    unused: tuple[int | str, ...] = ()
    language: str | None = None
    split: str | None = None
    splits: Mapping[str, str] | None = None
    hub_files: str | None = None

    @property
    def parallel(self) -> bool:
        """Whether the same content is there in every language."""
        return self.align is not None

    def hub_file(self, split: str, lang: str) -> str:
        """One of `hub_files`, of a split by our name."""
        assert self.hub_files, f"the task {self.name} names no files"
        return self.hub_files.format(split=(self.splits or SPLITS)[split], lang=lang)


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="xnli",
            title="XNLI",
            dataset="facebook/xnli",
            languages=("en", "fr", "de", "ru", "es"),
            text_a="premise",
            text_b="hypothesis",
            labels={0: 1, 1: 0, 2: 0},
            label_names=("not entailed", "entailed"),
            align="row",
            question="Does the first sentence entail the second?",
        ),
        Task(
            name="pawsx",
            title="PAWS-X",
            dataset="google-research-datasets/paws-x",
            languages=("en", "fr", "de", "ko", "es"),
            text_a="sentence1",
            text_b="sentence2",
            labels={0: 0, 1: 1},
            label_names=("no paraphrase", "paraphrase"),
            align="id",
            question="Do the two sentences mean the same?",
            placeholders=("NS", ""),
            equal_texts=False,
        ),
        Task(
            name="marc",
            title="MARC",
            dataset="mteb/amazon_reviews_multi",
            languages=("zh", "en", "fr", "de", "es"),
            text_a="text",
            text_b=None,
            labels={0: 0, 1: 0, 3: 1, 4: 1},
            unused=(2,),
            label_names=("negative", "positive"),
            align=None,
            question="Is the review positive?",
            hub_files="{lang}/{split}.jsonl",
        ),
    )
}


class OwnTask(BaseModel):
    """A reader's own task, as a study's file describes it: `own_tasks: {name: ...}`.

    `labels` maps each raw label to the name of the class that it belongs to, or to nothing where
    its rows are to be left out. The other parameters are those of `Task`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str | None = None
    question: str = ""
    text_a: str
    text_b: str | None = None
    label: str = "label"
    labels: dict[str, str | None]
    align: str | None = None
    language: str | None = None
    split: str | None = None
    splits: Annotated[dict[str, str], Field(min_length=1)] | None = None

    @field_validator("labels", mode="before")
    @classmethod
    def _keys_are_text(cls, labels: Any) -> Any:
        if not isinstance(labels, dict):
            return labels
        for key in labels:
            if key is None or isinstance(key, bool):
                raise ValueError(f"a label was read as {key}: {UNQUOTED}")
        texts = [raw_label(key) for key in labels]
        if twice := [text for text in texts if texts.count(text) > 1]:
            raise ValueError(f"label {twice[0]!r} is named twice: keep one")
        return dict(zip(texts, labels.values()))

    @field_validator("labels")
    @classmethod
    def _two_or_more(cls, labels: dict[str, str | None]) -> dict[str, str | None]:
        if len(set(labels.values()) - {None}) < 2:
            raise ValueError("name two classes or more, as {0: negative, 1: positive}")
        return labels

    @field_validator("splits")
    @classmethod
    def _all_splits(cls, splits: dict[str, str] | None) -> dict[str, str] | None:
        if splits is not None and set(splits) != set(SPLITS):
            raise ValueError("name the dataset's splits for train, dev and test, no more, no less")
        return splits

    def task(self, name: str) -> Task:
        """The task that this describes; classes are numbered as they first stand in `labels`."""
        names = tuple(dict.fromkeys(label for label in self.labels.values() if label is not None))
        return Task(
            name=name,
            title=self.title or name,
            dataset="",
            languages=(),
            labels={raw: names.index(to) for raw, to in self.labels.items() if to is not None},
            unused=tuple(raw for raw, to in self.labels.items() if to is None),
            label_names=names,
            **self.model_dump(exclude={"title", "labels"}),
        )


def raw_label(value: object) -> str:
    """A raw label as text, the same whether a file holds it as a number, a boolean or a word.

    1, 1.0 and "1.0" are "1"; true, "True" and "TRUE" are "true".
    """
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    return re.sub(r"^([+-]?\d+)\.0*$", r"\1", text)


LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ko": "Korean",
    "ru": "Russian",
    "zh": "Chinese",
}


def language_name(lang: str) -> str:
    """A language's English name, its code where the paper does not have it."""
    return LANGUAGE_NAMES.get(lang, lang)
