"""What the notebooks show in words and tables: the study, its examples, its estimates.

`study` also says whether the model is above what needs no model; where it is not, the page's
findings mean nothing. Dataset text is shown as text: whatever looks like HTML in it is escaped.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import HTML, Markdown

from xlshare.analysis.composition import main_language
from xlshare.analysis.counts import in_role, own
from xlshare.analysis.estimates import by_language_and_all, estimate
from xlshare.analysis.rankings import top_lists
from xlshare.analysis.scores import read_scores
from xlshare.analysis.subset_effects import BY_SHARE
from xlshare.data.planting import PLANTED
from xlshare.report import html
from xlshare.report.style import as_markdown, in_order, ordered
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.names import PROPONENTS, ROLES
from xlshare.study.results import Results, title_of
from xlshare.study.tasks import LANGUAGE_NAMES, TASKS, language_name

AS_LANGUAGE = {"test_lang": "language"}
BASELINES = ("majority", "bag_of_words")
LANGUAGES = (
    "lang",
    "test_lang",
    "train_lang",
    "main_language",
)  # columns that hold a language's code
P_VALUES = ("p", "p_holm")


def study(run: Run) -> Markdown:
    """Which study this page shows, and how far its model is above what needs no model."""
    task = run.study.task  # a reader's own title is the book's to say, by the file as it is then
    if task in TASKS:
        task = title_of(TASKS[task], run.study.data.dataset == "mini")
    languages = as_markdown(", ".join(language_name(lang) for lang in run.study.languages))
    which = f"Study **{as_markdown(run.study.study)}**, task **{as_markdown(task)}**"
    return Markdown(f"{which} ({languages}). {_standing(run)}")


def _standing(run: Run) -> str:
    path = run.path("numbers/01_finetune.json")
    if not path.is_file() or run.stage == "01_finetune":
        return ""
    results = Results.of(run.study)
    facts = results.numbers(run.study.task, "01_finetune")
    levels = (
        f"Its model classifies {facts['test_accuracy']:.0%} of the test examples correctly "
        f"(95% interval {facts['test_accuracy_low']:.0%} to {facts['test_accuracy_high']:.0%}; "
        f"the majority label {facts['majority_accuracy']:.0%}, "
        f"a bag of words {facts['bag_of_words_accuracy']:.0%})."
    )
    if results.learned(run.study.task):
        return levels
    return levels + " **That is not above both: this page checks the pipeline and finds nothing.**"


def accuracy(counts: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Test accuracy per language and in all, with intervals, beside the baselines'.

    Args:
        counts: of `counts.accuracy`.
        levels: columns lang, method and accuracy, of what needs no model.
    """
    tests = counts[counts["split"] == "test"]
    found = in_order(by_language_and_all(tests)).rename(columns={"value": "accuracy"})
    found = found[["test_lang", "accuracy", "low", "high", "contents"]]
    sizes = tests["test_lang"].value_counts()
    sizes = pd.concat([sizes, pd.Series({"all": len(tests)})]).rename("examples")
    wide = levels.pivot(index="lang", columns="method", values="accuracy")
    table = found.join(sizes, on="test_lang").join(wide[list(BASELINES)], on="test_lang")
    table = table.assign(test_lang=table["test_lang"].map(language_name))
    return table.rename(columns=AS_LANGUAGE).reset_index(drop=True)


def composition(examples: pd.DataFrame) -> pd.DataFrame:
    """How many examples each language has in each split, and the share of each label but 0."""
    split = [examples["lang"], examples["split"]]
    labels = range(1, examples["label"].max() + 1)
    parts = {"examples": examples["label"].groupby(split).size().unstack()}
    for label in labels:
        share = (examples["label"] == label).groupby(split).mean().unstack()
        parts[f"share of label {label}"] = share
    table = pd.concat(parts, axis=1).reindex(ordered(examples["lang"]))
    return table.rename_axis(index=None).rename(index=language_name).round(3)


def example_list(
    run: Run, scores: xr.DataArray, examples: pd.DataFrame, test: str, count: int = 3
) -> pd.DataFrame:
    """A test example with its strongest proponents and opponents (Tables 1, 2 and 6).

    Columns role, score, language, id, label, text; words that one of the two texts has and the
    other has not, or has elsewhere, stand between ⟦ and ⟧.
    """
    top = top_lists(scores.sel(test=[test]), count)
    top = top.assign(role=top["role"].str.removesuffix("s"))
    head = pd.DataFrame([{"role": "test", "score": np.nan, "train": test}])
    rows = pd.concat([head, top[["role", "score", "train"]]])
    found = examples.set_index("id").loc[rows["train"]]
    return pd.DataFrame(
        {
            "role": rows["role"].to_numpy(),
            "score": rows["score"].to_numpy(),
            "language": found["lang"].map(language_name).to_numpy(),
            "id": found.index,
            "label": [run.study.definition.label_names[label] for label in found["label"]],
            "text": list(map(marked, found["text_a"], found["text_b"])),
        }
    )


def marked(first: str, second: str | None) -> str:
    """Both texts, joined by " / ", the words that changed place or kind between ⟦ and ⟧.

    Of a single text the paragraphs (a review's title and body) are joined.
    """
    if pd.isna(second):
        return " / ".join(filter(None, map(str.strip, first.splitlines())))
    words, others = first.split(), second.split()
    same = difflib.SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    kept = {block.a + i for block in same for i in range(block.size)}
    kept_too = {block.b + i for block in same for i in range(block.size)}
    return f"{_mark(words, kept)} / {_mark(others, kept_too)}"


def _mark(words: list[str], kept: set[int]) -> str:
    marks = (word if i in kept else word.join(html.MARKS) for i, word in enumerate(words))
    return " ".join(marks).replace("⟧ ⟦", " ")


def table(frame: pd.DataFrame, decimals: int = 3) -> HTML:
    """A table to read: numbers rounded, languages named, text escaped, marked words set off."""
    if frame.empty:
        return HTML('<p class="not-run">This task has no such examples.</p>')
    if "test_lang" in frame:
        frame = in_order(frame)
    frame = _estimates(frame)
    named = frame.replace({name: LANGUAGE_NAMES for name in LANGUAGES if name in frame})
    return HTML(html.table(html.records(named), _columns(frame, decimals)))


def _columns(frame: pd.DataFrame, decimals: int) -> list[html.Column]:
    """A column for each value; its interval, x_low and x_high, goes behind it."""
    ends = {value: {f"{value}_low", f"{value}_high"} for value in frame}
    joined = {value for value in frame if ends[value] <= set(frame)}
    hidden = set().union(*(ends[value] for value in joined))
    return [
        html.Column(name, _head(name), _style(frame[name], decimals, name in joined))
        for name in frame.columns
        if name not in hidden
    ]


def _estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """An estimate's columns as a reader wants them: the interval by its value, and chance."""
    if "beyond_low" not in frame:
        return frame
    frame = frame.drop(columns=["beyond", "beyond_low", "beyond_high"])
    frame = frame.drop(columns=[] if (frame["seeds"] > 1).any() else ["seeds"])
    frame = frame.drop(columns=[] if frame["expected"].notna().any() else ["expected"])
    names = {"low": "value_low", "high": "value_high", "expected": "by chance"}
    return frame.rename(columns=names)


def _head(column: str) -> str:
    """A column's name as words, between which a line may end."""
    return re.sub("_lang$", " language", column).replace("_", " ")


def _style(column: pd.Series, decimals: int, joined: bool) -> str:
    """How a column's values are written."""
    if pd.api.types.is_integer_dtype(column):
        return "int"
    if not pd.api.types.is_float_dtype(column):
        return "text"
    if column.name in P_VALUES:
        return "p"
    large = (column.dropna().abs() >= 100).all() and column.notna().any()
    return f",.{0 if large else decimals}f" + (" interval" if joined else "")


def tables(frames: Iterable[pd.DataFrame]) -> HTML:
    """Several tables below each other."""
    return HTML("<br>".join(str(table(frame).data) for frame in frames))


def square(averages: pd.DataFrame) -> pd.DataFrame:
    """Mean scores as the paper prints them: one row per test language, one column per other."""
    wide = averages.pivot(index="test_lang", columns="train_lang", values="value")
    return wide.rename_axis(index="test", columns=None).rename(index=language_name).reset_index()


def concentration(lists: Mapping[str, pd.DataFrame], counts: pd.DataFrame) -> pd.DataFrame:
    """How few examples, and which language, fill the lists by each similarity (Section 4.2).

    Args:
        lists: the top lists, by similarity.
        counts: of `composition.concentration`, with key similarity.

    Returns:
        One row per similarity and role, with places, distinct (examples that fill them), top_10
        (the share of the ten most frequent), main_language (the most frequent) and main_share, with
        intervals for these very examples and this language.
    """
    shares = estimate(counts, ["similarity", "role", "what"])
    names = {"ten examples": "top_10", "one language": "main_share"}
    shares = shares.assign(what=shares["what"].map(names))
    wide = spread(shares, ["similarity", "role"], "what", names.values())
    facts = [
        {"similarity": similarity, "role": role, "places": len(part)}
        | {"distinct": part["train"].nunique(), "main_language": main_language(part)}
        for similarity, top in lists.items()
        for role, part in top.groupby("role", sort=False)
    ]
    columns = [f"{name}{end}" for name in names.values() for end in ("", "_low", "_high")]
    kept = wide[["similarity", "role", *columns]]
    return pd.DataFrame(facts).merge(kept, on=["similarity", "role"])


def hangul(counts: pd.DataFrame) -> pd.DataFrame:
    """Hangul among retrieved Korean examples: by the tests that retrieved them, as in the paper.

    Args:
        counts: of `composition.hangul`.
    """
    groups = counts["test_lang"].where(counts["test_lang"] == "ko", "other")
    both = pd.concat([counts.assign(tests=groups), counts.assign(tests="all")])
    return estimate(both, ["role", "tests"])


def by_role(found: pd.DataFrame) -> pd.DataFrame:
    """One row per test language, proponents and opponents side by side (Table 4)."""
    return _named(spread(found, ["test_lang"], "role", ROLES))


def spread(
    found: pd.DataFrame, index: list[str], column: str, levels: Iterable[str]
) -> pd.DataFrame:
    """Estimates side by side: for each level of `column`, level, level_low, level_high and so on.

    Chance is level_chance, and how many contents there are is level_contents. A level without
    estimates has its columns, too, and nothing in them.
    """
    parts = {"value": "", "low": "_low", "high": "_high", "expected": "_chance"}
    parts |= {"beyond_low": "_beyond_low", "beyond_high": "_beyond_high", "contents": "_contents"}
    wide = found.pivot(index=index, columns=column, values=list(parts))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([list(parts), list(levels)]))
    wide.columns = [f"{level}{parts[part]}" for part, level in wide.columns]
    counted = {name: "Int64" for name in wide.columns if name.endswith("_contents")}
    return wide.astype(counted).reset_index()


def _named(wide: pd.DataFrame) -> pd.DataFrame:
    """Languages in their order, by their names."""
    wide = in_order(wide).reset_index(drop=True)
    return wide.assign(test_lang=wide["test_lang"].map(language_name)).rename(columns=AS_LANGUAGE)


def wilcoxon_rows(tests: pd.DataFrame) -> pd.DataFrame:
    """The paper's tests between epochs, on ranks, in the words of the book's table."""
    ranks = tests[tests["measure"] == "rank"]
    epochs = ranks["earlier"].astype(str) + " to " + ranks["later"].astype(str)
    kept = ranks.assign(epochs=epochs, pairs=ranks["n"])
    return kept[["epochs", "statistic", "p", "p_holm", "effect", "pairs"]].reset_index(drop=True)


def zero_shot(accuracy: pd.DataFrame, returned: pd.DataFrame) -> pd.DataFrame:
    """One row per language that was left out: accuracies, and what returns (Section 8.3).

    Args:
        accuracy: counts of right answers, of `retrains.zero_shot`.
        returned: counts of what came back, of `retrains.zero_shot`.
    """
    models = {"with": "accuracy_seen", "without": "accuracy_unseen"}
    levels = estimate(accuracy, ["test_lang", "model"])
    levels = levels.assign(model=levels["model"].map(models))
    table = spread(levels, ["test_lang"], "model", models.values())
    names = {"translations": "returned_translations", "same examples": "returned_others"}
    back = estimate(in_role(returned, PROPONENTS), ["test_lang", "what"])
    back = back.assign(what=back["what"].map(names))
    back = spread(back, ["test_lang"], "what", names.values())
    ends = ("_chance", "_beyond_low", "_beyond_high")
    chances = [name for name in table.columns if name.endswith(ends)]
    return _named(table.drop(columns=chances).merge(back, on="test_lang", how="left"))


def imbalance(shares: pd.DataFrame) -> pd.DataFrame:
    """One row per language and amount: its own share of proponents and of opponents, and chance.

    Args:
        shares: estimates of `retrains.imbalance_shares`.
    """
    wide = spread(own(shares), ["test_lang", "extra"], "role", ROLES)
    chance = wide[[f"{role}_chance" for role in ROLES]].bfill(axis=1).iloc[:, 0]
    wide = wide.drop(columns=[f"{role}_chance" for role in ROLES]).assign(chance=chance)
    return _named(wide.sort_values("extra"))


def scores_compared(counted: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every measure of every score, beside each other.

    Args:
        counted: of `subset_effects.compared`.

    Returns:
        One row per score, with lds, agreement (of the shares of the proponents), same_label and
        own_share, each as `spread` has it.
    """
    agreement = counted["agreement"]
    columns = {
        "lds": counted["lds"],
        "agreement": agreement[agreement["by"] == BY_SHARE],
        "same_label": counted["same_label_by_score"],
        "own_share": counted["own_share_by_score"],
    }
    found = [estimate(counts, ["score"]).assign(measure=name) for name, counts in columns.items()]
    wide = spread(pd.concat(found), ["score"], "measure", columns)
    return wide.set_index("score").loc[found[0]["score"]].reset_index()


def planted(run: Run) -> pd.DataFrame:
    """How many training rows of each language and label were changed, and how."""
    table = artifacts.read_examples(run.study, variant=run.variant)
    rows = table[(table["split"] == "train") & (table[PLANTED] != "")]
    names = dict(enumerate(run.study.definition.label_names))
    rows = rows.assign(label=rows["label"].map(names))
    return rows.groupby([PLANTED, "lang", "label"]).size().rename("rows").reset_index()


def read_tests(run: Run) -> pd.DataFrame:
    """The explained test examples with the model's confidence in them, in the scores' order."""
    scores = read_scores(run.study)
    predictions = artifacts.read_examples(run.study, "predictions").set_index("id", drop=False)
    return predictions.loc[scores["test"].to_numpy()].reset_index(drop=True)
