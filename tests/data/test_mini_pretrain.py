"""Pre-training: what pairs say of themselves is true, and a run can be stopped and is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from xlshare.data.mini import data, pretrain, tokenizer
from xlshare.data.mini.marks import RELATIONS
from xlshare.data.mini.pairs import ALL_FROM, IGNORE, MASK, SHARES, PairWriter


@pytest.fixture(scope="module")
def tok(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer, "ITEMS", 300)
        return tokenizer.train()


def test_the_tokenizer_frames_pairs_as_xlm_r_does_and_sets_han_apart(tok) -> None:
    ids = tok("the woman", "好书")["input_ids"]
    assert ids[0] == 0 and ids[-1] == 2 and [2, 2] in [ids[i : i + 2] for i in range(len(ids))]
    assert tok.convert_tokens_to_ids(tokenizer.SPECIAL) == [0, 1, 2, 3, 4]
    assert {"好", "书"} <= set(tok.tokenize("很好书"))


def test_every_item_that_is_shown_belongs_to_the_share_for_pretraining(
    tok, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = []
    real = data.draws

    def spy(task: str, split: str, rng: random.Random):
        wanted.append(split)
        return real(task, split, rng)

    monkeypatch.setattr(data, "draws", spy)
    for progress in (0.1, 0.9):
        writer = PairWriter(tok, "seed", progress)
        [writer.pair() for _ in range(20)]
    assert set(wanted) == {"pretrain"}


@pytest.mark.parametrize("progress", [0.0, ALL_FROM, 0.99])
def test_the_same_seed_writes_the_same_pairs(tok, progress: float) -> None:
    first, second = (PairWriter(tok, "seed", progress) for _ in range(2))
    assert [first.pair() for _ in range(50)] == [second.pair() for _ in range(50)]


@pytest.fixture(scope="module")
def pairs(tok) -> list:
    writer = PairWriter(tok, "seed", 0.5)
    return [writer.pair() for _ in range(600)]


def test_each_token_has_its_place_in_every_list(pairs) -> None:
    for pair in pairs:
        assert len(pair.ids) == len(pair.roles) == len(pair.relations) == len(pair.original)
        assert (pair.ids[0], pair.ids[-1]) == (0, 2)
        assert {pair.roles[0], pair.roles[-1], pair.original[0]} == {IGNORE}


def test_every_task_has_pairs_of_both_labels(pairs) -> None:
    shown = {(list(SHARES)[pair.task], pair.label) for pair in pairs}
    assert shown >= {(task, label) for task in SHARES for label in (0, 1)}


def test_hidden_names_are_masked_and_to_be_restored(pairs) -> None:
    hidden = [pair for pair in pairs if MASK in pair.ids]
    assert hidden
    for pair in hidden:
        masked = {place for place, number in enumerate(pair.ids) if number == MASK}
        assert masked == {place for place, number in enumerate(pair.original) if number >= 0}
        assert pair.label == IGNORE and set(pair.relations) == {IGNORE}


def test_exchanged_names_are_apart_and_stand_for_each_other(pairs) -> None:
    apart = RELATIONS.index("apart")
    paws = [p for p in pairs if list(SHARES)[p.task] == "pawsx" and p.label != IGNORE]
    for pair in paws:
        assert (apart in pair.relations) == (pair.label == 0)
        told = [(i, o) for i, o in zip(pair.ids, pair.original) if o != IGNORE]
        moved = any(i != o for i, o in told)
        assert not moved if pair.label else moved or not told


def test_english_comes_first(tok) -> None:
    """At the start all begin in English, later as many in each language."""
    early, late = PairWriter(tok, "seed", 0.0), PairWriter(tok, "seed", 0.5)
    item = next(early.items["xnli"])
    assert {early._languages(item)[0] for _ in range(100)} == {"en"}
    assert {late._languages(item)[0] for _ in range(100)} == set(item.text)


@pytest.fixture(scope="module")
def small(tok):
    """Tiny batches, so that sixteen steps are quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrain, "BATCH", 2)
        patch.setattr(pretrain, "BATCHES_A_POOL", 4)
        patch.setattr(pretrain, "SAVE_EVERY", 4)
        yield


def run(folder: Path, tok, steps: int) -> Path:
    folder.mkdir(exist_ok=True)
    tok.save_pretrained(folder / "tokenizer")
    pretrain.pretrain(folder, steps, seed=3)
    return folder


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_weights(
    tok, small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_file(run(tmp_path / "whole", tok, 16) / "state.safetensors")
    update, done = pretrain._update, []

    def stop_later(*words):
        done.append(1)
        if len(done) == 10:
            raise KeyboardInterrupt
        return update(*words)

    monkeypatch.setattr(pretrain, "_update", stop_later)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", tok, 16)
    monkeypatch.undo()
    again = load_file(run(tmp_path / "stopped", tok, 16) / "state.safetensors")
    assert whole.keys() == again.keys()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_the_exported_encoder_loads_with_its_layer_for_pairs(tok, small, tmp_path: Path) -> None:
    folder = run(tmp_path / "run", tok, 4)
    model = AutoModelForSequenceClassification.from_pretrained(folder / "encoder").float()
    state = load_file(folder / "state.safetensors")
    expected = state["w.dense.weight"].half().float()
    assert torch.equal(model.classifier.dense.weight, expected)
    assert AutoTokenizer.from_pretrained(folder / "encoder")("a")["input_ids"][0] == 0
    curve = pd.read_csv(folder / "encoder/curve.csv")
    assert curve["step"].tolist() == [4]


def test_the_shipped_encoder_is_small_and_is_loaded_without_a_hub() -> None:
    folder = Path(pretrain.__file__).parent / "encoder"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 6e6
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    assert type(model).__name__ == "XLMRobertaForSequenceClassification"


def test_the_first_heads_look_at_neighbours_and_others_at_copies() -> None:
    """What `look_around` promises of attention before any training."""
    torch.manual_seed(0)
    model = pretrain.Pretrainer(500).model.eval()
    model.set_attn_implementation("eager")
    ids = torch.arange(5, 25)[None]
    ids[0, 15] = ids[0, 10]
    first, second, *_ = model.roberta(ids, output_attentions=True).attentions
    for head, step in enumerate(pretrain.NEIGHBOURS):
        assert first[0, head, 10].argmax() == 10 + step
    for head in (0, 2):
        assert set(second[0, head, 10].topk(2).indices.tolist()) == {10, 15}


def test_a_loss_counts_each_pair_alike_however_many_words_it_has() -> None:
    head, states = torch.nn.Linear(4, 3), torch.randn(2, 5, 4)
    truth = torch.full((2, 5), IGNORE)
    truth[0, 1], truth[1, 1:] = 2, 0
    told = pretrain._told("roles", head, states, truth)["roles"]
    losses = torch.nn.functional.cross_entropy(
        head(states).transpose(1, 2), truth, ignore_index=IGNORE, reduction="none"
    )
    assert torch.isclose(told, (losses[0, 1] + losses[1, 1:].mean()) / 2)
