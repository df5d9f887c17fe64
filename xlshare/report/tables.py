"""What the notebooks show in words and tables: which study this is, how far to trust it, examples.

Dataset text is shown as text: whatever looks like HTML in it is escaped.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import HTML, Markdown

from xlshare.analysis import overlap, rankings
from xlshare.analysis.intervals import wilson
from xlshare.analysis.scores import read_scores
from xlshare.report.style import as_markdown, in_order, ordered
from xlshare.study import artifacts
from xlshare.study.artifacts import Run
from xlshare.study.tasks import LANGUAGE_NAMES, language_name

AS_LANGUAGE = {"test_lang": "language"}
LANGUAGES = ("lang", "test_lang", "train_lang")  # columns that hold a language's code
P_VALUES = ("p", "p_holm")
MARKS = ("⟦", "⟧")  # around a word that one text has and the other has not


def study(run: Run) -> Markdown:
    """Which study this page shows, and how far its model is above what needs no model."""
    task = run.study.definition
    languages = as_markdown(", ".join(language_name(lang) for lang in run.study.languages))
    which = f"Study **{as_markdown(run.study.study)}**, task **{as_markdown(task.title)}**"
    return Markdown(f"{which} ({languages}). {_standing(run)}")


def _standing(run: Run) -> str:
    path = run.path("numbers/01_finetune.json")
    if not path.is_file() or run.stage == "01_finetune":
        return ""
    facts = json.loads(path.read_text(encoding="utf-8"))
    levels = (
        f"Its model classifies {facts['test_accuracy']:.0%} of the test examples correctly "
        f"(95% interval {facts['test_accuracy_low']:.0%} to {facts['test_accuracy_high']:.0%}; "
        f"the majority label {facts['majority_accuracy']:.0%}, "
        f"a bag of words {facts['bag_of_words_accuracy']:.0%})."
    )
    baseline = max(facts["majority_accuracy"], facts["bag_of_words_accuracy"])
    if facts["test_accuracy_low"] > baseline:
        return levels
    return levels + " **That is not above both: this page checks the pipeline and finds nothing.**"


def accuracy(predictions: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Test accuracy a language and in all, with Wilson intervals, beside the baselines'."""
    tests = predictions[predictions["split"] == "test"]
    hits = tests.groupby("lang")["correct"]
    rows = [_accuracy_row(lang, hits.get_group(lang)) for lang in ordered(tests["lang"])]
    table = pd.DataFrame([*rows, _accuracy_row("all", tests["correct"])])
    wide = levels.pivot(index="lang", columns="method", values="accuracy")
    table[["majority", "bag_of_words"]] = wide.loc[
        table["language"], ["majority", "bag_of_words"]
    ].to_numpy()
    return table.assign(language=table["language"].map(language_name))


def _accuracy_row(lang: str, hits: pd.Series) -> dict[str, object]:
    low, high = wilson(int(hits.sum()), len(hits))
    facts = {"language": lang, "accuracy": float(hits.mean()), "low": low, "high": high}
    return facts | {"examples": len(hits)}


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
    one = scores.sel(test=[test])
    top = pd.concat(
        [
            rankings.top_examples(one, count, sign="positive").assign(role="proponent"),
            rankings.top_examples(one, count, sign="negative").assign(role="opponent"),
        ]
    )
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
            "text": [marked(row.text_a, row.text_b) for row in found.itertuples()],
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
    marks = (word if i in kept else word.join(MARKS) for i, word in enumerate(words))
    return " ".join(marks).replace("⟧ ⟦", " ")


def table(frame: pd.DataFrame, decimals: int = 3) -> HTML:
    """A table to read: numbers rounded, languages named, text escaped, marked words set off."""
    if frame.empty:
        return HTML('<p class="not-run">This task has no such examples.</p>')
    if "test_lang" in frame:
        frame = in_order(frame)
    shown = _joined(frame.apply(lambda column: _shown(column, decimals))).rename(columns=_head)
    kind = "reading texts" if "text" in frame else "reading"
    body = shown.to_html(index=False, border=0, classes=kind, escape=True, justify="left")
    return HTML(body.replace(MARKS[0], "<mark>").replace(MARKS[1], "</mark>"))


def _joined(shown: pd.DataFrame) -> pd.DataFrame:
    """Intervals behind their values: x, x_low and x_high as 0.28 (0.22 to 0.35)."""
    for value in [c for c in shown if {f"{c}_low", f"{c}_high"} <= set(shown)]:
        low, high = (shown.pop(f"{value}_{end}") for end in ("low", "high"))
        interval = " (" + low + "\u00a0to\u00a0" + high + ")"  # stays on one line
        shown[value] += interval.where(shown[value] != "", "")
    return shown


def _head(column: str) -> str:
    """A column's name as words, between which a line may end."""
    return column.replace("_lang", " language").replace("_", " ")


def _shown(column: pd.Series, decimals: int) -> pd.Series:
    """A table's column as text."""
    if pd.api.types.is_integer_dtype(column):
        return column.map("{:,}".format)
    if pd.api.types.is_float_dtype(column):
        least = 10.0**-decimals if column.name in P_VALUES else None
        return column.map(lambda value: _number(value, decimals, least))
    return column.replace(LANGUAGE_NAMES) if column.name in LANGUAGES else column


def _number(value: float, decimals: int, least: float | None) -> str:
    """A number to read, with a true minus; nothing where there is none."""
    if np.isnan(value):
        return ""
    if least is not None and value < least:
        return f"< {least:.{decimals}f}"
    text = f"{value:,.{0 if abs(value) >= 100 else decimals}f}"
    return text.replace("-", "−") if text.strip("-0.") else text.lstrip("-")


def tables(frames: Iterable[pd.DataFrame]) -> HTML:
    """Several tables below each other."""
    return HTML("<br>".join(table(frame).data for frame in frames))


def square(averages: pd.DataFrame) -> pd.DataFrame:
    """Mean scores as the paper prints them: a row a test language, a column a training one."""
    wide = averages.pivot(index="test_lang", columns="train_lang", values="mean")
    return wide.rename_axis(index="test", columns=None).rename(index=language_name).reset_index()


def compare(**tables: pd.DataFrame) -> pd.DataFrame:
    """Tables of the same columns below each other, the name of each in its own column."""
    named = (frame.assign(similarity=similarity) for similarity, frame in tables.items())
    joined = pd.concat(named, ignore_index=True)
    return joined[["similarity", *joined.columns.drop("similarity")]]


def by_sign(found: pd.DataFrame) -> pd.DataFrame:
    """A row a test language, positive and negative shares side by side (Table 4)."""
    wide = in_order(_signs_apart(found, ["test_lang"], ("share", "low", "high", "chance")))
    return wide.assign(test_lang=wide["test_lang"].map(language_name)).rename(columns=AS_LANGUAGE)


def _signs_apart(shares: pd.DataFrame, keys: list[str], values: tuple[str, ...]) -> pd.DataFrame:
    """A row for each of `keys`, and the values of both signs as positive, positive_low, ..."""
    wide = shares.pivot(index=keys, columns="sign", values=list(values))
    wide.columns = [f"{sign}_{value}".removesuffix("_share") for value, sign in wide.columns]
    return wide.reset_index()


def wilcoxon_rows(tests: pd.DataFrame) -> pd.DataFrame:
    """The paper's tests between epochs, on ranks, in the words of the book's table."""
    ranks = tests[tests["measure"] == "rank"]
    epochs = ranks["earlier"].astype(str) + " to " + ranks["later"].astype(str)
    kept = ranks.assign(epochs=epochs, pairs=ranks["n"])
    return kept[["epochs", "statistic", "p", "effect", "pairs"]].reset_index(drop=True)


def zero_shot(run: Run, runs: Mapping[str, Run]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables of Section 8.3: accuracy and what returns; who fills the lists (Figure 4)."""
    rows, shares = [], []
    for lang in ordered(runs):
        row, found = _zero_shot_row(run, lang, runs[lang])
        rows.append(row)
        shares.append(found)
    return pd.DataFrame(rows), pd.concat(shares, ignore_index=True)


def _zero_shot_row(run: Run, lang: str, without: Run) -> tuple[dict[str, object], pd.DataFrame]:
    seen, unseen = (_top_lists(one, lang) for one in (run, without))
    train = _train(run)
    back = overlap.recovered(seen, unseen, lang, train, run.study.seed)
    back = back[back["sign"] == "positive"].set_index("what")
    back = back.reindex(["translations", "same examples"])  # NaN where there are none
    row = {"language": language_name(lang)}
    row |= _accuracy_in(run, lang, "accuracy_seen")
    row |= _accuracy_in(without, lang, "accuracy_unseen")
    for what, column in (("translations", "translations"), ("same examples", "others")):
        for end in ("", "_low", "_high"):
            row[f"returned_{column}{end}"] = back.loc[what, end.removeprefix("_") or "share"]
    row |= {"chance": back.loc["translations", "chance"]}
    row |= {"chance_others": back.loc["same examples", "chance"]}
    shares = [
        rankings.language_shares(top, _train(one)["lang"], run.study.seed).assign(model=model)
        for model, top, one in (("with", seen, run), ("without", unseen, without))
    ]
    return row, pd.concat(shares, ignore_index=True)


def imbalance_shares(run: Run, runs: Mapping[tuple[str, int], Run]) -> pd.DataFrame:
    """The shares of the top lists at every amount of extra data; 0 is the full run (Figure 5)."""
    balanced = {(lang, 0): run for lang in dict.fromkeys(lang for lang, _ in runs)}
    tables = [
        rankings.language_shares(_top_lists(one, lang), _train(one)["lang"], run.study.seed).assign(
            extra=extra
        )
        for (lang, extra), one in (balanced | dict(runs)).items()
    ]
    return pd.concat(tables, ignore_index=True)


def imbalance_gain(run: Run, runs: Mapping[tuple[str, int], Run]) -> pd.DataFrame:
    """How much more the own share of proponents grows than chance does, at the most extra data.

    On average over test languages, with an interval over test contents: one row, gain, low, high.
    """
    most, parts = max(extra for _, extra in runs), []
    for lang, extra in runs:
        if extra == most:
            counted, before = (_own_places(one, lang) for one in (runs[lang, extra], run))
            start = counted["test"].map(before.set_index("test")["beyond"])
            parts.append(counted.assign(gain=counted["beyond"] - start))
    counted = pd.concat(parts, ignore_index=True)
    tests = read_scores(run.study)["test"]
    return rankings.over_tests(counted["gain"], counted, tests, run.study.seed, "gain")


def _own_places(run: Run, lang: str) -> pd.DataFrame:
    """The own places of one language's positive lists, and how many are beyond chance."""
    top = _top_lists(run, lang)
    counted = rankings.own_places(top[top["sign"] == "positive"])
    chance = (_train(run)["lang"] == lang).mean()
    return counted.assign(beyond=counted["count"] - chance * counted["places"])


def imbalance(shares: pd.DataFrame) -> pd.DataFrame:
    """A row a language and amount: its own share of proponents and of opponents, and chance."""
    own = shares[shares["test_lang"] == shares["train_lang"]]
    wide = _signs_apart(own, ["test_lang", "extra", "chance"], ("share", "low", "high"))
    wide = in_order(wide.sort_values("extra"))
    return wide.assign(test_lang=wide["test_lang"].map(language_name)).rename(columns=AS_LANGUAGE)


def _top_lists(run: Run, lang: str) -> pd.DataFrame:
    """The proponents and opponents of the tests in one language."""
    scores = read_scores(run.study, variant=run.variant)
    mine = scores.sel(test=scores["test_lang"] == lang)
    return rankings.top_of_both_signs(mine, run.study.influence.top_k)


def _train(run: Run) -> pd.DataFrame:
    examples = artifacts.read_examples(run.study, variant=run.variant)
    return examples[examples["split"] == "train"]


def _accuracy_in(run: Run, lang: str, label: str) -> dict[str, float]:
    """Test accuracy in one language, with its interval."""
    found = artifacts.read_examples(run.study, "predictions", variant=run.variant)
    hits = found[(found["split"] == "test") & (found["lang"] == lang)]["correct"]
    row = _accuracy_row(lang, hits)
    return {label: row["accuracy"], f"{label}_low": row["low"], f"{label}_high": row["high"]}


def read_tests(run: Run) -> pd.DataFrame:
    """The explained test examples with the model's confidence in them, in the scores' order."""
    scores = read_scores(run.study)
    predictions = artifacts.read_examples(run.study, "predictions").set_index("id", drop=False)
    return predictions.loc[scores["test"].to_numpy()].reset_index(drop=True)
