"""Paraphrase pairs in five languages: the embedded default's stand-in for PAWS-X.

Each item is a relation between names ("who beat whom") said twice. The second sentence keeps the
relation (label 1) or swaps two of its names (label 0), so that both have the same names and any two
wordings; only who does what to whom tells the labels apart (Yang et al., 2019; the paper's
Section 3.1). Words are in `pawsx_words`, wordings in `pawsx_patterns`; here they are inflected,
drawn and composed.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xlshare.data.mini import pawsx_patterns as patterns
from xlshare.data.mini import pawsx_words as words
from xlshare.data.mini.item import Item

LANGUAGES: tuple[str, ...] = ("en", "fr", "de", "ko", "es")
LABELS: tuple[int, ...] = (0, 1)

# How often a non-paraphrase only exchanges names, in a pattern whose paraphrases must change the
# wording. PAWS is made so too: word swapping wrote its non-paraphrases, back-translation its
# paraphrases. Exchanged names are seen by comparing both texts, never by their words alone.
REPEAT = 0.3


class Forms(dict):
    """A word's forms by name; `"{P:de}".format(P=forms)` writes the form "de", `"{P}"` the word."""

    def __format__(self, form: str) -> str:
        return self[form]


def french(word: str, gender: str = "m") -> Forms:
    """The French word alone, with its article, with "de", and what agrees with it."""
    if word[0].lower() in "aeiouyéèêôœ":
        fused = {"le": f"l'{word}", "de": f"d'{word}", "du": f"de l'{word}"}
    elif gender == "f":
        fused = {"le": f"la {word}", "de": f"de {word}", "du": f"de la {word}"}
    else:
        fused = {"le": f"le {word}", "de": f"de {word}", "du": f"du {word}"}
    return Forms({"": word, **fused, **_agreement(words.FRENCH_AGREEMENT, gender)})


def german(word: str, gender: str = "m") -> Forms:
    """The German word and what agrees with it."""
    return Forms({"": word, **_agreement(words.GERMAN_AGREEMENT, gender)})


def spanish(word: str, gender: str = "m") -> Forms:
    """The Spanish word alone, with "y" (e before the sound i), and what agrees with it."""
    joined = f"e {word}" if word[0] in "Iií" else f"y {word}"
    return Forms({"": word, "y": joined, **_agreement(words.SPANISH_AGREEMENT, gender)})


def korean(word: str, reading: str) -> Forms:
    """The Korean word, alone and with its particles, chosen by the last syllable of `reading`."""
    final = (ord(reading[-1]) - ord("가")) % 28  # index of the final consonant: 0 none, 8 ㄹ
    sound = {0: 2, 8: 1}.get(final, 0)
    particles = {name: word + forms[sound] for name, forms in words.KOREAN_PARTICLES.items()}
    return Forms({"": word, **particles})


def _agreement(table: dict[str, tuple[str, ...]], gender: str) -> dict[str, str]:
    return dict(zip(table["m"], table[gender], strict=True))


def _names(table: str) -> dict[str, dict[str, Forms]]:
    """Names that no language translates, as English name -> language -> forms."""
    pairs = [entry.split() for entry in table.replace("\n", " ").split(", ")]
    return {name: _word([name] * 5, reading=reading) for name, reading in pairs}


def _nouns(table: str, gender: str = "m") -> dict[str, dict[str, Forms]]:
    """Words that each language has its own of, as English word -> language -> forms."""
    rows = [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()]
    return {row[0]: _word(row, row[4], gender) for row in rows}


def _bare(names: Iterable[str]) -> dict[str, dict[str, Forms]]:
    """Names and numbers that nothing fuses or agrees with, as name -> language -> forms."""
    return {name: {language: Forms({"": name}) for language in LANGUAGES} for name in names}


def _word(row: list[str], reading: str, gender: str = "m") -> dict[str, Forms]:
    """The forms of a row (English, French, German, Spanish, Korean) in each language."""
    return {
        "en": Forms({"": row[0]}),
        "fr": french(*_gendered(row[1], gender)),
        "de": german(*_gendered(row[2], gender)),
        "ko": korean(row[4], reading),
        "es": spanish(*_gendered(row[3], gender)),
    }


def _gendered(cell: str, gender: str) -> tuple[str, str]:
    """Word and gender of a cell such as "chanson f"; `gender` where the cell gives none."""
    return (cell[:-2], cell[-1]) if cell[-2:] in (" m", " f", " n") else (cell, gender)


TABLES: dict[str, dict[str, dict[str, Forms]]] = {
    "person": _names(words.PERSONS),
    "city": _names(words.CITIES),
    "company": _names(words.COMPANIES),
    "river": _bare(words.RIVERS.split()),
    "year": _bare(str(year) for year in words.YEARS),
    "country": _nouns(words.COUNTRIES, gender="f"),
    "language": _nouns(words.LANGUAGE_NAMES),
    "good": _nouns(words.GOODS),
    "work": _nouns(words.WORKS),
    "text": _nouns(words.TEXTS),
    "building": _nouns(words.BUILDINGS),
}
_POOLS = {kind: tuple(table) for kind, table in TABLES.items()}
_FORMS = {
    language: {name: forms[language] for table in TABLES.values() for name, forms in table.items()}
    for language in LANGUAGES
}

Fillers = dict[str, str]  # slot -> English name of the word that fills it
Swap = tuple[tuple[str, str], ...]  # pairs of slots that exchange their fillers at once


@dataclass(frozen=True)
class Pattern:
    """A relation between slots: their tables, what keeps and what breaks it, and its wordings."""

    name: str
    slots: dict[str, tuple[str, ...]]  # table -> slots filled from it
    keep: tuple[Swap, ...]
    turn: tuple[Swap, ...]
    wordings: dict[str, tuple[str, ...]]  # language -> wordings, the same meanings in each

    def role(self, slot: str) -> str:
        """The role that a slot's filler plays; slots that may be exchanged share theirs."""
        pairs = [pair for swap in self.keep for pair in swap]
        return min([slot, *(other for pair in pairs if slot in pair for other in pair)])


def _pattern(block: str) -> Pattern:
    header, *lines = block.splitlines()
    name, slots, keep, turn = (cell.strip() for cell in header.split("|"))
    kinds = dict(slot.split(":") for slot in slots.split())
    wordings = {
        language: tuple(line[3:] for line in lines if line.startswith(language))
        for language in LANGUAGES
    }
    by_kind = {kind: tuple(s for s in kinds if kinds[s] == kind) for kind in kinds.values()}
    return Pattern(name, by_kind, _swaps(keep), _swaps(turn), wordings)


def _swaps(cell: str) -> tuple[Swap, ...]:
    """Swaps written "A-B Ay-Bz": A with B; A with B and at once y with z."""
    return tuple(tuple(zip(*swap.split("-"), strict=True)) for swap in cell.split())


PATTERNS: tuple[Pattern, ...] = tuple(_pattern(b) for b in patterns.PATTERNS.strip().split("\n\n"))


def draw(rng: random.Random, label: int | None = None) -> Item:
    """One pair of sentences in every language, of the given label or of one drawn at random.

    Raises:
        ValueError: the label is not one of `LABELS`.
    """
    if label is None:
        label = rng.choice(LABELS)
    elif label not in LABELS:
        raise ValueError(f"label {label!r} given to pawsx.draw: use one of {LABELS}")
    pattern = rng.choice(PATTERNS)
    fillers = _fill(pattern, rng)
    wordings = _two_wordings(pattern, label, rng)
    kept = _retell(pattern, fillers, wordings[0] == wordings[1] and label == 1, rng)
    pair = Paraphrase(pattern, wordings, fillers, kept)
    told = kept if label else pair.turned(rng)
    text = {language: (pair.first(language), pair.second(language, told)) for language in LANGUAGES}
    content = "|".join([pattern.name, *sorted(fillers.values())])
    return Item(content, label, pattern.name, text, pair)


@dataclass(frozen=True)
class Paraphrase:
    """A relation said twice: its fillers, and those with which the second text means the same."""

    pattern: Pattern
    wordings: tuple[int, int]
    fillers: Fillers
    kept: Fillers

    def turned(self, rng: random.Random) -> Fillers:
        """The fillers with which the second text means something else, of the same words."""
        other = dict(self.kept)
        _exchange(other, rng.choice(self.pattern.turn))
        return other

    def first(self, language: str) -> str:
        """The first sentence of the pair."""
        return say(self.pattern.wordings[language][self.wordings[0]], self.fillers, language)

    def second(self, language: str, fillers: Fillers) -> str:
        """The second sentence, with these fillers in its places."""
        return say(self.pattern.wordings[language][self.wordings[1]], fillers, language)


def say(wording: str, fillers: Fillers, language: str) -> str:
    """The sentence that a wording makes of its fillers, with a capital at its start."""
    sentence = "".join(text for _, text in parts(wording, fillers, language))
    return sentence[0].upper() + sentence[1:]


def parts(wording: str, fillers: Fillers, language: str) -> Iterator[tuple[str | None, str]]:
    """What a wording is made of: its own text (None), and the text of each slot."""
    forms = _FORMS[language]
    for literal, slot, form, _ in string.Formatter().parse(wording):
        yield None, literal
        if slot:
            yield slot, forms[fillers[slot]][form or ""]


def _fill(pattern: Pattern, rng: random.Random) -> Fillers:
    fillers: Fillers = {}
    for kind, slots in pattern.slots.items():
        fillers.update(zip(slots, rng.sample(_POOLS[kind], len(slots))))
    return fillers


def _two_wordings(pattern: Pattern, label: int, rng: random.Random) -> tuple[int, int]:
    """Both wordings at random; different ones where a repeat could only have one label."""
    count = len(pattern.wordings["en"])
    first = rng.randrange(count)
    if pattern.keep:
        return first, rng.randrange(count)
    if label == 0 and rng.random() < REPEAT:
        return first, first
    return first, (first + rng.randrange(1, count)) % count


def _retell(pattern: Pattern, fillers: Fillers, repeated: bool, rng: random.Random) -> Fillers:
    """The fillers as a second sentence of the same meaning has them; a repeat has other words."""
    kept = dict(fillers)
    for swap in pattern.keep:
        if rng.random() < 0.5:
            _exchange(kept, swap)
    if repeated and kept == fillers:
        _exchange(kept, rng.choice(pattern.keep))
    return kept


def _exchange(fillers: Fillers, swap: Swap) -> None:
    for a, b in swap:
        fillers[a], fillers[b] = fillers[b], fillers[a]
