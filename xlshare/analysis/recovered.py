"""Planted truths as claims about the method: is each found again, and how surely?

A plant is found (its claim holds) where the whole interval is on the right side of chance.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from xlshare.analysis.claims import OVER_TESTS, Measure, counted, first, percent, signed
from xlshare.analysis.counts import in_role
from xlshare.analysis.estimates import estimate
from xlshare.analysis.planted import CUE_GAIN, LOSS, MEAN_SCORE, SELF_INFLUENCE, WITH
from xlshare.analysis.verdicts import Claim, Effect
from xlshare.study.names import PROPONENTS
from xlshare.study.results import Results
from xlshare.study.tasks import TASKS


def recovered(results: Results) -> pd.DataFrame:
    """Every plant on every task whose stage ran, judged: rows as of `claims.scorecard`."""
    tasks = results.that_ran("10_planted")
    return pd.DataFrame([plant.verdict(results, task) for plant in PLANTS for task in tasks])


def beyond_chance(row: pd.Series, more: str = "") -> Effect:
    """An estimate's row as its effect: how far it is beyond chance, in points."""
    words = f"{percent(row['value'])}, by chance {percent(row['expected'])}{more}"
    ends = {"value": "beyond", "low": "beyond_low", "high": "beyond_high"}
    found = {name: row[column] for name, column in ends.items()}
    return Effect(words, pd.Series(found | {"contents": row["contents"]}))


def noise(signal: str) -> Measure:
    """How many clean rows a row with another label outranks by a signal."""

    def measure(results: Results, task: str) -> Effect:
        found = estimate(counted(results, task, "planted_noise"), ["signal"])
        mine, loss = (first(found[found["signal"] == one]) for one in (signal, LOSS))
        return beyond_chance(mine, f"; by the model's loss {percent(loss['value'])}")

    return measure


def copies(results: Results, task: str) -> Effect:
    """How many copies in a list have their original in it."""
    return beyond_chance(first(estimate(counted(results, task, "planted_copy"))))


def cue(results: Results, task: str) -> Effect:
    """How many places that could hold the cue do, in the lists of tests with the cue."""
    found = counted(results, task, "planted_cue")
    return beyond_chance(first(estimate(found[found["cue"] == WITH])))


def cue_gain(results: Results, task: str) -> Effect:
    """By how much more they do than in the lists of the same tests without it."""
    shares, sure = (counted(results, task, f"planted_{name}") for name in ("cue", "confidence"))
    moved = first(estimate(sure, ["cue"], CUE_GAIN))["value"]
    row = first(estimate(shares, ["cue"], CUE_GAIN))
    return Effect(f"{signed(row['value'])}; the cue moves confidence by {signed(moved)}", row)


def translations(results: Results, task: str) -> Effect:
    """How many examples of other languages translate a same-language example of the list."""
    counts = in_role(counted(results, task, "translations"), PROPONENTS)
    return beyond_chance(first(estimate(counts, ["test_lang"], OVER_TESTS)))


def _plant(what: str, seen: str, measure: Callable[[Results, str], Effect]) -> Claim:
    return Claim(what, "", seen, tuple(TASKS), measure, of_languages=False)


FLIPPED, CUED = "other labels in one language", "a cue in one language and label"
PLANTS = (
    _plant(FLIPPED, "a row with another label has a larger self-influence than clean rows",
           noise(SELF_INFLUENCE)),
    _plant(FLIPPED, "a row with another label has a lower mean score than clean rows",
           noise(MEAN_SCORE)),
    _plant("a language that is a copy", "a list that holds a copy holds its original too", copies),
    _plant(CUED, "tests with the cue list rows with the cue, of those that could have it", cue),
    _plant(CUED, "they do so more than the same tests without the cue", cue_gain),
    _plant("translations of every example",
           "other languages' examples in a list translate own ones in it", translations),
)  # fmt: skip
