"""What a grammar writes: one content, its label, and its wording in every language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One content in all the languages of its task.

    `content` names what the item is about and is equal for all its wordings and labels, so that
    splitting by content keeps the splits apart; `text` maps a language to its two texts.
    """

    content: str
    label: int
    template: str
    text: dict[str, tuple[str, str]]
