"""The paper's claims as functions of a study's counts: does each hold here too, and how surely?

Every effect is one call of `estimate`, which takes differences inside the resample. A claim about
every language is as strong as its weakest language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from xlshare.analysis import published
from xlshare.analysis.counts import in_role, others, own, rest
from xlshare.analysis.estimates import (
    Step,
    above,
    below,
    contrast,
    contrasts,
    estimate,
    lead,
    mean_over,
    values_of,
)
from xlshare.analysis.verdicts import Claim, Effect, OutOfScope
from xlshare.study.names import COUNTED, OPPONENTS, PROPONENTS, control_of, counts_table
from xlshare.study.results import MissingResult, Results
from xlshare.study.tasks import TASKS, language_name

PARALLEL = ("xnli", "pawsx")
OVER_TESTS = mean_over("test_lang")
PAPERS_K = 100  # of its lists (Section 6)
Measure = Callable[[Results, str], Effect]


def scorecard(results: Results) -> pd.DataFrame:
    """Every claim on every task that the paper makes it of, judged by a study's results."""
    rows = [claim.verdict(results, task) for claim in CLAIMS for task in claim.tasks]
    return pd.DataFrame(rows)


def beside_published(results: Results) -> pd.DataFrame:
    """Tables 3, 4 and 5, cell by cell: table, task, test_lang, column, paper, here, low, high."""
    sources = [("average_scores", "train_lang", published.mean_scores, task) for task in TASKS]
    sources += [("translations", "role", published.translations, task) for task in PARALLEL]
    parts = []
    for measure, column, theirs, task in sources:
        try:
            ours = estimate(counted(results, task, measure), ["test_lang", column])
        except OutOfScope:
            continue
        both = theirs(task).merge(ours, on=["test_lang", column], how="left")
        both = both.rename(columns={column: "column", "value": "here"})
        number = {"xnli": "3a", "pawsx": "3b", "marc": "5"}[task]
        parts.append(both.assign(table="4" if column == "role" else number, task=task))
    columns = ["table", "task", "test_lang", "column", "paper", "here", "low", "high"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


# ---- Counts ----------------------------------------------------------------------------------


def counted(results: Results, task: str, measure: str) -> pd.DataFrame:
    """A measure's counts. Raises OutOfScope where the study did not make them."""
    try:
        return results.table(task, counts_table(measure))
    except MissingResult:
        stage = next(stage for stage, names in COUNTED.items() if measure in names)
        raise OutOfScope(f"{stage} did not run on {results.data(task)}") from None


def of_tasks(results: Results, tasks: Iterable[str], measure: str) -> pd.DataFrame:
    """The counts of several tasks with key task; their contents are different ones."""
    parts = [counted(results, task, measure).assign(task=task) for task in tasks]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(content=table["task"] + " " + table["content"])


def listed(results: Results, task: str, role: str) -> pd.DataFrame:
    """Who fills the lists of a role."""
    return in_role(counted(results, task, "language_shares"), role)


def require(counts: pd.DataFrame, *languages: str, column: str = "test_lang") -> None:
    """Raise OutOfScope where one of these languages is not in the study."""
    for lang in languages:
        if lang not in set(counts[column]):
            raise OutOfScope(f"{language_name(lang)} is not in this study")


def renamed(counts: pd.DataFrame, which: pd.Series, name: str) -> pd.DataFrame:
    """The counts with some training languages called by what they are to the test language."""
    return counts.assign(train_lang=counts["train_lang"].where(~which, name))


def at_k(counts: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """The changes of confidence at k = 100, or at the largest k of a smaller study."""
    sizes = set(counts["k"])
    k = PAPERS_K if PAPERS_K in sizes else max(sizes)
    return int(k), counts[counts["k"] == k]


# ---- Words -----------------------------------------------------------------------------------


def percent(value: float) -> str:
    """A fraction for readers."""
    return f"{value:.0%}"


def signed(value: float) -> str:
    """A difference of fractions for readers."""
    return f"{value:+.1%}".replace("-", "−")


def each(
    counts: pd.DataFrame, key: str, *steps: Step, by: Sequence[str] = (), show: Callable = percent
) -> str:
    """Estimates by a key, for readers: languages or tasks with their values."""
    found = values_of(counts, [key, *by], *steps)
    names = [TASKS[one].title if one in TASKS else language_name(one) for one in found[key]]
    return ", ".join(f"{name} {show(value)}" for name, value in zip(names, found["value"]))


def first(table: pd.DataFrame) -> pd.Series:
    """The one row of an estimate."""
    if table.empty:
        raise OutOfScope("there was nothing to measure")
    return table.iloc[0]


# ---- Language shares ---------------------------------------------------------------------------


def leads(counts: pd.DataFrame, name: str, what: str) -> Effect:
    """The lead of a training language over the largest other, in the weakest test language."""
    by, step = ["test_lang", "train_lang"], lead("train_lang", name)
    words = each(counts, "test_lang", step, by=["train_lang"], show=signed)
    return Effect(f"{what}: {words}", first(estimate(counts, by, step, weakest=["test_lang"])))


def own_first(results: Results, task: str) -> Effect:
    """How far the own language leads the lists, in the weakest test language."""
    counts = listed(results, task, PROPONENTS)
    mine = counts["test_lang"] == counts["train_lang"]
    return leads(renamed(counts, mine, "own"), "own", "lead of the own language")


def mostly_others(results: Results, task: str) -> Effect:
    """In every language but Korean, the paper's exception."""
    counts = rest(own(listed(results, task, PROPONENTS)))
    counts = counts[counts["test_lang"] != "ko"]
    chance = first(values_of(counts))["expected"]
    words = f"from other languages: {each(counts, 'test_lang')}; by chance {percent(chance)}"
    return Effect(words, first(estimate(counts, ["test_lang"], above(0.5), weakest=["test_lang"])))


def most_isolated(results: Results, task: str) -> Effect:
    """How far Korean's own share is above the next; OutOfScope without Korean."""
    counts = own(listed(results, task, PROPONENTS))
    require(counts, "ko")
    found = estimate(counts, ["test_lang"], lead("test_lang", "ko"))
    return Effect(f"own share: {each(counts, 'test_lang')}", first(found))


def most_sharing(results: Results, task: str) -> Effect:
    """How far Spanish leads in what it takes from others; OutOfScope without Spanish."""
    counts = rest(own(listed(results, task, PROPONENTS)))
    require(counts, "es")
    found = estimate(counts, ["test_lang"], lead("test_lang", "es"))
    return Effect(f"from other languages: {each(counts, 'test_lang')}", first(found))


def korean_hangul(results: Results, task: str) -> Effect:
    """How far under half of the Korean examples in others' lists are fully in Hangul.

    Raises OutOfScope where no other language's list has any.
    """
    counts = in_role(counted(results, task, "hangul"), PROPONENTS)
    counts = counts[counts["test_lang"] != "ko"]
    if counts.empty:
        raise OutOfScope("no Korean example was retrieved by another language")
    share = first(values_of(counts))["value"]
    return Effect(
        f"{percent(share)} written fully in Hangul", first(estimate(counts, [], below(0.5)))
    )


def korean_opponent(results: Results, task: str) -> Effect:
    """How far Korean leads the lists of opponents, in the weakest test language."""
    counts = listed(results, task, OPPONENTS)
    require(counts, "ko", column="train_lang")
    return leads(counts, "ko", "lead of Korean")


def english_not_listed(results: Results, task: str) -> Effect:
    """How far English is behind the largest other giver in the others' lists."""
    counts = others(listed(results, task, PROPONENTS))
    require(counts, "en", column="train_lang")
    by = ["train_lang", "test_lang"]
    words = each(counts, "train_lang", OVER_TESTS, by=["test_lang"])
    found = estimate(counts, by, OVER_TESTS, lead("train_lang", "en"), below(0.0))
    return Effect(f"part of the others' lists: {words}", first(found))


def french_and_spanish(results: Results, task: str) -> Effect:
    """How far French and Spanish lead each other's lists, in the weaker of the two."""
    counts = others(listed(results, task, PROPONENTS))
    require(counts, "fr", "es")
    counts = counts[counts["test_lang"].isin(["fr", "es"])]
    partner = counts["train_lang"].isin(["fr", "es"])
    return leads(renamed(counts, partner, "the other"), "the other", "lead of the other")


def marc_more_own(results: Results, task: str) -> Effect:
    """By how much MARC's own share is above the mean of the parallel tasks'."""
    counts = of_tasks(results, TASKS, "language_shares")
    counts, by = own(in_role(counts, PROPONENTS)), ["task", "test_lang"]
    weights = {"marc": 1.0} | {one: -1 / len(PARALLEL) for one in PARALLEL}
    words = each(counts, "task", OVER_TESTS, by=["test_lang"])
    return Effect(words, first(estimate(counts, by, OVER_TESTS, contrast("task", weights))))


def english_opponent(least: bool) -> Measure:
    """English gives least (or most) of the opponents of other languages."""

    def measure(results: Results, task: str) -> Effect:
        counts = others(listed(results, task, OPPONENTS))
        require(counts, "en", column="train_lang")
        direction = below(0.0) if least else above(0.0)
        steps = OVER_TESTS, direction, lead("train_lang", "en")
        words = each(counts, "train_lang", OVER_TESTS, by=["test_lang"])
        return Effect(words, first(estimate(counts, ["train_lang", "test_lang"], *steps)))

    return measure


# ---- Scores ------------------------------------------------------------------------------------


def highest_mean(lang: str) -> Measure:
    """How far a training language's mean score is above the largest other one."""

    def measure(results: Results, task: str) -> Effect:
        counts, by = counted(results, task, "average_scores"), ["train_lang", "test_lang"]
        require(counts, lang, column="train_lang")
        cells = values_of(counts, by).pivot(index="test_lang", columns="train_lang", values="value")
        times = int((cells.idxmax(axis=1) == lang).sum())
        words = f"highest for {times} of {len(cells)} test languages"
        found = estimate(counts, by, OVER_TESTS, lead("train_lang", lang))
        return Effect(f"{words}; the effect is its lead in the mean over them", first(found))

    return measure


def scores_higher(results: Results, task: str) -> Effect:
    """By how much the mean score on XNLI is above that on PAWS-X."""
    counts = of_tasks(results, PARALLEL, "average_scores")
    by, means = ["task", "test_lang", "train_lang"], mean_over("test_lang", "train_lang")
    words = each(counts, "task", means, by=by[1:], show="{:.3f}".format)
    found = estimate(counts, by, means, contrast("task", {"xnli": 1, "pawsx": -1}))
    return Effect(f"mean score: {words}", first(found))


def outliers(results: Results, task: str) -> Effect:
    """By how much more of the lists ten examples fill when scores are not normalised."""
    counts = in_role(counted(results, task, "concentration"), PROPONENTS)
    counts = counts[counts["what"] == "ten examples"]
    shares = values_of(counts, ["similarity"]).set_index("similarity")["value"]
    words = "ten examples hold {} of all places, {} when normalised"
    words = words.format(percent(shares["dot"]), percent(shares["cosine"]))
    step = contrast("similarity", {"dot": 1, "cosine": -1})
    return Effect(words, first(estimate(counts, ["similarity"], step)))


def outlier_languages(results: Results, task: str) -> Effect:
    """Raise OutOfScope, with what TracIn's own products show instead of FastIF's."""
    counts = in_role(counted(results, task, "concentration"), PROPONENTS)
    counts = counts[counts["what"] == "one language"]
    shares = values_of(counts, ["similarity"]).set_index("similarity")["value"]
    words = "of TracIn's products, one language holds {} of all places, {} when normalised"
    words = words.format(percent(shares["dot"]), percent(shares["cosine"]))
    raise OutOfScope("the footnote is about FastIF, which this project does not compute", words)


# ---- Retraining --------------------------------------------------------------------------------


def confidence_falls(results: Results, task: str) -> Effect:
    """By how much confidence falls without the top proponents."""
    k, counts = at_k(counted(results, task, "confidence"))
    change = values_of(counts, ["removed"]).set_index("removed")["value"]
    controlled = signed(change[control_of(PROPONENTS)])
    words = f"{signed(change[PROPONENTS])} at k = {k}; random ones of these labels {controlled}"
    found = estimate(counts[counts["removed"] == PROPONENTS], [], below(0.0))
    return Effect(words, first(found))


def more_than_control(results: Results, task: str) -> Effect:
    """By how much more it falls than without random examples of the same labels."""
    k, counts = at_k(counted(results, task, "confidence"))
    change = values_of(counts, ["removed"]).set_index("removed")["value"]
    pair = PROPONENTS, control_of(PROPONENTS)
    words = "{} against {} at k = {}".format(*(signed(change[one]) for one in pair), k)
    step = contrast("removed", {pair[1]: 1, pair[0]: -1})
    return Effect(words, first(estimate(counts, ["removed"], step)))


def confidence_flattens(results: Results, task: str) -> Effect:
    """By how much less each 100 proponents count beyond k = 100 than up to it.

    Raises OutOfScope where the study did not leave out 100 and more.
    """
    counts = counted(results, task, "confidence")
    counts = counts[counts["removed"] == PROPONENTS]
    most = int(counts["k"].max())
    if PAPERS_K not in set(counts["k"]) or most == PAPERS_K:
        raise OutOfScope(f"this study does not leave out both {PAPERS_K} examples and more")
    more = most - PAPERS_K
    up_to = contrast("k", {PAPERS_K: -1})
    beyond = contrast("k", {PAPERS_K: 100 / more, most: -100 / more})
    apart = contrast("k", {PAPERS_K: -1 - 100 / more, most: 100 / more})
    falls = [first(values_of(counts, ["k"], step))["value"] for step in (up_to, beyond)]
    words = "fall by 100 examples: {:.1%} up to k = 100, {:.1%} beyond".format(*falls)
    return Effect(words, first(estimate(counts, ["k"], apart)))


def opponents_raise(results: Results, task: str) -> Effect:
    """On PAWS-X confidence rises, and rises more than on XNLI."""
    counts = of_tasks(results, PARALLEL, "confidence")
    parts = [at_k(rows)[1] for _, rows in counts.groupby("task")]
    counts = pd.concat(parts).query("removed == @OPPONENTS")
    step = contrasts("task", {"rises": {"pawsx": 1}, "more": {"pawsx": 1, "xnli": -1}})
    words = each(counts, "task", show=signed)
    found = estimate(counts, ["task"], step, weakest=["task"])
    return Effect(f"change without opponents: {words}", first(found))


def zero_shot_accuracy(results: Results, task: str) -> Effect:
    """How far above the paper's less 3 points accuracy is, in the weakest unseen language."""
    counts = counted(results, task, "zero_shot_accuracy")
    counts = counts[counts["model"] == "without"]
    bounds = {lang: value - 0.03 for lang, value in published.ZERO_SHOT_ACCURACY.items()}
    require(counts, *bounds)
    counts = counts[counts["test_lang"].isin(list(bounds))]
    step = above(bounds, "test_lang")
    found = estimate(counts, ["test_lang"], step, weakest=["test_lang"])
    return Effect(f"accuracy without its data: {each(counts, 'test_lang')}", first(found))


def zero_shot_lists(results: Results, task: str) -> Effect:
    """How far under a fifth of the old lists comes back, in the weakest case."""
    counts, by = in_role(counted(results, task, "returned"), PROPONENTS), ["test_lang", "what"]
    shares: Any = values_of(counts, by).itertuples()
    words = "; ".join(
        f"{language_name(row.test_lang)}, {row.what} {percent(row.value)} "
        f"(by chance {percent(row.expected)})"
        for row in shares
    )
    return Effect(f"came back: {words}", first(estimate(counts, by, below(0.2), weakest=by)))


def imbalance_grows(role: str) -> Measure:
    """The own share of a role's lists grows, on average over languages."""

    def measure(results: Results, task: str) -> Effect:
        counts = own(in_role(counted(results, task, "imbalance_shares"), role))
        most = int(counts["extra"].max())
        step = contrast("extra", {most: 1, 0: -1})
        words = each(counts, "test_lang", step, by=["extra"], show=signed)
        found = first(estimate(counts, ["extra", "test_lang"], step, OVER_TESTS))
        chance = f"by chance {signed(found['expected'])}"
        return Effect(f"gain at +{most}%: {words}; {chance}", found)

    return measure


def imbalance_under_half(results: Results, task: str) -> Effect:
    """How far own shares with twice the data are under half, but for Korean.

    Raises OutOfScope where the study added less than 100%.
    """
    counts = own(in_role(counted(results, task, "imbalance_shares"), PROPONENTS))
    most = int(counts["extra"].max())
    if most < 100:
        raise OutOfScope(f"the most that this study adds to a language is {most}%, not 100%")
    counts = counts[counts["extra"] == most]
    words = f"own share: {each(counts, 'test_lang')}"
    counts = counts[counts["test_lang"] != "ko"]
    found = estimate(counts, ["test_lang"], below(0.5), weakest=["test_lang"])
    return Effect(words, first(found))


# ---- The rest ----------------------------------------------------------------------------------


def accuracy(results: Results, task: str) -> Effect:
    """By how much the accuracy on dev is above the paper's less 3 points."""
    counts, theirs = counted(results, task, "accuracy"), published.DEV_ACCURACY[task]
    counts = counts[counts["split"] == "dev"]
    words = f"{percent(first(values_of(counts))['value'])}, the paper {percent(theirs)}"
    return Effect(words, first(estimate(counts, [], above(theirs - 0.03))))


def translations(over: bool) -> Measure:
    """Over (or under) half of the proponents from other languages are translations."""

    def measure(results: Results, task: str) -> Effect:
        counts = in_role(counted(results, task, "translations"), PROPONENTS)
        means = first(values_of(counts, ["test_lang"], OVER_TESTS))
        words = f"{percent(means['value'])} translations, by chance {percent(means['expected'])}"
        half = above(0.5) if over else below(0.5)
        return Effect(words, first(estimate(counts, ["test_lang"], OVER_TESTS, half)))

    return measure


def own_falls(results: Results, task: str) -> Effect:
    """By how much the own share falls from epoch 2 to the last.

    Raises OutOfScope where there is no later epoch.
    """
    counts, by = counted(results, task, "shares_by_epoch"), ["epoch", "test_lang"]
    counts, last = own(in_role(counts, PROPONENTS)), counts["epoch"].max()
    if last < 3:
        raise OutOfScope(f"the best epoch is {last}: none comes after epoch 2")
    at = values_of(counts, by, OVER_TESTS).set_index("epoch")["value"]
    words = f"{percent(at[2])} at epoch 2, {percent(at[last])} at epoch {last}"
    step = contrast("epoch", {2: 1, last: -1})
    return Effect(words, first(estimate(counts, by, step, OVER_TESTS)))


def epochs_differ(results: Results, task: str) -> Effect:
    """The largest p-value between two epochs, corrected after Holm.

    Raises OutOfScope where the stage did not run or there is one epoch only.
    """
    try:
        table = results.table(task, "dynamics_tests")
    except MissingResult:
        raise OutOfScope(f"06_dynamics did not run on {results.data(task)}") from None
    ranks = table[table["measure"] == "rank"]
    if ranks.empty:
        raise OutOfScope("there is one epoch only")
    largest, effect = ranks["p_holm"].max(), ranks["effect"].abs().min()
    words = f"largest p {largest:.2g} (Holm), smallest effect {effect:.2f}"
    return Effect(words, p=float(largest))


CLAIMS = (
    Claim("accuracy", "4.1",
          "78%, 83% and 90% on the development sets (here: at most 3 points less)",
          tuple(TASKS), accuracy),
    Claim("outliers fill the lists without normalisation", "4.2",
          "gradient products would find the same outliers influential for many test points",
          tuple(TASKS), outliers, of_languages=False),
    Claim("outlier languages rank on top in FastIF", "4.2, footnote 1",
          "by non-normalised FastIF, outlier languages such as Korean often rank on top",
          tuple(TASKS), outlier_languages, of_languages=False),
    Claim("confidence falls without proponents", "6",
          "without the top proponents the confidence falls",
          PARALLEL, confidence_falls, of_languages=False),
    Claim("confidence falls further than in the control", "A",
          "(not in the paper) it falls further than without random examples of the same labels "
          "and languages",
          PARALLEL, more_than_control, of_languages=False),
    Claim("confidence falls less steeply after k = 100", "6",
          "after k = 100 the decrease starts to decline",
          PARALLEL, confidence_flattens, of_languages=False),
    Claim("confidence rises without opponents in PAWS-X only", "6",
          "without the top opponents, confidence rises in PAWS-X and not similarly in XNLI",
          ("pawsx",), opponents_raise, beside=("xnli",)),
    Claim("scores are higher in XNLI", "6", "much higher scores for XNLI than for PAWS-X",
          ("xnli",), scores_higher, beside=("pawsx",)),
    Claim("other languages are relied on", "7.1",
          "all lists contain relatively large numbers of samples from other languages (here: more "
          "than half, but for Korean)",
          PARALLEL, mostly_others),
    Claim("own language is relied on most", "7.1",
          "all test languages for the most part rely on their own language",
          PARALLEL, own_first),
    Claim("few Korean examples are fully in Hangul", "7.1",
          "only about 11% of the Korean samples in other languages' lists are fully in Hangul "
          "(here: under half)",
          ("pawsx",), korean_hangul),
    Claim("Korean opposes most", "7.1", "Korean is always the largest negative contributor",
          ("pawsx",), korean_opponent),
    Claim("English has the highest mean score", "7.1", "English obtains the highest average score",
          PARALLEL, highest_mean("en")),
    Claim("English does not fill the lists", "7.1",
          "the average is not representative of the lists",
          PARALLEL, english_not_listed),
    Claim("own language is relied on more in MARC", "7.2",
          "languages rely on themselves about 10 points more than in the parallel tasks",
          ("marc",), marc_more_own, beside=PARALLEL),
    Claim("French and Spanish rely on each other most", "7.2",
          "French and Spanish rely on each other's data the most",
          ("pawsx", "marc"), french_and_spanish),
    Claim("English opposes least on parallel data", "7.2",
          "English contributes to the negatively influential samples the least",
          PARALLEL, english_opponent(least=True)),
    Claim("English opposes most in MARC", "7.2",
          "in MARC, English is the largest negative contributor",
          ("marc",), english_opponent(least=False)),
    Claim("Spanish has the highest mean score in MARC", "7.2",
          "Spanish most often obtains the highest average",
          ("marc",), highest_mean("es")),
    Claim("XNLI's languages repeat each other", "8.1",
          "over half of the contributions are translations",
          ("xnli",), translations(over=True)),
    Claim("PAWS-X's languages complement each other", "8.1",
          "for PAWS-X, not over half of the contributions are translations",
          ("pawsx",), translations(over=False)),
    Claim("same-language share falls after epoch 2", "8.2",
          "languages rely less on their own data after epoch 2",
          PARALLEL, own_falls),
    Claim("epochs differ", "8.2", "ranks differ between all epochs, p < 0.05",
          PARALLEL, epochs_differ, of_languages=False),
    Claim("Korean is most isolated", "8.3", "Korean relies on data from other languages the least",
          ("pawsx",), most_isolated),
    Claim("Spanish shares most", "8.3", "Spanish relies on cross-lingual sharing the most",
          ("pawsx",), most_sharing),
    Claim("zero-shot accuracy", "8.3",
          "74% without Korean and 81% without Spanish (here: at most 3 points less)",
          ("pawsx",), zero_shot_accuracy),
    Claim("zero-shot lists are new", "8.3",
          "5% and 4% come back for Korean, 14% and 13% for Spanish (here: under a fifth)",
          ("pawsx",), zero_shot_lists),
    Claim("same-language share grows with its data", "8.4",
          "with more data of a language, the model relies more on that language",
          ("pawsx",), imbalance_grows(PROPONENTS), of_languages=False),
    Claim("same-language share among opponents grows with its data", "8.4",
          "with more data of a language, more of the most negatively influential samples are of it",
          ("pawsx",), imbalance_grows(OPPONENTS), of_languages=False),
    Claim("same-language share stays under half", "8.4",
          "with twice the data, a language relies on itself for under 50%, but for Korean",
          ("pawsx",), imbalance_under_half),
)  # fmt: skip
