"""What is left of a score when the direction that all examples of a label share is taken out.

Nearly all proponents carry the label of their test example: their gradients agree in what every
example of this label asks of the model. The mean gradient of each label spans this common part.
Projected away, it leaves what examples of one label ask differently.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

CUTOFF = 1e-6  # of the largest eigenvalue, below which two labels' means count as one direction


def without_label_direction(
    scores: xr.DataArray, among_train: xr.DataArray, similarity: str = "cosine"
) -> xr.DataArray:
    """The scores of gradients that are orthogonal to every label's mean training gradient.

    With the inner products that are known already: for the means m of the labels and their Gram
    matrix K, the product of two projected gradients is <g, h> - <g, m> K^-1 <m, h>.

    Args:
        scores: inner products of tests with training examples, dims (checkpoint, test, train),
            with the coordinates test_norm and train_norm.
        among_train: inner products of the training examples with each other, in the same order,
            dims (checkpoint, test, train).
        similarity: "cosine" of the projected gradients, or their "dot" product.

    Returns:
        Scores as `scores`; an example without a part of its own scores 0.
    """
    labels = scores["train_label"].values
    of_label = (labels == np.unique(labels)[:, None]).astype(float)
    of_label /= of_label.sum(axis=1, keepdims=True)  # (labels, train): takes the mean
    found = []
    for checkpoint in scores["checkpoint"].values:
        here, among = (s.sel(checkpoint=checkpoint) for s in (scores, among_train))
        products, square = (np.asarray(s.values, np.float64) for s in (here, among))
        norms = (here["test_norm"].values, here["train_norm"].values)
        found.append(_projected(products, square, norms, of_label, similarity))
    return scores.copy(data=np.stack(found).astype(np.float32)).assign_attrs(similarity=similarity)


def _projected(
    products: np.ndarray,
    among: np.ndarray,
    norms: tuple[np.ndarray, np.ndarray],
    of_label: np.ndarray,
    similarity: str,
) -> np.ndarray:
    tests, trains = products @ of_label.T, among @ of_label.T  # with each label's mean gradient
    inverse = np.linalg.pinv(of_label @ trains, rcond=CUTOFF, hermitian=True)
    left = products - tests @ inverse @ trains.T
    if similarity == "dot":
        return left
    lengths = [
        np.sqrt(np.maximum(norm.astype(float) ** 2 - np.sum(part @ inverse * part, axis=1), 0))
        for norm, part in zip(norms, (tests, trains))
    ]
    scale = np.outer(*lengths)
    return np.divide(left, scale, out=np.zeros_like(left), where=scale > 0)
