"""Which files of the project a piece of code is made of, and whether they have changed.

A module's files are itself and what it imports of the project, and what those import, wherever in
the file they do. They are compared as code: comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def files_of(modules: Iterable[str]) -> dict[str, str]:
    """The files that some modules of the project are made of, each with the hash of its code.

    Args:
        modules: dotted names, such as "xlshare.training.finetune".
    """
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        path = _file(waiting.pop())
        if path is not None and (name := str(path.relative_to(PACKAGE.parent))) not in found:
            found[name], imported = _read(path, path.stat().st_mtime_ns)
            waiting += imported
    return dict(sorted(found.items()))


def code_of(*modules: str) -> str:
    """One hash of what these modules compute with.

    Without the package `study`: it moves parameters and files, which are compared themselves.
    """
    found = {name: own for name, own in files_of(modules).items() if "/study/" not in name}
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]


def notebook_files(notebook: Path) -> dict[str, str]:
    """The files that a notebook is made of: itself, by the text of its cells, and its modules."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    code = "\n".join(source for kind, source in sources if kind == "code")
    own = hashlib.sha256(json.dumps(sources).encode()).hexdigest()[:16]
    return {f"notebooks/{notebook.name}": own, **files_of(_imported(ast.parse(code)))}


@cache
def _read(path: Path, changed: int) -> tuple[str, list[str]]:
    """The hash of a file's code, and the modules of the project that it imports.

    Kept as long as the process lives and the file is not written again.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ".".join(path.relative_to(PACKAGE.parent).parent.parts)
    imported = list(_imported(tree, package))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and _has_docstring(node):
            node.body[0] = ast.Pass()
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:16], imported


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _imported(tree: ast.Module, package: str = "") -> Iterator[str]:
    """The modules of the project that some code imports, with the packages that they lie in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_packages(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: -node.level + 1 or None]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:  # a module of a package, or a name in a module
                yield from _with_packages(f"{module}.{alias.name}")
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            for word in node.args:
                yield from _with_packages(str(getattr(word, "value", "")))


def _with_packages(module: str) -> Iterator[str]:
    parts = module.split(".")
    if parts[0] == PACKAGE.name:
        yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


@cache
def _file(module: str) -> Path | None:
    """The file of a module or package of the project; None for a name within one."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    return next((f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()), None)
