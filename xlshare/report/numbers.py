"""The numbers that the book's prose quotes, one function a stage: tables in, plain values out.

Shares and accuracies are fractions; a number that cannot exist in a study is a short string.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.study.parameters import Study
from xlshare.study.tasks import language_name

Numbers = dict[str, float | int | str]


def finetune(study: Study, accuracy: pd.DataFrame, history: pd.DataFrame) -> Numbers:
    """Section 4.1: how well the chosen epoch does, and what is to be had without a model."""
    chosen = history[history["chosen"] & (history["lang"] == "all")].iloc[0]
    overall = accuracy.iloc[-1]  # all languages
    return {
        "train_examples": study.train_size,
        "train_per_language": study.data.train_per_language,
        "best_epoch": int(chosen["epoch"]),
        **_with_interval("dev_accuracy", chosen, "accuracy"),
        "test_accuracy": float(overall["accuracy"]),
        "test_accuracy_low": float(overall["low"]),
        "test_accuracy_high": float(overall["high"]),
        "majority_accuracy": float(overall["majority"]),
        "bag_of_words_accuracy": float(overall["bag_of_words"]),
        "best_baseline": float(max(overall["majority"], overall["bag_of_words"])),
    }


def influence(study: Study, scores: xr.DataArray, audit: pd.DataFrame, parameters: int) -> Numbers:
    """Section 4.2: how much was computed, and how far it is from plain autograd."""
    return {
        "tests": scores.sizes["test"],
        "tests_per_language": study.influence.tests_per_language,
        "train_examples": scores.sizes["train"],
        "checkpoints": scores.sizes["checkpoint"],
        "scores": scores.size,
        "parameters": parameters,
        "audit_error": float(audit["difference"].max()),
        "audit_way": audit["slower_way"].iloc[0],
        "score_spread": float(scores.sum("checkpoint").std()),
    }


def quality(
    study: Study, changes: pd.DataFrame, apart: pd.DataFrame, labels: pd.DataFrame
) -> Numbers:
    """Section 6: the change of confidence at the largest k that was retrained for.

    Args:
        changes: of `confidence.mean_change`.
        apart: of `confidence.mean_difference`.
        labels: of `composition.same_label_share`, of the proponents.
    """
    k = max(study.quality.removals)
    at_k = changes[changes["k"] == k].set_index("removed")
    beyond = apart[apart["k"] == k].set_index("removed")
    return {
        "k": k,
        "tests": int(beyond.loc["proponents", "tests"]),
        **_with_interval("change_proponents", at_k.loc["proponents"], "change"),
        **_with_interval("change_opponents", at_k.loc["opponents"], "change"),
        "change_random": float(at_k.loc["random like proponents", "change"]),
        **_with_interval("beyond_random", beyond.loc["proponents"], "difference"),
        **_with_interval("opponents_beyond_random", beyond.loc["opponents"], "difference"),
        "same_label_share": float(labels["share"].mean()),
        "same_label_chance": float(labels["chance"].mean()),
    }


def language_shares(
    study: Study,
    shares: pd.DataFrame,
    own: pd.DataFrame,
    averages: pd.DataFrame,
    concentration: pd.DataFrame,
) -> Numbers:
    """Section 7: who relies on whom, on average over test languages.

    Args:
        shares, own: of `rankings.language_shares` and `rankings.mean_own_share`.
        averages: of `distributions.average_scores`.
        concentration: of `composition.concentration`, by similarity.
    """
    lists = concentration[concentration["sign"] == "positive"].set_index("similarity")
    positive, negative = (shares[shares["sign"] == sign] for sign in ("positive", "negative"))
    means = averages.groupby("train_lang")["mean"].mean()
    mean_own = {row["sign"]: row for _, row in own.iterrows()}
    return {
        "k": study.influence.top_k,
        **_with_interval("own_share_positive", mean_own["positive"], "share"),
        **_with_interval("own_share_negative", mean_own["negative"], "share"),
        **_isolation(positive),
        **_giving(positive),
        **_rest("others_share", mean_own["positive"]),
        "chance": float(_own(positive)["chance"].mean()),
        **_largest("top_negative", negative.groupby("train_lang")["share"].mean()),
        "top_mean_score": language_name(means.idxmax()),
        "distinct_cosine": int(lists.loc["cosine", "distinct"]),
        "distinct_dot": int(lists.loc["dot", "distinct"]),
        "dot_dominant": language_name(lists.loc["dot", "train_lang"]),
        "dot_dominant_share": float(lists.loc["dot", "train_lang_share"]),
    }


def _isolation(positive: pd.DataFrame) -> Numbers:
    """Which test language relies on itself most and least, and how many do so before others."""
    own = _own(positive).set_index("test_lang")
    most, least = own["share"].idxmax(), own["share"].idxmin()
    first = positive.loc[positive.groupby("test_lang")["share"].idxmax()]
    return {
        "languages": len(own),
        "own_above_chance": int((own["low"] > own["chance"]).sum()),
        "own_first": len(_own(first)),
        "most_isolated": language_name(most),
        **_with_interval("most_isolated_share", own.loc[most], "share"),
        "most_shared": language_name(least),
        **_with_interval("most_shared_share", own.loc[least], "share"),
    }


def _giving(positive: pd.DataFrame) -> Numbers:
    """Which language gives the others most and least, and the strongest tie between two."""
    others = positive[positive["test_lang"] != positive["train_lang"]]
    given = others.groupby("train_lang")["share"].mean()
    tie = others.loc[others["share"].idxmax()]
    return {
        **_largest("top_giver", given),
        "least_giver": language_name(given.idxmin()),
        "least_giver_share": float(given.min()),
        "tie_of": language_name(tie["test_lang"]),
        "tie_to": language_name(tie["train_lang"]),
        **_with_interval("tie_share", tie, "share"),
    }


def korean(study: Study, shares: pd.DataFrame, hangul: pd.DataFrame) -> Numbers:
    """Section 7.1: what Korean gives to others, and how much of it is written fully in Hangul."""
    if "ko" not in study.languages:
        none = "none (no Korean in this study)"
        return {"korean_given": none, "hangul_share": none}
    from_korean = (shares["train_lang"] == "ko") & (shares["test_lang"] != "ko")
    given = shares[from_korean & (shares["sign"] == "positive")]["share"].mean()
    others = hangul[(hangul["sign"] == "positive") & (hangul["tests"] == "other")]
    share = float(others["share"].iloc[0]) if others["retrieved"].sum() else None
    none = "none (no Korean example was retrieved)"
    return {"korean_given": float(given), "hangul_share": none if share is None else share}


def reinforcement(study: Study, table: pd.DataFrame, means: pd.DataFrame) -> Numbers:
    """Section 8.1: translations among what is retrieved from other languages.

    Args:
        table, means: of `overlap.reinforcement` and `overlap.mean_reinforcement`.
    """
    chance = table.groupby("sign")["chance"].mean()
    values = {f"{sign}_chance": chance[sign] for sign in ("positive", "negative")}
    for _, row in means.iterrows():
        values |= _with_interval(row["sign"], row, "share")
    none = "none (nothing was retrieved from other languages)"
    return {"k": study.influence.top_k} | {
        key: none if np.isnan(value) else float(value) for key, value in values.items()
    }


def dynamics(
    study: Study, by_epoch: pd.DataFrame, change: pd.DataFrame, wilcoxon: pd.DataFrame
) -> Numbers:
    """Section 8.2: how the own share moves from the first used epoch to the last.

    Args:
        by_epoch, change: of `dynamics.shares_by_epoch` and `dynamics.own_change`.
        wilcoxon: of `report.wilcoxon_rows`.
    """
    own = _own(by_epoch[by_epoch["sign"] == "positive"])
    wide = own.pivot(index="test_lang", columns="epoch", values="share")
    single = "none (one epoch only)"
    return {
        "k": study.influence.top_k,
        "epochs": len(wide.columns),
        "own_share_first": float(wide[wide.columns[0]].mean()),
        "own_share_last": float(wide[wide.columns[-1]].mean()),
        **_with_interval("change", change.iloc[0], "change"),
        "largest_p": float(wilcoxon["p"].max()) if len(wilcoxon) else single,
        "smallest_effect": float(wilcoxon["effect"].abs().min()) if len(wilcoxon) else single,
    }


def zero_shot(study: Study, table: pd.DataFrame) -> Numbers:
    """Section 8.3: accuracy without the language, and what of the old lists comes back."""
    means = table.mean(numeric_only=True)
    columns = ("accuracy_seen", "accuracy_unseen", "returned_translations", "returned_others")
    values = {column: means[column] for column in columns}
    values |= {"returned_chance": means["chance"]}
    values |= {"returned_chance_others": means["chance_others"]}
    none = "none (the data are not parallel)"
    return {
        "k": study.influence.top_k,
        "left_out": " and ".join(table["language"]),
        **{column: none if np.isnan(value) else float(value) for column, value in values.items()},
    }


def imbalance(study: Study, table: pd.DataFrame, gain: pd.DataFrame) -> Numbers:
    """Section 8.4: the own share in balanced data and with the most extra data.

    Args:
        table, gain: of `report.imbalance` and `report.imbalance_gain`.
    """
    start = table[table["extra"] == 0].set_index("language")
    end = table[table["extra"] == table["extra"].max()].set_index("language")
    values = {
        f"{column}_{when}": float(rows[column].mean())
        for column in ("positive", "negative", "chance")
        for when, rows in (("start", start), ("end", end))
    }
    start = start.reindex(end.index)
    return {
        "k": study.influence.top_k,
        "extra_max": float(table["extra"].max()) / 100,
        "languages": len(end),
        "languages_rising": int((end["positive"] > start["positive"]).sum()),
        **_with_interval("beyond_chance", gain.iloc[0], "gain"),
        **values,
    }


def seeds(study: Study, accuracy: pd.DataFrame, differences: pd.DataFrame) -> Numbers:
    """How far the seeds' models are apart, and on how many differences of languages they agree."""
    own = differences[differences["measure"] == "own, positive"]
    accuracy = accuracy[accuracy["split"] == "test"]
    return {
        "seeds": len(study.seeds),
        "accuracy": float(accuracy["accuracy"].mean()),
        "accuracy_low": float(accuracy["lowest"].mean()),
        "accuracy_high": float(accuracy["highest"].mean()),
        "pairs": len(own),
        "pairs_that_differ": int((own["p_holm"] < 0.05).sum()),
    }


def _with_interval(label: str, row: pd.Series, value: str) -> Numbers:
    """A value of a table's row with its interval."""
    columns = {label: value, f"{label}_low": "low", f"{label}_high": "high"}
    return {key: float(row[column]) for key, column in columns.items()}


def _largest(label: str, by_language: pd.Series) -> Numbers:
    """The language with the largest value, and the value."""
    return {label: language_name(by_language.idxmax()), f"{label}_share": float(by_language.max())}


def _own(shares: pd.DataFrame) -> pd.DataFrame:
    return shares[shares["test_lang"] == shares["train_lang"]]


def _rest(label: str, row: pd.Series) -> Numbers:
    """What is left of a share, and its interval the other way round."""
    columns = {label: "share", f"{label}_low": "high", f"{label}_high": "low"}
    return {key: 1 - float(row[column]) for key, column in columns.items()}
