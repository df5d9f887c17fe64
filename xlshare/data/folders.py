"""A local folder in the hub's layout: what its README says, and which of its files are read."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from glob import escape, glob
from itertools import chain
from pathlib import Path
from typing import Any

from xlshare.data.files import OTHER_FILES
from xlshare.data.formats import SUFFIXES, suffix
from xlshare.study.tasks import UNQUOTED

ABOUT = ("config_name", "data_files", "data_dir", "default", "description", "features", "version")
TYPES = (  # options that say how types are guessed: here every cell is a text
    *("keep_default_na", "na_filter", "true_values", "false_values", "thousands", "decimal"),
    *("date_format", "float_precision", "engine", "memory_map", "chunksize", "verbose"),
)
FILES_TO_IGNORE = (  # as `datasets` has them, which is not there where a report alone is built
    *("README.md", "config.json", "dataset_info.json", "dataset_infos.json"),
    *("dummy_data.zip", "dataset_dict.json"),
)
QUOTING = {0: None, 1: True, 2: True, 3: False}  # Python's csv.QUOTE_...: ours
OF_SPLITS = re.compile("(?<![a-z])(train|validation|valid|dev|val|test)(?![a-z])")


def configurations(folder: Path) -> dict[str, dict[str, Any]]:
    """What a folder's README says of each configuration, by name; nothing where there is none.

    Raises:
        ValueError: where the README cannot be read or a name in it is no text.
    """
    readme = folder / "README.md"
    found = front_matter(readme).get("configs") or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{readme}: configs is no list: write '- config_name: ...' for each")
    for i, config in enumerate(found):
        _check_text(f"{readme}: configs.{i}.config_name", config.get("config_name"))
        files = config.get("data_files")
        for j, part in enumerate(files if isinstance(files, list) else []):
            if isinstance(part, dict):
                _check_part(f"{readme}: configs.{i}.data_files.{j}", part)
        if "data_dir" in config:
            _check_text(f"{readme}: configs.{i}.data_dir", config["data_dir"])
    names = [config["config_name"] for config in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{readme}: two configurations are called {twice[0]!r}: rename one")
    return {config["config_name"]: config for config in found}


def front_matter(readme: Path) -> Mapping[str, Any]:
    """The YAML at a README's head, and that of the file that may stand in for it."""
    from huggingface_hub.repocard import REGEX_YAML_BLOCK

    found: dict[str, Any] = {}
    for path in (readme, readme.with_name(".huggingface.yaml")):
        try:
            text = path.read_bytes().decode() if path.is_file() else ""
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8 ({error.reason}): save it as UTF-8") from None
        if text.startswith("\ufeff"):
            raise ValueError(f"{path}: a byte order mark hides its YAML: save it without one")
        if path == readme:
            block = REGEX_YAML_BLOCK.search(text)
            found |= _yaml(path, block[2], text.count("\n", 0, block.start(2))) if block else {}
        else:
            found |= _yaml(path, text, 0)
    return found


def _yaml(path: Path, text: str, before: int) -> dict[str, Any]:
    """A mapping in YAML; `before` lines of its file stand before it."""
    import yaml

    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1 + before}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ValueError(
            f"{path}{line}: no YAML ({reason}): mend it, or remove the block between the lines of "
            "three dashes, which names configurations and their files"
        ) from None
    if not isinstance(found, dict):
        raise ValueError(f"{path}: its YAML is no mapping: write 'configs: ...' or remove it")
    return found


def _check_part(place: str, part: Mapping[str, Any]) -> None:
    """A split and its files, as a README lists them."""
    _check_text(f"{place}.split", part.get("split"))
    if not re.fullmatch(r"\w+(\.\w+)*", part["split"]):
        raise ValueError(
            f"{place}.split={part['split']!r}: write it with letters, digits and _ alone"
        )
    paths = part.get("path")
    for path in paths if isinstance(paths, list) else [paths]:
        _check_text(f"{place}.path", path)


def _check_text(place: str, value: object) -> None:
    if value is None or value == "":
        raise ValueError(f"{place} is missing: write it")
    if isinstance(value, bool):
        raise ValueError(f"{place} is {value}: {UNQUOTED}")
    if not isinstance(value, str):
        raise ValueError(f"{place}={value!r} is no text: write it in quotation marks")


def files_read(folder: Path, names: Collection[str | None]) -> set[Path]:
    """The files that a folder gives these configurations; None names whichever there are.

    Those that its README lists for them; for one that it does not list, all that look like data.
    """
    known = configurations(folder)
    used = known if None in names else {name: known.get(str(name), {}) for name in names}
    return {file for about in used.values() or [{}] for file in _files_of(folder, about)}


def _files_of(folder: Path, about: Mapping[str, Any]) -> Iterator[Path]:
    """The files of a configuration, by what the README says of it."""
    home = folder / (about.get("data_dir") or "")
    files = about.get("data_files")
    if not files:
        yield from (home / name for name in data_files(home))
    for pattern in _patterns(files):
        yield from map(Path, glob(f"{escape(str(home))}/{pattern}", recursive=True))


def _patterns(files: Any) -> Iterator[str]:
    """The names in `data_files`, which are one, a list, by split, or both."""
    if isinstance(files, str):
        yield files
    elif isinstance(files, list):
        yield from chain.from_iterable(map(_patterns, files))
    elif isinstance(files, dict):
        named = [files["path"]] if "path" in files else files.values()
        yield from chain.from_iterable(map(_patterns, named))


def check_all_read(folder: Path, read: Iterable[str]) -> None:
    """Refuse a folder with data files besides those that are read, which its README does not list.

    The names of files and their commonest format decide what `datasets` reads, and it passes over
    all others.
    """
    known = {os.path.realpath(file) for file in read}
    left = [file for file in data_files(folder) if os.path.realpath(folder / file) not in known]
    if left and known:
        names = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        raise ValueError(
            f"{folder}: {names} would not be read beside {os.path.basename(min(known))}: save all "
            "in one format, with names that begin with train, validation or test, list what is to "
            "be read as data_files in README.md, or move the rest away"
        )


def data_files(folder: Path) -> list[str]:
    """The names, within a folder, of the files that look like data."""
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [
        str(name)
        for name in names
        if suffix(name.name) in (*SUFFIXES, *OTHER_FILES, ".arrow")
        and (suffix(name.name) != ".txt" or OF_SPLITS.search(name.stem.lower()))
        and name.name not in FILES_TO_IGNORE
        and not any(part.startswith((".", "__")) for part in name.parts)
    ]


def reading_options(place: str, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Words for `read_file`, of the options that a README gives for "csv" or "json" files.

    Raises:
        ValueError: at options that would leave out rows or alter texts, and at odd values.
    """
    known = OPTIONS if kind == "csv" else {"encoding": OPTIONS["encoding"]}
    words = {}
    for name, value in options.items():
        if name in (*ABOUT, *TYPES):
            continue
        if name not in known:
            raise ValueError(
                f"{place}: the option {name!r} is not followed, as {', '.join(known)} would be: "
                "save the files so that they do not need it, and remove it"
            )
        word, is_good, needed = known[name]
        if not is_good(value):
            raise ValueError(f"{place}: {name}={value!r} is not {needed}: write one, or remove it")
        words[word] = QUOTING[value] if name == "quoting" else value
    return words


def _is_encoding(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(codecs.lookup(value))
    except LookupError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_letter(value: object) -> bool:
    return isinstance(value, str) and len(value) == 1


OPTIONS: dict[str, tuple[str, Callable[[object], bool], str]] = {  # the word, and what it may be
    "sep": ("separator", _is_letter, "one character"),
    "delimiter": ("separator", _is_letter, "one character"),
    "encoding": ("encoding", _is_encoding, "an encoding, as utf-8"),
    "quoting": ("quoting", lambda value: _is_number(value) and value in QUOTING, "0, 1, 2 or 3"),
    "skiprows": ("skip", _is_number, "a number of lines"),
}
