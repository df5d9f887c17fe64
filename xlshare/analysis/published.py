"""What Choenni et al. (2023) published, as numbers: Tables 3, 4 and 5 whole, and the text's.

Shares and accuracies are fractions; scores have no unit. Each is given with its section.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# Section 4.1: accuracy on the development sets.
DEV_ACCURACY = {"xnli": 0.78, "pawsx": 0.83, "marc": 0.90}

# Section 8.3: accuracy on PAWS-X without the language.
ZERO_SHOT_ACCURACY = {"ko": 0.74, "es": 0.81}

# Tables 3 and 5: mean score of all training examples of a language (columns) for the tests of a
# language (rows).
MEAN_SCORES = {
    "xnli": """
        test de   en   es   fr   ru
        de   .431 .442 .425 .434 .418
        en   .633 .657 .633 .639 .610
        es   .563 .603 .597 .587 .542
        fr   .514 .540 .525 .529 .499
        ru   .651 .667 .652 .660 .641""",
    "pawsx": """
        test de   en   es   fr   ko
        de   .244 .256 .241 .237 .155
        en   .283 .308 .285 .279 .153
        es   .221 .236 .223 .218 .146
        fr   .320 .335 .325 .323 .189
        ko   .143 .146 .141 .140 .166""",
    "marc": """
        test de   en   es   fr   zh
        de   .554 .540 .589 .582 .455
        en   .540 .554 .593 .582 .458
        es   .539 .536 .607 .582 .440
        fr   .561 .556 .618 .617 .454
        zh   .535 .544 .577 .576 .542""",
}

# Table 4: of the examples from other languages, the percentage that are translations.
TRANSLATIONS = {
    "xnli": """
        role       de en es fr ru
        proponents 60 59 58 62 60
        opponents  64 60 61 62 62""",
    "pawsx": """
        role       de en es fr ko
        proponents 43 46 44 45 31
        opponents  45 50 46 46 32""",
}

# What each figure is there to say, as this project reads it: section, message, and the claim and
# task of `claims.CLAIMS` that test it, if one does.
FIGURES = {
    "Figure 1": ("6", "on PAWS-X, confidence falls without the top proponents",
                 "confidence falls without proponents", "pawsx"),
    "Figure 2": ("7", "languages rely on others for a large part",
                 "other languages are relied on", "pawsx"),
    "Figure 3": ("8.2", "the same-language share falls after epoch 2",
                 "same-language share falls after epoch 2", "pawsx"),
    "Figure 4": ("8.3", "without Korean, its tests rely on several languages", "", ""),
    "Figure 5": ("8.4", "with twice the data, the same-language share is under half but for Korean",
                 "same-language share stays under half", "pawsx"),
    "Figures 6, 8": ("A", "on XNLI too, confidence falls without the top proponents",
                     "confidence falls without proponents", "xnli"),
    "Figure 7": ("A", "on PAWS-X, confidence rises without the top opponents",
                 "confidence rises without opponents in PAWS-X only", "pawsx"),
    "Figures 9 to 11": ("B", "scores are higher on XNLI and MARC than on PAWS-X",
                        "scores are higher in XNLI", "xnli"),
    "Figures 12, 13": ("C", "shares of single pairs of languages go up and down over epochs",
                       "", ""),
}  # fmt: skip


def beside(found: pd.DataFrame, measure: str, task: str) -> pd.DataFrame:
    """Estimates with the paper's values in a column paper, NaN where it printed none.

    Args:
        found: an estimate by test_lang and, of average_scores, train_lang, of translations, role.
        measure: average_scores (Tables 3 and 5) or translations (Table 4).
        task: of the paper's or of one's own.
    """
    cells, tasks = {
        "average_scores": (mean_scores, MEAN_SCORES),
        "translations": (translations, TRANSLATIONS),
    }[measure]
    return found.merge(cells(task), how="left") if task in tasks else found.assign(paper=np.nan)


def mean_scores(task: str) -> pd.DataFrame:
    """Table 3 or 5: one row for each test_lang and train_lang, column paper."""
    wide = _read(MEAN_SCORES[task])
    return wide.rename(columns={"test": "test_lang"}).melt("test_lang", None, "train_lang", "paper")


def translations(task: str) -> pd.DataFrame:
    """Table 4: one row for each role and test_lang, column paper (a fraction)."""
    long = _read(TRANSLATIONS[task]).melt("role", None, "test_lang", "paper")
    return long.assign(paper=long["paper"] / 100)


def _read(text: str) -> pd.DataFrame:
    head, *rows = (line.split() for line in text.strip().splitlines())
    values = [[row[0], *map(float, row[1:])] for row in rows]
    return pd.DataFrame(values, columns=head)
