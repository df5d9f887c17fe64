"""Which results in a study's folder are those of its present files, and which are left over.

Results of other data, parameters or code, and of tasks and stages that the file does not ask for,
say nothing about the study as it is, so its book leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlshare.data.content import is_at_hand
from xlshare.run import fingerprints
from xlshare.study.parameters import Study
from xlshare.study.results import Results


def left_over(planned: Sequence[Study]) -> list[tuple[str, str]]:
    """The tasks and stages that left results other than a run of the study would make now.

    Where the data are not at hand, nothing can be compared: all that is asked for counts.

    Args:
        planned: the study of each task (`studies`).
    """
    found = Results.of(planned[0])
    asked = {one.task: one for one in planned}
    return [
        (task, stage)
        for task in found.tasks
        for stage in found.stages(task)
        if not (task in asked and _is_present(asked[task], stage))
    ]


def _is_present(study: Study, stage: str) -> bool:
    if stage not in study.planned:
        return False
    return not is_at_hand(study) or fingerprints.is_current(study, stage)


def note(study: str, first: Study, left: Sequence[tuple[str, str]]) -> str:
    """What the book leaves out and how to have it, in one line."""
    names = ", ".join(f"{task} {stage}" for task, stage in left)
    return (
        f"note: the book leaves out what is not of the present file, data and code: {names}."
        f" `xlshare run --study {study}` makes again what the file asks for; for the book of all "
        f"results as they are, `xlshare report --study {first.study} --results {first.results}`"
    )
