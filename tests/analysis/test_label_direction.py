"""Scores without the labels' common direction equal those of gradients that are projected."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from xlshare.analysis.label_direction import without_label_direction

TESTS, TRAINS, SIZE = 5, 12, 30
LABELS = np.arange(TRAINS) % 3


def gradients(rows: int, seed: int) -> np.ndarray:
    """(checkpoints, rows, SIZE), with a part that all share."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, rows, SIZE)) + 2 * rng.normal(size=SIZE)


def products(left: np.ndarray, right: np.ndarray) -> xr.DataArray:
    norms = [np.linalg.norm(g, axis=2) for g in (left, right)]
    return xr.DataArray(
        np.einsum("ctd,cjd->ctj", left, right),
        dims=("checkpoint", "test", "train"),
        coords={
            "checkpoint": [1, 2],
            "train_label": ("train", LABELS),
            "test_norm": (("checkpoint", "test"), norms[0]),
            "train_norm": (("checkpoint", "train"), norms[1]),
        },
    )


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_they_equal_explicit_projections(similarity: str) -> None:
    tests, trains = gradients(TESTS, 0), gradients(TRAINS, 1)
    found = without_label_direction(products(tests, trains), products(trains, trains), similarity)
    for here, (left, right) in enumerate(zip(tests, trains)):
        means = np.stack([right[label == LABELS].mean(axis=0) for label in range(3)])
        basis = np.linalg.qr(means.T)[0]
        left, right = (g - g @ basis @ basis.T for g in (left, right))
        expected = left @ right.T
        if similarity == "cosine":
            expected /= np.outer(*(np.linalg.norm(g, axis=1) for g in (left, right)))
        np.testing.assert_allclose(found.values[here], expected, rtol=1e-5, atol=1e-6)


def test_means_that_are_one_direction_are_taken_out_once() -> None:
    """With two labels the classes' gradients may point exactly apart."""
    trains = gradients(TRAINS, 1)
    for label in (1, 2):
        trains[:, label == LABELS] = -trains[:, LABELS == 0]
    tests = gradients(TESTS, 0)
    found = without_label_direction(products(tests, trains), products(trains, trains))
    for here, (left, right) in enumerate(zip(tests, trains)):
        mean = right[LABELS == 0].mean(axis=0)
        mean /= np.linalg.norm(mean)
        left, right = (g - np.outer(g @ mean, mean) for g in (left, right))
        expected = left @ right.T / np.outer(*(np.linalg.norm(g, axis=1) for g in (left, right)))
        np.testing.assert_allclose(found.values[here], expected, rtol=1e-4, atol=1e-5)


def test_an_example_that_is_only_its_labels_mean_scores_nothing() -> None:
    trains = np.repeat(gradients(3, 1), 4, axis=1)[:, [0, 4, 8] * 4]
    tests = gradients(TESTS, 0)
    found = without_label_direction(products(tests, trains), products(trains, trains), "dot")
    assert np.abs(found.values).max() < 1e-5 * np.abs(products(tests, trains).values).max()
