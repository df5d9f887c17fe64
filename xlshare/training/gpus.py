"""One GPU for each job, where several jobs run side by side on one machine.

Snakemake sees to it that there are never more jobs than GPUs (`--resources gpu=N`), not which one a
job may have. A job takes the first that no other holds, by a lock that ends with its process.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def own_card(count: int, seconds: float = 1.0) -> Iterator[str]:
    """Let this process and its children see one GPU of `count`; waits for a free one.

    Where CUDA_VISIBLE_DEVICES names GPUs already, it is one of these. Looks for a free one every
    few `seconds`. Yields its name.

    Raises ValueError where fewer are visible.
    """
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = before.split(",") if before else [str(number) for number in range(count)]
    if count > len(names):
        raise ValueError(f"gpus={count}, but CUDA_VISIBLE_DEVICES={before} names {len(names)}")
    name, lock = _first_free(names[:count], seconds)
    os.environ["CUDA_VISIBLE_DEVICES"] = name
    try:
        yield name
    finally:
        lock.release()
        os.environ.pop("CUDA_VISIBLE_DEVICES")
        if before:
            os.environ["CUDA_VISIBLE_DEVICES"] = before


def _first_free(names: list[str], seconds: float) -> tuple[str, FileLock]:
    """The name of a GPU that nobody holds, and the lock that holds it from now on."""
    while True:
        for name in names:
            lock = FileLock(
                Path(tempfile.gettempdir()) / f"xlshare-gpu-{os.getuid()}-{name}.lock", mode=0o600
            )
            try:
                lock.acquire(blocking=False)
                return name, lock
            except Timeout:
                continue
        time.sleep(seconds)
