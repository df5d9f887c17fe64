"""The one place that writes and reads files: atomically, each beside a manifest.

A file is written under a temporary name and renamed when it is whole, so that whoever finds an
artifact finds a complete one. Its manifest says how it was made: parameters, seed, commit,
versions, device, seconds, and the hash of its content.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from glob import escape
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import pandas as pd
from filelock import FileLock

from xlshare.study import integrity
from xlshare.study.integrity import files_of
from xlshare.study.parameters import Study, project_root

MANIFEST = ".manifest.json"  # how the name of an artifact's manifest ends
STAMPS = ".stages"  # a task's folder of stamps
AGAIN = (
    "start the study again (`make report` or `xlshare run`), and its stage makes it anew; if "
    "another machine made it, copy it again from there"
)
HASH = "[0-9a-f]" * 12  # of what a stage is made of, as a pattern
PACKAGES = ("torch", "transformers", "datasets", "numpy", "scipy", "pandas", "xarray", "zarr")


class Run:
    """One stage of one study at work: it knows its folder and signs what it saves.

    `device` says where the stage computed, and defaults to the processor; `model_commit` is the
    hub's commit of the model that it loaded, if it did from there.
    """

    def __init__(self, study: Study, stage: str, *, variant: str | None = None) -> None:
        self.study = study
        self.stage = stage
        self.variant = variant
        self.folder = folder_of(study, variant)
        self.device = f"cpu ({platform.machine()})"
        self.model_commit: str | None = None
        self._started = time.monotonic()

    def path(self, name: str) -> Path:
        """Where the artifact `name` of this study and task lies."""
        return self.folder / name

    def save_table(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Write `frame` to `tables/<name>.parquet`; returns it, to be shown or drawn."""
        self._save(f"tables/{name}.parquet", lambda path: frame.to_parquet(path, index=False))
        return frame

    def save_examples(self, frame: pd.DataFrame, name: str = "examples") -> pd.DataFrame:
        """Write an example table to `<name>.parquet`; `frame.attrs` goes into its manifest."""
        write = lambda path: frame.to_parquet(path, index=False)  # noqa: E731
        self._save(f"{name}.parquet", write, **cast(dict[str, Any], frame.attrs))
        return frame

    def save_figure(self, name: str, figure: Any) -> Any:
        """Write a plotly figure to `figures/<name>.json`; returns it, to be shown."""
        self._save(f"figures/{name}.json", lambda path: path.write_text(figure.to_json(), "utf-8"))
        return figure

    def save_numbers(self, name: str, numbers: dict[str, Any]) -> None:
        """Write the numbers that the book's prose quotes to `numbers/<name>.json`.

        What could not be measured (an interval over one test example) is NaN and saved as a word.
        """
        numbers = {key: "unknown" if value != value else value for key, value in numbers.items()}
        text = json.dumps(numbers, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)
        self._save(f"numbers/{name}.json", lambda path: path.write_text(text, encoding="utf-8"))

    def save_folder(self, name: str, fill: Callable[[Path], object]) -> Path:
        """Let `fill` write a folder, then put it in the place of any older one."""

        def write(path: Path) -> None:
            path.mkdir()
            fill(path)

        return self._save(name, write)

    def sign(self, name: str, **more: Any) -> Path:
        """Write the manifest of an artifact that lies there already (scores are streamed)."""
        return write_manifest(self.path(name), self._facts() | more)

    def _save(self, name: str, write: Callable[[Path], object], **more: Any) -> Path:
        path = self.path(name)
        unstamp(self.study, self.stage)
        with replacing(path) as temporary:
            write(temporary)
            manifest_path(path).unlink(missing_ok=True)  # never a new file beside an old manifest
        self.sign(name, **more)
        return path

    def _facts(self) -> dict[str, Any]:
        return {
            "stage": self.stage,
            "study": self.study.study,
            "task": self.study.task,
            "parameters": self.study.model_dump(exclude={"results"}),
            "seed": self.study.seed,
            "device": self.device,
            **({"model_commit": self.model_commit} if self.model_commit else {}),
            "seconds": round(time.monotonic() - self._started, 3),
        }


# ---- Stages that are done, and artifacts made from the same inputs ----


def stamp(study: Study, stage: str, inputs: str) -> Path:
    """The file that says that a stage is done, by the hash of what it was made of."""
    return folder_of(study) / f"{STAMPS}/{stage}-{inputs}"


def unstamp(study: Study, stage: str) -> None:
    """A stage that saves anything is not done any more."""
    for path in stamp(study, stage, "").parent.glob(f"{stage}-{HASH}"):
        path.unlink(missing_ok=True)


def mark_done(study: Study, stage: str, inputs: str) -> None:
    """Say that a stage is done and of what it was made, and note the files that it saved."""
    unstamp(study, stage)
    _write_stamp(stamp(study, stage, inputs), folder_of(study), _saved_by(study, stage))


def _write_stamp(path: Path, home: Path, files: Iterable[Path]) -> None:
    noted = integrity.note(home, files)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(noted), encoding="utf-8")


def damage(study: Study, stage: str) -> str | None:
    """The first file of a stage that is not what it saved, and why; None where all are.

    Where the stage is done, by the notes in its stamp, which are written anew where files were
    copied; else by its manifests. `integrity` says what is read.
    """
    home = folder_of(study)
    for path in stamp(study, stage, "").parent.glob(f"{stage}-{HASH}"):
        noted = _noted(path)
        if noted is None:
            return f"{path} is not what was saved"
        found = integrity.damage(home, noted)
        if not found and integrity.has_moved(home, noted):
            with suppress(OSError):  # a folder that can only be read
                _write_stamp(path, home, [home / name for name in noted])
        return found
    return next(filter(None, map(flaw, _signed_by(study, stage))), None)


def _noted(path: Path) -> integrity.Noted | None:
    """What a stamp notes of files; None where it cannot be read."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8") or "{}"))
    except (ValueError, TypeError):
        return None


def _saved_by(study: Study, stage: str) -> list[Path]:
    """The files of all artifacts that a stage has signed, with their manifests."""
    signed = list(_signed_by(study, stage))
    return [file for path in signed for file in (*files_of(path), manifest_path(path))]


def _signed_by(study: Study, stage: str) -> Iterator[Path]:
    """The artifacts whose manifest names a stage."""
    for place, folders, files in os.walk(folder_of(study)):
        folders[:] = [name for name in folders if not name.endswith(".zarr")]
        for name in (name for name in files if name.endswith(MANIFEST)):
            path = Path(place) / name.removesuffix(MANIFEST)
            with suppress(ValueError):  # a manifest that cannot be read names no stage
                if read_manifest(path).get("stage") == stage and path.exists():
                    yield path


def is_made_from(path: Path, inputs: str) -> bool:
    """Whether an artifact is there, whole, and made from these inputs."""
    return is_whole(path) and read_manifest(path).get("inputs") == inputs


def keep_if_begun_from(
    run: Run, name: str, inputs: str, mend: Callable[[Path], bool] = lambda path: False
) -> None:
    """Keep what lies at `name` to go on with only where it began from the same inputs.

    The stage is not done any more, nor is what lies there finished. What it began from is noted
    in a file beside it, before anything lies there. What was finished and has changed since goes,
    unless `mend` takes from it what is damaged and says so.
    """
    path = run.path(name)
    note = inputs_path(path)
    unstamp(run.study, run.stage)
    note.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(note.with_name(f"{note.name}.lock")):  # of several shards, the first decides
        damaged = _has_changed(path) and not mend(path)
        remove(manifest_path(path))
        if not damaged and note.is_file() and note.read_text(encoding="utf-8") == inputs:
            return
        remove(note)
        remove(path)
        with replacing(note) as temporary:
            temporary.write_text(inputs, encoding="utf-8")


def _has_changed(path: Path) -> bool:
    """Whether what was finished is not what was saved, as far as its manifest can say."""
    try:
        return read_manifest(path).get("sha256") != digest(path)
    except ValueError:
        return False


def inputs_path(path: Path) -> Path:
    """Where the inputs of something that takes long are noted while it is made."""
    return path.parent / f"{STAMPS}/{path.name.lstrip('.')}.inputs"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".partial-{'[0-9a-f]' * 8}-{escape(path.name)}"):
        remove(leftover)  # of a run that was killed
    temporary, aside = (
        path.with_name(f".partial-{uuid.uuid4().hex[:8]}-{path.name}") for _ in range(2)
    )
    try:
        yield temporary
        if path.is_dir() and temporary.exists():
            os.replace(path, aside)  # a folder cannot be replaced in one step
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(temporary)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # what was to be written
    finally:
        remove(temporary)
        remove(aside)


def remove(path: Path) -> None:
    """Delete a file or folder if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def write_manifest(path: Path, facts: dict[str, Any]) -> Path:
    """Write the manifest of the artifact at `path`, completing `facts` with what never varies."""
    facts = {
        "artifact": path.name,
        **facts,
        "commit": commit(),
        "versions": versions(),
        "sha256": digest(path),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with replacing(manifest_path(path)) as temporary:
        temporary.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    return manifest_path(path)


def manifest_path(path: Path) -> Path:
    """Where the manifest of an artifact lies: beside it."""
    return path.with_name(f"{path.name}{MANIFEST}")


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of the artifact at `path`.

    Raises:
        ValueError: it is not there, or not whole.
    """
    place = _there(manifest_path(path))
    try:
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{place} is not what was saved ({error})") from None


def read_table(study: Study, name: str, *, variant: str | None = None) -> pd.DataFrame:
    """A table that an earlier stage saved."""
    path = folder_of(study, variant) / f"tables/{name}.parquet"
    return pd.read_parquet(checked(folder_of(study), path))


def read_examples(
    study: Study, name: str = "examples", *, variant: str | None = None
) -> pd.DataFrame:
    """The example table (or "predictions") that an earlier stage saved."""
    path = folder_of(study, variant) / f"{name}.parquet"
    return pd.read_parquet(checked(folder_of(study), path))


def checkpoints(study: Study, *, variant: str | None = None) -> list[Path]:
    """The checkpoint folders of a fine-tuning run, one per epoch, in order."""
    folder = _there(folder_of(study, variant) / "checkpoints")
    home = folder_of(study)
    found = [checked(home, path) for path in folder.glob("epoch-*") if path.is_dir()]
    return sorted(found, key=lambda path: int(path.name.split("-")[1]))


def is_whole(path: Path) -> bool:
    """Whether an artifact is there with its manifest and holds what was saved, by its hash."""
    return flaw(path) is None


def flaw(path: Path) -> str | None:
    """What is wrong with an artifact, with its place; None where it holds what was saved."""
    for place in (path, manifest_path(path)):
        if not place.exists():
            return f"{place} is not there"
    try:
        facts = read_manifest(path)
    except ValueError as error:
        return str(error)
    if facts.get("sha256") == digest(path):
        return None
    return f"{path} is not what {facts.get('stage', 'its stage')} saved (its hash differs)"


def checked(home: Path, path: Path) -> Path:
    """The path of an artifact below `home`, a task's folder, that holds what was saved.

    Raises:
        ValueError: it is not there, was not finished, or a disk or a hand has changed it; then the
            stage that made it is not done any more.
    """
    if found := flaw(_there(path)):
        name = path.relative_to(home).as_posix()
        with suppress(OSError):  # a folder that can only be read
            for place in home.glob(f"{STAMPS}/*-{HASH}"):
                if any(noted.startswith(name) for noted in _noted(place) or ()):
                    remove(place)
        raise ValueError(f"{found}: {AGAIN}")
    return path


def folder_of(study: Study, variant: str | None = None) -> Path:
    """`results/<study>/<task>`, or the folder of a retrained variant below it."""
    folder = project_root() / study.results / study.study / study.task
    return folder / "retrains" / variant if variant else folder


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's files with their names.

    Raises:
        ValueError: it is not there.
    """
    return integrity.digest(_there(path))


@cache
def commit() -> str:
    """The project's git commit, with "+changes" where the tree differs; "unknown" without git."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for package in ("xlshare", *PACKAGES):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue  # a report can be built where torch is absent
    return found


def _there(path: Path) -> Path:
    if not path.exists():
        raise ValueError(f"{path} is not there: run the stage that makes it first")
    return path
