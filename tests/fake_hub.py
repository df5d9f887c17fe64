"""A hub on this machine: folders, served as huggingface.co serves repositories.

`root/models/owner/name` and `root/datasets/owner/name` are repositories of one commit, COMMIT.
Only what the hub's client and `datasets` ask for is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The address of a hub with the repositories below `root`, as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, root))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Hub(BaseHTTPRequestHandler):
    """Files, /{repository}/resolve/{revision}/{file}, and lists of them, below /api/{kind}/."""

    def __init__(self, root: Path, *words) -> None:
        self.root = root
        super().__init__(*words)

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        kind, *parts = self.path.partition("?")[0].strip("/").split("/")
        is_list = kind == "api"
        if is_list:
            kind, *parts = parts
        elif kind != "datasets":
            kind, parts = "models", [kind, *parts]
        home, rest = self.root / kind / "/".join(parts[:2]), parts[2:]  # rest: verb, revision, path
        if not home.is_dir():
            self.refuse("RepoNotFound")
        elif rest[1:2] not in ([], ["main"], [COMMIT]):
            self.refuse("RevisionNotFound")
        elif is_list:
            self.list(home, rest)
        elif not (file := home / "/".join(rest[2:])).is_file():
            self.refuse("EntryNotFound")
        else:
            content = file.read_bytes()
            self.answer(200, content, ETag=f'"{hashlib.sha1(content).hexdigest()}"')

    def list(self, home: Path, rest: list[str]) -> None:
        """A folder of a repository, or all of it."""
        if rest[:1] == ["tree"]:
            found = [entry(home, path) for path in sorted((home / "/".join(rest[2:])).iterdir())]
        else:
            files = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
            found = {"id": f"{home.parent.name}/{home.name}", "sha": COMMIT, "tags": []}
            found |= {"siblings": [{"rfilename": file} for file in files]}
        self.answer(200, json.dumps(found).encode())

    def refuse(self, code: str) -> None:
        self.answer(404, b"{}", X_Error_Code=code)

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        headers |= {"Content_Length": str(len(content)), "X_Repo_Commit": COMMIT}
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def entry(home: Path, path: Path) -> dict[str, object]:
    """A file or folder as the hub lists it."""
    number = hashlib.sha1(str(path).encode()).hexdigest()
    facts = {"path": str(path.relative_to(home)), "oid": number, "size": path.stat().st_size}
    return facts | {"type": "directory" if path.is_dir() else "file"}
