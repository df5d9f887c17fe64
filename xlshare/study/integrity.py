"""Whether files still hold what was saved, by the hashes that were taken then.

What is verified when:

* **At each read** of an artifact (`artifacts.checked`, `Results.path`) every byte, against the
  SHA-256 in its manifest; once per process as long as size and times of the file stay.
* **At each plan** (`artifacts.damage`) all that a finished stage saved, against the notes in its
  stamp. Files whose size and times are as noted are not read again, but for the smallest, up to
  `SMALL` bytes a stage; so checkpoints and scores of many GB cost nothing. A large file that a disk
  changed without a change of its times is found when it is read.
* **While they are made** scores by the checksum of each chunk (`attribution.store`), checkpoints of
  an interrupted training by their own hashes (`training.resuming`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SMALL = 16 << 20  # bytes
SETTLED = 2e9  # nanoseconds after a change in which another may leave the same times

Noted = dict[str, list]  # of each file, by its name: what `_seen` gave, and its hash


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files with their names."""
    if path.is_file():
        return _digest(path)
    lines = [f"{file.relative_to(path).as_posix()} {_digest(file)}" for file in files_of(path)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def files_of(path: Path) -> list[Path]:
    """The file itself, or all files of a folder, in the order of their names."""
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return [file for file in found if file.is_file()]


def note(home: Path, files: Iterable[Path]) -> Noted:
    """What `damage` compares with: sizes, times and hashes of files below `home`."""
    return {file.relative_to(home).as_posix(): [*_seen(file), digest(file)] for file in files}


def damage(home: Path, noted: Noted) -> str | None:
    """The first file that is not as it was noted, and why; None where all are."""
    read = 0
    for name, (size, *times, sha256) in sorted(noted.items(), key=lambda item: item[1][0]):
        file = home / name
        if not file.is_file():
            return f"{file} is gone"
        read += size
        if (read <= SMALL or _seen(file) != [size, *times]) and digest(file) != sha256:
            return f"{file} is not what was saved (its hash differs)"
    return None


def has_moved(home: Path, noted: Noted) -> bool:
    """Whether any file has other times than were noted, as a copy has."""
    return any(_seen(home / name) != list(seen) for name, (*seen, _) in noted.items())


def _seen(file: Path) -> list[int]:
    """Size in bytes, and when content and status were changed, in nanoseconds."""
    found = file.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _digest(file: Path) -> str:
    size, *times = _seen(file)
    if abs(time.time_ns() - max(times)) < SETTLED:
        return _hash(file)
    return _kept(file, size, *times)


@cache
def _kept(file: Path, size: int, modified: int, changed: int) -> str:
    """Kept as long as the process lives and the file is not written again."""
    return _hash(file)


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
