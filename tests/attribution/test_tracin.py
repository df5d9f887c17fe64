"""TracIn over checkpoints: the definition, what must not matter, interruption, and bad input."""

from __future__ import annotations

import copy
import multiprocessing
import os
import resource
import signal
import sys
import warnings

import numpy as np
import psutil
import pytest
import torch
import xarray as xr
from datasets import Dataset
from test_gradients import tiny_model, tiny_rows

from xlshare.attribution import influence, store
from xlshare.attribution import tracin as engine
from xlshare.attribution.gradients import oracle_gradients

TRAIN, TEST = tiny_rows(20, seed=1), tiny_rows(5, seed=2)


def checkpoints(model, count: int = 2) -> list[dict]:
    """The model's weights, and others."""
    generator = torch.Generator().manual_seed(1)
    return [
        {
            name: w + 0.05 * epoch * torch.randn(w.shape, generator=generator)
            for name, w in model.state_dict().items()
        }
        for epoch in range(count)
    ]


def oracle(model, states, train, test, similarity="cosine") -> np.ndarray:
    """Scores (checkpoint, test, train) by the definition, in float64."""
    model, found = copy.deepcopy(model), []
    for state in states:
        model.load_state_dict(state)
        z, z_test = oracle_gradients(model, train), oracle_gradients(model, test)
        if similarity == "cosine":
            z, z_test = z / z.norm(dim=1, keepdim=True), z_test / z_test.norm(dim=1, keepdim=True)
        found.append(z_test @ z.T)
    return torch.stack(found).numpy()


def run(model, train=TRAIN, test=TEST, states=None, **options):
    return influence(model, states or checkpoints(model), train, test, progress=False, **options)


@pytest.fixture(scope="module")
def model():
    return tiny_model("XLM-R")


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of 8 training and 3 test examples, so that few examples make many pieces."""
    monkeypatch.setitem(store.CHUNK, "train", 8)
    monkeypatch.setattr(engine, "LARGEST_BLOCK", 3)


# ---- The scores are those of the definition -------------------------------------------------


def slowly(*values: object) -> list:
    """Parameters whose tests are slow."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("similarity", ["cosine", *slowly("dot")])
@pytest.mark.parametrize("num_labels", [2, *slowly(3)])
@pytest.mark.parametrize(
    "name", ["XLM-R", *slowly("BERT", "RoBERTa", "DistilBERT", "DeBERTa-v2", "Qwen2", "Llama")]
)
def test_scores_equal_the_float64_oracle(name, num_labels, similarity):
    """For every pair and checkpoint, within 5e-6 of the largest score."""
    model = tiny_model(name, num_labels)
    train, test = tiny_rows(10, num_labels, seed=1), tiny_rows(3, num_labels, seed=2)
    found = run(model, train, test, similarity=similarity)
    truth = oracle(model, checkpoints(model), train, test, similarity)
    assert found.dims == ("checkpoint", "test", "train") and found.dtype == np.float32
    assert np.abs(found - truth).max() <= 5e-6 * np.abs(truth).max()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["XLM-R", "BERT", "RoBERTa", "DistilBERT", "DeBERTa-v2", "Qwen2", "Llama"]
)
@pytest.mark.parametrize("tests", [1, 5])
def test_scores_by_the_faster_libraries_equal_the_oracle(name, tests, fast_libraries):
    model, test = tiny_model(name), TEST[:tests]
    truth = oracle(model, checkpoints(model), TRAIN, test)
    assert np.abs(run(model, test=test) - truth).max() <= 5e-6 * np.abs(truth).max()


def trained(model, rows) -> list[dict]:
    """Checkpoints after 3 and 30 steps of training that fit the rows."""
    model, states = copy.deepcopy(model).train(), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for step in range(1, 31):
        optimizer.zero_grad()
        sum(training_loss(model, row) for row in rows).backward()
        optimizer.step()
        if step in (3, 30):
            states.append({name: w.clone() for name, w in model.state_dict().items()})
    return states


def training_loss(model, row) -> torch.Tensor:
    logits = model(input_ids=torch.tensor([row["input_ids"]])).logits
    return torch.nn.functional.cross_entropy(logits, torch.tensor([row["labels"]]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["XLM-R", "BERT", "DeBERTa-v2", "Llama"])
def test_scores_of_trained_models_equal_the_oracle(name):
    model = tiny_model(name)
    train, test = tiny_rows(10, seed=1), tiny_rows(3, seed=2)
    states = trained(model, train)
    losses = [with_state(model, state, train) for state in states]
    assert losses[1] < min(losses[0], 0.5)
    for similarity in ("cosine", "dot"):
        found = run(model, train, test, states, similarity=similarity)
        truth = oracle(model, states, train, test, similarity)
        for one, true in zip(found, truth):  # dot products shrink as the loss does
            assert np.abs(one - true).max() <= 5e-6 * np.abs(true).max()


def with_state(model, state, rows) -> float:
    model = copy.deepcopy(model).eval()
    model.load_state_dict(state)
    return sum(loss(model, row) for row in rows) / len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_top_100_are_those_of_the_oracle(model, similarity):
    train = tiny_rows(400, seed=3)
    found = run(model, train, TEST, similarity=similarity).sum("checkpoint").values
    truth = oracle(model, checkpoints(model), train, TEST, similarity).sum(0)
    top = [set(row) for row in np.argsort(-found)[:, :100].tolist()]
    assert top == [set(row) for row in np.argsort(-truth)[:, :100].tolist()]


@pytest.mark.slow
def test_an_example_has_cosine_one_with_itself(model):
    found = run(model, TEST, TEST)
    np.testing.assert_allclose(np.diagonal(found.values, axis1=1, axis2=2), 1, atol=1e-6)


@pytest.mark.slow
def test_a_positive_score_lowers_the_test_loss(model):
    """A small step against the training gradient changes the test loss by -step * dot."""
    state = checkpoints(model, 1)
    dot = run(model, TRAIN[:1], TEST, state, similarity="dot").values[0, :, 0]
    step, moved = 1e-6, copy.deepcopy(model).double()
    z = oracle_gradients(model, TRAIN[:1])[0]
    with torch.no_grad():
        torch.nn.utils.vector_to_parameters(
            torch.nn.utils.parameters_to_vector(moved.parameters()) - step * z, moved.parameters()
        )
    change = [loss(moved, row) - loss(copy.deepcopy(model).double(), row) for row in TEST]
    np.testing.assert_allclose(np.array(change) / -step, dot, rtol=1e-3, atol=1e-3)


def loss(model, row) -> float:
    logits = model.eval()(input_ids=torch.tensor([row["input_ids"]])).logits
    return torch.nn.functional.cross_entropy(logits, torch.tensor([row["labels"]])).item()


@pytest.mark.slow
def test_weights_multiply_their_checkpoints(model):
    plain, weighted = run(model).values, run(model, weights=[0.5, -2]).values
    np.testing.assert_allclose(weighted, plain * np.array([0.5, -2])[:, None, None], rtol=1e-6)


@pytest.mark.slow
def test_frozen_parameters_do_not_count(model):
    """Scores over the trainable ones, here the head and the words."""
    part = copy.deepcopy(model)
    for name, parameter in part.named_parameters():
        parameter.requires_grad_("classifier" in name or "word_embeddings" in name)
    truth = oracle(part, checkpoints(part), TRAIN, TEST)
    assert np.abs(run(part) - truth).max() <= 5e-6
    assert np.abs(truth - run(model)).max() > 0.01


@pytest.mark.slow
def test_segments_are_passed_on():
    """token_type_ids, when the rows have them, belong to the input."""
    model = tiny_model("BERT")
    rows = [
        {**row, "token_type_ids": [i % 2 for i, _ in enumerate(row["input_ids"])]} for row in TRAIN
    ]
    truth = oracle(model, checkpoints(model), rows, rows[:3])
    assert np.abs(run(model, rows, rows[:3]) - truth).max() <= 5e-6
    assert np.abs(run(model, TRAIN, TRAIN[:3]) - truth).max() > 1e-3


@pytest.mark.slow
def test_a_decoder_without_padding_token_is_scored(model):
    model = tiny_model("Qwen2")
    model.config.pad_token_id = None
    truth = oracle(model, checkpoints(model), TRAIN, TEST)
    assert np.abs(run(model) - truth).max() <= 5e-6
    assert model.config.pad_token_id is None


# ---- What must not matter -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"batch_size": 1}, {"batch_size": 3}, {"batch_size": 64}])
def test_batches_and_padding_do_not_matter(model, options):
    np.testing.assert_allclose(run(model, **options).values, run(model).values, atol=1e-6)


@pytest.mark.slow
def test_blocks_and_chunks_do_not_matter(model, monkeypatch):
    whole = run(model)
    monkeypatch.setitem(store.CHUNK, "train", 8)
    monkeypatch.setattr(engine, "LARGEST_BLOCK", 2)
    np.testing.assert_allclose(run(model).values, whole.values, atol=1e-6)


@pytest.mark.slow
def test_the_gradients_of_a_block_take_the_memory_that_they_may(model, tmp_path):
    numel = sum(p.numel() for p in model.parameters())
    scores = run(model, out=tmp_path / "scores.zarr", memory=3 * 4 * numel)
    assert 3 <= store.ScoreStore(str(tmp_path / "scores.zarr")).block < scores.sizes["test"]
    np.testing.assert_allclose(scores, run(model), atol=1e-6)


def test_threads_do_not_matter(model):
    threads, found = torch.get_num_threads(), []
    for number in (1, 2):
        torch.set_num_threads(number)
        found.append(run(model).values)
    torch.set_num_threads(threads)
    np.testing.assert_allclose(*found, atol=1e-6)


@pytest.mark.slow
def test_order_does_not_matter(model):
    turned = run(model, TRAIN[::-1], TEST[::-1]).values[:, ::-1, ::-1]
    np.testing.assert_allclose(turned, run(model).values, atol=1e-6)


@pytest.mark.slow
def test_dropout_and_mode_do_not_matter(model):
    before = run(model)
    np.testing.assert_array_equal(before, run(copy.deepcopy(model).train()))


@pytest.mark.slow
def test_running_out_of_memory_halves_the_block(model, monkeypatch):
    whole, bank = run(model), engine._Run._bank

    def tight(self, tests):
        if tests.stop - tests.start > 2:
            raise torch.OutOfMemoryError("no memory")
        return bank(self, tests)

    monkeypatch.setattr(engine._Run, "_bank", tight)
    np.testing.assert_allclose(run(model).values, whole.values, atol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's C library")
def test_what_a_batch_frees_is_used_by_the_next_and_given_back_in_the_end():
    """No page of these 64 MB comes from the system again, until the run has ended."""
    usage = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt  # noqa: E731
    resident = psutil.Process().memory_info
    before = resident().rss
    with engine.freed_memory_kept():
        torch.ones(1 << 25)
        pages = usage()
        torch.ones(1 << 24)
        assert usage() - pages < 1000  # of 16384
        assert resident().rss - before > 100e6
    assert resident().rss - before < 10e6
    pages = usage()
    torch.ones(1 << 24)
    assert usage() - pages > 10_000


@pytest.mark.slow
def test_folders_and_state_dicts_are_the_same_checkpoints(model, tmp_path):
    states = checkpoints(model)
    for number, state in enumerate(states):
        saved = copy.deepcopy(model)
        saved.load_state_dict(state)
        saved.save_pretrained(tmp_path / str(number))
    folders = [tmp_path / "0", str(tmp_path / "1")]
    np.testing.assert_array_equal(run(model, states=folders), run(model, states=states))


@pytest.mark.slow
def test_datasets_and_lists_are_the_same_examples(model):
    listed, table = run(model), run(model, Dataset.from_list(TRAIN), Dataset.from_list(TEST))
    np.testing.assert_array_equal(listed, table)


@pytest.mark.slow
def test_the_model_is_left_as_it_was(model):
    """Mode, requires_grad, hooks, weights, dtype, gradients, attention, caching, padding."""
    given = copy.deepcopy(model).half().train()
    seen = []
    own = given.classifier.register_forward_hook(lambda *_: seen.append(1))
    config = copy.deepcopy(given.config)
    attention = given.config._attn_implementation
    given.roberta.encoder.eval()
    given.roberta.embeddings.requires_grad_(False)
    weights = {name: w.clone() for name, w in given.state_dict().items()}
    modes = [m.training for m in given.modules()]
    flags = [p.requires_grad for p in given.parameters()]
    run(given, states=checkpoints(model))
    assert [m.training for m in given.modules()] == modes
    assert [p.requires_grad for p in given.parameters()] == flags
    assert all(
        torch.equal(w, weights[n]) and w.dtype == torch.float16
        for n, w in given.state_dict().items()
    )
    assert all(p.grad is None for p in given.parameters())
    assert given.config.to_dict() == config.to_dict()
    assert given.config._attn_implementation == attention
    assert list(given.classifier._forward_hooks) == [own.id]
    own.remove()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in given.modules())


# ---- Labels ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_ids_and_columns_become_coordinates(model):
    train = [
        {**row, "id": f"train-{i}-de", "lang": "de", "group": f"train-{i}"}
        for i, row in enumerate(TRAIN)
    ]
    found = run(model, train)
    assert found.checkpoint.values.tolist() == [1, 2]
    assert found.train.values[3] == "train-3-de" and found.test.values.tolist() == list(range(5))
    assert found.sel(train="train-3-de").train_group.item() == "train-3"
    assert found.train_label.values.tolist() == [row["labels"] for row in TRAIN]
    assert set(found.train_lang.values) == {"de"} and "test_lang" not in found.coords


# ---- Interruption ---------------------------------------------------------------------------


def _die_after(writes: int, path: str) -> None:
    """Run, and be killed like by `kill -9` in the middle of the work."""
    write, done = store.ScoreStore.write, []

    def fatal(*args):
        if len(done) == writes:
            os.kill(os.getpid(), signal.SIGKILL)
        write(*args)
        done.append(1)

    store.ScoreStore.write = fatal
    run(tiny_model("XLM-R"), out=path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("writes", [1, 4])
def test_a_killed_run_continues_to_the_same_bits(model, small_chunks, tmp_path, writes):
    """Nothing that was finished is computed again, and the rest comes out bit by bit the same."""
    path = tmp_path / "influence.zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = multiprocessing.get_context("fork").Process(target=_die_after, args=(writes, path))
        child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with pytest.raises(ValueError, match="not complete"):
        store.load(path)
    written = []
    write = store.ScoreStore.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.ScoreStore, "write", lambda *a: (written.append(1), write(*a)))
        continued = run(model, out=path)
    assert len(written) == 12 - writes  # 2 checkpoints x 2 blocks x 3 chunks
    np.testing.assert_array_equal(continued, run(model))
    np.testing.assert_array_equal(store.load(path), run(model))


@pytest.mark.slow
def test_shards_write_disjoint_parts_that_make_the_whole(model, small_chunks, tmp_path):
    """Each its own pieces, whatever the order; the last one completes the store."""
    path, seen = tmp_path / "influence.zarr", 0
    for shard in (3, 1, 2):
        found = run(model, out=path, shard=shard, shards=3)
        there = int(found.notnull().sum())
        assert seen < there
        seen = there
        if shard != 2:
            with pytest.raises(ValueError, match="not complete"):
                store.load(path)
    np.testing.assert_array_equal(store.load(path), run(model))


def _score_a_shard(shard: int, path: str) -> None:
    run(tiny_model("XLM-R"), out=path, shard=shard, shards=2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_two_processes_at_once_give_the_bits_of_one(model, small_chunks, tmp_path):
    """Both make the store, both write to it, neither waits; norms and labels included."""
    path = tmp_path / "influence.zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        fork = multiprocessing.get_context("fork").Process
        shards = [fork(target=_score_a_shard, args=(k, path)) for k in (1, 2)]
        for child in shards:
            child.start()
    for child in shards:
        child.join()
    assert [child.exitcode for child in shards] == [0, 0]
    xr.testing.assert_identical(store.load(path).compute(), run(model).compute())
    assert [p.name for p in tmp_path.iterdir()] == ["influence.zarr"]


@pytest.mark.slow
def test_an_interrupted_shard_is_finished_by_a_plain_run(model, small_chunks, tmp_path):
    path = tmp_path / "influence.zarr"
    run(model, out=path, shard=2, shards=4)
    np.testing.assert_array_equal(run(model, out=path), run(model))


@pytest.mark.slow
def test_a_finished_run_is_not_computed_again(model, tmp_path, monkeypatch):
    first = run(model, out=tmp_path / "a.zarr")
    monkeypatch.setattr(engine._Run, "_bank", None)
    np.testing.assert_array_equal(run(model, out=tmp_path / "a.zarr"), first)


def only_the_head_trainable(model):
    model.requires_grad_(False).classifier.requires_grad_(True)
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, named",
    [
        ({"similarity": "dot"}, "similarity was 'cosine', is 'dot'"),
        ({"weights": [1, 3]}, "weights number 2 differs"),
        ({"train": TRAIN[:-1]}, "train"),
        ({"test": TEST[::-1]}, "test"),
        ({"batch_size": 5}, "batch_size"),
        ({"precision": "bfloat16"}, "precision"),
        ({"states": checkpoints(tiny_model("XLM-R"))[::-1]}, "checkpoints number 1, 2 differs"),
        ({"model": only_the_head_trainable(tiny_model("XLM-R"))}, "model"),
    ],
)
def test_another_run_is_refused_naming_what_differs(model, tmp_path, change, named):
    run(model, out=tmp_path / "a.zarr")
    with pytest.raises(ValueError, match=f"another run: .*{named}"):
        run(**{"model": model, "states": checkpoints(model), "out": tmp_path / "a.zarr"} | change)


def test_a_folder_of_something_else_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="holds no influence scores"):
        run(model, out=tmp_path)


# ---- Zeros, infinities, bad input -----------------------------------------------------------


def certain(model):
    """A checkpoint so sure of label 0 that examples of label 0 have no gradient at all."""
    state = checkpoints(model, 1)[0]
    state["classifier.out_proj.bias"] = torch.tensor([1e4, -1e4])
    return [state]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:. test example")
@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_zero_gradients_score_zero_with_a_counted_warning(model, similarity):
    zero = [row["labels"] == 0 for row in TRAIN]
    with pytest.warns(UserWarning, match=f"^{sum(zero)} train example"):
        found = run(model, states=certain(model), similarity=similarity).values
    assert np.isfinite(found).all() and (found[:, :, zero] == 0).all()
    assert (found[:, [row["labels"] == 1 for row in TEST]][:, :, ~np.array(zero)] != 0).all()


@pytest.mark.slow
def test_a_gradient_that_is_not_finite_stops_the_run_and_names_the_example(model):
    """The weight of token 11 is broken: the first text that has it is at fault."""
    state = checkpoints(model, 1)[0]
    state["roberta.embeddings.word_embeddings.weight"][11] = float("nan")
    clean = [row for row in TRAIN + TEST if 11 not in row["input_ids"]]
    broken = {"id": "x-1", "input_ids": [3, 11, 2], "labels": 0}
    train = [{**row, "id": f"ok-{i}"} for i, row in enumerate(clean)] + [broken]
    with pytest.raises(FloatingPointError, match="train example 'x-1' at checkpoint 1"):
        run(model, train, clean, [state])
    with pytest.raises(FloatingPointError, match="test example 'x-1' at checkpoint 1"):
        run(model, clean, train, [state])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"similarity": "cos"}, "similarity is 'cos'; choose 'cosine' or 'dot'"),
        ({"precision": "fp32"}, "precision is 'fp32'; choose one of float32"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"memory": 0}, "memory is 0; it must be at least 1"),
        ({"weights": [1]}, "1 weights for 2 checkpoints"),
        ({"shard": 3, "shards": 2, "out": "a.zarr"}, "shard is 3 of 2; it must be between 1"),
        ({"model": tiny_model("BERT").requires_grad_(False)}, "no parameter of the model requires"),
        ({"shard": 1, "shards": 2}, "2 shards need one `out`"),
        ({"train": []}, "train holds no examples"),
        ({"test": [{"input_ids": [99], "labels": 0}]}, "test row 0 .* from 0 to 59"),
        ({"test": [{"input_ids": [], "labels": 0}]}, "row 0 .* must be a list of tokens"),
        ({"test": [{"input_ids": [3] * 63, "labels": 0}]}, "test row 0 .* 63 tokens, .* reads 62"),
        (
            {"test": [{"input_ids": [3], "labels": 2}]},
            "test row 0 .* label 2, but .* labels 0 to 1",
        ),
        ({"test": [{"input_ids": [3]}]}, "test row 0 .* needs input_ids and a label"),
        (
            {"states": ["no/such/folder"] * 2},
            "'no/such/folder' is neither a folder nor a state dict",
        ),
        ({"states": [{}]}, "checkpoint 1 does not fit the model: it lacks"),
    ],
)
def test_bad_input_is_named(model, change, message):
    with pytest.raises(ValueError, match=message):
        run(**{"model": model, "states": checkpoints(model)} | change)
