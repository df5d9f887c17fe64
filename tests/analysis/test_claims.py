"""The scorecard: each claim holds on made-up tables where it is true, and fails where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import kendalltau

from xlshare.analysis import claims, published
from xlshare.analysis.claims import CLAIMS, FAILS, HOLDS, UNTESTED, Effect
from xlshare.study.tasks import TASKS

LANGUAGES = {task: sorted(definition.languages) for task, definition in TASKS.items()}
WIDTH = 0.01  # half of every interval


def with_interval(frame: pd.DataFrame, value: str = "share", width: float = WIDTH) -> pd.DataFrame:
    return frame.assign(low=frame[value] - width, high=frame[value] + width)


def square(task: str, value: Callable[[str, str], float]) -> pd.DataFrame:
    """A row for each pair of languages."""
    languages = LANGUAGES[task]
    rows = [(test, train, value(test, train)) for test in languages for train in languages]
    return pd.DataFrame(rows, columns=["test_lang", "train_lang", "share"])


def top_shares(
    task: str,
    own: float = 0.4,
    leader: Callable[[str], str] | None = None,
    least: str | None = None,
    extra: float = 0.06,
) -> pd.DataFrame:
    """Shares that sum to 1: the own language's, one language above the others, one below."""

    def weight(test: str, train: str) -> float:
        return (
            1
            + 10 * extra * (leader is not None and leader(test) == train)
            - (0.5 * (train == least))
        )

    def value(test: str, train: str) -> float:
        if test == train:
            return own
        others = [lang for lang in LANGUAGES[task] if lang != test]
        return (1 - own) * weight(test, train) / sum(weight(test, other) for other in others)

    return with_interval(square(task, value))


class Folder:
    """A study's results with the tables that a test writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for task in TASKS:
            self.learned(task)

    def learned(self, task: str, accuracy_low: float = 0.7, dataset: str = "hub") -> None:
        facts = {"majority_accuracy": 0.5, "bag_of_words_accuracy": 0.6}
        facts["test_accuracy_low"] = accuracy_low
        folder = self.path / task / "numbers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "01_finetune.json").write_text(json.dumps(facts))
        manifest = {"parameters": {"data": {"dataset": dataset}}}
        (folder / "01_finetune.json.manifest.json").write_text(json.dumps(manifest))

    def write(self, task: str, name: str, frame: pd.DataFrame) -> None:
        folder = self.path / task / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / f"{name}.parquet", index=False)

    def shares(self, task: str, sign: str = "positive", **words) -> None:
        self.write(task, "language_shares_top", top_shares(task, **words).assign(sign=sign))

    def means(self, task: str, value: Callable[[str, str], float]) -> None:
        frame = square(task, value).rename(columns={"share": "mean"})
        self.write(task, "language_shares_averages", with_interval(frame, "mean"))

    def changes(self, task: str, proponents: dict[int, float], opponents: float = 0.1) -> None:
        rows = [("proponents", k, change) for k, change in proponents.items()]
        rows += [("opponents", k, opponents) for k in proponents]
        rows += [("random like proponents", k, -0.01) for k in proponents]
        frame = pd.DataFrame(rows, columns=["removed", "k", "change"])
        self.write(task, "quality_changes", with_interval(frame, "change"))

    def verdict(self, claim: str, task: str) -> dict:
        found = next(one for one in CLAIMS if one.name == claim)
        return found.verdict(claims.Tables(self.path), task)


@pytest.fixture
def study(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "study")


# ---- Each claim, where it is true and where it is not ----


def accuracy(study: Folder, task: str, true: bool) -> None:
    value = published.DEV_ACCURACY[task] - (0.01 if true else 0.1)
    rows = [(3, "all", value, True), (2, "all", 0.99, False), (3, "en", 0.99, True)]
    history = pd.DataFrame(rows, columns=["epoch", "lang", "accuracy", "chosen"])
    ends = {"low": history["accuracy"] - 0.01, "high": history["accuracy"] + 0.01}
    study.write(task, "history", history.assign(**ends))


def outliers(study: Folder, task: str, true: bool) -> None:
    rows = [("cosine", "positive", 0.1), ("dot", "positive", 0.6 if true else 0.05)]
    rows += [("cosine", "negative", 0.9), ("dot", "negative", 0.0)]
    frame = pd.DataFrame(rows, columns=["similarity", "sign", "top_10_share"])
    ends = {"low": frame["top_10_share"] - 0.02, "high": frame["top_10_share"] + 0.02}
    frame = frame.assign(**{f"top_10_{end}": values for end, values in ends.items()})
    study.write(task, "language_shares_concentration", frame)


def confidence(study: Folder, task: str, true: bool) -> None:
    study.changes(task, {50: -0.1, 100: -0.2 if true else 0.1})


def flattens(study: Folder, task: str, true: bool) -> None:
    study.changes(task, {100: -0.2, 250: -0.3 if true else -0.6})


def opponents(study: Folder, task: str, true: bool) -> None:
    study.changes("pawsx", {100: -0.1}, opponents=0.2)
    study.changes("xnli", {100: -0.1}, opponents=0.01 if true else 0.3)


def higher(study: Folder, task: str, true: bool) -> None:
    study.means("xnli", lambda *_: 0.6 if true else 0.1)
    study.means("pawsx", lambda *_: 0.2)


def own_first(study: Folder, task: str, true: bool) -> None:
    study.shares(task, own=0.4 if true else 0.15)


def korean_isolated(study: Folder, task: str, true: bool) -> None:
    study.shares(task, **({"least": "ko"} if true else {"leader": lambda test: "ko"}), own=0.25)


def hangul(study: Folder, task: str, true: bool) -> None:
    rows = [("positive", "other", 40, 0.11 if true else 0.8), ("positive", "ko", 9, 0.4)]
    frame = pd.DataFrame(rows, columns=["sign", "tests", "retrieved", "share"])
    study.write(task, "language_shares_hangul", with_interval(frame))


def korean_opposes(study: Folder, task: str, true: bool) -> None:
    share = lambda test, train: 0.4 if (train == "ko") == true else 0.15  # noqa: E731
    frame = with_interval(square(task, share)).assign(sign="negative")
    study.write(task, "language_shares_top", frame)


def highest(lang: str) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        study.means(task, lambda _, train: 0.5 if (train == lang) == true else 0.4)

    return write


def not_listed(study: Folder, task: str, true: bool) -> None:
    study.shares(task, **({"least": "en"} if true else {"leader": lambda test: "en"}))


def marc_own(study: Folder, task: str, true: bool) -> None:
    for one in TASKS:
        study.shares(one, own=(0.5 if true else 0.2) if one == "marc" else 0.4)


def closest(study: Folder, task: str, true: bool) -> None:
    partner = {"fr": "es", "es": "fr"} if true else {"fr": "en", "es": "en"}
    study.shares(task, leader=lambda test: partner.get(test, "de"), extra=0.2)


def opposes(least: bool) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        words = {"least": "en"} if true == least else {"leader": lambda test: "en", "extra": 0.2}
        study.shares(task, sign="negative", **words)

    return write


def translations(task_share: float) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        share = task_share if true else 1 - task_share
        frame = pd.DataFrame({"test_lang": LANGUAGES[task], "sign": "positive", "share": share})
        study.write(task, "reinforcement_long", with_interval(frame).assign(chance=0.02))

    return write


def falls(study: Folder, task: str, true: bool) -> None:
    at = {1: 0.3, 2: 0.5, 3: 0.4, 4: 0.3 if true else 0.6}
    tables = [top_shares(task, own).assign(epoch=epoch) for epoch, own in at.items()]
    study.write(task, "dynamics_shares", pd.concat(tables).assign(sign="positive"))


def differ(study: Folder, task: str, true: bool) -> None:
    frame = pd.DataFrame({"measure": ["rank", "rank", "own share"], "effect": [0.2, -0.1, 0.0],
                          "p_holm": [1e-9, 1e-4 if true else 0.3, 0.9]})  # fmt: skip
    study.write(task, "dynamics_tests", frame)


def zero_shot(study: Folder, task: str, true: bool) -> None:
    frame = pd.DataFrame({"language": ["Korean", "Spanish"], "chance": 0.01, "chance_others": 0.02})
    returned = {"translations": [0.05, 0.14], "others": [0.04, 0.13 if true else 0.7]}
    for what, shares in returned.items():
        for end, step in (("", 0), ("_low", -WIDTH), ("_high", WIDTH)):
            frame[f"returned_{what}{end}"] = [share + step for share in shares]
    study.write(task, "zero_shot", frame)


def imbalance(ends: dict[bool, float]) -> Callable[[Folder, str, bool], None]:
    def write(study: Folder, task: str, true: bool) -> None:
        at = {0: 0.35, 100: ends[true]}
        tables = [top_shares(task, own).assign(extra=extra) for extra, own in at.items()]
        study.write(task, "imbalance_shares", pd.concat(tables).assign(sign="positive"))

    return write


WRITERS = {
    "accuracy": accuracy,
    "outliers without normalisation": outliers,
    "confidence falls": confidence,
    "and not for their labels' sake": confidence,
    "and flattens after 100": flattens,
    "opponents hurt in PAWS-X only": opponents,
    "higher scores in XNLI": higher,
    "own language first": own_first,
    "Korean isolated": korean_isolated,
    "little Hangul": hangul,
    "Korean opposes": korean_opposes,
    "English highest on average": highest("en"),
    "and yet not in the lists": not_listed,
    "more own language in MARC": marc_own,
    "French and Spanish closest": closest,
    "English opposes least": opposes(least=True),
    "but most in MARC": opposes(least=False),
    "Spanish highest in MARC": highest("es"),
    "XNLI reinforces": translations(0.6),
    "PAWS-X complements": translations(0.4),
    "own share falls": falls,
    "epochs differ": differ,
    "zero-shot lists are new": zero_shot,
    "own share grows with its data": imbalance({True: 0.45, False: 0.25}),
    "and stays under half": imbalance({True: 0.45, False: 0.6}),
}


def test_every_claim_has_made_up_tables() -> None:
    assert list(WRITERS) == [claim.name for claim in CLAIMS]


@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize(
    ("claim", "task"), [(claim.name, task) for claim in CLAIMS for task in claim.tasks]
)
def test_a_claim_holds_where_it_is_true_and_only_there(
    study: Folder, claim: str, task: str, true: bool
) -> None:
    WRITERS[claim](study, task, true)
    row = study.verdict(claim, task)
    assert row["verdict"] == (HOLDS if true else FAILS), row
    assert (row["effect"] > 0) == true and row["measured"] and row["section"]
    if row["low"] == row["low"]:
        assert row["low"] <= row["effect"] <= row["high"]


# ---- What cannot be tested, and why ----


def test_a_study_without_the_stage_cannot_tell(study: Folder) -> None:
    card = claims.scorecard(study.path)
    assert (card["verdict"] == UNTESTED).all()
    assert card["why"].str.contains("this study has no table").all()


def test_an_interval_around_nothing_cannot_tell(study: Folder) -> None:
    study.changes("xnli", {100: -0.005})
    row = study.verdict("confidence falls", "xnli")
    assert row["verdict"] == UNTESTED and "includes 0" in row["why"]


def test_a_model_that_learned_nothing_cannot_tell(study: Folder) -> None:
    study.changes("xnli", {100: -0.5})
    study.learned("xnli", accuracy_low=0.55)
    row = study.verdict("confidence falls", "xnli")
    assert row["verdict"] == UNTESTED and "not above its baselines" in row["why"]


def test_made_up_sentences_tell_of_the_method_and_not_of_languages(study: Folder) -> None:
    for task in TASKS:
        study.learned(task, dataset="mini")
    own_first(study, "pawsx", True)
    confidence(study, "pawsx", True)
    assert study.verdict("confidence falls", "pawsx")["verdict"] == HOLDS
    row = study.verdict("own language first", "pawsx")
    assert row["verdict"] == UNTESTED and "made-up" in row["why"] and row["measured"]


def test_a_language_that_the_study_lacks_cannot_be_judged(study: Folder) -> None:
    frame = top_shares("pawsx")
    some = frame[(frame["test_lang"] != "ko") & (frame["train_lang"] != "ko")]
    study.write("pawsx", "language_shares_top", some.assign(sign="positive"))
    row = study.verdict("Korean isolated", "pawsx")
    assert row["verdict"] == UNTESTED and "Korean is not in this study" in row["why"]


# ---- Effects ----


def test_independent_differences_are_surer_than_those_of_the_same_lists() -> None:
    a, b = Effect(0.5, 0.4, 0.6), Effect(0.2, 0.1, 0.3)
    same, free = claims.minus(a, b), claims.apart(a, b)
    assert same.value == free.value == pytest.approx(0.3)
    assert (same.low, same.high) == pytest.approx((0.1, 0.5))
    assert (free.low, free.high) == pytest.approx((0.3 - 0.02**0.5, 0.3 + 0.02**0.5))


def test_the_mean_of_many_is_surer_and_the_weakest_decides() -> None:
    effects = [Effect(0.2, 0.1, 0.3)] * 4
    assert claims.mean(effects).low == pytest.approx(0.15)
    worst = claims.weakest([Effect(0.4, 0.3, 0.5), Effect(0.2, 0.0, 0.9)])
    assert worst == Effect(0.2, 0.0, 0.5)


def test_means_over_translated_tests_claim_no_independence() -> None:
    effects = [Effect(0.2, 0.1, 0.3)] * 4
    assert claims.over_languages(effects, "xnli") == Effect(*map(pytest.approx, (0.2, 0.1, 0.3)))
    assert claims.over_languages(effects, "marc") == claims.mean(effects)


def test_a_single_test_example_proves_nothing(study: Folder) -> None:
    frame = top_shares("pawsx", own=0.9).assign(low=float("nan"), high=float("nan"))
    study.write("pawsx", "language_shares_top", frame.assign(sign="positive"))
    row = study.verdict("own language first", "pawsx")
    assert row["verdict"] == UNTESTED and "single test example" in row["why"]


@pytest.mark.parametrize("order", [1, -1])
def test_one_unknown_interval_makes_the_weakest_unknown(order: int) -> None:
    effects = [Effect(0.2, float("nan"), 0.3), Effect(0.4, 0.3, 0.5)][::order]
    assert pd.isna(claims.weakest(effects).low) and claims.weakest(effects).high == 0.3


def test_english_among_the_same_lists_is_judged_by_both_ends(study: Folder) -> None:
    """A difference of 3 points between shares of the same lists is not sure at 2 points each."""
    share = {"en": 0.18, "de": 0.21}
    frame = square("pawsx", lambda test, train: share.get(train, 0.2))
    frame = with_interval(frame, width=0.02).assign(sign="negative")
    study.write("pawsx", "language_shares_top", frame)
    row = study.verdict("English opposes least", "pawsx")
    assert row["verdict"] == UNTESTED and "includes 0" in row["why"]


def test_the_papers_figures_name_claims_that_there_are() -> None:
    known = {(claim.name, task) for claim in CLAIMS for task in claim.tasks}
    for _, message, claim, task in published.FIGURES.values():
        assert message and (not claim or (claim, task) in known)


# ---- What was published ----


def test_the_papers_tables_are_whole() -> None:
    for task in TASKS:
        scores = published.mean_scores(task)
        assert len(scores) == 25 and set(scores["test_lang"]) == set(LANGUAGES[task])
        assert set(scores["train_lang"]) == set(LANGUAGES[task])
    scores = published.mean_scores("pawsx").set_index(["test_lang", "train_lang"])["mean"]
    assert scores["ko", "ko"] == 0.166 and scores["fr", "en"] == 0.335
    table = published.translations("pawsx").set_index(["sign", "test_lang"])["share"]
    assert table["positive", "ko"] == 0.31 and table["negative", "en"] == 0.50


def test_the_papers_own_tables_bear_out_what_it_says_of_them(study: Folder) -> None:
    """Put into a study, Tables 3 to 5 give the paper's verdicts."""
    for task in TASKS:
        frame = with_interval(published.mean_scores(task), "mean", 0.001)
        study.write(task, "language_shares_averages", frame)
    for task in ("xnli", "pawsx"):
        frame = with_interval(published.translations(task)).assign(chance=0.02)
        study.write(task, "reinforcement_long", frame)
    for claim, task in (
        ("higher scores in XNLI", "xnli"),
        ("English highest on average", "xnli"),
        ("English highest on average", "pawsx"),
        ("Spanish highest in MARC", "marc"),
        ("XNLI reinforces", "xnli"),
        ("PAWS-X complements", "pawsx"),
    ):
        assert study.verdict(claim, task)["verdict"] == HOLDS, claim


def test_the_studys_values_stand_beside_the_papers(study: Folder) -> None:
    study.means("pawsx", lambda test, train: 0.3 if test == train else 0.1)
    cells = claims.beside_published(study.path)
    assert set(cells["table"]) == {"3b"} and len(cells) == 25
    assert kendalltau(cells["paper"], cells["here"]).statistic > 0
