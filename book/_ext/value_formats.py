"""How a measured value is printed: one small language for prose and for tables.

`percent` 34%, `points` 34 (percentage points), `int` 12,500, `text` as it stands, `p` a p-value,
`power` 3.8 × 10⁻⁷, or any Python format such as `.3f` or `+.1%`. ` ci` behind it appends the
interval that stands beside the value as `<name>_low` and `<name>_high`: `percent ci` gives 34%
(31% to 37%).
A string is printed as it stands, whatever the format: a stage says so where no number exists.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
ABSENT = "–"


def show(values: Mapping[str, Any], name: str, style: str = "text") -> str:
    """The value `name` of a mapping in a style, with its interval where the style asks for it.

    Raises:
        ValueError: the style is unknown, or it asks for an interval that is not there.
    """
    style, _, interval = style.partition(" ")
    shown = one(values[name], style)
    if not interval or isinstance(values[name], str):
        return shown
    ends = [f"{name}_low", f"{name}_high"]
    if interval != "ci" or not all(end in values for end in ends):
        raise ValueError(f"{name}|{style} {interval}: needs {' and '.join(ends)}")
    low, high = (one(values[end], style) for end in ends)
    return f"{shown} ({low} to {high})"


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


def _minus(shown: str) -> str:
    """A true minus sign, and no sign before a zero."""
    if shown[:1] in ("-", "+") and not any(digit in shown for digit in "123456789"):
        return shown[1:]
    return shown.replace("-", "−", 1) if shown.startswith("-") else shown
