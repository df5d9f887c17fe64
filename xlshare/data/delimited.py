"""CSV and TSV: the cells of each row, read so that no row is lost in silence.

A quotation mark at the start of a cell either opens a quoted cell (RFC 4180) or is part of its
text, as in files that were written without quoting. Content decides: a file is read both ways, and
the way that gives every row as many cells as the header is taken. Where both do and they differ,
nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
MARK = '"'
REMEDY = (
    "set data.quoting to true where quotation marks enclose cells, to false where they are text"
)


@dataclass
class Reading:
    """Rows as one way of reading gives them, the header first, and what speaks against it."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # on which each row begins
    fault: tuple[int, str] | None = None  # its line, and what is wrong there


def read_delimited(
    path: str, text: str, separator: str, quoting: bool | None = None
) -> pd.DataFrame:
    """A table of texts, indexed by the line on which each row begins.

    Args:
        path: for errors.
        text: the file's content.
        separator: of cells.
        quoting: whether quotation marks enclose cells; None: decided by content.

    Raises:
        ValueError: at rows with more or fewer cells than the header, at quotation marks that can
            be read in two ways, without rows, and where the separator seems to be another.
    """
    _check_separator(path, text, separator)
    reading = _chosen(path, text, separator, quoting)
    header, *rows = reading.rows
    if not rows:
        raise ValueError(f"{path} has a header and no rows: see that it is whole")
    return pd.DataFrame(
        rows,
        columns=_column_names(path, header),
        index=pd.Index(reading.lines[1:], name="line"),
        dtype="str",
    )


def _check_separator(path: str, text: str, separator: str) -> None:
    header = re.split("[\r\n]", text.lstrip(" \r\n"), maxsplit=1)[0]
    counts = {other: header.count(other) for other in {separator: "", **NAMES}}
    if not header:
        raise ValueError(f"{path} is empty: see that it is whole")
    if counts[separator] or header.count(MARK) % 2:  # a quoted name may go on in the next line
        return
    likely = max(counts, key=lambda other: counts[other])
    reason = f"its first line, {header[:80]!r}, has no {NAMES.get(separator, separator)}"
    if counts[likely]:
        reason += f": it looks separated by {NAMES[likely]} ({likely!r})"
    raise ValueError(f"{path}:1: {reason}: save it as CSV with commas, or as TSV with tabs")


def _chosen(path: str, text: str, separator: str, quoting: bool | None) -> Reading:
    """The one reading that fits."""
    if MARK not in text or quoting is False:
        return _without_fault(path, _plain(text, separator))
    quoted = _quoted(text, separator)
    if quoting:
        return _without_fault(path, quoted)
    plain = _plain(text, separator)
    if not quoted.fault and not plain.fault:
        return _either(path, plain, quoted, separator)
    if quoted.fault and not plain.fault and separator == "\t" and not _is_mostly_quoted(plain):
        return plain
    if quoted.fault and separator == "\t" and not _has_marks(plain):
        return _without_fault(path, plain)
    return _without_fault(path, quoted)


def _either(path: str, plain: Reading, quoted: Reading, separator: str) -> Reading:
    """Of two readings that are possible, the one that the file itself speaks for."""
    same_count = len(plain.rows) == len(quoted.rows)
    doubled, _ = _marks(plain)
    if plain.rows == quoted.rows or any(cell.startswith(MARK) for cell in plain.rows[0]):
        return quoted
    if same_count and (separator == "," or doubled):
        return quoted
    row = next(i for i, (a, b) in enumerate(zip(plain.rows, quoted.rows)) if a != b)
    cell = next(cell for cell in plain.rows[row] if cell.startswith(MARK))
    numbers = "" if same_count else f" ({len(quoted.rows) - 1} rows, or {len(plain.rows) - 1})"
    raise ValueError(
        f"{path}:{plain.lines[row]}: the quotation mark that begins {cell[:60]!r} may enclose the "
        f"cell or be part of its text{numbers}: {REMEDY}"
    )


def _plain(text: str, separator: str) -> Reading:
    """Each line a row, quotation marks being text."""
    lines = re.split("\r?\n" if "\n" in text else "\r", text)
    return _reading((number, line.split(separator)) for number, line in enumerate(lines, 1))


def _quoted(text: str, separator: str) -> Reading:
    """Rows by RFC 4180: a cell that begins with a quotation mark ends with one."""
    csv.field_size_limit(sys.maxsize)  # a text may be as long as it likes
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        reading = _reading(rows)
        reason = (
            "a cell begins with a quotation mark and does not end with one, or holds others that "
            f"are not doubled: double those inside, or {REMEDY}"
        )
        reading.fault = reading.fault or (line, reason)
        return reading
    return _reading(rows)


def _reading(rows: Iterable[tuple[int, list[str]]]) -> Reading:
    """Rows without blank lines, each as wide as the header, or the fault."""
    reading = Reading()
    for line, row in rows:
        if len(row) < 2 and not "".join(row).strip():
            continue
        reading.rows.append(row)
        reading.lines.append(line)
        if reading.fault is None and len(row) != len(reading.rows[0]):
            reason = (
                f"{len(row)} cells where the header has {len(reading.rows[0])}, the last being "
                f"{row[-1][:60]!r}: enclose a text that holds the separator in quotation marks, "
                "or write a cell for each column"
            )
            reading.fault = line, reason
    return reading


def _without_fault(path: str, reading: Reading) -> Reading:
    if reading.fault:
        line, reason = reading.fault
        raise ValueError(f"{path}:{line}: {reason}")
    return reading


def _marks(plain: Reading) -> tuple[int, int]:
    """Of cells that begin with a mark: how many are quoted and had to be, and how many are not."""
    cells = [cell for row in plain.rows for cell in row if cell.startswith(MARK)]
    whole = [cell[1:-1] if cell.endswith(MARK) and len(cell) > 1 else MARK for cell in cells]
    odd = [MARK in inner.replace(MARK * 2, "") for inner in whole]
    return sum(MARK in inner and not bad for inner, bad in zip(whole, odd)), sum(odd)


def _is_mostly_quoted(plain: Reading) -> bool:
    """Whether more cells are quoted than not, so that the others are likely to be mistakes."""
    doubled, odd = _marks(plain)
    return any(cell.startswith(MARK) for cell in plain.rows[0]) or doubled > odd


def _has_marks(plain: Reading) -> bool:
    return any(cell.startswith(MARK) for row in plain.rows for cell in row)


def _column_names(path: str, header: list[str]) -> list[str]:
    names = [name.strip() or f"column {i}" for i, name in enumerate(header, 1)]
    if broken := [name for name in names if re.search("[\r\n]", name)]:
        raise ValueError(
            f"{path}:1: the column name {broken[0][:60]!r} goes over two lines: write the header "
            "on one line, and close its quotation marks there"
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"{path}:1: two columns are called {twice[0]!r}: rename one")
    return names
