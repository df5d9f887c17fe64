"""What a grammar writes: one content, its label, and its wording in every language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """One content in all the languages of its task.

    `content` names what the item is about and is equal for all its wordings and labels, so that
    splitting by content keeps the splits apart; `text` maps a language to its two texts; `meaning`
    is what they say in the grammar's own terms, where pre-training asks who does what.
    """

    content: str
    label: int
    template: str
    text: dict[str, tuple[str, str]]
    meaning: Any = field(default=None, compare=False)
