"""A study that is killed again and again ends as one that was left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import kill_at_random, only, undisturbed


@pytest.mark.study
@pytest.mark.slow
def test_a_study_that_is_killed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    stages = ("01_finetune", "02_influence", "04_language_shares")
    study = undisturbed(tmp_path, stages=only(*stages))
    found = kill_at_random(study, kills=3, seed=1)
    assert len(found) == 3 and found["lost"].sum() == 0 and study.orphans == 0
