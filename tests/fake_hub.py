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
    """Answers for /{repository}/resolve/{revision}/{file} and /api/{kind}/{repository}/..."""

    def __init__(self, root: Path, *words) -> None:
        self.root = root
        super().__init__(*words)

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts == [""]:
            self.answer(200, b"", body)
        elif parts[0] == "api":
            self.about(parts[1], "/".join(parts[2:4]), parts[4:], body)
        else:
            kind = parts.pop(0) if parts[0] == "datasets" else "models"
            self.file(kind, "/".join(parts[:2]), parts[3], "/".join(parts[4:]), body)

    def do_POST(self) -> None:
        """Paths of a repository (paths-info): those that are there."""
        words = self.rfile.read(int(self.headers["Content-Length"])).decode()
        parts = self.path.strip("/").split("/")
        home = self.root / parts[1] / "/".join(parts[2:4])
        asked = json.loads(words)["paths"] if words.startswith("{") else []
        found = [home / path for path in asked if (home / path).exists()]
        self.answer(200, json.dumps([entry(home, path) for path in found]).encode())

    def about(self, kind: str, name: str, rest: list[str], body: bool) -> None:
        home = self.root / kind / name
        if not home.is_dir():
            return self.refuse("RepoNotFound", body)
        if rest[1:] and rest[1] not in ("main", COMMIT):
            return self.refuse("RevisionNotFound", body)
        if rest[:1] == ["tree"]:
            deep = "recursive=true" in self.path.lower()
            folder = home / "/".join(rest[2:])
            if not folder.is_dir():
                return self.refuse("EntryNotFound", body)
            paths = sorted(folder.rglob("*") if deep else folder.iterdir())
            found = [entry(home, path) for path in paths]
            return self.answer(200, json.dumps(found).encode(), body)
        files = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
        facts = {"id": name, "sha": COMMIT, "private": False, "gated": False, "tags": []}
        facts |= {"siblings": [{"rfilename": file} for file in files]}
        return self.answer(200, json.dumps(facts).encode(), body)

    def file(self, kind: str, name: str, revision: str, path: str, body: bool) -> None:
        file = self.root / kind / name / path
        if revision not in ("main", COMMIT):
            return self.refuse("RevisionNotFound", body)
        if not file.is_file():
            return self.refuse("EntryNotFound", body)
        content = file.read_bytes()
        tag = hashlib.sha1(content).hexdigest()
        self.answer(200, content, body, ETag=f'"{tag}"')

    def refuse(self, code: str, body: bool) -> None:
        self.answer(404, b"{}", body, X_Error_Code=code)

    def answer(self, status: int, content: bytes, body: bool = True, **headers: str) -> None:
        self.send_response(status)
        headers |= {"Content_Length": str(len(content)), "X_Repo_Commit": COMMIT}
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def entry(home: Path, path: Path) -> dict[str, object]:
    """A file or folder as the hub lists it."""
    number = hashlib.sha1(str(path).encode()).hexdigest()
    facts = {"path": str(path.relative_to(home)), "oid": number}
    if path.is_dir():
        return facts | {"type": "directory"}
    return facts | {"type": "file", "size": path.stat().st_size}
