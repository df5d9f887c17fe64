"""Memory that jobs on one machine promise each other, so that two do not take the same.

A job asks how much is free, and takes it a while later; a second one that asks in between would
see it as free. So a job notes what it will take, beside a lock that ends with its process, and what
others have noted and not yet taken is not free. Jobs of a whole run and of other commands agree.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout


@contextmanager
def reserved(size: int | None = None, free: Callable[[], int] = lambda: 0) -> Iterator[int]:
    """Promise memory to this process while the block runs; yields how many bytes.

    Args:
        size: bytes; None: half of what is free and promised to nobody.
        free: says how many bytes are free now.
    """
    folder = Path(tempfile.gettempdir()) / f"xlshare-memory-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    note = folder / f"{uuid.uuid4().hex}.json"
    lock = FileLock(note.with_suffix(".lock"))
    with FileLock(folder / "entry.lock"):  # looking and taking are one step
        left = free() - sum(map(_promised, folder.glob("*.json")))
        size = size or max(1, left // 2)
        lock.acquire()
        note.write_text(json.dumps({"process": os.getpid(), "size": size, "had": _had()}))
    try:
        yield size
    finally:
        note.unlink()
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _promised(note: Path) -> int:
    """Bytes that the process of a note will still take; 0, and no note, where it has ended."""
    lock = note.with_suffix(".lock")
    try:
        with FileLock(lock, blocking=False):
            note.unlink()
            lock.unlink(missing_ok=True)
            return 0
    except Timeout:
        facts = json.loads(note.read_text())
        return max(0, facts["size"] - max(0, _had(facts["process"]) - facts["had"]))


def _had(process: int | None = None) -> int:
    """Bytes of memory that a process has now; 0 where it has just ended."""
    try:
        return psutil.Process(process).memory_info().rss
    except psutil.NoSuchProcess:
        return 0
