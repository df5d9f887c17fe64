"""What stopped a run, in one line."""

from __future__ import annotations

import errno
import re

NO_FOLDER = "a file lies where a folder is needed: name a folder (in `results`) or remove the file"
REMEDIES = {
    errno.ENOTDIR: NO_FOLDER,
    errno.EEXIST: NO_FOLDER,
    errno.ENOSPC: "the disk is full: make room and run the same command again",
    errno.EDQUOT: "the disk quota is used up: make room and run the same command again",
    errno.EROFS: "the disk is read-only: point `results` to a folder that can be written",
    errno.EACCES: "no permission: point `results` to a folder that can be written",
    errno.EPERM: "no permission: point `results` to a folder that can be written",
}


def explained(error: Exception, place: str = "") -> str:
    """An error's message; of a disk that cannot be written, the path and the remedy."""
    if not isinstance(error, OSError) or error.errno not in REMEDIES:
        return str(error)
    return f"{error.filename or place}: {REMEDIES[error.errno]}"


def explained_text(text: str, place: str) -> str:
    """The same for the message of an error that another process raised."""
    number = re.search(r"\[Errno (\d+)\]|os error (\d+)", text)
    remedy = REMEDIES.get(int(number[1] or number[2])) if number else None
    if remedy is None:
        return text
    path = re.search(r": '([^']+)'$", text.strip())
    return f"{path[1] if path else place}: {remedy}"
