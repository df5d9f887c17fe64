"""How confidence changed when the model was trained again without some examples (Section 6)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xlshare.study.names import ROLES, control_of


def confidence(retrained: pd.DataFrame) -> pd.DataFrame:
    """Relative changes of confidence as counts (Figures 1, 6, 7 and 8): removed, k, test_lang.

    Args:
        retrained: one row for each test, k and removed set ("proponents", "opponents", and the
            controls of both), with content, test_lang and change (a share of the confidence
            before).
    """
    rows = retrained[["removed", "k", "test_lang", "test", "content"]]
    return rows.assign(numerator=retrained["change"], denominator=1, expected=np.nan)


def beyond_control(counts: pd.DataFrame) -> pd.DataFrame:
    """Each test example's change beyond that of its control (random examples of the same labels).

    The paper has no such control, and warns of what it controls for (Appendix A). The mean comes
    from `estimate` with the contrast of both sets.

    Args:
        counts: of `confidence`.

    Returns:
        One row for each removed role, k and test, with test_lang and difference (negative where
        confidence falls further than in the control).
    """
    keys = ["k", "test", "test_lang"]
    wide = counts.pivot(index=keys, columns="removed", values="numerator")
    tables = [
        (wide[role] - wide[control_of(role)])
        .rename("difference")
        .reset_index()
        .assign(removed=role)
        for role in ROLES
    ]
    return pd.concat(tables, ignore_index=True)[["removed", *keys, "difference"]]


def from_control() -> dict[str, dict[str, float]]:
    """The contrasts of each role with its control, for `estimates.contrasts`."""
    return {role: {role: 1.0, control_of(role): -1.0} for role in ROLES}
