"""How a measured value is written, in prose and in tables.

Styles: `percent` 34%, `points` 34 (percentage points), `int` 12,500, `text` as it is, `p` a
p-value, `power` 3.8 × 10⁻⁷, or any Python format such as `.3f` or `+.1%`. ` interval` behind a
style adds the 95% interval: `percent interval` gives 34% (31% to 37%). A string is written as it
is, whatever the style: a stage says so where no number exists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
ABSENT = "–"
ABOVE, BELOW, UNCLEAR = "above", "below", "unclear"
MOST_DIGITS = 3  # of a percentage
FEW = 5  # test contents, below which an interval says how many there are


@dataclass(frozen=True)
class Measured:
    """A value with its 95% interval; without ends it has none.

    `chance` is what chance gives, `beyond` the difference between the two with an interval of its
    own, `contents` the number of test contents behind the value.
    """

    value: Any
    low: Any = None
    high: Any = None
    contents: int | None = None
    chance: Any = None
    beyond: Measured | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any], name: str) -> Measured:
        """The value `name` of a mapping, with what it holds as `<name>_low` and the like."""
        parts = ("low", "high", "contents", "chance")
        found = {part: values.get(f"{name}_{part}") for part in parts}
        beyond = f"{name}_beyond"
        return cls(
            values[name], **found, beyond=cls.of(values, beyond) if beyond in values else None
        )

    @property
    def has_interval(self) -> bool:
        """Whether both ends are numbers."""
        return all(isinstance(end, int | float) and end == end for end in (self.low, self.high))

    def compared(self, other: float | Measured) -> str:
        """ABOVE or BELOW where the whole interval is, else UNCLEAR.

        Raises:
            ValueError: the value has no interval, so that nothing decides.
        """
        bound = other.value if isinstance(other, Measured) else other
        if isinstance(bound, str) or isinstance(self.value, str) or isinstance(self.low, str):
            return UNCLEAR  # a stage says in words what could not be measured
        if not self.has_interval:
            raise ValueError(f"{self.value!r} has no interval: it cannot be compared in words")
        return ABOVE if self.low > bound else BELOW if self.high < bound else UNCLEAR


def power(value: float) -> str:
    """A very large or small number, as people write it."""
    if not value:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\u00a0×\u00a010{str(int(exponent)).translate(SUPERSCRIPT)}"


NAMED: dict[str, Callable[[float], str]] = {
    "percent": lambda value: format(value, ".0%"),
    "points": lambda value: format(100 * value, ".0f"),
    "int": lambda value: format(value, ",.0f"),
    "text": str,
    "power": power,
    "p": lambda value: "< 0.001" if value < 0.001 else format(value, ".3f"),
}


def show(values: Mapping[str, Any], name: str, style: str = "text") -> str:
    """The value `name` of a mapping in a style, with its interval where the style asks for it.

    Raises:
        ValueError: the style is unknown, or it asks for an interval that is not there.
    """
    style, _, more = style.partition(" ")
    measured = Measured.of(values, name)
    if not more or isinstance(measured.value, str):
        return one(measured.value, style)
    if more != "interval" or not {f"{name}_low", f"{name}_high"} <= set(values):
        raise ValueError(f"{name}|{style} {more}: needs {name}_low and {name}_high")
    return with_interval(measured, style)


def with_interval(measured: Measured, style: str) -> str:
    """A value with its interval, which stays on one line: 34% (31% to 37%)."""
    shown = one(measured.value, style)
    if _is_absent(measured.value):
        return shown
    if not measured.has_interval:
        return f"{shown} (interval unknown)"
    low, high = one(measured.low, style), one(measured.high, style)
    few = measured.contents is not None and measured.contents < FEW
    of = f"; {measured.contents}\u00a0test contents" if few else ""
    return f"{shown} ({low}\u00a0to\u00a0{high}{of})"


def deciding_digits(measured: Measured, bound: float) -> int:
    """The fewest digits of a percentage with which no end looks equal to the bound but is not."""
    ends = [end for end in (measured.value, measured.low, measured.high) if end != bound]
    for digits in range(MOST_DIGITS):
        if all(round(100 * end, digits) != round(100 * bound, digits) for end in ends):
            return digits
    return MOST_DIGITS


def one(value: Any, style: str) -> str:
    """A single value in a style."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, str):
        return value
    try:
        shown = NAMED[style](value) if style in NAMED else format(value, style)
    except (TypeError, ValueError) as error:
        styles = ", ".join(NAMED)
        raise ValueError(f"cannot print {value!r} as {style!r} ({error}): use {styles}") from None
    return _minus(shown)


def _is_absent(value: Any) -> bool:
    return value is None or isinstance(value, str) or value != value


def _minus(shown: str) -> str:
    """A true minus sign, and no sign before a zero."""
    if shown[:1] in ("-", "+") and not any(digit in shown for digit in "123456789"):
        return shown[1:]
    return shown.replace("-", "−", 1) if shown.startswith("-") else shown
