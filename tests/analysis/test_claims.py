"""The scorecard: each claim holds on counts where it is true, and is contradicted where not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from xlshare.analysis import claims, published
from xlshare.analysis.claims import CLAIMS
from xlshare.analysis.verdicts import (
    CONTRADICTED,
    HOLDS,
    NEEDS_TEXT,
    OUT_OF_SCOPE,
    UNDECIDED,
    by_reason,
    tally,
)
from xlshare.study.artifacts import write_manifest
from xlshare.study.names import counts_table
from xlshare.study.results import Results
from xlshare.study.tasks import TASKS

LANGUAGES = {task: sorted(definition.languages) for task, definition in TASKS.items()}
CONTENTS = 20
Shares = Callable[[str, str], float]


def counts(rows: Iterable[dict], contents: int = CONTENTS, noise: float = 0.01) -> pd.DataFrame:
    """Counts whose values are those of the rows, a little more for every other content."""
    wiggle = noise * np.resize([-1.0, 1.0], contents)
    tables = [
        pd.DataFrame(row, index=range(contents)).assign(
            numerator=row["numerator"] + wiggle, content=[f"c{i}" for i in range(contents)]
        )
        for row in rows
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(test=table["content"], seed=1, denominator=1, expected=0.2)


def square(task: str, value: Shares, **keys: object) -> list[dict]:
    """One row for each pair of languages."""
    languages = LANGUAGES[task]
    return [
        {"test_lang": test, "train_lang": train, "numerator": value(test, train), **keys}
        for test in languages
        for train in languages
    ]


def own(share: float, leader: Callable[[str], str] = lambda test: "", lead: float = 0.0) -> Shares:
    """Own shares of this size; of the rest, one language has more (or less) than the others."""
    return lambda test, train: (
        share if test == train else (1 - share) / 4 + lead * (leader(test) == train)
    )


class Folder:
    """A study's results with the counts that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for task in TASKS:
            self.learned(task)

    def learned(self, task: str, accuracy_low: float = 0.7, dataset: str = "hub") -> None:
        facts = {"best_baseline": 0.6, "test_accuracy_low": accuracy_low}
        folder = self.path / task / "numbers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "01_finetune.json").write_text(json.dumps(facts))
        facts = {"parameters": {"data": {"dataset": dataset}}}
        write_manifest(folder / "01_finetune.json", facts)

    def table(self, task: str, name: str, frame: pd.DataFrame) -> None:
        folder = self.path / task / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        write_manifest(folder / f"{name}.parquet", {})

    def write(self, task: str, measure: str, rows: Iterable[dict], **words: float) -> None:
        self.table(task, counts_table(measure), counts(rows, **words))

    def shares(self, task: str, value: Shares, role: str = "proponents") -> None:
        self.write(task, "language_shares", square(task, value, role=role))

    def means(self, task: str, value: Shares) -> None:
        self.write(task, "average_scores", square(task, value))

    def changes(self, task: str, proponents: dict[int, float], opponents: float = 0.1) -> None:
        rows = [
            {"removed": removed, "k": k, "test_lang": "en", "numerator": value}
            for k, change in proponents.items()
            for removed, value in (
                ("proponents", change),
                ("opponents", opponents),
                ("random like proponents", -0.02),
            )
        ]
        self.write(task, "confidence", rows)

    def verdict(self, claim: str, task: str) -> dict:
        found = next(one for one in CLAIMS if one.name == claim)
        return found.verdict(Results(self.path), task)


@pytest.fixture
def study(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "study")


# ---- Each claim, where it is true and where it is not ----


def accuracy(study: Folder, task: str, true: bool) -> None:
    value = published.DEV_ACCURACY[task] - (0.01 if true else 0.1)
    rows = [{"split": "dev", "test_lang": "en", "numerator": value}]
    study.write(task, "accuracy", [*rows, {"split": "test", "test_lang": "en", "numerator": 0.5}])


def outliers(study: Folder, task: str, true: bool) -> None:
    dot = 0.6 if true else 0.05
    rows = [
        {"similarity": kind, "role": role, "what": "ten examples", "test_lang": "en"}
        | {"numerator": share}
        for kind, role, share in (
            ("cosine", "proponents", 0.2),
            ("dot", "proponents", dot),
            ("cosine", "opponents", 0.9),
            ("dot", "opponents", 0.1),
        )
    ]
    study.write(task, "concentration", rows)


def confidence(study: Folder, task: str, true: bool) -> None:
    study.changes(task, {50: -0.1, 100: -0.2 if true else 0.1})


def flattens(study: Folder, task: str, true: bool) -> None:
    study.changes(task, {100: -0.2, 250: -0.3 if true else -0.9})


def opponents(study: Folder, task: str, true: bool) -> None:
    study.changes("pawsx", {100: -0.1}, opponents=0.2)
    study.changes("xnli", {100: -0.1}, opponents=0.05 if true else 0.3)


def higher(study: Folder, task: str, true: bool) -> None:
    study.means("xnli", lambda *_: 0.6 if true else 0.1)
    study.means("pawsx", lambda *_: 0.2)


def mostly_others(study: Folder, task: str, true: bool) -> None:
    study.shares(task, own(0.4 if true else 0.6))


def own_first(study: Folder, task: str, true: bool) -> None:
    study.shares(task, own(0.4 if true else 0.15))


def hangul(study: Folder, task: str, true: bool) -> None:
    rows = [{"role": "proponents", "test_lang": "en", "numerator": 0.11 if true else 0.8}]
    rows += [{"role": "proponents", "test_lang": "ko", "numerator": 0.4}]
    study.write(task, "hangul", rows)


def korean_opposes(study: Folder, task: str, true: bool) -> None:
    study.shares(task, lambda _, train: 0.4 if (train == "ko") == true else 0.15, "opponents")


def highest(lang: str) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        study.means(task, lambda _, train: 0.5 if (train == lang) == true else 0.4)

    return write


def not_listed(study: Folder, task: str, true: bool) -> None:
    study.shares(task, own(0.3, lambda _: "en", -0.1 if true else 0.1))


def marc_own(study: Folder, task: str, true: bool) -> None:
    for one in TASKS:
        study.shares(one, own((0.5 if true else 0.2) if one == "marc" else 0.4))


def closest(study: Folder, task: str, true: bool) -> None:
    partner = {"fr": "es", "es": "fr"} if true else {"fr": "en", "es": "en"}
    study.shares(task, own(0.4, lambda test: partner.get(test, "de"), 0.2))


def opposes(least: bool) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        lead = -0.1 if true == least else 0.2
        study.shares(task, own(0.3, lambda _: "en", lead), "opponents")

    return write


def translated(share: float) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        rows = [
            {"test_lang": lang, "role": "proponents", "numerator": share if true else 1 - share}
            for lang in LANGUAGES[task]
        ]
        study.write(task, "translations", rows)

    return write


def falls(study: Folder, task: str, true: bool) -> None:
    at = {1: 0.3, 2: 0.5, 3: 0.4, 4: 0.3 if true else 0.6}
    rows = [row for e, s in at.items() for row in square(task, own(s), epoch=e, role="proponents")]
    study.write(task, "shares_by_epoch", rows)


def differ(study: Folder, task: str, true: bool) -> None:
    frame = pd.DataFrame({"measure": ["rank", "rank", "own share"], "effect": [0.2, -0.1, 0.0],
                          "p_holm": [1e-9, 1e-4 if true else 0.3, 0.9]})  # fmt: skip
    study.table(task, "dynamics_tests", frame)


def isolated(lang: str, share: float) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        special = lang if true else "en"
        study.shares(task, lambda test, _: share if test == special else 0.4)

    return write


def unseen(study: Folder, task: str, true: bool) -> None:
    rows = [
        {"model": "without", "test_lang": lang, "numerator": value - (0.0 if true else 0.1)}
        for lang, value in published.ZERO_SHOT_ACCURACY.items()
    ]
    study.write(task, "zero_shot_accuracy", rows)


def zero_shot(study: Folder, task: str, true: bool) -> None:
    shares = {("ko", "translations"): 0.05, ("es", "translations"): 0.14}
    shares |= {("ko", "same examples"): 0.04, ("es", "same examples"): 0.13 if true else 0.7}
    rows = [
        {"test_lang": lang, "what": what, "role": "proponents", "numerator": share}
        for (lang, what), share in shares.items()
    ]
    study.write(task, "returned", rows)


def imbalance(role: str, ends: dict[bool, float]) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        at = {0: 0.35, 100: ends[true]}
        rows = [row for e, s in at.items() for row in square(task, own(s), extra=e, role=role)]
        study.write(task, "imbalance_shares", rows)

    return write


WRITERS = {
    "accuracy": accuracy,
    "outliers fill the lists without normalisation": outliers,
    "confidence falls without proponents": confidence,
    "confidence falls further than in the control": confidence,
    "confidence falls less steeply after k = 100": flattens,
    "confidence rises without opponents in PAWS-X only": opponents,
    "scores are higher in XNLI": higher,
    "other languages are relied on": mostly_others,
    "own language is relied on most": own_first,
    "few Korean examples are fully in Hangul": hangul,
    "Korean opposes most": korean_opposes,
    "English has the highest mean score": highest("en"),
    "English does not fill the lists": not_listed,
    "own language is relied on more in MARC": marc_own,
    "French and Spanish rely on each other most": closest,
    "English opposes least on parallel data": opposes(least=True),
    "English opposes most in MARC": opposes(least=False),
    "Spanish has the highest mean score in MARC": highest("es"),
    "XNLI's languages repeat each other": translated(0.6),
    "PAWS-X's languages complement each other": translated(0.4),
    "same-language share falls after epoch 2": falls,
    "epochs differ": differ,
    "Korean is most isolated": isolated("ko", 0.6),
    "Spanish shares most": isolated("es", 0.2),
    "zero-shot accuracy": unseen,
    "zero-shot lists are new": zero_shot,
    "same-language share grows with its data": imbalance("proponents", {True: 0.45, False: 0.25}),
    "same-language share among opponents grows with its data": imbalance(
        "opponents", {True: 0.45, False: 0.25}
    ),
    "same-language share stays under half": imbalance("proponents", {True: 0.45, False: 0.6}),
}
ALWAYS_OUT = "outlier languages rank on top in FastIF"


def test_every_claim_has_counts_to_test_it_on() -> None:
    assert {*WRITERS, ALWAYS_OUT} == {claim.name for claim in CLAIMS}


@pytest.mark.slow
@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize(
    ("claim", "task"),
    [(claim.name, task) for claim in CLAIMS if claim.name in WRITERS for task in claim.tasks],
)
def test_a_claim_holds_where_it_is_true_and_only_there(
    study: Folder, claim: str, task: str, true: bool
) -> None:
    WRITERS[claim](study, task, true)
    row = study.verdict(claim, task)
    p_value = claim == "epochs differ"
    failed = UNDECIDED if p_value else CONTRADICTED
    assert row["verdict"] == (HOLDS if true else failed), row
    assert row["measured"] and row["section"]
    assert np.isnan(row["effect"]) == p_value == (not np.isnan(row["p"]))
    if not p_value:
        assert (row["effect"] > 0) == true
        assert row["low"] <= row["effect"] <= row["high"] and row["contents"] >= CONTENTS


# ---- The other verdicts, and why ----


def test_a_study_without_the_stage_is_out_of_scope(study: Folder) -> None:
    card = claims.scorecard(Results(study.path))
    assert (card["verdict"] == OUT_OF_SCOPE).all()
    assert card["why"].str.contains("did not run on").all()
    assert tally(card) == {
        "claims": len(CLAIMS),
        "tests": sum(len(claim.tasks) for claim in CLAIMS),
        HOLDS: 0,
        CONTRADICTED: 0,
        UNDECIDED: 0,
        OUT_OF_SCOPE: len(card),
    }


def test_what_is_out_of_scope_for_one_reason_is_one_line(study: Folder) -> None:
    lines = by_reason(claims.scorecard(Results(study.path)))
    assert lines["why"].is_unique and lines["tests"].sum() == sum(len(c.tasks) for c in CLAIMS)
    shares = lines.set_index("why").loc["04_language_shares did not run on XNLI"]
    assert (
        shares["claims"] == shares["tests"] == 9
        and "own language is relied on most" in shares["names"]
    )


def test_the_footnote_about_another_method_is_out_of_scope(study: Folder) -> None:
    rows = [
        {"similarity": kind, "role": "proponents", "what": "one language", "test_lang": "en"}
        | {"numerator": 0.4}
        for kind in ("cosine", "dot")
    ]
    study.write("pawsx", "concentration", rows)
    row = study.verdict(ALWAYS_OUT, "pawsx")
    assert row["verdict"] == OUT_OF_SCOPE and "FastIF" in row["why"] and "40%" in row["measured"]


def test_an_interval_around_nothing_is_undecided(study: Folder) -> None:
    study.changes("xnli", {100: -0.001})
    row = study.verdict("confidence falls without proponents", "xnli")
    assert row["verdict"] == UNDECIDED and "includes 0" in row["why"]


def test_few_contents_are_told_and_a_single_one_decides_nothing(study: Folder) -> None:
    rows = square("pawsx", own(0.9), role="proponents")
    study.write("pawsx", "language_shares", rows, contents=2)
    assert study.verdict("own language is relied on most", "pawsx")["contents"] == 2
    study.write("pawsx", "language_shares", rows, contents=1)
    row = study.verdict("own language is relied on most", "pawsx")
    assert row["verdict"] == UNDECIDED and "single test content" in row["why"]


def test_a_model_that_learned_nothing_is_out_of_scope(study: Folder) -> None:
    study.changes("xnli", {100: -0.5})
    study.learned("xnli", accuracy_low=0.55)
    row = study.verdict("confidence falls without proponents", "xnli")
    assert row["verdict"] == OUT_OF_SCOPE and "not above its baselines" in row["why"]
    opponents(study, "pawsx", True)
    row = study.verdict(
        "confidence rises without opponents in PAWS-X only", "pawsx"
    )  # it compares with XNLI
    assert row["verdict"] == OUT_OF_SCOPE and "XNLI" in row["why"]


def test_synthetic_sentences_tell_of_the_method_and_not_of_languages(study: Folder) -> None:
    for task in TASKS:
        study.learned(task, dataset="mini")
    own_first(study, "pawsx", True)
    confidence(study, "pawsx", True)
    assert study.verdict("confidence falls without proponents", "pawsx")["verdict"] == HOLDS
    row = study.verdict("own language is relied on most", "pawsx")
    assert row["verdict"] == OUT_OF_SCOPE and row["why"] == NEEDS_TEXT and row["measured"]


def test_synthetic_data_put_every_claim_about_languages_out_of_scope_for_one_reason(
    study: Folder,
) -> None:
    for task in TASKS:
        study.learned(task, accuracy_low=0.5, dataset="mini")
    card = claims.scorecard(Results(study.path)).set_index("claim")
    of_languages = [claim.name for claim in CLAIMS if claim.of_languages]
    assert set(card.loc[of_languages, "why"]) == {NEEDS_TEXT}
    assert NEEDS_TEXT not in set(card.drop(index=of_languages)["why"])


@pytest.mark.parametrize("claim", ["Korean is most isolated", "Korean opposes most"])
def test_a_language_that_the_study_lacks_is_out_of_scope(study: Folder, claim: str) -> None:
    rows = [
        row
        for role in ("proponents", "opponents")
        for row in square("pawsx", own(0.4), role=role)
        if "ko" not in (row["test_lang"], row["train_lang"])
    ]
    study.write("pawsx", "language_shares", rows)
    row = study.verdict(claim, "pawsx")
    assert row["verdict"] == OUT_OF_SCOPE and "Korean is not in this study" in row["why"]


def test_a_claim_about_every_language_fails_where_one_language_does(study: Folder) -> None:
    shares = own(0.4)
    study.shares("pawsx", lambda test, train: 0.1 if test == train == "es" else shares(test, train))
    assert study.verdict("own language is relied on most", "pawsx")["verdict"] == CONTRADICTED


# ---- What was published ----


def test_the_papers_figures_name_claims_that_there_are() -> None:
    known = {(claim.name, task) for claim in CLAIMS for task in claim.tasks}
    for _, message, claim, task in published.FIGURES.values():
        assert message and (not claim or (claim, task) in known)


def test_the_papers_tables_are_whole() -> None:
    for task in TASKS:
        scores = published.mean_scores(task)
        assert len(scores) == 25 and set(scores["test_lang"]) == set(LANGUAGES[task])
        assert set(scores["train_lang"]) == set(LANGUAGES[task])
    scores = published.mean_scores("pawsx").set_index(["test_lang", "train_lang"])["paper"]
    assert scores["ko", "ko"] == 0.166 and scores["fr", "en"] == 0.335
    table = published.translations("pawsx").set_index(["role", "test_lang"])["paper"]
    assert table["proponents", "ko"] == 0.31 and table["opponents", "en"] == 0.50


@pytest.mark.slow
def test_the_papers_own_tables_bear_out_what_it_says_of_them(study: Folder) -> None:
    """Put into a study, Tables 3 to 5 give the paper's verdicts."""
    for task in TASKS:
        rows = published.mean_scores(task).rename(columns={"paper": "numerator"})
        study.write(task, "average_scores", rows.to_dict("records"), noise=0.001)
    for task in ("xnli", "pawsx"):
        rows = published.translations(task).rename(columns={"paper": "numerator"})
        study.write(task, "translations", rows.to_dict("records"))
    for claim, task in (
        ("scores are higher in XNLI", "xnli"),
        ("English has the highest mean score", "xnli"),
        ("English has the highest mean score", "pawsx"),
        ("Spanish has the highest mean score in MARC", "marc"),
        ("XNLI's languages repeat each other", "xnli"),
        ("PAWS-X's languages complement each other", "pawsx"),
    ):
        assert study.verdict(claim, task)["verdict"] == HOLDS, claim


@pytest.mark.slow
def test_the_studys_values_are_beside_the_papers(study: Folder) -> None:
    study.means("pawsx", lambda test, train: 0.3 if test == train else 0.1)
    cells = claims.beside_published(Results(study.path))
    assert set(cells["table"]) == {"3b"} and len(cells) == 25
    assert kendalltau(cells["paper"], cells["here"]).statistic > 0
