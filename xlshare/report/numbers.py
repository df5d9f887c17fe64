"""The numbers that the book's prose quotes, one function per stage: counts in, plain values out.

Shares and accuracies are fractions; a number that cannot exist in a study is a short string. What
has an interval comes as NAME, NAME_low and NAME_high, with NAME_contents, the number of test
contents behind it; what has a chance level, also as NAME_chance, NAME_beyond (the difference),
NAME_beyond_low and NAME_beyond_high.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from xlshare.analysis.counts import in_role, others, own, rest
from xlshare.analysis.estimates import Step, contrast, contrasts, estimate, mean_over, pairs
from xlshare.analysis.planted import CUE_GAIN, LOSS, MEAN_SCORE, SELF_INFLUENCE, WITH
from xlshare.analysis.removals import from_control
from xlshare.analysis.subset_effects import BY_SHARE, BY_SUM
from xlshare.data.planting import hosts
from xlshare.study.names import OPPONENTS, PROPONENTS, ROLES, control_of
from xlshare.study.parameters import Study
from xlshare.study.tasks import language_name

Numbers = dict[str, float | int | str]
Row: TypeAlias = Any  # of a table; pandas' types do not tell it from several
EMPTY = "none (the lists are empty)"
ALIKE = "none (all alike)"
SEVERAL = "none (several alike)"
OVER_TESTS = mean_over("test_lang")
PAPERS = "cosine"  # the paper's score
RIVALS = {  # of the paper's score, that the prose names
    "dot product": "dot",
    "cosine, label directions removed": "unlabelled",
    "representations": "representations",
    "words (tf-idf)": "words",
}


def versus_chance(numbers: Mapping[str, Any], name: str = "") -> str:
    """How a value compares with chance, by the interval of their difference.

    Args:
        numbers: of a stage, or a row of an estimate.
        name: of the value among the numbers; of a row, none.

    Returns:
        "more than", "less than" or "not distinguishable from".
    """
    prefix = f"{name}_" if name else ""
    low, high = (numbers[f"{prefix}beyond_{end}"] for end in ("low", "high"))
    if isinstance(low, str) or isinstance(high, str):  # there was no interval to be had
        return "not distinguishable from"
    return "more than" if low > 0 else "less than" if high < 0 else "not distinguishable from"


def finetune(
    study: Study, counts: pd.DataFrame, accuracy: pd.DataFrame, history: pd.DataFrame
) -> Numbers:
    """Section 4.1: how well the chosen epoch does, and what can be had without a model.

    Args:
        study: for the number of training examples.
        counts: of `counts.accuracy`.
        accuracy: of `tables.accuracy`; its last row is of all languages.
        history: accuracy by epoch.
    """
    chosen = history[history["chosen"] & (history["lang"] == "all")].iloc[0]
    overall = accuracy.iloc[-1]
    by_split = estimate(counts, ["split"]).set_index("split")
    return {
        "train_examples": study.train_size,
        "train_per_language": study.data.train_per_language,
        "best_epoch": int(chosen["epoch"]),
        **_quoted("dev_accuracy", by_split.loc["dev"]),
        **_quoted("test_accuracy", by_split.loc["test"]),
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


def quality(study: Study, confidence: pd.DataFrame) -> Numbers:
    """Section 6: the change of confidence at the largest k that was retrained for.

    Args:
        study: for the largest k.
        confidence: counts of `removals.confidence`.
    """
    k = max(study.quality.removals)
    at_k = confidence[confidence["k"] == k]
    change = estimate(at_k, ["removed"]).set_index("removed")
    beyond = estimate(at_k, ["removed"], contrasts("removed", from_control())).set_index("removed")
    return {
        "k": k,
        "tests": int(beyond["contents"][PROPONENTS]),
        **_quoted("change_proponents", change.loc[PROPONENTS]),
        **_quoted("change_opponents", change.loc[OPPONENTS]),
        "change_random": float(change["value"][control_of(PROPONENTS)]),
        **_quoted("beyond_random", beyond.loc[PROPONENTS]),
        **_quoted("opponents_beyond_random", beyond.loc[OPPONENTS]),
    }


def language_shares(
    study: Study,
    shares: pd.DataFrame,
    lengths: pd.DataFrame,
    averages: pd.DataFrame,
) -> Numbers:
    """Section 7: who relies on whom, on average over test languages.

    Args:
        study: for the lists' size.
        shares: counts of `languages.language_shares`.
        lengths: counts of `languages.list_lengths`.
        averages: counts of `distributions.average_scores`.
    """
    proponents, opponents = (in_role(shares, role) for role in ROLES)
    found: Numbers = {"k": study.influence.top_k}
    for role in ROLES:
        found |= _quoted(f"own_share_{role}", _over_languages(own(in_role(shares, role))))
        found |= _quoted(f"list_length_{role}", _over_languages(in_role(lengths, role)))
    return {
        **found,
        **_isolation(proponents),
        **_giving(proponents),
        **_quoted("others_share", _over_languages(rest(own(proponents)))),
        "chance": float(_over_languages(own(proponents))["expected"]),
        **_at("max", "top_opponent", _by_train_language(opponents)),
        "opponents_that_differ": _that_differ(opponents, "train_lang", "test_lang"),
        "top_mean_score": _at("max", "top", _by_train_language(averages))["top"],
    }


def concentration(lists: pd.DataFrame) -> Numbers:
    """Section 4.2: how few examples, and which language, fill the lists.

    Args:
        lists: of `tables.concentration`.
    """
    by_kind = lists.set_index(["similarity", "role"])
    dot: Row = by_kind.loc[("dot", PROPONENTS)]
    found: Numbers = {}
    for role in ROLES:
        name = f"ten_examples_share_{role}"
        there = ("cosine", role) in by_kind.index
        found |= _columns(name, by_kind.loc[("cosine", role)], "top_10") if there else {name: EMPTY}
    return {
        **found,
        "distinct_cosine": int(by_kind["distinct"].loc["cosine", PROPONENTS]),
        "distinct_dot": int(dot["distinct"]),
        "dot_dominant": language_name(dot["main_language"]),
        **_columns("dot_dominant_share", dot, "main_share"),
    }


def labels(same: pd.DataFrame) -> Numbers:
    """Appendix A: how many examples of the lists carry the label of their test example.

    Args:
        same: counts of `composition.same_label`.
    """
    found: Numbers = {}
    for role in ROLES:
        found |= _quoted(f"same_label_{role}", _over_languages(in_role(same, role)))
    return found


def korean(study: Study, shares: pd.DataFrame, hangul: pd.DataFrame) -> Numbers:
    """Section 7.1: what Korean gives to others, and how much of it is written fully in Hangul.

    Args:
        study: says whether there is Korean.
        shares: counts of `languages.language_shares`.
        hangul: counts of `composition.hangul`.
    """
    if "ko" not in study.languages:
        none = "none (no Korean in this study)"
        return {"korean_given": none, "hangul_share": none}
    given = _by_train_language(others(in_role(shares, PROPONENTS))).loc["ko"]
    of_others = in_role(hangul[hangul["test_lang"] != "ko"], PROPONENTS)
    written = estimate(of_others).iloc[0]
    none = "none (no Korean example was retrieved)"
    share = _quoted("hangul_share", written) if written["contents"] else {"hangul_share": none}
    return _quoted("korean_given", given) | share


def reinforcement(study: Study, translations: pd.DataFrame) -> Numbers:
    """Section 8.1: translations among what is retrieved from other languages.

    Args:
        study: for the lists' size.
        translations: counts of `overlap.translations`.
    """
    found: Numbers = {"k": study.influence.top_k}
    for role in ROLES:
        found |= _quoted(role, _over_languages(in_role(translations, role)))
    none = "none (nothing was retrieved from other languages)"
    return {key: none if value != value else value for key, value in found.items()}


def dynamics(
    study: Study, by_epoch: pd.DataFrame, wilcoxon: pd.DataFrame, scores: pd.DataFrame
) -> Numbers:
    """Section 8.2: how own share and scores move from the first used epoch to the last.

    Args:
        study: for the lists' size.
        by_epoch: counts of `languages.shares_by_epoch`.
        wilcoxon: of `tables.wilcoxon_rows`.
        scores: counts of `distributions.scores_by_epoch`.
    """
    levels = estimate(scores, ["epoch"])["value"]
    proponents = own(in_role(by_epoch, PROPONENTS))
    means = estimate(proponents, ["epoch", "test_lang"], OVER_TESTS).set_index("epoch")
    first, last = means.index.min(), means.index.max()
    change = own_change(by_epoch)
    single = "none (one epoch only)"
    return {
        "k": study.influence.top_k,
        "epochs": len(means),
        **_quoted("own_share_first", means.loc[first]),
        **_quoted("own_share_last", means.loc[last]),
        **_quoted("change", change),
        "mean_scores": ", ".join(f"{level:.2f}" for level in levels),
        "largest_p": float(wilcoxon["p_holm"].max()) if len(wilcoxon) else single,
        "smallest_effect": float(wilcoxon["effect"].abs().min()) if len(wilcoxon) else single,
    }


def own_change(by_epoch: pd.DataFrame) -> pd.Series:
    """How far the own share of proponents moves from first to last epoch, over languages."""
    proponents = own(in_role(by_epoch, PROPONENTS))
    first, last = proponents["epoch"].min(), proponents["epoch"].max()
    ends = contrast("epoch", {last: 1, first: -1} if last > first else {last: 0})
    return estimate(proponents, ["epoch", "test_lang"], OVER_TESTS, ends).iloc[0]


def zero_shot(
    study: Study, accuracy: pd.DataFrame, returned: pd.DataFrame, table: pd.DataFrame
) -> Numbers:
    """Section 8.3: accuracy without the language, and what of the old lists comes back.

    Args:
        study: for the lists' size.
        accuracy: counts of right answers, of `retrains.zero_shot`.
        returned: counts of what came back, of `retrains.zero_shot`.
        table: of `tables.zero_shot`, one row per language.
    """
    means = estimate(accuracy, ["model", "test_lang"], OVER_TESTS).set_index("model")
    models = contrast("model", {"without": 1, "with": -1})
    change = estimate(accuracy, ["model", "test_lang"], models, OVER_TESTS).iloc[0]
    found: Numbers = {
        "k": study.influence.top_k,
        "left_out": " and ".join(table["language"]),
        **_quoted("accuracy_seen", means.loc["with"]),
        **_quoted("accuracy_unseen", means.loc["without"]),
        **_quoted("accuracy_change", change),
    }
    back = in_role(returned, PROPONENTS)
    names = {"translations": "returned_translations", "same examples": "returned_others"}
    for what, name in names.items():
        part = back[back["what"] == what]
        none = dict.fromkeys((name, f"{name}_chance"), "none (the data are not parallel)")
        found |= _quoted(name, _over_languages(part)) if len(part) else none
    return found


def imbalance(study: Study, shares: pd.DataFrame) -> Numbers:
    """Section 8.4: the own share in balanced data and with the most extra data.

    Args:
        study: for the lists' size.
        shares: counts of `retrains.imbalance_shares`.
    """
    shares, most = own(shares), int(shares["extra"].max())
    means = estimate(shares, ["role", "extra", "test_lang"], OVER_TESTS)
    cells = pd.MultiIndex.from_product([ROLES, sorted({0, most})], names=["role", "extra"])
    means = means.set_index(["role", "extra"]).reindex(cells)  # NaN where no list has a place
    gains = contrast("extra", {most: 1, 0: -1})
    each = estimate(in_role(shares, PROPONENTS), ["extra", "test_lang"], gains)
    over = estimate(shares, ["role", "extra", "test_lang"], gains, OVER_TESTS)
    over = over.set_index("role").reindex(list(ROLES))
    found: Numbers = {}
    for when, extra in (("start", 0), ("end", most)):
        for role in ROLES:
            found |= _quoted(f"{role}_{when}", means.loc[(role, extra)])
        found[f"chance_{when}"] = float(means["expected"].loc[PROPONENTS, extra])
    return {
        "k": study.influence.top_k,
        "extra_max": most / 100,
        "languages": len(each),
        "languages_rising": int((each["value"] > 0).sum()),
        **_beyond("beyond_chance", over.loc[PROPONENTS]),
        **_beyond("opponents_beyond_chance", over.loc[OPPONENTS]),
        **found,
    }


def counterfactual(
    study: Study, counted: Mapping[str, pd.DataFrame], effects: pd.DataFrame
) -> Numbers:
    """How well scores predict what other training data do, and what languages are worth.

    Args:
        study: for the number of models.
        counted: of `subset_effects.compared`.
        effects: counts of `subset_effects.language_effects`.
    """
    lds = estimate(counted["lds"], ["score"]).set_index("score")
    agreement = counted["agreement"][counted["agreement"]["score"] == PAPERS]
    agreement = estimate(agreement, ["by"]).set_index("by")
    found: Numbers = {
        "subsets": study.counterfactual.subsets,
        "models": study.counterfactual.seeds
        * (study.counterfactual.subsets + 2 * len(study.languages)),
        **_quoted("lds_cosine", lds.loc[PAPERS]),
        **_quoted("agreement_sum", agreement.loc[BY_SUM]),
        **_quoted("agreement_share", agreement.loc[BY_SHARE]),
        **_quoted("own_effect", _over_languages(own(effects))),
        **_quoted("other_effect", _over_languages(others(effects))),
    }
    for score, name in RIVALS.items():
        ahead = estimate(counted["lds"], ["score"], contrast("score", {PAPERS: 1, score: -1}))
        found |= _quoted(f"lds_{name}", lds.loc[score])
        found |= _quoted(f"ahead_of_{name}", ahead.iloc[0])
    return found


def seeds(study: Study, accuracy: pd.DataFrame, differences: pd.DataFrame) -> Numbers:
    """How far the seeds' models are apart, and on how many differences of languages they agree.

    Args:
        study: for the number of seeds.
        accuracy: counts of `counts.accuracy`, of all seeds.
        differences: of `seeds.compare_languages`.
    """
    same = differences[differences["measure"] == f"own, {PROPONENTS}"]
    tests = accuracy[accuracy["split"] == "test"]
    alone = estimate(tests, ["seed"])["value"]
    return {
        "seeds": len(study.seeds),
        "accuracy": float(estimate(tests)["value"].iloc[0]),
        "accuracy_low": float(alone.min()),
        "accuracy_high": float(alone.max()),
        "pairs": len(same),
        "pairs_that_differ": int((same["p_holm"] < 0.05).sum()),
    }


def planted(study: Study, counted: Mapping[str, pd.DataFrame], apart: float) -> Numbers:
    """What was planted, and whether the lists show it.

    Args:
        study: for the cue and the languages that host the plants.
        counted: of `planted.counts_of`.
        apart: of `planted.copies_apart`.
    """
    at = hosts(study)
    noise, shares, cue = (counted[f"planted_{name}"] for name in ("noise", "shares", "cue"))
    parts = {
        "self_influence": noise[noise["signal"] == SELF_INFLUENCE],
        "mean_score": noise[noise["signal"] == MEAN_SCORE],
        "loss": noise[noise["signal"] == LOSS],
        "source_share": shares[shares["train_lang"] == at.source],
        "copy_share": shares[shares["train_lang"] == at.copy],
        "originals": counted["planted_copy"],
        "with_cue": cue[cue["cue"] == WITH],
    }
    found: Numbers = {"cue": study.planted.cue, "copies_apart": apart}
    found |= {f"{host}_language": language_name(lang) for host, lang in at._asdict().items()}
    for name, part in parts.items():
        found |= _quoted(name, estimate(part).iloc[0])
    for name, part in {"cue_gain": cue, "cue_confidence": counted["planted_confidence"]}.items():
        found |= _quoted(name, _first(part, ["cue"], CUE_GAIN))
    return found


# ---- Parts -------------------------------------------------------------------------------------


def _isolation(proponents: pd.DataFrame) -> Numbers:
    """Which test language relies on itself most and least, and how many do so before others."""
    shares = estimate(proponents, ["test_lang", "train_lang"])
    mine = own(shares).set_index("test_lang")
    best_other = others(shares).groupby("test_lang")["value"].max()
    return {
        "languages": len(mine),
        "own_above_chance": int((mine["beyond_low"] > 0).sum()),
        "own_first": int((mine["value"] > best_other.reindex(mine.index)).sum()),
        "own_that_differ": _that_differ(own(proponents), "test_lang"),
        **_at("max", "most_isolated", mine),
        **_at("min", "most_shared", mine),
    }


def _giving(proponents: pd.DataFrame) -> Numbers:
    """Which language gives the others most and least, and the strongest tie between two."""
    to_others = others(proponents)
    given = _by_train_language(to_others)
    return {
        **_at("max", "top_giver", given),
        **_at("min", "least_giver", given),
        "givers_that_differ": _that_differ(to_others, "train_lang", "test_lang"),
        **_tie(estimate(to_others, ["test_lang", "train_lang"])),
    }


def _tie(shares: pd.DataFrame) -> Numbers:
    """The pair of languages with the largest share, and the share; words where no pair has it."""
    top = shares[np.isclose(shares["value"], shares["value"].max())]
    if len(top) != 1:
        none = EMPTY if top.empty else SEVERAL
        return dict.fromkeys(("tie_of", "tie_to", "tie_share"), none)
    tie = top.iloc[0]
    names = {"tie_of": language_name(tie["test_lang"]), "tie_to": language_name(tie["train_lang"])}
    return {**names, **_quoted("tie_share", tie)}


def _that_differ(counts: pd.DataFrame, key: str, *over: str) -> int:
    """How many pairs of languages differ: p < 0.05 after Holm's correction over all pairs."""
    steps = [mean_over(*over)] if over else []
    found = estimate(counts, [key, *over], *steps, pairs(key), tested=True)
    return int((found["p_holm"] < 0.05).sum()) if len(found) else 0


def _over_languages(counts: pd.DataFrame) -> pd.Series:
    """The mean over test languages; NaN where nothing was counted."""
    return _first(counts, ["test_lang"], OVER_TESTS)


def _first(counts: pd.DataFrame, by: list[str], *steps: Step) -> pd.Series:
    """The one row of an estimate; NaN where nothing was counted."""
    found = estimate(counts, by, *steps)
    return found.iloc[0] if len(found) else estimate(counts).iloc[0]


def _by_train_language(counts: pd.DataFrame) -> pd.DataFrame:
    """For each training language, the mean over test languages."""
    return estimate(counts, ["train_lang", "test_lang"], OVER_TESTS).set_index("train_lang")


def _quoted(name: str, row: Row) -> Numbers:
    """An estimate's row as numbers; with chance where it has one, or where nothing was counted."""
    found: Numbers = {name: float(row["value"])}
    found |= {f"{name}_{end}": float(row[end]) for end in ("low", "high")}
    found[f"{name}_contents"] = int(np.nan_to_num(row["contents"]))
    if not np.isnan(row["expected"]):
        found |= {f"{name}_chance": float(row["expected"])} | _beyond(f"{name}_beyond", row)
    elif np.isnan(row["value"]):
        found[f"{name}_chance"] = np.nan
    return found


def _beyond(name: str, row: Row) -> Numbers:
    """How far an estimate's row is beyond chance."""
    ends = {name: "beyond", f"{name}_low": "beyond_low", f"{name}_high": "beyond_high"}
    return {key: float(row[column]) for key, column in ends.items()}


def _columns(name: str, row: Row, column: str) -> Numbers:
    """A value of a wide table's row with its interval."""
    return {f"{name}{end}": float(row[f"{column}{end}"]) for end in ("", "_low", "_high")}


def _at(end: str, name: str, by_language: pd.DataFrame) -> Numbers:
    """The languages with the largest ("max") or smallest value, and the value; words for none."""
    values = by_language["value"]
    there = by_language[np.isclose(values, getattr(values, end)())]
    if there.empty:
        return dict.fromkeys((name, f"{name}_share"), EMPTY)
    languages = " and ".join(map(language_name, there.index))
    found = ALIKE if len(there) == len(by_language) else languages
    return {name: found, **_quoted(f"{name}_share", there.iloc[0])}
