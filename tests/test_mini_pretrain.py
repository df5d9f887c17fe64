"""Pre-training: what pairs say of themselves is true, and a run can be stopped and is the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from xlshare.mini import data, pretrain, tokenizer
from xlshare.mini.pairs import IGNORE, LABELLED_FROM, SHARES, PairWriter


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


@pytest.mark.parametrize("progress", [0.0, LABELLED_FROM, 0.99])
def test_the_same_seed_writes_the_same_pairs(tok, progress: float) -> None:
    first, second = (PairWriter(tok, "seed", progress) for _ in range(2))
    assert [first.pair() for _ in range(50)] == [second.pair() for _ in range(50)]


def test_a_corrupted_translation_has_a_corrupted_word_and_a_faithful_one_has_none(tok) -> None:
    writer = PairWriter(tok, "seed", 0.2)
    pairs = [pair for pair in (writer.pair() for _ in range(400)) if pair.faithful != IGNORE]
    assert {pair.faithful for pair in pairs} == {0, 1}
    for pair in pairs:
        assert len(pair.ids) == len(pair.corrupted) and pair.label == IGNORE
        assert (1 in pair.corrupted) == (pair.faithful == 0)


def test_labels_come_only_in_the_second_part_and_for_every_task(tok) -> None:
    early, late = (PairWriter(tok, "seed", progress) for progress in (0.49, 0.8))
    assert {early.pair().label for _ in range(200)} == {IGNORE}
    pairs = [late.pair() for _ in range(400)]
    assert {(p.task, p.label) for p in pairs} >= {
        (t, y) for t in range(len(SHARES)) for y in (0, 1)
    }


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


def test_the_shipped_encoder_is_small_and_is_loaded_without_a_hub() -> None:
    folder = Path(pretrain.__file__).parent / "encoder"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 6e6
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    assert type(model).__name__ == "XLMRobertaForSequenceClassification"
