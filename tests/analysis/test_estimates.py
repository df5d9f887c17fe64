"""One function makes all intervals: exact values, invariances, and what its intervals cover."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from xlshare.analysis.estimates import (
    above,
    below,
    contrast,
    contrasts,
    estimate,
    holm,
    lead,
    mean_over,
    pairs,
    values_of,
    wilson,
)

ENDS = ["low", "high"]


def counts(
    contents: int = 25,
    rates: dict[str, float] | None = None,
    places: int = 10,
    parallel: bool = True,
    shared: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Own places in each list; contents differ by `shared` in all languages alike."""
    rng = np.random.default_rng(seed)
    rates = rates or {"en": 0.3, "de": 0.4, "ko": 0.5}
    common = rng.normal(0, shared, contents)
    rows = [
        {"test_lang": lang, "test": f"{i}-{lang}", "content": str(i) if parallel else f"{i}-{lang}"}
        | {"numerator": rng.binomial(places, np.clip(rate + common[i], 0, 1))}
        for lang, rate in rates.items()
        for i in range(contents)
    ]
    return pd.DataFrame(rows).assign(seed=1, denominator=places, expected=0.2)


def width(table: pd.DataFrame) -> float:
    return float((table["high"] - table["low"]).mean())


def test_a_value_is_the_sum_of_numerators_over_the_sum_of_denominators() -> None:
    rows = counts().assign(denominator=lambda t: 1 + t.index % 7, expected=lambda t: t.index / 100)
    found = estimate(rows, ["test_lang"]).set_index("test_lang")
    for lang, part in rows.groupby("test_lang"):
        value = part["numerator"].sum() / part["denominator"].sum()
        chance = (part["expected"] * part["denominator"]).sum() / part["denominator"].sum()
        row = found.loc[lang]
        assert row["value"] == pytest.approx(value) and row["expected"] == pytest.approx(chance)
        assert row["beyond"] == pytest.approx(value - chance)
        assert row["low"] < row["value"] < row["high"]
        assert (row["contents"], row["seeds"]) == (25, 1)


def test_values_alone_are_those_of_the_estimate() -> None:
    for by, steps in ((["test_lang"], []), ([], []), (["test_lang"], [lead("test_lang", "ko")])):
        alone = values_of(counts(), by, *steps)
        pd.testing.assert_frame_equal(alone, estimate(counts(), by, *steps)[list(alone)])


def test_the_order_of_rows_changes_nothing() -> None:
    rows = counts()
    found = estimate(rows, ["test_lang"], mean_over("test_lang"))
    other = estimate(rows.sample(frac=1, random_state=3), ["test_lang"], mean_over("test_lang"))
    pd.testing.assert_frame_equal(found, other)


def test_steps_are_what_they_say() -> None:
    values = {"en": 0.3, "de": 0.1, "ko": 0.6}
    rows = [(lang, "a", v) for lang, v in values.items()]
    rows += [(lang, "b", v) for lang, v in values.items()]
    frame = pd.DataFrame(rows, columns=["lang", "content", "numerator"])
    frame = frame.assign(seed=1, denominator=1, expected=0.25)
    of = partial(estimate, frame, ["lang"])
    assert of(mean_over("lang"))["value"][0] == pytest.approx(1 / 3)
    assert of(contrast("lang", {"ko": 1, "de": -1}))["value"][0] == pytest.approx(0.5)
    assert of(lead("lang", "en"))["value"][0] == pytest.approx(-0.3)
    assert of(above(0.2))["value"].tolist() == pytest.approx([0.1, -0.1, 0.4])
    bounds = {"en": 0.5, "de": 0.1, "ko": 1.0}
    assert of(below(bounds, "lang"))["value"].tolist() == pytest.approx([0.2, 0.0, 0.4])
    two = of(contrasts("lang", {"rise": {"ko": 1, "en": -1}, "fall": {"en": 1, "ko": -1}}))
    assert two.set_index("lang")["value"].to_dict() == pytest.approx({"rise": 0.3, "fall": -0.3})
    apart = of(pairs("lang")).set_index(["first", "second"])["value"]
    assert apart.to_dict() == pytest.approx(
        {("en", "de"): 0.2, ("en", "ko"): -0.3, ("de", "ko"): -0.5}
    )
    assert of(contrast("lang", {"fr": 1, "de": -1}))["value"].isna().all()


def test_differences_inside_the_resample_are_narrower_where_contents_are_shared() -> None:
    step = contrast("test_lang", {"ko": 1, "en": -1})
    paired = estimate(counts(40, shared=0.2), ["test_lang"], step)
    free = estimate(counts(40, shared=0.2, parallel=False), ["test_lang"], step)
    assert paired["value"][0] == pytest.approx(free["value"][0])
    assert width(paired) < 0.8 * width(free)


def test_means_of_translations_claim_no_independence() -> None:
    paired, free = (
        estimate(counts(40, shared=0.2, parallel=one), ["test_lang"], mean_over("test_lang"))
        for one in (True, False)
    )
    assert width(free) < 0.8 * width(paired)
    assert (paired["contents"][0], free["contents"][0]) == (40, 120)


@pytest.mark.parametrize("contents", [2, 3, 4])
def test_few_contents_give_students_t(contents: int) -> None:
    values = np.array([1.0, -4.0, 2.0, 9.0])[:contents]
    rows = pd.DataFrame({"content": list("abcd")[:contents], "numerator": values})
    rows = rows.assign(seed=1, denominator=1, expected=np.nan, k=5)
    found = estimate(rows, ["k"], above(0.0), tested=True).iloc[0]
    expected = stats.t.interval(0.95, contents - 1, values.mean(), stats.sem(values))
    assert (found["low"], found["high"]) == pytest.approx(expected)
    assert found["p"] == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert found["contents"] == contents


def test_a_single_content_has_no_interval_and_a_ratio_of_nothing_no_value() -> None:
    rows = counts(1)
    found = estimate(rows, ["test_lang"])
    assert found[ENDS].isna().all(axis=None) and found["value"].notna().all()
    nothing = estimate(rows.assign(denominator=0, numerator=0), ["test_lang"])
    assert nothing["value"].isna().all() and (nothing["contents"] == 0).all()
    assert list(nothing["test_lang"]) == ["en", "de", "ko"]
    assert estimate(rows[:0], ["test_lang"]).empty


def test_shares_that_all_contents_agree_on_are_not_certain() -> None:
    rows = counts().assign(numerator=10)
    found = estimate(rows, ["test_lang"]).iloc[0]
    assert (found["low"], found["high"]) == wilson(25, 25) and 0.8 < found["low"] < 1
    assert found["beyond_low"] == pytest.approx(found["low"] - 0.2)
    moved = estimate(rows, ["test_lang"], below(0.5)).iloc[0]
    assert (moved["low"], moved["high"]) == pytest.approx((-0.5, 0.5 - found["low"]))


@pytest.mark.parametrize(("hits", "tests"), [(0, 9), (7, 9), (9, 9), (300, 1000)])
def test_wilsons_interval_is_scipys(hits: int, tests: int) -> None:
    known = stats.binomtest(hits, tests).proportion_ci(0.95, method="wilson")
    assert wilson(hits, tests) == pytest.approx((known.low, known.high), abs=1e-12)


@pytest.mark.slow
def test_the_weakest_level_decides() -> None:
    rows = counts(rates={"en": 0.3, "de": 0.4, "ko": 0.9})
    each = estimate(rows, ["test_lang"], above(0.2))
    found = estimate(rows, ["test_lang"], above(0.2), weakest=["test_lang"]).iloc[0]
    assert found["value"] == each["value"].min() and found["low"] == each["low"].min()
    assert each["high"].min() < found["high"] < each["high"].max()
    # of levels that are equal, the smallest is not proved to be below
    hits = 0
    for trial in range(40):
        equal = counts(rates=dict.fromkeys(map(str, range(8)), 0.5), seed=trial)
        hits += estimate(equal, ["test_lang"], above(0.5), weakest=["test_lang"])["high"][0] < 0
    assert hits <= 4


@pytest.mark.slow
@pytest.mark.parametrize("parallel", [True, False])
def test_95_of_100_intervals_cover_the_truth(parallel: bool) -> None:
    hits = 0
    for trial in range(120):
        rows = counts(20, parallel=parallel, seed=trial)
        found = estimate(rows, ["test_lang"], contrast("test_lang", {"ko": 1, "en": -1})).iloc[0]
        hits += found["low"] <= 0.2 <= found["high"]
    assert 0.88 <= hits / 120 <= 0.99


@pytest.mark.slow
def test_intervals_over_seeds_cover_the_truth() -> None:
    rng, hits = np.random.default_rng(0), 0
    for trial in range(60):
        rows = [
            {"seed": s, "content": c, "numerator": rng.normal(effect, 1)}
            for s, effect in enumerate(rng.normal(0, 1, 12))
            for c in range(10)
        ]
        frame = pd.DataFrame(rows).assign(denominator=1, expected=np.nan)
        found = estimate(frame, seed=trial).iloc[0]
        hits += found["low"] <= 0 <= found["high"]
        assert (found["seeds"], found["contents"]) == (12, 120)
    assert 0.85 <= hits / 60 <= 0.99


def test_seeds_that_disagree_widen_the_interval() -> None:
    alike = pd.concat([counts(seed=s).assign(seed=s) for s in range(4)])
    apart = pd.concat(
        [counts(rates={"en": 0.1 + 0.2 * s}, seed=s).assign(seed=s) for s in range(4)]
    )
    assert width(estimate(apart, ["test_lang"])) > 2 * width(estimate(alike, ["test_lang"]))


def test_a_level_that_one_seed_lacks_is_told_by_the_others() -> None:
    rows = pd.concat([counts().assign(seed=1), counts(rates={"en": 0.3}).assign(seed=2)])
    found = estimate(rows, ["test_lang"]).set_index("test_lang")
    assert found["seeds"].to_dict() == {"en": 2, "de": 1, "ko": 1}
    assert found[ENDS].notna().all(axis=None)


def test_holms_correction() -> None:
    p = pd.Series([0.04, 0.01, 0.03, 0.5])
    assert holm(p).tolist() == pytest.approx([0.09, 0.04, 0.09, 0.5])


def test_languages_that_differ_are_told_apart() -> None:
    rows = counts(rates={"en": 0.3, "de": 0.3, "ko": 0.8})
    found = estimate(rows, ["test_lang"], pairs("test_lang"), tested=True)
    korean = found["second"] == "ko"
    assert (found.loc[korean, "p_holm"] < 0.05).all() and found.loc[~korean, "p"].item() > 0.05
    assert (found["p_holm"] >= found["p"]).all()


def test_blocks_of_resamples_give_the_same_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlshare.analysis.estimates.BLOCK", 30_000)
    found = estimate(counts(), ["test_lang"])
    assert (found["low"] < found["value"]).all() and (found["value"] < found["high"]).all()
