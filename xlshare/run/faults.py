"""What stopped a run, in one line."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

from xlshare.run.plan import size

NO_FOLDER = "a file lies where a folder is needed: name a folder (in `results`) or remove the file"
REMEDIES = {
    errno.ENOTDIR: NO_FOLDER,
    errno.EEXIST: NO_FOLDER,
    errno.ENOSPC: "the disk is full: make room and run the same command again",
    errno.EDQUOT: "the disk quota is used up: make room and run the same command again",
    errno.EFBIG: "the system allows no file of this size: raise the limit (`ulimit -f`)",
    errno.EROFS: "the disk is read-only: point `results` to a folder that can be written",
    errno.EACCES: "no permission: point `results` to a folder that can be written",
    errno.EPERM: "no permission: point `results` to a folder that can be written",
    errno.EIO: "the disk fails: point `results` to another one",
}
FULL = (errno.ENOSPC, errno.EDQUOT)
TORCH = "inline_container.cc"  # of torch.save, whose message names no error of the system


def explained(error: Exception, place: str = "") -> str:
    """An error's message; of a disk that cannot be written, the path and the remedy."""
    if not isinstance(error, OSError) or error.errno not in REMEDIES:
        return str(error)
    return _line(error.errno, str(error.filename or place))


def explained_text(text: str, place: str) -> str:
    """The same for the message of an error that another process raised."""
    number = re.search(r"\[Errno (\d+)\]|os error (\d+)", text)
    code = int(number[1] or number[2]) if number else errno.ENOSPC if TORCH in text else None
    if code not in REMEDIES:
        return text
    path = re.search(r": '([^']+)'$", text.strip())
    return _line(code, path[1] if path else place)


def _line(code: int, path: str) -> str:
    left = f" ({_free(Path(path))}; `xlshare plan` says what a study takes)" if code in FULL else ""
    return f"{path}: {REMEDIES[code]}{left}"


def _free(path: Path) -> str:
    """How much room is left where a path lies or would lie."""
    there = next((one for one in (path, *path.absolute().parents) if one.exists()), Path.cwd())
    return f"{size(shutil.disk_usage(there).free)} are free in {there}"
