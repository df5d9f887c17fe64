"""Translations among the retrieved examples: do languages reinforce or complement each other?

In parallel data every content stands in every language. A retrieved example of another language
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

import pandas as pd
import xarray as xr

from xlshare.analysis.intervals import ratios
from xlshare.analysis.rankings import over_tests, tidy
from xlshare.study.parameters import Study
from xlshare.study.tasks import TASKS

COUNTED = ("drawn", "count", "expected")  # places in a list, hits, hits of a random list


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


def reinforcement(top: pd.DataFrame, train: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Of the examples from other languages, how many are translations of own ones (Table 4).

    For each test example: of the retrieved examples that are not in its language, those whose
    group is also the group of a retrieved example in its language. `chance` is what the same
    number of examples with the same labels, drawn at random from all training examples that are
    not in the test language, would give; the own examples are taken as they were retrieved.

    Args:
        top: lists of one or both signs.
        train: the training set, columns id, lang, group, label.
        seed: of the bootstrap over test examples.

    Returns:
        A row for each test_lang and sign: cross (places held by other languages), count (of these
        translations), share (NaN without any), low, high, chance.

    Raises:
        ValueError: if the training set is not parallel, or lacks a retrieved example.
    """
    tables = []
    counted = count_translations(top, train)
    for (test_lang, sign), counts in counted.groupby(["test_lang", "sign"], sort=False):
        table = _compare(counts, seed).rename(columns={"drawn": "cross"})
        tables.append(table.assign(test_lang=test_lang, sign=sign))
    return tidy(tables, ["test_lang", "sign", "cross", "count", "share", "low", "high", "chance"])


def count_translations(top: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """What `reinforcement` sums up, test example by test example.

    Returns:
        A row for each test_lang, sign and test: drawn (places held by other languages), count (of
        these translations of own ones), expected (of a random list).
    """
    _check(top, train)
    rows = []
    for (test_lang, sign), lists in top.groupby(["test_lang", "sign"], sort=False):
        pool = train[train["lang"] != test_lang].set_index("id")
        for test, places in lists.groupby("test"):
            own = places["train_lang"] == test_lang
            hit = pool["group"].isin(places.loc[own, "train_group"])
            facts = {"test_lang": test_lang, "sign": sign, "test": test}
            rows.append(facts | _count(places[~own], pool["label"], hit))
    return pd.DataFrame(rows, columns=["test_lang", "sign", "test", *COUNTED])


def mean_reinforcement(
    top: pd.DataFrame, train: pd.DataFrame, tests: xr.DataArray, seed: int = 0
) -> pd.DataFrame:
    """`reinforcement`'s shares on average over test languages, with intervals over test contents.

    Args:
        tests: the scores' coordinate `test`, with test_lang and test_group.

    Returns:
        A row a sign: sign, share (NaN where nothing is from other languages), low, high.
    """
    counted = count_translations(top, train).rename(columns={"drawn": "places"})
    tables = [
        over_tests(some["count"], some, tests, seed).assign(sign=sign)
        for sign, some in counted.groupby("sign", sort=False)
    ]
    return tidy(tables, ["sign", "share", "low", "high"])


def recovered(
    full: pd.DataFrame,
    zero_shot: pd.DataFrame,
    left_out: str,
    train: pd.DataFrame,
    seed: int = 0,
) -> pd.DataFrame:
    """How much of the full model's lists comes back without the test language (Section 8.3).

    Looks at test examples of the language that was left out. `what` is "translations" (the
    example's group is that of an own-language example that the full model retrieved for the same
    test example) or "same examples" (the full model retrieved this very example, of another
    language). The denominator is the zero-shot model's list in both cases, as in the paper's "only
    5% of the most positively influential samples from the zero-shot model are direct translations";
    an example can count as both. `chance`: random lists with the same labels from the zero-shot
    model's training set, which is `train` without the language. Where data are not parallel there
    are no translations, and only "same examples" is counted.

    Args:
        full: lists of the model trained on all languages, one or both signs.
        zero_shot: lists of the model trained without `left_out`.
        left_out: the language.
        train: the full model's training set, columns id, lang, group, label.
        seed: of the bootstrap over test examples.

    Returns:
        A row for each sign and `what`: left_out, drawn (places in the zero-shot lists), count,
        share, low, high, chance.

    Raises:
        ValueError: if the training set lacks a retrieved example, or if the
            zero-shot lists hold the left-out language, or tests that the full model's lack.
    """
    tables = []
    counted = count_recovered(full, zero_shot, left_out, train)
    for (sign, what), counts in counted.groupby(["sign", "what"], sort=False):
        table = _compare(counts, seed)
        tables.append(table.assign(left_out=left_out, sign=sign, what=what))
    columns = ["left_out", "sign", "what", "drawn", "count", "share", "low", "high", "chance"]
    return tidy(tables, columns)


def count_recovered(
    full: pd.DataFrame, zero_shot: pd.DataFrame, left_out: str, train: pd.DataFrame
) -> pd.DataFrame:
    """What `recovered` sums up, test example by test example.

    Returns:
        A row for each sign, test and `what`: drawn, count, expected (of a random list).
    """
    full, zero_shot = (lists[lists["test_lang"] == left_out] for lists in (full, zero_shot))
    _check_retrieved(full, train)
    _check_zero_shot(full, zero_shot, left_out)
    pool = train[train["lang"] != left_out].set_index("id")
    of_full = dict(list(full.groupby(["sign", "test"])))
    rows = []
    for (sign, test), places in zero_shot.groupby(["sign", "test"], sort=False):
        before = of_full[sign, test]
        own = before["train_lang"] == left_out
        hits = {"same examples": pd.Series(pool.index.isin(before["train"]), pool.index)}
        if is_parallel(train):
            again = {"translations": pool["group"].isin(before.loc[own, "train_group"])}
            hits = again | hits
        for what, hit in hits.items():
            facts = {"sign": sign, "what": what, "test": test}
            rows.append(facts | _count(places, pool["label"], hit))
    return pd.DataFrame(rows, columns=["sign", "what", "test", *COUNTED])


def _count(places: pd.DataFrame, labels: pd.Series, hit: pd.Series) -> dict[str, float]:
    """One list against its pool, whose `labels` and `hit`s are indexed by example id."""
    rates = hit.groupby(labels).mean()  # M_y / N_y
    retrieved = places["train"]
    return {
        "drawn": len(retrieved),
        "count": hit[retrieved].sum(),
        "expected": labels[retrieved].map(rates).sum(),
    }


def _compare(counted: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One row: drawn, count, share, low, high, chance over these test examples."""
    drawn, count, expected = counted[list(COUNTED)].sum()
    share = ratios(counted[["count"]].to_numpy(), counted[["drawn"]].to_numpy(), seed)
    chance = expected / drawn if drawn else float("nan")
    return share.assign(drawn=int(drawn), count=int(count), chance=chance)


def _check(top: pd.DataFrame, train: pd.DataFrame) -> None:
    _check_retrieved(top, train)
    if not is_parallel(train):
        raise ValueError(
            "no group of the training set stands in two languages: translations exist only in "
            "parallel data such as xnli and pawsx"
        )


def is_parallel(train: pd.DataFrame) -> bool:
    """Whether some content of the training set stands in two languages."""
    return bool((train.groupby("group")["lang"].nunique() > 1).any())


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
    lists = [set(top.groupby(["sign", "test"]).groups) for top in (zero_shot, full)]
    unknown = lists[0] - lists[1]
    if unknown:
        sign, test = min(unknown)
        raise ValueError(
            f"the full model has no {sign} list for test example {test!r}: score the same test "
            "examples with both models"
        )
