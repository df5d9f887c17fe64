"""Every chapter's text, whatever a study left out: no sentence about what is not there."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from prose import render
from prose_views import context

from xlshare.report.numbers import EMPTY
from xlshare.study.artifacts import read_manifest, write_manifest
from xlshare.study.parameters import STAGES as NAMED
from xlshare.study.results import Results

STAGES = list(NAMED)
BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted(
    path
    for path in BOOK.rglob("*.md")
    if not {"_build", "run"}.intersection(path.relative_to(BOOK).parts)
)
BROKEN = {  # what a sentence must not hold
    "a stage that did not run": r"not run in this study",
    "a value that is none": r"\bnan\b|\bNone\b(?! of)|none \(|–[,.;)]",
    "a space before its end": r"\S +[,.;:?!](?!\d|\.\.)(?= |$)|\( *\)",
    "an empty item": r"^ *[-*:] *$",
    "an unfinished item": r"^[-:] .*[:,]$",
}


def broken(text: str) -> list[str]:
    """What is wrong with a chapter's Markdown, outside code, directives and definitions."""
    prose = re.sub(r"^```.*?^```$|\$\$.*?\$\$|`[^`]*`", "x", text, flags=re.M | re.S)
    return [
        f"{fault}: {line}"
        for line in prose.splitlines()
        for fault, pattern in BROKEN.items()
        if re.search(pattern, line)
    ]


def faults(results: Path) -> list[str]:
    names = context(Results(results), Results(BOOK / "recorded/e5-small"), BOOK / "benchmarks")
    return [
        f"{path.stem}: {fault}"
        for path in CHAPTERS
        for fault in broken(render(path.read_text("utf-8"), names, str(path)))
    ]


def only(stages: list[str], results: Path, target: Path) -> Path:
    """A copy of a study's results in which no other stage ran."""
    others = [stage for stage in STAGES if stage not in stages]
    ignored = shutil.ignore_patterns("checkpoints", "*.zarr", *(f"{one}.*" for one in others))
    return shutil.copytree(results, target, ignore=ignored)


@pytest.mark.parametrize(
    "stages",
    [
        STAGES[:1],
        STAGES[:2],
        [*STAGES[:2], STAGES[3]],
        [stage for stage in STAGES if stage != STAGES[2]],
        STAGES[:6],
        STAGES,
    ],
    ids=lambda stages: "".join(stage[1] for stage in stages),
)
def test_no_chapter_has_a_sentence_about_a_stage_that_did_not_run(
    made_up_results: Path, tmp_path: Path, stages: list[str]
) -> None:
    assert faults(only(stages, made_up_results / "made-up", tmp_path / "made-up")) == []


def rewrite(path: Path, numbers: dict) -> None:
    """Other numbers in the place of those that a stage saved, signed as they were."""
    path.write_text(json.dumps(numbers), "utf-8")
    write_manifest(path, read_manifest(path))


def test_no_chapter_has_a_sentence_about_a_value_that_is_none(
    made_up_results: Path, tmp_path: Path
) -> None:
    stages = [stage for stage in STAGES if stage != "09_seeds"]
    results = only(stages, made_up_results / "made-up", tmp_path / "made-up")
    for stage in stages[2:]:
        for path in results.glob(f"*/numbers/{stage}.json"):
            numbers = without_shares(json.loads(path.read_text("utf-8")))
            rewrite(path, numbers)
    assert faults(results) == []


@pytest.mark.parametrize("differ", [0, 2])
def test_extremes_are_named_only_where_languages_differ(
    made_up_results: Path, tmp_path: Path, differ: int
) -> None:
    results = only(STAGES[:4], made_up_results / "made-up", tmp_path / "made-up")
    for path in results.glob("*/numbers/04_language_shares.json"):
        numbers = json.loads(path.read_text("utf-8"))
        tests = ("own_that_differ", "givers_that_differ", "opponents_that_differ")
        rewrite(path, numbers | dict.fromkeys(tests, differ))
    names = context(Results(results), Results(results), BOOK / "benchmarks")  # recorded, too
    for chapter, naming, saying in (("index", 6, 6), ("questions/language_shares", 9, 6)):
        text = render((BOOK / f"{chapter}.md").read_text("utf-8"), names)
        named = re.findall(
            r"share is largest for|the (?:largest|smallest)(?: share)? is that", text
        )
        said = re.findall(r"No two test languages differ|no two training languages differ", text)
        assert len(named) == (naming if differ else 0), chapter
        assert len(said) == (0 if differ else saying), chapter


def without_shares(numbers: dict) -> dict:
    """A stage's numbers where every list is empty; what no list is asked for stays."""
    always = r"accuracy_|change_|.*beyond_random|self_influence|mean_score|loss|cue_confidence"
    gone = [n for n in numbers if f"{n}_low" in numbers and not re.match(always, n)]
    ends = re.compile(f"({'|'.join(gone)})_(low|high|contents|beyond|beyond_low|beyond_high)")
    kept = {name: value for name, value in numbers.items() if not ends.fullmatch(name)}
    return kept | dict.fromkeys(gone, EMPTY)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Among proponents, not run in this study carry the label.", 1),
        ("The share is none (the lists are empty).", 1),
        ("It is nan or None.", 1),
        ("A share , and ().", 1),
        ("- \n: \n- XNLI:", 3),
        ("None of the languages; a value of 0.5, `None`.\n\n- One: two.", 0),
    ],
)
def test_the_check_finds_broken_sentences(text: str, count: int) -> None:
    assert len(broken(text)) == count
