"""The paper's three tasks as data: where they live, what their columns mean (Section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One binary classification task in several languages.

    `labels` maps the dataset's raw labels to the paper's binary ones (Section 4.1); a raw label
    that it leaves out is not used. `align` says how translations find each other: "row" (the same
    position in every language), the name of an id column, or None where data are not parallel.
    """

    name: str
    title: str
    dataset: str
    languages: tuple[str, ...]
    text_a: str
    text_b: str | None
    labels: Mapping[int, int]
    label_names: tuple[str, str]
    align: str | None
    question: str
    placeholders: tuple[str, ...] = ()  # cells that stand for "not translated"
    equal_texts: bool = True  # may both texts of an example be the same?

    @property
    def parallel(self) -> bool:
        """Whether the same content is there in every language."""
        return self.align is not None


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
            label_names=("negative", "positive"),
            align=None,
            question="Is the review positive?",
        ),
    )
}

LANGUAGE_NAMES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ko": "Korean",
    "ru": "Russian",
    "zh": "Chinese",
}
