"""TracIn: how much did each training example influence each test prediction?

Section 4.2 of the paper (Eq. 2 and "Normalization"): over the checkpoints theta_e of fine-tuning,

    I(z_test, z_i) = sum_e  cos( grad L(z_test, theta_e), grad L(z_i, theta_e) )

`influence` computes the summands, one for each (checkpoint, test, train), exactly and over all
trainable parameters; `scores.sum("checkpoint")` is TracIn's score. A positive score means that
training on the example lowers the test loss.

The gradients come from `gradients.py`. Here is the bookkeeping around them: test examples in
blocks that fit in memory, training examples in chunks, each finished piece written to a
`ScoreStore`, so that the work can be larger than memory and be interrupted at any time.
"""

from __future__ import annotations

import copy
import ctypes
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import psutil
import torch
import xarray as xr
from torch import Tensor, nn
from tqdm import tqdm

from xlshare.attribution.audit import Audit, choose, describe, probes
from xlshare.attribution.checkpoints import (
    hash_checkpoints,
    hash_model,
    load_state,
    read_checkpoint,
)
from xlshare.attribution.gradients import (
    Bank,
    Differentiator,
    Gradients,
    Unforeseen,
    Ways,
    is_out_of_memory,
)
from xlshare.attribution.inputs import Examples, Rows, Text
from xlshare.attribution.matmul import matmul_settings
from xlshare.attribution.refusals import check_memoryless, check_model, check_readable
from xlshare.attribution.store import CHUNK, ScoreStore, refuse_others
from xlshare.attribution.tokens import Products, Tokens, examples_of, identity_of, shared

LARGEST_BLOCK = 512  # test examples held at once, however much memory is free
# M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h, as they are when a process begins.
MALLOC_DEFAULTS = {-1: 128 << 10, -3: 128 << 10}
MATMUL = {"float32": "highest", "tf32": "high", "bfloat16": "highest"}  # torch's names


def influence(
    model: nn.Module,
    checkpoints: Sequence[str | os.PathLike | Mapping[str, Tensor]],
    train: Rows,
    test: Rows,
    *,
    similarity: str = "cosine",
    weights: Sequence[float] | None = None,
    batch_size: int | None = None,
    device: str | torch.device | None = None,
    precision: str = "float32",
    out: str | os.PathLike | None = None,
    progress: bool = True,
    memory: int | None = None,
    shard: int = 1,
    shards: int = 1,
    reduction: str = "mean",
    train_granularity: str = "example",
    test_granularity: str = "example",
) -> xr.DataArray:
    """TracIn scores of every training example on every test example (Section 4.2, Eq. 2).

    Args:
        model: A transformers `...ForSequenceClassification` or `...ForTokenClassification`; it is
            copied, never changed. Gradients are those of the cross-entropy with respect to every
            parameter that requires a gradient, in eval mode (no dropout).
        checkpoints: Folders written by `save_pretrained`, or state dicts; usually one per epoch.
        train: A `datasets.Dataset`, pandas DataFrame or sequence of mappings with `input_ids`
            (ragged, unpadded) and `labels`: the text's label, or for a token classifier a list with
            one for each input id, -100 where a token has none. Every other input that the model's
            `forward` takes is passed on (`attention_mask`, `token_type_ids`, language or position
            ids, boxes ...). The column `id` becomes the coordinate, `lang`, `group` and `label`
            become train_lang, test_lang and so on; text and single values are left alone.
        test: The same of the test examples.
        similarity: "cosine" as in the paper, or "dot", the plain product of Eq. 2.
        weights: One factor per checkpoint, for example its learning rate; default 1 as in the
            paper.
        batch_size: Examples per backward pass; no influence on the scores beyond rounding.
        device: Where to compute; default the GPU if there is one.
        precision: "float32" is exact. "bfloat16" multiplies the Linear layers' gradients, and keeps
            the test examples' (in half the memory), rounded to 8 bits, all else in float32: .999 of
            a test's top 100 stay. "tf32" lets a GPU round the inputs of all matrix products to 10
            bits: .985 stay. Both were measured on small models; compare on yours before you rely
            on them.
        out: A zarr folder. Finished pieces are kept; the same call continues after an interruption,
            a call with another model, other data or other parameters is refused.
        progress: Whether to show a progress bar.
        memory: Bytes that the test examples' gradients may take; default half of what is free.
        shard: Which part of the work to score, from 1 to `shards`.
        shards: How many parts there are. Several processes or machines then fill one `out`, each
            its own chunks, and get the bits of a single run. What other shards have not scored yet
            comes back as NaN.
        reduction: Of a token classifier: whether the loss of a sentence is the "mean" of its
            labelled tokens' losses, L = 1/n sum_t l_t, or their "sum". The cosine is the same.
        train_granularity: Of a token classifier: "example", or "token" for a score of each labelled
            training token, its part of the sentence's score. The gradient of a sentence is the sum
            of its tokens' shares 1/n grad l_t (with the sum grad l_t), so the parts,
            ``<g_test, 1/n grad l_t> / (|g_test| |grad L|)`` or without the norms, add up to the
            sentence's score. Each costs a backward pass, on the forward pass of the sentence.
            train_norm is the sentence's.
        test_granularity: Of a token classifier: "example", or "token" for a test of each labelled
            token t, with the gradient of its own loss l_t. A column `token` chooses some of a row's
            labelled tokens, a position or a list of them (in `train`, too). Passes are as above.

    Returns:
        float32 scores (checkpoint, test, train), without unit; checkpoints count from 1. An example
        whose gradient is zero scores 0, with a warning. The gradients' norms come along as the
        coordinates test_norm (checkpoint, test) and train_norm (checkpoint, train). Where examples
        are tokens, each has its sentence's id, language and group, and in test_token and
        test_label (train_token, train_label) its position from 0 and its label.

    Raises:
        ValueError: Bad input, or an `out` that holds another run's scores.
        FloatingPointError: A gradient is not finite; names the example.

    Example:
        Which of two training examples does a test example point to?

        >>> from transformers import BertConfig, BertForSequenceClassification
        >>> sizes = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}
        >>> config = BertConfig(vocab_size=20, num_hidden_layers=1, **sizes)
        >>> model = BertForSequenceClassification(config)
        >>> train = [
        ...     {"input_ids": [2, 7, 9, 3], "labels": 0, "id": "en-1"},
        ...     {"input_ids": [2, 8, 3], "labels": 1, "id": "de-1"},
        ... ]
        >>> test = [{"input_ids": [2, 7, 9, 3], "labels": 0, "id": "en-1"}]
        >>> scores = influence(model, [model.state_dict()], train, test, progress=False)
        >>> scores.dims, scores.shape
        (('checkpoint', 'test', 'train'), (1, 1, 2))
        >>> tracin = scores.sum("checkpoint").sel(test="en-1")  # the scores of the paper
        >>> tracin["train"].values[tracin.argmax("train").item()].item()
        'en-1'
        >>> round(tracin.sel(train="en-1").item(), 4)  # the cosine of a gradient with itself
        1.0

        And which of its words does a label of a token classifier point to?

        >>> from transformers import BertForTokenClassification
        >>> model = BertForTokenClassification(config)
        >>> train = [{"input_ids": [2, 7, 9, 3], "labels": [-100, 0, 1, -100], "id": "en-1"}]
        >>> tokens = {"train_granularity": "token", "test_granularity": "token"}
        >>> scores = influence(model, [model.state_dict()], train, train, **tokens, progress=False)
        >>> scores["test"].values.tolist(), scores["test_token"].values.tolist()
        (['en-1', 'en-1'], [1, 2])
        >>> whole = influence(model, [model.state_dict()], train, train, progress=False)
        >>> round(whole.item(), 4)  # of the sentence with itself
        1.0
    """
    _check_options(similarity, precision, batch_size, memory)
    _check_shard(shard, shards, out)
    weights = _check_weights(weights, len(checkpoints))
    check_model(model)
    trains = examples_of(train, "train", model, train_granularity)
    tests = examples_of(test, "test", model, test_granularity)
    coords = {"checkpoint": np.arange(1, len(checkpoints) + 1), **tests.coords, **trains.coords}
    identity = {"similarity": similarity, "weights": weights, "precision": precision}
    identity |= {"batch_size": batch_size, **identity_of(trains, tests, reduction)}
    identity["model"] = hash_model(model)
    identity["checkpoints"] = hashes = hash_checkpoints(checkpoints, model)
    if out is not None:
        refuse_others(out, identity)
    with torch.enable_grad(), matmul_settings(MATMUL[precision]), freed_memory_kept():
        run = _Run(
            model, trains, tests, similarity, batch_size, device, precision, hashes, reduction
        )
        run.share(ScoreStore.open(out, coords, identity, run.block_size(memory)), shard, shards)
        run.all(checkpoints, weights, progress)
    return run.store.finish()


class _Run:
    """One call of `influence`: checkpoints, in them blocks of tests, in them chunks of training."""

    def __init__(
        self, model, train, test, similarity, batch_size, device, precision, hashes, reduction
    ):
        self.train, self.test, self.hashes, self.reduction = train, test, hashes, reduction
        self.cosine = similarity == "cosine"
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.given, self.model = model, copy.deepcopy(model).float().eval().cpu()
        for config in (m.config for m in self.model.modules() if hasattr(m, "config")):
            config.use_cache, config.return_dict = False, True
        texts = train.sentences, test.sentences
        check_memoryless(self.model, *texts)
        check_readable(self.model, *texts, batch_size)
        self.model.to(self.device)
        trainable = [name for name, p in model.named_parameters() if p.requires_grad]
        numbers = chain.from_iterable(map(train.audited, choose(train.sentences)))
        self.audited = {number: train.given(number) for number in numbers}
        self.differentiate = Differentiator(self.model, trainable, probes(*texts), reduction)
        self.usual = self.ways = self.differentiate.ways
        self.precision = precision
        self.batch_size = batch_size or (32 if self.device.type == "cpu" else 64)
        self.zeros = {"train": set(), "test": set()}

    def block_size(self, memory: int | None) -> int:
        """How many test gradients fit in `memory` bytes, by default half of what is free."""
        self.budget = memory or free_memory(self.device) // 2
        return max(1, min(self._that_fit(), LARGEST_BLOCK, len(self.test)))

    def _that_fit(self) -> int:
        """How many test gradients fit as they are found now: slower ways may take more memory."""
        return self.budget // (max(1, self.differentiate.bank_numel()) * self.dtype.itemsize)

    def share(self, store: ScoreStore, shard: int, shards: int) -> None:
        """Find this shard's part of the pieces (checkpoint, tests, trains): one in `shards`."""
        self.store, self.name = store, f"{shard} of {shards}"
        known = store.recall(f"ways of shard {self.name}", {"slow": []})
        self._fall_back(Unforeseen(known.pop("slow"), **known))
        pieces = [
            (number, (tests.start, tests.stop), trains)
            for number in range(store.array.shape[0])
            for tests in slices(0, len(self.test), store.block)
            for trains in slices(0, len(self.train), CHUNK["train"])
        ]
        first, last = (len(pieces) * k // shards for k in (shard - 1, shard))
        self.parts: dict[tuple, list[slice]] = {}  # (checkpoint, tests) -> trains
        for number, tests, trains in pieces[first:last]:
            self.parts.setdefault((number, tests), []).append(trains)

    def all(self, checkpoints: Sequence, weights: Sequence[float], progress: bool) -> None:
        pairs = sum(
            (tests[1] - tests[0]) * (trains[-1].stop - trains[0].start)
            for (_, tests), trains in self.parts.items()
        )
        self.number = -1
        with tqdm(total=pairs, unit="pair", unit_scale=True, disable=not progress) as self.bar:
            for (number, (start, stop)), trains in self.parts.items():
                if number != self.number:
                    self.number, self.weight = number, weights[number]
                    self.unread = checkpoints[number]
                while start < stop:
                    start = self._block_from(start, stop, trains)
        for role, ids in self.zeros.items():
            if ids:
                warnings.warn(
                    f"{len(ids)} {role} example(s) have a zero gradient and score 0 at "
                    f"some checkpoint: {sorted(ids, key=str)[:5]}",
                    stacklevel=3,
                )

    def _block_from(self, start: int, stop: int, trains: Sequence[slice]) -> int:
        """Score a block of tests that fits in memory; returns where the next one starts."""
        size = self.store.recall(f"block of shard {self.name}", self.store.block)
        tests = slice(start, min(start + size, stop))
        try:
            self._block(tests, trains)
            return tests.stop
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if size == 1 or not is_out_of_memory(error):
                raise
        # Remembered: the same blocks, and so the same rounding, when the run is continued.
        self.store.remember(f"block of shard {self.name}", size // 2)
        return start

    def _block(self, tests: slice, trains: Sequence[slice]) -> None:
        bank = None
        for chunk in trains:
            if self.store.is_pending(self.number, tests, chunk):
                bank, scores, norms = self._score(bank, tests, chunk)
                if tests.start == 0:  # other blocks find the same, but for rounding
                    self.store.write_norms("train", self.number, chunk, norms)
                self.store.write(self.number, tests, chunk, scores)  # the last: all is there
            self.bar.update((chunk.stop - chunk.start) * (tests.stop - tests.start))

    def _score(self, bank: Bank | None, tests: slice, chunk: slice) -> tuple:
        """The bank of a block of tests, and the scores and norms of a chunk."""
        while True:
            try:
                bank = bank or self._audited_bank(tests)
                return bank, *self._scores(bank, chunk)
            except Unforeseen as use:
                self._fall_back(use)
                ways = asdict(self.ways) | {"slow": sorted(self.ways.slow)}
                self.store.remember(f"ways of shard {self.name}", ways)
                bank = None

    def _fall_back(self, use: Unforeseen) -> None:
        """Take slower ways from now on, whatever the audit says."""
        self.differentiate.ways = self.ways
        self.differentiate.fall_back(use)
        self.ways = self.differentiate.ways

    def _audited_bank(self, tests: slice) -> Bank:
        """The gradients of a block of test examples at this checkpoint, once the audit agrees.

        Each block begins on the same ways, so that it does not matter what was scored before.
        """
        if self.unread is not None:
            state = read_checkpoint(self.unread, self.given)
            load_state(self.model, state, self.number, self.hashes[self.number])
            self.unread = None
        self.differentiate.ways = self.ways
        given = [self.test.given(i) for i in range(tests.start, tests.stop)]
        bank_of = partial(self._bank, tests)
        audit = Audit(
            self.differentiate, given, self.audited, self._audited_batches, bank_of, self.precision
        )
        bank, error = audit.bank()
        self.store.write_audit(self.number, tests, error)
        self.store.write_norms("test", self.number, tests, (bank.norms * bank.sizes).cpu().numpy())
        self._tell(self.differentiate.ways)
        return bank

    def _audited_batches(self) -> list[list[Text]]:
        """The batches that the audited training examples are scored in."""
        found = {}
        for number in [number for number in self.audited if number >= 0]:
            start = number // CHUNK["train"] * CHUNK["train"]
            chunk = range(start, min(start + CHUNK["train"], len(self.train)))
            batches = self._batches(self.train, chunk)
            batch = next(b for b in batches if any(number in group for group in b))
            found[tuple(chain.from_iterable(batch))] = batch
        return [[self.train.text(group) for group in batch] for batch in found.values()]

    def _tell(self, ways: Ways) -> None:
        """Say once on which slower ways the gradients agree with autograd's."""
        told = self.store.recall("ways", [])
        news = [line for line in describe(ways, self.usual) if line not in told]
        if news:
            warnings.warn(f"the audit found that {'; '.join(news)}", stacklevel=7)
            self.store.remember("ways", [*told, *news])

    def _bank(self, tests: slice) -> Bank:
        numbers = range(tests.start, tests.stop)
        if len(numbers) > max(1, self._that_fit()):
            raise MemoryError(f"{len(numbers)} test gradients take more than {self.budget:,} bytes")
        order, gradients = zip(*self._gradients(self.test, numbers))
        places = [number - tests.start for number in chain.from_iterable(order)]
        bank = Bank.of(gradients, places, self.dtype)
        self._check(self.test, numbers, bank.norms)
        return bank

    def _scores(self, bank: Bank, chunk: slice) -> tuple[np.ndarray, np.ndarray]:
        """Scores [tests, chunk] and norms [chunk]."""
        scores = np.empty((len(bank.norms), chunk.stop - chunk.start), np.float32)
        lengths = np.empty(chunk.stop - chunk.start)
        for numbers, products, norms, sizes in self._products(bank, chunk):
            self._check(self.train, numbers, norms)
            places = [number - chunk.start for number in numbers]
            scores[:, places] = self._similarity(products, norms, sizes, bank).T.cpu()
            lengths[places] = (norms * sizes).cpu()
        return scores, lengths

    def _products(self, bank: Bank, chunk: slice) -> Iterable[Products]:
        """Inner products of a chunk's training examples with the bank, batch by batch."""
        found = (
            (numbers, *gradients.against(bank), gradients.sizes)
            for numbers, gradients in self._gradients(self.train, range(chunk.start, chunk.stop))
        )
        if isinstance(self.train, Tokens):
            return shared(found, self.train, self.reduction)
        return found

    def _gradients(
        self, examples: Examples | Tokens, numbers: range
    ) -> Iterator[tuple[list[int], Gradients]]:
        """Gradients of some examples, batch by batch, with the numbers of these."""
        for batch in self._batches(examples, numbers):
            yield from self.differentiate.each([examples.text(group) for group in batch])

    def _batches(self, examples: Examples | Tokens, numbers: range) -> Iterator[list[list[int]]]:
        """The examples of texts, text by text, in batches of texts of similar length.

        Long texts come first: what fits them in memory fits the others.
        """
        size = self.batch_size if self.differentiate.ways.pad else 1
        groups = examples.groups(numbers)
        lengths = np.array([examples.lengths[group[-1]] for group in groups])
        order = np.argsort(-lengths, kind="stable").tolist()
        return ([groups[i] for i in order[part]] for part in slices(0, len(order), size))

    def _similarity(self, products: Tensor, norms: Tensor, sizes: Tensor, bank: Bank) -> Tensor:
        """Scores [B, N] of a batch from its inner products: Eq. 2, normalised or not."""
        if not self.cosine:
            return self.weight * products * sizes[:, None] * bank.sizes
        lengths = norms[:, None] * bank.norms
        return self.weight * products / torch.where(lengths == 0, 1, lengths)

    def _check(self, examples: Examples, places: Sequence[int], norms: Tensor) -> None:
        """Stop at a gradient that is not finite; count those that are zero."""
        for place, norm in zip(places, norms.tolist()):
            if not np.isfinite(norm):
                raise FloatingPointError(
                    f"the gradient of {examples.role} example {examples.ids[place]!r} at "
                    f"checkpoint {self.number + 1} is not finite; remove the example or check "
                    "the checkpoint's weights"
                )
            if norm == 0:
                self.zeros[examples.role].add(examples.ids[place])


# ---- The machine ----------------------------------------------------------------------------


def free_memory(device: torch.device) -> int:
    """Bytes that can be had without swapping."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        return torch.cuda.mem_get_info(device)[0]
    free = psutil.virtual_memory().available
    limit, used = (Path("/sys/fs/cgroup", f"memory.{name}") for name in ("max", "current"))
    if limit.exists() and limit.read_text().strip() != "max":  # a container or a cluster's job
        free = min(free, max(0, int(limit.read_text()) - int(used.read_text())))
    return free


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let the C library keep up to 2 GB that one batch frees for the next one.

    Given back at once, memory comes again page by page, filled with zeros, which took a tenth of a
    run's time. In the end all of it goes back to the system. Without glibc nothing happens.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not hasattr(library, "mallopt"):
        yield
        return
    for option in MALLOC_DEFAULTS:
        library.mallopt(option, 2**31 - 1)
    try:
        yield
    finally:
        for option, value in MALLOC_DEFAULTS.items():
            library.mallopt(option, value)
        library.malloc_trim(0)


def slices(start: int, stop: int, size: int) -> Iterator[slice]:
    """The slices of at most `size` from start to stop."""
    return (slice(i, min(i + size, stop)) for i in range(start, stop, size))


# ---- Options --------------------------------------------------------------------------------


def _check_options(
    similarity: str, precision: str, batch_size: int | None, memory: int | None
) -> None:
    if similarity not in ("cosine", "dot"):
        raise ValueError(f"similarity is {similarity!r}; choose 'cosine' or 'dot'")
    if precision not in MATMUL:
        raise ValueError(f"precision is {precision!r}; choose one of {', '.join(MATMUL)}")
    for name, value in (("batch_size", batch_size), ("memory", memory)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1, or None")


def _check_shard(shard: int, shards: int, out) -> None:
    if not 1 <= shard <= shards:
        raise ValueError(f"shard is {shard} of {shards}; it must be between 1 and `shards`")
    if shards > 1 and out is None:
        raise ValueError(f"{shards} shards need one `out` that they all write to")


def _check_weights(weights: Sequence[float] | None, checkpoints: int) -> list[float]:
    if checkpoints == 0:
        raise ValueError("checkpoints is empty; give at least one folder or state dict")
    weights = [1.0] * checkpoints if weights is None else [float(w) for w in weights]
    if len(weights) != checkpoints:
        raise ValueError(f"{len(weights)} weights for {checkpoints} checkpoints; give one for each")
    if not np.isfinite(weights).all():
        raise ValueError(f"weights are {weights}; they must be finite")
    return weights
