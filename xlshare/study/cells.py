"""The parameters of a notebook: what its cells that begin with "# Parameters" assign.

A notebook has one such cell, and papermill puts another behind it for the values that it is given.
They are read from the history of the session and executed once more by themselves, so that a
variable that any other cell sets is neither taken for a parameter nor refused as an unknown one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MARK = "# Parameters"  # how papermill begins the cell that it injects, and notebooks their own


def parameters_of(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the parameter cells of a notebook assign, given its `globals()`.

    Of a namespace without a history, such as a script's, all plain values that it holds.

    Raises:
        ValueError: no parameter cell was run.
    """
    if "In" not in namespace:
        return _plain(namespace)
    values: dict[str, Any] = {}
    for source in _latest(namespace["In"]):
        exec(source, values)
    return _plain(values)


def _latest(history: Sequence[str]) -> list[str]:
    """Each parameter cell as it was last run, in the order of running.

    Cells are known by their first line: it differs between a notebook's own and papermill's.
    """
    found: dict[str, str] = {}
    for source in history:
        if source.lstrip().startswith(MARK):
            first = source.lstrip().splitlines()[0]
            found.pop(first, None)
            found[first] = source
    if not found:
        raise ValueError(f'run the cell that begins with "{MARK}" first')
    return list(found.values())


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is plain data, without the names that begin with an underscore."""
    kinds = (bool, int, float, str, list, tuple, dict)
    return {
        name: value
        for name, value in values.items()
        if (value is None or isinstance(value, kinds)) and not name.startswith("_")
    }
