"""Exact for every architecture of transformers, or refused: some now, all in the book's table."""

from __future__ import annotations

import csv
import json
import os

import architectures
import numpy as np
import pytest
import torch
from architectures import ARCHITECTURES, TOLERANCE, examine, isolated, oracle, sweep, tiny_model
from workload import TABLES

# Of each kind: encoders, decoders, both; learned, relative, rotary and no positions; convolutions,
# pooling, states and experts; padded and not.
SOME = """albert bart bert bloom canine convbert deberta-v2 distilbert eurobert fnet funnel gpt2
llama longformer mixtral modernbert perceiver roc_bert t5 xlm-roberta xlnet zamba2""".split()
REFUSED = {
    "layoutlmv2": "LayoutLMv2Model requires the detectron2 library but it was not found",
    "reformer": "a ReformerForSequenceClassification has no gradients in eval mode",
}


@pytest.fixture
def one_case(monkeypatch):
    """Three labels in batches of eight; the whole sweep has two labels and single texts, too."""
    monkeypatch.setattr(architectures, "LABELS", (3,))
    monkeypatch.setattr(architectures, "BATCHES", (8,))


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_scores_of_an_architecture_are_exact(name, one_case):
    """Of ragged texts, down to one token where the model can read it."""
    row = examine(name)
    assert row["outcome"] == "exact", row
    assert row["error"] <= TOLERANCE == 5e-6


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_an_architecture_that_cannot_be_scored_is_refused_by_its_cause(name):
    row = examine(name)
    assert row["outcome"] == "refused" and row["message"].startswith(REFUSED[name])


# ---- The table of all of them ---------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> list[dict]:
    with (TABLES / "architectures.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_every_architecture_of_the_installed_transformers(table):
    assert [row["architecture"] for row in table] == list(ARCHITECTURES)


def test_every_architecture_is_exact_or_refused_with_a_message(table):
    for row in table:
        if row["outcome"] == "exact":
            assert float(row["error"]) <= TOLERANCE and row["way"] and not row["message"]
        else:
            assert row["outcome"] == "refused" and row["message"] and not row["error"]
    refused = {row["architecture"]: row["message"] for row in table if row["message"]}
    assert all(refused[name].startswith(message) for name, message in REFUSED.items())


def test_the_summary_is_that_of_the_table(table):
    with (TABLES / "architectures_summary.csv").open(newline="") as file:
        (summary,) = csv.DictReader(file)
    exact = [float(row["error"]) for row in table if row["outcome"] == "exact"]
    assert int(summary["exact"]) == len(exact) and float(summary["worst"]) == max(exact)
    assert int(summary["exact"]) + int(summary["refused"]) == len(table)


# ---- The sweep itself -----------------------------------------------------------------------


@pytest.mark.slow
def test_the_oracle_is_the_definition():
    """Against gradients by central differences, of the whole model."""
    model = tiny_model("bert", 2).double()
    model.requires_grad_(False)
    model.classifier.requires_grad_(True)
    rows = [{"input_ids": [1, 5, 6, 2], "labels": 0}, {"input_ids": [1, 7, 2], "labels": 1}]
    parameters = list(model.classifier.parameters())

    def loss(row):
        logits = model(input_ids=torch.tensor([row["input_ids"]])).logits
        return float(torch.nn.functional.cross_entropy(logits, torch.tensor([row["labels"]])))

    def slope(row, parameter, place, step=1e-5):
        ends = []
        for change in (step, -2 * step, step):
            ends.append(loss(row))
            with torch.no_grad():
                parameter.view(-1)[place] += change
        return (ends[1] - ends[2]) / (2 * step)

    places = [(p, i) for p in parameters for i in range(p.numel())]
    first, second = (np.array([slope(row, *place) for place in places]) for row in rows)
    expected = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    np.testing.assert_allclose(oracle(model, rows[1:], rows[:1]), [[expected]], atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("change", [1e-5, np.nan])
def test_wrong_scores_are_found(monkeypatch, change, one_case):
    right = architectures.score

    def wrong(*arguments):
        scores, largest = right(*arguments)
        scores[1, 2] += change
        return scores, largest

    monkeypatch.setattr(architectures, "score", wrong)
    assert examine("bert")["outcome"] == "wrong"


def test_an_architecture_that_kills_its_process_is_a_row(monkeypatch):
    monkeypatch.setattr(architectures, "examine", lambda name: os._exit(3))
    expected = {"outcome": "failed", "message": "the process died with exit code 3"}
    assert isolated("bert") == {"architecture": "bert"} | expected
    monkeypatch.setattr(architectures, "examine", lambda name: 1 / 0)
    assert isolated("bert")["message"] == "ZeroDivisionError('division by zero')"


def test_finished_architectures_are_not_examined_again(monkeypatch, tmp_path):
    path, asked = tmp_path / "more/rows.jsonl", []
    monkeypatch.setattr(architectures, "ARCHITECTURES", {"a": "A", "b": "B", "c": "C"})
    monkeypatch.setattr(
        architectures, "isolated", lambda name: asked.append(name) or {"architecture": name}
    )
    path.parent.mkdir()
    path.write_text(json.dumps({"architecture": "b", "outcome": "exact"}) + "\n")
    assert [row["architecture"] for row in sweep(path)] == ["a", "b", "c"]
    assert asked == ["a", "c"]
    assert sweep(path) == sweep(path) and asked == ["a", "c"]
