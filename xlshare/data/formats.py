"""One file as a table, read by what it holds: CSV, TSV, JSON lines, a JSON array or parquet.

Every cell of a text file is the text that it is ("NA" and "null" too). What cannot be read is an
error that names the line and the remedy.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from xlshare.data.delimited import read_delimited

SEPARATORS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*SEPARATORS, ".json", ".jsonl", ".ndjson", ".parquet", ".txt", ".tab")
READABLE = "CSV, TSV, JSON lines, a JSON array (each also with .gz) and parquet are read"
SPREADSHEET = f"a spreadsheet ({READABLE}): save the sheet as 'CSV UTF-8'"
REFUSED = {  # by their first bytes
    b"\xd0\xcf\x11\xe0": SPREADSHEET,
    b"BZh": "compressed by bzip2: unpack it, or compress it by gzip",
    b"\xfd7zXZ": "compressed by xz: unpack it, or compress it by gzip",
    b"\x28\xb5\x2f\xfd": "compressed by zstandard: unpack it, or compress it by gzip",
    b"ARROW1": f"an Arrow file ({READABLE}): save it as parquet",
}
WIDE = {  # encodings by their mark, the longest first
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
MARKS = "\ufeff"  # of byte order, once decoded; some programs write another before the first
COMMON = ["cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "gb18030", "shift_jis", "euc_kr"]


def suffix(path: str) -> str:
    """What a file's name says of its content, in small letters and without .gz."""
    return Path(path.lower().removesuffix(".gz")).suffix


def read_file(
    path: str,
    *,
    quoting: bool | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    skip: int = 0,
) -> pd.DataFrame:
    """A table from a file, each row indexed by its place, "path:line" or the path alone.

    Args:
        path: of the file. Its suffix, in any case, says whether it is CSV or TSV; everything else
            shows in the content.
        quoting: whether quotation marks enclose cells of CSV and TSV; None: decided by content.
        separator: of cells, where it is not the suffix's.
        encoding: of text, where it is not UTF-8.
        skip: lines before the header, which are not read.

    Raises:
        ValueError: where the file is not there or cannot be read, naming the place and the remedy.
    """
    content = _content(path)
    if content[:4] == b"PAR1":
        return _at(path, _parquet(path, content))
    text = _decoded(path, content, encoding) if encoding else _text(path, content)
    text = _skipped(text, skip)
    start, kind = text.lstrip()[:1], suffix(path)
    if kind == ".parquet":
        raise _unreadable(path, "it is no parquet file")
    if separator is None and kind not in SEPARATORS and start in ("[", "{"):
        return _at(path, _array(path, text) if start == "[" else _lines(path, text))
    if kind in (".json", ".jsonl", ".ndjson"):
        raise ValueError(f"{path}:1: neither a JSON object nor an array: {READABLE}")
    separator = separator or SEPARATORS.get(kind) or _separator(path, text)
    return _at(path, read_delimited(path, text, separator, quoting))


def _at(path: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table, each row indexed by its place; only lines have a number."""
    if table.empty:
        raise ValueError(f"{path} has no rows: see that it is whole")
    numbered = table.index.name == "line"
    return table.set_axis([f"{path}:{n}" for n in table.index] if numbered else [path] * len(table))


def _unreadable(path: str, reason: str) -> ValueError:
    return ValueError(f"{path} does not load: {reason}: see that it is there and whole")


def _content(path: str) -> bytes:
    """The file's bytes, unpacked; what is no text and no parquet is refused by name."""
    try:
        content = Path(path).read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, str(error)) from error
    if content[:4] == b"PK\x03\x04":
        is_sheet = b"[Content_Types].xml" in content or b"opendocument" in content
        reason = SPREADSHEET if is_sheet else f"a zip archive: unpack it ({READABLE})"
        raise ValueError(f"{path} does not load: it is {reason}")
    for mark, reason in REFUSED.items():
        if content.startswith(mark):
            raise ValueError(f"{path} does not load: it is {reason}")
    return content


def _text(path: str, content: bytes) -> str:
    """The file's text, without a byte order mark."""
    wide = next((name for mark, name in WIDE.items() if content.startswith(mark)), None)
    if wide is None and 0 in content:
        wide = "UTF-16 without a byte order mark" if content.count(0) > len(content) / 4 else ""
    try:
        text = "" if wide is not None else content.decode().lstrip(MARKS)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wide = _guess(content)
        path = f"{path}:{line}"
    if wide is not None:
        looks = f"looks like {wide}" if wide else "holds bytes that are zero"
        raise ValueError(
            f"{path} does not load: not UTF-8: {looks}: save it as UTF-8, in an editor or by "
            f"iconv -f {(wide or 'ENCODING').split(' ')[0]} -t UTF-8"
        )
    if not text.strip():
        raise ValueError(f"{path} is empty: see that it is whole")
    return text


def _decoded(path: str, content: bytes, encoding: str) -> str:
    """The file's text in an encoding that was named."""
    try:
        return content.decode(encoding).lstrip(MARKS)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}:{line} does not load: not {encoding}, as its encoding was said to be: "
            "name the right one, or save it as UTF-8"
        ) from None


def _skipped(text: str, count: int) -> str:
    """The text with its first lines blank, so that the others keep their numbers."""
    head = re.match(rf"(?:[^\r\n]*(?:\r\n|\n|\r)){{0,{count}}}", text)
    end = head.end() if head else 0
    return re.sub(r"[^\r\n]", "", text[:end]) + text[end:]


def _guess(content: bytes) -> str:
    """The likeliest of the common encodings, "" where none fits.

    A short text in a Western language fits cp1250 as well as cp1252, which is far more common.
    """
    from charset_normalizer import from_bytes

    found = from_bytes(content, cp_isolation=COMMON).best()
    if found is None:
        return ""
    western = {"cp1252", "cp1250", "cp1254"}
    high = bytes(byte for byte in content if byte > 127)
    is_western = found.encoding in western and len(high) < len(content) / 4
    letters = high.decode("cp1252", errors="replace")
    common = set("àâäçèéêëîïôöùûüßñáíóúãõåæøœÀÂÄÇÈÉÊËÎÏÔÖÙÛÜÑÁÍÓÚÃÕÅÆØŒ¿¡«»°’‘“”–—…€§´")
    return "cp1252" if is_western and set(letters) <= common else found.encoding


def _separator(path: str, text: str) -> str:
    """Of a file whose name does not say what it is: tabs before commas, by the first line."""
    header = text.lstrip().partition("\n")[0]
    found = next((one for one in ("\t", ",") if one in header), None)
    if found is None:
        raise ValueError(
            f"{path}:1: {header[:80]!r} begins neither JSON nor a table with tabs or commas: "
            f"{READABLE}"
        )
    return found


def _parquet(path: str, content: bytes) -> pd.DataFrame:
    """All columns of a parquet file, those too that pandas had kept as its index."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:  # by its bytes alone: a path such as lang=en/ would add a column
        table = ParquetFile(io.BytesIO(content)).read()
        texts = [  # which some writers keep as bytes
            field.with_type(pa.string()) if pa.types.is_binary(field.type) else field
            for field in table.schema
        ]
        words = {"integer_object_nulls": True}  # else 75 is 75.0 where another cell is missing
        return table.cast(pa.schema(texts)).to_pandas(ignore_metadata=True, **words)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _unreadable(path, str(error).splitlines()[0]) from error


def _array(path: str, text: str) -> pd.DataFrame:
    """A JSON array of objects."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _no_json(path, error, 1) from None
    for row, value in enumerate(found):
        _check_object(f"{path}, row {row}", value)
    return pd.DataFrame(found, dtype="object")


def _lines(path: str, text: str) -> pd.DataFrame:
    """JSON lines, an object each; blank lines are none."""
    lines, found = [], []
    for line, value in _objects(path, text):
        _check_object(f"{path}:{line}", value)
        lines.append(line)
        found.append(value)
    return pd.DataFrame(found, index=pd.Index(lines, name="line"), dtype="object")


def _objects(path: str, text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise _no_json(path, error, number) from None


def _no_json(path: str, error: ValueError, line: int) -> ValueError:
    return ValueError(
        f"{path}:{line + getattr(error, 'lineno', 1) - 1}: no JSON ({getattr(error, 'msg', error)})"
        ": write an object on each line, or an array of objects"
    )


def _check_object(place: str, value: object) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{place}: {str(value)[:60]!r} is no JSON object, as {{column: value}}")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{place}: half of a surrogate pair (\\ud800 to \\udfff) is no character: write both "
            "halves, or the character itself"
        ) from None
