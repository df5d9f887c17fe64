"""Changes of confidence, and how far they go beyond their controls."""

from __future__ import annotations

import pandas as pd
import pytest

from xlshare.analysis.estimates import contrasts, estimate
from xlshare.analysis.removals import beyond_control, confidence, from_control

CHANGES = {
    "proponents": (-0.4, -0.2),
    "random like proponents": (-0.1, -0.1),
    "opponents": (0.1, 0.3),
    "random like opponents": (0.1, 0.1),
}
T = 12.706  # Student's t of one degree of freedom


@pytest.fixture
def retrained() -> pd.DataFrame:
    rows = [
        {"test": test, "content": test, "test_lang": "en", "k": 5}
        | {"removed": removed, "change": change}
        for removed, pair in CHANGES.items()
        for test, change in zip("ab", pair)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def test_the_mean_change_of_confidence_is_over_test_examples(retrained: pd.DataFrame) -> None:
    table = estimate(confidence(retrained), ["removed"]).set_index("removed")
    assert table.loc["proponents", "value"] == pytest.approx(-0.3)
    assert table.loc["proponents", "low"] == pytest.approx(-0.3 - T * 0.1, rel=1e-4)
    assert (table["contents"] == 2).all()


def test_a_removal_is_compared_with_its_own_control_test_by_test(retrained: pd.DataFrame) -> None:
    counts = confidence(retrained)
    by_test = beyond_control(counts)
    assert by_test["test"].tolist() == ["a", "b", "a", "b"]
    assert by_test["difference"].tolist() == pytest.approx([-0.3, -0.1, 0.0, 0.2])
    steps = contrasts("removed", from_control())
    table = estimate(counts, ["k", "removed"], steps).set_index("removed")
    assert table["value"].to_dict() == pytest.approx({"proponents": -0.2, "opponents": 0.1})
    ends = table.loc["proponents", ["low", "high"]].tolist()
    assert ends == pytest.approx([-0.2 - T * 0.1, -0.2 + T * 0.1], rel=1e-4)
    alone = estimate(counts[counts["test"] == "a"], ["removed"], steps)
    assert alone["low"].isna().all() and (alone["contents"] == 1).all()
