"""Jobs on one machine do not take the same memory."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from xlshare.training import memory
from xlshare.training.memory import reserved

ROOT = Path(__file__).resolve().parents[2]
GB = 1 << 30
OTHER = """
import sys, time
from xlshare.training import memory
with memory.reserved(free=lambda: 24 << 30) as size:
    print(size, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 24 GB free, whose jobs have taken nothing yet."""
    monkeypatch.setattr(memory.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(memory, "_had", lambda process=None: 0)


def half(free: int = 24 * GB) -> AbstractContextManager[int]:
    return reserved(free=lambda: free)


def test_two_that_ask_at_once_do_not_take_the_same() -> None:
    with half() as first, half() as second, half() as third:
        assert (first, second, third) == (12 * GB, 6 * GB, 3 * GB)
    with half() as alone:
        assert alone == 12 * GB


def test_what_a_training_will_take_is_not_free() -> None:
    with reserved(20 * GB), half() as scores:
        assert scores == 2 * GB
    with reserved(30 * GB), half() as scores:  # nothing is left
        assert scores == 1


def test_what_was_taken_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with half():
        monkeypatch.setattr(memory, "_had", lambda process=None: 12 * GB)
        with half(12 * GB) as second:
            assert second == 6 * GB


@pytest.mark.slow
def test_separate_commands_agree_and_a_kill_gives_back(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OTHER]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert int(first.stdout.readline()) == 12 * GB
        with half() as second:
            assert second == 6 * GB
    finally:
        first.kill()
        first.wait()
    with half() as alone:
        assert alone == 12 * GB
    left = list((tmp_path / f"xlshare-memory-{os.getuid()}").iterdir())
    assert [path.name for path in left] == ["entry.lock"]
