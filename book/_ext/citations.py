"""Citations as this field writes them: Pruthi et al. (2020), or (Pruthi et al., 2020)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

NAME = "author_year_round"


def round_brackets() -> BracketStyle:
    """Round ones, where the extension has square ones."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundAuthorYear(AuthorYearReferenceStyle):
    """The extension's author and year, in round brackets."""

    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)
    bracket_author: BracketStyle = field(default_factory=round_brackets)
    bracket_label: BracketStyle = field(default_factory=round_brackets)
    bracket_year: BracketStyle = field(default_factory=round_brackets)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register `bibtex_reference_style = "author_year_round"`."""
    register_plugin("sphinxcontrib.bibtex.style.referencing", NAME, RoundAuthorYear)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
