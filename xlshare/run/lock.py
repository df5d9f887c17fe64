"""One run at a time on the results of a study, by a lock that ends with its process."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout


def hold(results: Path) -> FileLock:
    """Take the results folder of a study for this process, until it ends or lets go.

    Raises:
        ValueError: another process has it; says which, where and since when.
    """
    results.mkdir(parents=True, exist_ok=True)
    lock, note = FileLock(results / ".lock"), results / ".lock.json"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise ValueError(
            f"another run works on {results} ({_holder(note)}): wait for it, or stop it"
        ) from None
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    facts = {"process": os.getpid(), "host": socket.gethostname(), "since": now}
    note.write_text(json.dumps(facts), encoding="utf-8")
    return lock


def _holder(note: Path) -> str:
    try:
        facts = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it has just started"
    return f"process {facts['process']} on {facts['host']}, since {facts['since']}"
