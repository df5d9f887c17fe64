"""The paper's claims as functions of a study's tables: does it hold here too, and how surely?

Each claim is turned into one number that is positive where the paper is right: its effect, with an
interval over test examples. A claim about every language is as strong as its weakest language. The
verdict is read from the interval:

    holds                    all of it is above 0
    does not hold            all of it is below 0
    cannot be tested         it includes 0, or the study cannot tell: it did not run the stage, its
                             model learned nothing, or its sentences are made up

Where tables give no interval for a difference (means over the same tests), the sign decides, and
the page says so. Differences between shares of the same lists take the ends of both intervals,
which is wider than it need be: lists that hold more of one language hold less of another. So do
means over test languages where their tests are translations of each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xlshare.analysis import published
from xlshare.study.tasks import TASKS, language_name

HOLDS, FAILS, UNTESTED = "holds", "does not hold", "cannot be tested"
PARALLEL = ("xnli", "pawsx")


class Untestable(ValueError):
    """Why this study cannot say."""


@dataclass(frozen=True)
class Effect:
    """A number that is positive where the paper is right, with its interval.

    Without ends the tables have none, and the sign decides; NaN is one that could not be had.
    """

    value: float
    low: float | None = None
    high: float | None = None


class Tables:
    """The tables of one study: `results/<study>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, task: str, name: str) -> pd.DataFrame:
        """A table. Raises Untestable where the study did not make it."""
        path = self.folder / task / f"tables/{name}.parquet"
        if not path.is_file():
            raise Untestable(f"this study has no table {name} of {TASKS[task].title}")
        return pd.read_parquet(path)

    def numbers(self, task: str, stage: str) -> dict[str, Any]:
        """The numbers of a stage, {} where it did not run."""
        path = self.folder / task / f"numbers/{stage}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    @cached_property
    def made_up(self) -> bool:
        """Whether the study's sentences come from the embedded grammars."""
        manifests = sorted(self.folder.glob("*/numbers/*.manifest.json"))
        facts = [json.loads(path.read_text(encoding="utf-8")) for path in manifests[:1]]
        return any(one["parameters"]["data"]["dataset"] == "mini" for one in facts)

    def learned(self, task: str) -> bool:
        """Whether the model is above its baselines, as far as the study says."""
        facts = self.numbers(task, "01_finetune")
        floor = max(facts.get("majority_accuracy", 0), facts.get("bag_of_words_accuracy", 0))
        return not facts or facts["test_accuracy_low"] > floor


@dataclass(frozen=True)
class Claim:
    """One thing that the paper says, of one task or of several together.

    `measure` gives the effect and what was measured, in words; `of_languages` is for claims about
    real languages, which made-up sentences cannot test.
    """

    name: str
    section: str
    says: str
    tasks: tuple[str, ...]
    measure: Callable[[Tables, str], tuple[Effect, str]]
    of_languages: bool = True

    def verdict(self, tables: Tables, task: str) -> dict[str, Any]:
        """A row: claim, section, task, says, measured, effect, low, high, verdict, why."""
        row = {"claim": self.name, "section": self.section, "task": task, "says": self.says}
        row |= {"measured": "", "effect": np.nan, "low": np.nan, "high": np.nan}
        try:
            effect, row["measured"] = self.measure(tables, task)
        except Untestable as reason:
            return row | {"verdict": UNTESTED, "why": str(reason)}
        row |= {"effect": effect.value}
        row |= {} if effect.low is None else {"low": effect.low, "high": effect.high}
        verdict, why = self._judge(tables, task, effect)
        return row | {"verdict": verdict, "why": why}

    def _judge(self, tables: Tables, task: str, effect: Effect) -> tuple[str, str]:
        tasks = [name for name in (task, *MORE_TASKS.get(self.name, ())) if name in TASKS]
        for one in tasks:
            if not tables.learned(one):
                return UNTESTED, f"the model of {TASKS[one].title} is not above its baselines"
        if tables.made_up and self.of_languages:
            return UNTESTED, "made-up sentences say nothing about languages"
        if np.isnan(effect.value):
            return UNTESTED, "there was nothing to measure"
        if effect.low is None:
            return (HOLDS if effect.value > 0 else FAILS), "by its sign, without an interval"
        if np.isnan(effect.low) or np.isnan(effect.high):
            return UNTESTED, "a single test example gives no interval: more are needed"
        if effect.low <= 0 <= effect.high:
            return UNTESTED, "the interval includes 0: more test examples are needed"
        return (HOLDS if effect.low > 0 else FAILS), ""


def scorecard(folder: Path) -> pd.DataFrame:
    """Every claim on every task that the paper makes it of, judged by `results/<study>`."""
    tables = Tables(folder)
    rows = [claim.verdict(tables, task) for claim in CLAIMS for task in claim.tasks]
    return pd.DataFrame(rows)


def beside_published(folder: Path) -> pd.DataFrame:
    """Tables 3, 4 and 5, cell by cell: table, task, row, column, paper, here, low, high."""
    tables, parts = Tables(folder), []
    sources = [("language_shares_averages", "mean", published.mean_scores, task) for task in TASKS]
    sources += [("reinforcement_long", "share", published.translations, task) for task in PARALLEL]
    for name, value, theirs, task in sources:
        try:
            ours = tables.read(task, name)
        except Untestable:
            continue
        keys = ["test_lang", "train_lang"] if value == "mean" else ["test_lang", "sign"]
        both = theirs(task).merge(ours, on=keys, how="left", suffixes=("_paper", ""))
        both = both.rename(columns={keys[1]: "column", f"{value}_paper": "paper", value: "here"})
        number = {"xnli": "3a", "pawsx": "3b", "marc": "5"}[task] if value == "mean" else "4"
        parts.append(both.assign(table=number, task=task))
    columns = ["table", "task", "test_lang", "column", "paper", "here", "low", "high"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


# ---- Effects ---------------------------------------------------------------------------------


def of(row: pd.Series, value: str = "share") -> Effect:
    """A table's value with its interval."""
    return Effect(float(row[value]), float(row["low"]), float(row["high"]))


def minus(a: Effect, b: Effect) -> Effect:
    """A difference of two shares of the same lists, from the ends of both intervals."""
    return Effect(a.value - b.value, a.low - b.high, a.high - b.low)


def apart(a: Effect, b: Effect) -> Effect:
    """A difference of two independent values, their errors added in quadrature."""
    low = np.hypot(a.value - a.low, b.high - b.value)
    high = np.hypot(a.high - a.value, b.value - b.low)
    return Effect(a.value - b.value, a.value - b.value - low, a.value - b.value + high)


def mean(effects: Iterable[Effect]) -> Effect:
    """The mean of independent values (of tests in different languages)."""
    effects = list(effects)
    value = float(np.mean([e.value for e in effects]))
    low = np.sqrt(sum((e.value - e.low) ** 2 for e in effects)) / len(effects)
    high = np.sqrt(sum((e.high - e.value) ** 2 for e in effects)) / len(effects)
    return Effect(value, value - low, value + high)


def over_languages(effects: Iterable[Effect], task: str) -> Effect:
    """The mean over test languages, whose tests in parallel tasks are the same contents."""
    effects = list(effects)
    if task not in PARALLEL:
        return mean(effects)
    ends = ([getattr(e, end) for e in effects] for end in ("value", "low", "high"))
    return Effect(*(float(np.mean(values)) for values in ends))


def weakest(effects: Iterable[Effect]) -> Effect:
    """What can be said of all of them: the smallest value, the smallest ends."""
    effects = list(effects)
    ends = ([getattr(e, end) for e in effects] for end in ("value", "low", "high"))
    return Effect(*(float(np.min(values)) for values in ends))  # NaN where one is NaN


def below(effect: Effect, bound: float) -> Effect:
    """How far a value is below a bound."""
    return Effect(bound - effect.value, bound - effect.high, bound - effect.low)


def negative(effect: Effect) -> Effect:
    """The same effect the other way round."""
    return below(effect, 0.0)


# ---- Shares ----------------------------------------------------------------------------------


def shares(tables: Tables, task: str, sign: str) -> pd.DataFrame:
    """The language shares of one sign."""
    table = tables.read(task, "language_shares_top")
    return table[table["sign"] == sign]


def largest(table: pd.DataFrame) -> Effect:
    """The largest share of some rows."""
    if table.empty:
        raise Untestable("there is no other language to compare with")
    return of(table.loc[table["share"].idxmax()])


def lead(table: pd.DataFrame, lang: str) -> Effect:
    """How far a training language's share is above the largest other in one test language."""
    mine = table[table["train_lang"] == lang]
    if mine.empty:
        raise Untestable(f"{language_name(lang)} is not in this study")
    return minus(of(mine.iloc[0]), largest(table[table["train_lang"] != lang]))


def given(table: pd.DataFrame, lang: str, task: str) -> Effect:
    """A language's mean share in the lists of the other languages."""
    rows = table[(table["train_lang"] == lang) & (table["test_lang"] != lang)]
    if rows.empty:
        raise Untestable(f"{language_name(lang)} is not in this study")
    return over_languages((of(row) for _, row in rows.iterrows()), task)


def own(table: pd.DataFrame) -> dict[str, Effect]:
    """Each language's share in its own lists."""
    rows = table[table["test_lang"] == table["train_lang"]]
    return {row["test_lang"]: of(row) for _, row in rows.iterrows()}


def percent(value: float) -> str:
    """A fraction for readers."""
    return f"{value:.0%}"


def signed(value: float) -> str:
    """A difference of fractions for readers."""
    return f"{value:+.1%}".replace("-", "−")


def each(values: dict[str, float], show: Callable[[float], str] = percent) -> str:
    """Languages with their values, for readers."""
    return ", ".join(f"{language_name(k)} {show(value)}" for k, value in values.items())


# ---- What each claim measures ----------------------------------------------------------------


def own_first(tables: Tables, task: str) -> tuple[Effect, str]:
    table = shares(tables, task, "positive")
    leads = {lang: lead(rows, lang) for lang, rows in table.groupby("test_lang", sort=False)}
    return weakest(leads.values()), "lead of the own language: " + each(
        {lang: effect.value for lang, effect in leads.items()}, signed
    )


def korean_isolated(tables: Tables, task: str) -> tuple[Effect, str]:
    """It gives others less than any other language does, and less than by chance."""
    table = shares(tables, task, "positive")
    found = {lang: given(table, lang, task) for lang in table["train_lang"].unique()}
    korean, chance = given(table, "ko", task), 1 / len(found)
    gaps = [minus(effect, korean) for lang, effect in found.items() if lang != "ko"]
    words = "given to others: " + each({lang: effect.value for lang, effect in found.items()})
    return weakest([below(korean, chance), *gaps]), words


def korean_hangul(tables: Tables, task: str) -> tuple[Effect, str]:
    table = tables.read(task, "language_shares_hangul")
    rows = table[(table["sign"] == "positive") & (table["tests"] == "other")]
    if rows.empty or not rows["retrieved"].sum():
        raise Untestable("no Korean example was retrieved by another language")
    found = of(rows.iloc[0])
    return below(found, 0.5), f"{percent(found.value)} written fully in Hangul"


def korean_opponent(tables: Tables, task: str) -> tuple[Effect, str]:
    table = shares(tables, task, "negative")
    leads = {lang: lead(rows, "ko") for lang, rows in table.groupby("test_lang", sort=False)}
    return weakest(leads.values()), "lead of Korean: " + each(
        {lang: effect.value for lang, effect in leads.items()}, signed
    )


def highest_mean(lang: str) -> Callable[[Tables, str], tuple[Effect, str]]:
    """In how many test languages a training language has the highest mean score, less half."""

    def measure(tables: Tables, task: str) -> tuple[Effect, str]:
        table = tables.read(task, "language_shares_averages")
        wide = table.pivot(index="test_lang", columns="train_lang", values="mean")
        if lang not in wide:
            raise Untestable(f"{language_name(lang)} is not in this study")
        first = int((wide.idxmax(axis=1) == lang).sum())
        return Effect(first / len(wide) - 0.5), f"highest for {first} of {len(wide)} test languages"

    return measure


def english_not_listed(tables: Tables, task: str) -> tuple[Effect, str]:
    table = shares(tables, task, "positive")
    languages = [lang for lang in table["train_lang"].unique() if lang != "en"]
    english = given(table, "en", task)
    others = {lang: given(table, lang, task) for lang in languages}
    most = max(others, key=lambda lang: others[lang].value)
    parts = {"en": english.value, most: others[most].value}
    words = f"part of the others' lists: {each(parts)}"
    return minus(others[most], english), words


def french_and_spanish(tables: Tables, task: str) -> tuple[Effect, str]:
    table = shares(tables, task, "positive")
    leads = {}
    for lang, partner in (("fr", "es"), ("es", "fr")):
        rows = table[(table["test_lang"] == lang) & (table["train_lang"] != lang)]
        leads[lang] = lead(rows, partner)
    return weakest(leads.values()), "lead of the other: " + each(
        {lang: effect.value for lang, effect in leads.items()}, signed
    )


def marc_more_own(tables: Tables, task: str) -> tuple[Effect, str]:
    owns = {one: own(shares(tables, one, "positive")).values() for one in TASKS}
    means = {one: over_languages(effects, one) for one, effects in owns.items()}
    parallel = mean(means[one] for one in PARALLEL)
    words = each({"MARC": means["marc"].value, "the parallel tasks": parallel.value})
    return apart(means["marc"], parallel), words


def english_opponent(least: bool) -> Callable[[Tables, str], tuple[Effect, str]]:
    """English gives least (or most) of the negative lists of other languages."""

    def measure(tables: Tables, task: str) -> tuple[Effect, str]:
        table = shares(tables, task, "negative")
        found = {lang: given(table, lang, task) for lang in table["train_lang"].unique()}
        english = given(table, "en", task)
        others = [effect for lang, effect in found.items() if lang != "en"]
        nearest = (min if least else max)(others, key=lambda effect: effect.value)
        effect = minus(nearest, english) if least else minus(english, nearest)
        return effect, each({lang: one.value for lang, one in found.items()})

    return measure


def translations(over: bool) -> Callable[[Tables, str], tuple[Effect, str]]:
    """Over (or under) half of the proponents from other languages are translations."""

    def measure(tables: Tables, task: str) -> tuple[Effect, str]:
        table = tables.read(task, "reinforcement_long")
        rows = table[(table["sign"] == "positive") & table["share"].notna()]
        if rows.empty:
            raise Untestable("no list holds an example from another language")
        found = over_languages((of(row) for _, row in rows.iterrows()), task)
        words = f"{percent(found.value)} translations, by chance {percent(rows['chance'].mean())}"
        under = below(found, 0.5)
        return (negative(under) if over else under), words

    return measure


def own_falls(tables: Tables, task: str) -> tuple[Effect, str]:
    table = tables.read(task, "dynamics_shares")
    table = table[table["sign"] == "positive"]
    last = table["epoch"].max()
    if last < 3:
        raise Untestable(f"its best epoch is {last}: none comes after epoch 2")
    at = {
        epoch: over_languages(own(table[table["epoch"] == epoch]).values(), task)
        for epoch in (2, last)
    }
    words = f"{percent(at[2].value)} at epoch 2, {percent(at[last].value)} at epoch {last}"
    return minus(at[2], at[last]), words


def epochs_differ(tables: Tables, task: str) -> tuple[Effect, str]:
    table = tables.read(task, "dynamics_tests")
    ranks = table[table["measure"] == "rank"]
    if ranks.empty:
        raise Untestable("it has one epoch only")
    largest_p, effect = ranks["p_holm"].max(), ranks["effect"].abs().min()
    words = f"largest p {largest_p:.2g} (Holm), smallest effect {effect:.2f}"
    return Effect(0.05 - largest_p), words


def zero_shot_lists(tables: Tables, task: str) -> tuple[Effect, str]:
    table, found, words = tables.read(task, "zero_shot"), [], []
    for row in table.to_dict("records"):
        parts = [
            Effect(*(row[f"returned_{what}{end}"] for end in ("", "_low", "_high")))
            for what in ("translations", "others")
        ]
        found += [below(part, 0.2) for part in parts]
        shown = " and ".join(percent(part.value) for part in parts)
        by_chance = f"{percent(row['chance'])} and {percent(row['chance_others'])}"
        words.append(f"{row['language']} {shown} (by chance {by_chance})")
    return weakest(found), "translations and others that came back: " + "; ".join(words)


def own_by_extra(tables: Tables, task: str) -> dict[int, dict[str, Effect]]:
    """The own share of proponents by amount of extra data and language."""
    table = tables.read(task, "imbalance_shares")
    table = table[table["sign"] == "positive"]
    return {int(extra): own(rows) for extra, rows in table.groupby("extra")}


def imbalance_grows(tables: Tables, task: str) -> tuple[Effect, str]:
    found = own_by_extra(tables, task)
    gains = {lang: apart(end, found[0][lang]) for lang, end in found[max(found)].items()}
    words = f"gain at +{max(found)}%: "
    return over_languages(gains.values(), task), words + each(
        {lang: effect.value for lang, effect in gains.items()}, signed
    )


def imbalance_under_half(tables: Tables, task: str) -> tuple[Effect, str]:
    found = own_by_extra(tables, task)
    if max(found) < 100:
        raise Untestable(f"the most that it adds is {max(found)}%, not 100%")
    ends = {lang: effect for lang, effect in found[max(found)].items() if lang != "ko"}
    words = "own share: " + each({lang: e.value for lang, e in found[max(found)].items()})
    return weakest(below(effect, 0.5) for effect in ends.values()), words


def changes(tables: Tables, task: str) -> pd.DataFrame:
    """The change of confidence by removed set and k."""
    return tables.read(task, "quality_changes").set_index(["removed", "k"]).sort_index()


def at_k(tables: Tables, task: str, removed: str) -> tuple[int, Effect]:
    """The change at k = 100, or at the largest k of a smaller study."""
    rows = changes(tables, task).loc[removed]
    k = 100 if 100 in rows.index else int(rows.index.max())
    return k, of(rows.loc[k], "change")


def confidence_falls(tables: Tables, task: str) -> tuple[Effect, str]:
    k, change = at_k(tables, task, "proponents")
    _, control = at_k(tables, task, "random like proponents")
    words = (
        f"{signed(change.value)} at k = {k}; random ones of these labels {signed(control.value)}"
    )
    return negative(change), words


def more_than_control(tables: Tables, task: str) -> tuple[Effect, str]:
    k, change = at_k(tables, task, "proponents")
    _, control = at_k(tables, task, "random like proponents")
    words = f"{signed(change.value)} against {signed(control.value)} at k = {k}"
    return minus(control, change), words


def confidence_flattens(tables: Tables, task: str) -> tuple[Effect, str]:
    falls = -changes(tables, task).loc["proponents"]["change"]
    if not ({100} < set(falls.index) and falls.index.max() > 100):
        raise Untestable("it never leaves out 100 examples or more")
    before = falls[100] / 100
    after = (falls[falls.index.max()] - falls[100]) / (falls.index.max() - 100)
    words = f"fall by 100 examples: {100 * before:.1%} up to k = 100, {100 * after:.1%} beyond"
    return Effect(before - after), words


def opponents_raise(tables: Tables, task: str) -> tuple[Effect, str]:
    found = {one: at_k(tables, one, "opponents")[1] for one in PARALLEL}
    words = "change without opponents: " + each(
        {TASKS[one].title: effect.value for one, effect in found.items()}, signed
    )
    return weakest([found["pawsx"], apart(found["pawsx"], found["xnli"])]), words


def outliers(tables: Tables, task: str) -> tuple[Effect, str]:
    table = tables.read(task, "language_shares_concentration")
    rows = table[table["sign"] == "positive"].set_index("similarity")
    dot, cosine = (
        Effect(*(float(rows.loc[kind, f"top_10_{end}"]) for end in ("share", "low", "high")))
        for kind in ("dot", "cosine")
    )
    shown = percent(dot.value), percent(cosine.value)
    words = "ten examples hold {} of all places, {} when normalised".format(*shown)
    return minus(dot, cosine), words


def scores_higher(tables: Tables, task: str) -> tuple[Effect, str]:
    found = {}
    for one in PARALLEL:
        cells = tables.read(one, "language_shares_averages")
        by_test = cells.groupby("test_lang")[["mean", "low", "high"]].mean()
        found[one] = over_languages((of(row, "mean") for _, row in by_test.iterrows()), one)
    words = each({TASKS[one].title: e.value for one, e in found.items()}, "{:.3f}".format)
    return apart(found["xnli"], found["pawsx"]), "mean score: " + words


def accuracy(tables: Tables, task: str) -> tuple[Effect, str]:
    history = tables.read(task, "history")
    found = of(history[history["chosen"] & (history["lang"] == "all")].iloc[0], "accuracy")
    words = f"{percent(found.value)}, the paper {percent(published.DEV_ACCURACY[task])}"
    return negative(below(found, published.DEV_ACCURACY[task] - 0.03)), words


# Claims that compare tasks need them all to have learned.
MORE_TASKS = {
    "more own language in MARC": PARALLEL,
    "opponents hurt in PAWS-X only": PARALLEL,
    "higher scores in XNLI": PARALLEL,
}

CLAIMS = (
    Claim("accuracy", "4.1",
          "78%, 83% and 90% on the development sets (here: at most 3 points less)",
          tuple(TASKS), accuracy),
    Claim("outliers without normalisation", "4.2, footnote 1",
          "un-normalised scores rank the same outliers on top again and again",
          tuple(TASKS), outliers, of_languages=False),
    Claim("confidence falls", "6", "without the top proponents the confidence falls",
          PARALLEL, confidence_falls, of_languages=False),
    Claim("and not for their labels' sake", "A",
          "(not in the paper) more than without random examples of the same labels and languages",
          PARALLEL, more_than_control, of_languages=False),
    Claim("and flattens after 100", "6", "after k = 100 the decrease starts to decline",
          PARALLEL, confidence_flattens, of_languages=False),
    Claim("opponents hurt in PAWS-X only", "6",
          "without the top opponents it rises in PAWS-X and not similarly in XNLI",
          ("pawsx",), opponents_raise),
    Claim("higher scores in XNLI", "6", "much higher scores for XNLI than for PAWS-X",
          ("xnli",), scores_higher),
    Claim("own language first", "7.1",
          "all test languages for the most part rely on their own language",
          PARALLEL, own_first),
    Claim("Korean isolated", "7.1",
          "Korean gives about 13% to the others' lists, less than any other language",
          ("pawsx",), korean_isolated),
    Claim("little Hangul", "7.1", "only about 11% of these are fully written in Hangul",
          ("pawsx",), korean_hangul),
    Claim("Korean opposes", "7.1", "Korean is always the largest negative contributor",
          ("pawsx",), korean_opponent),
    Claim("English highest on average", "7.1", "English obtains the highest average score",
          PARALLEL, highest_mean("en")),
    Claim("and yet not in the lists", "7.1", "the average is not representative of the lists",
          PARALLEL, english_not_listed),
    Claim("more own language in MARC", "7.2", "about 10 points more than in the parallel tasks",
          ("marc",), marc_more_own),
    Claim("French and Spanish closest", "7.2", "they rely on each other's data the most",
          ("pawsx", "marc"), french_and_spanish),
    Claim("English opposes least", "7.2", "English contributes to the negative lists the least",
          PARALLEL, english_opponent(least=True)),
    Claim("but most in MARC", "7.2", "in MARC it is the largest negative contributor",
          ("marc",), english_opponent(least=False)),
    Claim("Spanish highest in MARC", "7.2", "Spanish most often obtains the highest average",
          ("marc",), highest_mean("es")),
    Claim("XNLI reinforces", "8.1", "over half of the contributions are translations",
          ("xnli",), translations(over=True)),
    Claim("PAWS-X complements", "8.1", "for PAWS-X this is not the case",
          ("pawsx",), translations(over=False)),
    Claim("own share falls", "8.2", "languages rely less on their own data after epoch 2",
          PARALLEL, own_falls),
    Claim("epochs differ", "8.2", "ranks differ between all epochs, p < 0.05",
          PARALLEL, epochs_differ, of_languages=False),
    Claim("zero-shot lists are new", "8.3",
          "5% and 4% come back for Korean, 14% and 13% for Spanish (here: under a fifth)",
          ("pawsx",), zero_shot_lists),
    Claim("own share grows with its data", "8.4", "the model relies more on that language",
          ("pawsx",), imbalance_grows, of_languages=False),
    Claim("and stays under half", "8.4", "with twice the data, under 50% but for Korean",
          ("pawsx",), imbalance_under_half),
)  # fmt: skip
