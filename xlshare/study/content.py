"""What files hold, as a hash, whatever their dates say and wherever they lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from xlshare.study.integrity import digest


def hash_of_files(paths: Iterable[Path], folder: Path) -> str:
    """One hash of files by their contents and their names within `folder`; folders do not count."""
    files = sorted(path for path in paths if path.is_file())
    lines = [f"{os.path.relpath(file, folder)} {digest(file)}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
