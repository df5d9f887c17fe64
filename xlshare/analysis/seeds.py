"""What several seeds of a study say together: the same counts, of all seeds, estimated once more.

A study that lists `seeds` is run whole with each of them: samples, the head and the order of
training depend on the seed. Intervals are over seeds and, within a seed, over test contents.
"""

from __future__ import annotations

import pandas as pd

from xlshare.analysis import counts, removals
from xlshare.analysis.counts import COUNTS, in_role, own
from xlshare.analysis.estimates import contrasts, estimate, pairs
from xlshare.study.names import COUNTED, PROPONENTS, ROLES
from xlshare.study.parameters import Study
from xlshare.study.tasks import language_name


def read_counts(study: Study) -> dict[str, pd.DataFrame]:
    """The counts of every measure of the stages that the study ran, of all its seeds."""
    measures = [name for stage in study.planned for name in COUNTED.get(stage, ())]
    return {name: counts.read(study, name) for name in measures}


def tables_of(study: Study) -> dict[str, pd.DataFrame]:
    """All tables over the seeds of a study that ran with each, by name."""
    counted = read_counts(study)
    found = {
        name: estimate(table, list(table.columns.drop(list(COUNTS))))
        for name, table in counted.items()
    }
    if "confidence" in counted:
        steps = contrasts("removed", removals.from_control())
        found["beyond_control"] = estimate(counted["confidence"], ["k", "removed"], steps)
        found["confidence"] = estimate(counted["confidence"], ["k", "removed"])
    return found | {"differences": compare_languages(counted)}


def compare_languages(counted: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Which test languages differ in a share, two by two.

    Of own shares among proponents and opponents, and of translations among proponents.

    Args:
        counted: counts by the name of their measure.

    Returns:
        One row for each measure and two languages (first, second, by their names), with value
        (the first less the second) and the other columns of a tested estimate; p_holm is
        corrected over the pairs of a measure.
    """
    shares = own(counted["language_shares"])
    measures = {f"own, {role}": in_role(shares, role) for role in ROLES}
    if "translations" in counted:
        measures[f"translations, {PROPONENTS}"] = in_role(counted["translations"], PROPONENTS)
    tables = [
        estimate(part, ["test_lang"], pairs("test_lang"), tested=True).assign(measure=measure)
        for measure, part in measures.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    named = {column: table[column].map(language_name) for column in ("first", "second")}
    return table.assign(**named)[["measure", *table.columns.drop("measure")]]
