"""A study at a glance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_claims import Folder

from xlshare.analysis.overview import overview
from xlshare.study.results import Results


def test_it_has_own_shares_and_translations_beside_the_papers(tmp_path: Path) -> None:
    study = Folder(tmp_path / "study")
    for task, own in (("pawsx", 0.3), ("marc", 0.4)):
        study.shares(task, lambda test, train, own=own: own if test == train else 0.1)
    rows = [
        {"test_lang": lang, "role": role, "numerator": value}
        for lang in ("de", "ko")
        for role, value in (("proponents", 0.5), ("opponents", 0.9))
    ]
    study.write("pawsx", "translations", rows)
    table = overview(Results(study.path)).set_index(["measure", "task", "test_lang"])
    table = table.sort_index()
    assert table.loc[("own", "pawsx", "ko"), "value"] == pytest.approx(0.3, abs=0.05)
    assert table.loc[("own", "marc", "de"), "value"] == pytest.approx(0.4, abs=0.05)
    found = table.loc[("translations", "pawsx")]
    assert found["value"].to_list() == pytest.approx([0.5, 0.5], abs=0.05)
    assert found["paper"].to_dict() == {"de": 0.43, "ko": 0.31}
    assert np.isnan(table.loc["own", "paper"]).all()
    assert ("translations", "marc") not in set(table.index.droplevel("test_lang"))
