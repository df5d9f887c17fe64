"""Translations among the retrieved examples: do languages reinforce or complement each other?

In parallel data every content exists in every language. A retrieved example of another language
reinforces what the test language's own data taught if it is a translation of an own example that
was retrieved too; otherwise it complements it (Section 8.1). The same question compares a zero-shot
model's lists with the full model's (Section 8.3).

Chance. A list is compared with a random one that has as many examples of each label from the same
pool: for a test example whose list holds c_y examples of label y, drawn from a pool with N_y
examples of label y of which M_y would be a hit, the expected number of hits is the sum of
c_y * M_y / N_y over labels (the mean of hypergeometric draws without replacement). Labels are kept
since most retrieved examples share the test example's label, and so do translations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pandas as pd

from xlshare.study.parameters import Study
from xlshare.study.tasks import TASKS

LIST = ["role", "test"]
KEYS = ["test_lang", "role", "test", "content"]


def require_translations(study: Study) -> None:
    """Stop a stage that needs parallel data before it reads any.

    Raises:
        ValueError: if the study's task is not parallel.
    """
    if not study.definition.parallel:
        parallel = ", ".join(name for name, task in TASKS.items() if task.parallel)
        raise ValueError(
            f"task={study.task!r} has no translations to look for: choose among {parallel}"
        )


def translations(top: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Of the examples from other languages, how many are translations of own ones (Table 4).

    For each test example: of the retrieved examples that are not in its language, those whose
    group is also the group of a retrieved example in its language. Chance is what as many examples
    with the same labels, drawn at random from all training examples that are not in the test
    language, would give; the own examples are taken as they were retrieved.

    Args:
        top: lists of one or both roles.
        train: the training set, columns id, lang, group, label.

    Returns:
        Counts with keys test_lang and role; the denominator is the number of places held by other
        languages.

    Raises:
        ValueError: if the training set is not parallel, or lacks a retrieved example.
    """
    _check_retrieved(top, train)
    if not is_parallel(train):
        raise ValueError(
            "no group of the training set is in two languages: translations exist only in "
            "parallel data such as xnli and pawsx"
        )
    tables = []
    for lang, lists in top.groupby("test_lang", sort=False):
        own, pool = lists["train_lang"] == lang, train[train["lang"] != lang]
        tables.append(hits(lists, lists[~own], lists[own], pool, "group"))
    return pd.concat(tables, ignore_index=True)


def returned(
    full: pd.DataFrame, zero_shot: pd.DataFrame, left_out: str, train: pd.DataFrame
) -> pd.DataFrame:
    """How much of the full model's lists comes back without the test language (Section 8.3).

    Looks at test examples of the language that was left out. `what` is "translations" (the
    example's group is that of an own-language example that the full model retrieved for the same
    test example) or "same examples" (the full model retrieved this very example, of another
    language). The denominator is the zero-shot model's list in both cases, as in the paper's "only
    5% of the most positively influential samples from the zero-shot model are direct translations";
    an example can count as both. Chance: random lists with the same labels from the zero-shot
    model's training set, which is `train` without the language. Where data are not parallel there
    are no translations, and only "same examples" is counted.

    Args:
        full: lists of the model trained on all languages, one or both roles.
        zero_shot: lists of the model trained without `left_out`.
        left_out: the language.
        train: the full model's training set, columns id, lang, group, label.

    Returns:
        Counts with keys test_lang, role and what.

    Raises:
        ValueError: if the training set lacks a retrieved example, or if the zero-shot lists hold
            the left-out language, or tests that the full model's lack.
    """
    full, zero_shot = (lists[lists["test_lang"] == left_out] for lists in (full, zero_shot))
    _check_retrieved(full, train)
    _check_zero_shot(full, zero_shot, left_out)
    own, pool = full["train_lang"] == left_out, train[train["lang"] != left_out]
    wanted = {"translations": (full[own], "group")} if is_parallel(train) else {}
    wanted |= {"same examples": (full[~own], "id")}
    tables = [
        hits(zero_shot, zero_shot, before, pool, on).assign(what=what)
        for what, (before, on) in wanted.items()
    ]
    return pd.concat(tables, ignore_index=True)


def is_parallel(train: pd.DataFrame) -> bool:
    """Whether some content of the training set exists in two languages."""
    return bool((train.groupby("group")["lang"].nunique() > 1).any())


def hits(
    lists: pd.DataFrame, places: pd.DataFrame, wanted: pd.DataFrame, pool: pd.DataFrame, on: str
) -> pd.DataFrame:
    """How many places of each list are wanted, and how many of as many random ones would be.

    Args:
        lists: of one or both roles.
        places: those that are looked at; a list may have none.
        wanted: places of the same lists (or the same tests' lists) whose `on` makes a hit.
        pool: the training examples that the places could have been drawn from.
        on: "group" or "id", the pool's column.

    Returns:
        Counts with keys test_lang and role; the denominator is the number of places.
    """
    return _of_all_lists(_hits(places, wanted, pool, on), lists)


def _hits(lists: pd.DataFrame, wanted: pd.DataFrame, pool: pd.DataFrame, on: str) -> pd.DataFrame:
    """For each list, by role and test: places, hits, and the hits of a random list."""
    column = {"group": "train_group", "id": "train"}[on]
    wanted = wanted[[*LIST, column]].drop_duplicates()
    marked = lists.merge(wanted, how="left", on=[*LIST, column], indicator=True)
    marked["hit"] = marked["_merge"] == "both"
    targets = pool.groupby([on, "label"]).size().rename("targets").reset_index()
    targets = wanted.merge(targets, left_on=column, right_on=on)
    drawn = marked.groupby([*LIST, "train_label"]).size()
    by_label = targets.groupby([*LIST, "label"])["targets"].sum()
    rates = by_label.reindex(drawn.index, fill_value=0) / _sizes(pool, drawn)
    hits = marked.groupby(LIST)["hit"].agg(numerator="sum", denominator="size")
    return hits.assign(chance=(drawn * rates).groupby(LIST).sum()).reset_index()


def _sizes(pool: pd.DataFrame, drawn: pd.Series) -> pd.Series:
    """How many examples the pool has of each label that was drawn."""
    labels = drawn.index.get_level_values("train_label")
    sizes = cast(Mapping, pool["label"].value_counts())
    return pd.Series(labels.map(sizes).to_numpy(), drawn.index)


def _of_all_lists(hits: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """The hits as counts, 0 of 0 for a list that had no place to look at."""
    counted = lists[KEYS].drop_duplicates().merge(hits, how="left", on=LIST)
    counted = counted.fillna({"numerator": 0, "denominator": 0, "chance": 0.0})
    counted = counted.astype({"numerator": int, "denominator": int})
    chance = counted.pop("chance") / counted["denominator"].clip(lower=1)
    return counted.assign(expected=chance)


def _check_retrieved(top: pd.DataFrame, train: pd.DataFrame) -> None:
    unknown = set(top["train"]) - set(train["id"])
    if unknown:
        raise ValueError(
            f"{min(unknown)!r} was retrieved but is not in the training set: give the examples "
            "that the full model was trained on"
        )


def _check_zero_shot(full: pd.DataFrame, zero_shot: pd.DataFrame, left_out: str) -> None:
    if zero_shot.empty:
        raise ValueError(f"no list is of a test example in {left_out!r}: score some")
    if (zero_shot["train_lang"] == left_out).any():
        raise ValueError(
            f"the zero-shot lists hold examples in {left_out!r}: give those of the model that was "
            "trained without it"
        )
    unknown = set(zero_shot["test"]) - set(full["test"])
    if unknown:
        raise ValueError(
            f"the full model has no list for test example {min(unknown)!r}: score the same test "
            "examples with both models"
        )
