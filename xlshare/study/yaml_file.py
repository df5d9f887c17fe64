"""A YAML file as a mapping, or one line that says where it is wrong."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class _NoKeyTwice(yaml.SafeLoader):
    """Refuses a mapping that names a key twice, whose first value would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                mark = node.value[number][0].start_mark
                raise yaml.MarkedYAMLError(problem=f"{key!r} is named twice", problem_mark=mark)
        return super().construct_mapping(node, deep)


def read_mapping(file: Path) -> dict[Any, Any]:
    """The mapping that a YAML file holds.

    Raises:
        ValueError: it is no YAML, no UTF-8 or no mapping; names file, line and column.
    """
    try:
        values = yaml.load(file.read_text(encoding="utf-8"), _NoKeyTwice)
    except yaml.MarkedYAMLError as error:
        raise ValueError(f"{file}{_place(error)}: {_problem(error)}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: no YAML in UTF-8: {_one_line(error)}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{file}: a study file is a mapping of parameter names to values")
    return values


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _problem(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
