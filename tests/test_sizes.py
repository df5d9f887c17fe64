"""Functions are short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("xlshare", "book/_ext")
MEDIAN, NINE_IN_TEN, LONGEST = 8, 20, 40  # lines


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file, methods and inner ones too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return (node for node in ast.walk(tree) if isinstance(node, kinds))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, blank ones too, without the docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def lengths() -> dict[str, int]:
    """The length of each function of the project, by its place."""
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    return {
        f"{file.relative_to(ROOT)}:{function.lineno} {function.name}": length(function)
        for file in files
        for function in functions(ast.parse(file.read_text(encoding="utf-8")))
    }


def test_a_docstring_is_no_part_of_a_functions_length() -> None:
    tree = ast.parse('def f(\n    x,\n):\n    """One.\n\n    Two.\n    """\n\n    return x\n')
    assert [length(function) for function in functions(tree)] == [5]


def test_functions_are_short() -> None:
    found = lengths()
    longest = {place: lines for place, lines in found.items() if lines > LONGEST}
    assert len(found) > 500 and not longest
    assert np.median([*found.values()]) <= MEDIAN
    assert np.quantile([*found.values()], 0.9) <= NINE_IN_TEN
