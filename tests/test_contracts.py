"""The floors of the house: who may import whom, and that the contract can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml on the copy of the module in `folder`."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [
        sys.executable,
        "-c",
        program,
        "--no-cache",
        "--config",
        str(ROOT / "pyproject.toml"),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_files_import_only_from_floors_below() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("study/tasks.py", "from xlshare.data import examples"),  # upwards
        ("attribution/products.py", "from xlshare.study import tasks"),  # it stands alone
        ("analysis/rankings.py", "def late():\n    import torch"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, line: str) -> None:
    shutil.copytree(
        ROOT / "xlshare", tmp_path / "xlshare", ignore=shutil.ignore_patterns("encoder")
    )
    with (tmp_path / "xlshare" / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert file.removesuffix(".py").replace("/", ".") in result.stdout


@pytest.mark.slow
def test_a_report_never_imports_torch() -> None:
    folders = [ROOT / "xlshare" / name for name in ("study", "analysis", "report")]
    files = [file.relative_to(ROOT) for folder in folders for file in folder.glob("[!_]*.py")]
    modules = [file.with_suffix("").as_posix().replace("/", ".") for file in files]
    code = f"import sys, {', '.join(modules)}; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(modules) > 15 and found.stdout.strip() == "False"
