"""Made-up parallel training sets and scores for the tests of the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

LANGUAGES = ("en", "de", "ko")


def training_set(groups: int = 12, languages: tuple[str, ...] = LANGUAGES) -> pd.DataFrame:
    """Parallel examples, all of a group with one label: id, lang, group, label."""
    rows = [
        {"id": f"train-{g}-{lang}", "lang": lang, "group": f"train-{g}", "label": g % 3 % 2}
        for lang in languages
        for g in range(groups)
    ]
    return pd.DataFrame(rows)


def made_up_scores(
    train: pd.DataFrame,
    tests: int = 4,
    epochs: int | None = None,
    own: float = 0.5,
    languages: tuple[str, ...] = LANGUAGES,
    seed: int = 0,
) -> xr.DataArray:
    """Normal scores, `own` higher for a test's own language; `tests` of each language."""
    rng = np.random.default_rng(seed)
    test_lang = np.repeat(languages, tests)
    shape = (epochs or 1, len(test_lang), len(train))
    values = rng.normal(size=shape) + own * (test_lang[:, None] == train["lang"].to_numpy()[None])
    scores = xr.DataArray(
        values.astype("float32"),
        dims=("checkpoint", "test", "train"),
        coords={
            "checkpoint": range(1, shape[0] + 1),
            "test": [f"test-{i}-{lang}" for i, lang in enumerate(test_lang)],
            "test_lang": ("test", test_lang),
            "test_group": ("test", [f"test-{i}" for i in range(len(test_lang))]),
            "test_label": ("test", np.arange(len(test_lang)) % 2),
            "train": train["id"].to_numpy(dtype=str),
            "train_lang": ("train", train["lang"].to_numpy(dtype=str)),
            "train_group": ("train", train["group"].to_numpy(dtype=str)),
            "train_label": ("train", train["label"].to_numpy()),
        },
    )
    return scores if epochs else scores.sel(checkpoint=1, drop=True)
