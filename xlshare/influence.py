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
import hashlib
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import torch
import xarray as xr
from safetensors.torch import load_file
from torch import Tensor, nn
from tqdm import tqdm

from xlshare.gradients import Bank, Differentiator
from xlshare.scores import CHUNK, ScoreStore

LARGEST_BATCH = 64
LARGEST_BLOCK = 512  # test examples held at once, however much memory is free
MATMUL = {"float32": "highest", "tf32": "high", "bfloat16": "highest"}  # torch's names
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LABELS = ("lang", "group", "label")  # columns that become coordinates


def influence(
    model: nn.Module,
    checkpoints: Sequence[str | os.PathLike | Mapping[str, Tensor]],
    train: Sequence[Mapping],
    test: Sequence[Mapping],
    *,
    similarity: str = "cosine",
    weights: Sequence[float] | None = None,
    batch_size: int | None = None,
    device: str | torch.device | None = None,
    precision: str = "float32",
    out: str | os.PathLike | None = None,
    progress: bool = True,
) -> xr.DataArray:
    """TracIn scores of every training example on every test example (Section 4.2, Eq. 2).

    model: a transformers `...ForSequenceClassification`; it is copied, never changed. Gradients are
        those of the cross-entropy with respect to every parameter that requires a gradient, in eval
        mode (no dropout).
    checkpoints: folders written by `save_pretrained`, or state dicts; usually one an epoch.
    train, test: `datasets.Dataset`s or sequences of mappings with `input_ids` (ragged, unpadded)
        and `labels`; `attention_mask` and `token_type_ids` are passed on. The column `id` becomes
        the coordinate, `lang`, `group` and `label` become train_lang, test_lang and so on.
    similarity: "cosine" as in the paper, or "dot", the plain product of Eq. 2.
    weights: one factor a checkpoint, for example its learning rate; default 1 as in the paper.
    batch_size: examples a backward pass; no influence on the scores beyond rounding.
    device: where to compute; default the GPU if there is one.
    precision: "float32" is exact. "bfloat16" multiplies the Linear layers' gradients, and keeps
        the test examples' (in half the memory), rounded to 8 bits, all else in float32: .999 of a
        test's top 100 stay. "tf32" lets a GPU round the inputs of all matrix products to 10 bits:
        .985 stay. Both were measured on small models; compare on yours before you rely on them.
    out: a zarr folder. Finished pieces are kept; the same call continues after an interruption,
        a call with another model, other data or other parameters is refused.

    Returns float32 scores (checkpoint, test, train), without unit; checkpoints count from 1. An
    example whose gradient is zero scores 0, with a warning. The gradients' norms come along as the
    coordinates test_norm (checkpoint, test) and train_norm (checkpoint, train).

    Raises ValueError for bad input or for an `out` that holds another run's scores, and
    FloatingPointError naming the example whose gradient is not finite.
    """
    _check_options(similarity, precision, batch_size)
    weights = _check_weights(weights, len(checkpoints))
    train, test = Examples(train, "train", model), Examples(test, "test", model)
    coords = {"checkpoint": np.arange(1, len(checkpoints) + 1), **test.coords, **train.coords}
    identity = {
        "similarity": similarity,
        "weights": weights,
        "precision": precision,
        "batch_size": batch_size,
        "train": train.hash,
        "test": test.hash,
    }
    if out is not None:
        identity["model"] = hash_model(model)
        identity["checkpoints"] = [hash_state(read_checkpoint(c, model)) for c in checkpoints]
    store = ScoreStore.open(out, coords, identity)
    run = _Run(model, train, test, store, similarity, batch_size, device, precision)
    with matmul_precision(MATMUL[precision]):
        run.all(checkpoints, weights, progress)
    return store.finish()


class _Run:
    """One call of `influence`: checkpoints, in them blocks of tests, in them chunks of training."""

    def __init__(self, model, train, test, store, similarity, batch_size, device, precision):
        self.train, self.test, self.store = train, test, store
        self.cosine = similarity == "cosine"
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.model = copy.deepcopy(model).float().eval().to(self.device)
        self.model.config.use_cache = False
        trainable = [name for name, p in model.named_parameters() if p.requires_grad]
        self.differentiate = Differentiator(self.model, trainable, test[0])
        self.batch_size = batch_size or self._batch_size()
        if not self.differentiate.can_pad():
            self.batch_size = 1
        self.zeros = {"train": set(), "test": set()}

    def all(self, checkpoints: Sequence, weights: Sequence[float], progress: bool) -> None:
        total = len(checkpoints) * len(self.train) * len(self.test)
        self.bar = tqdm(total=total, unit="pair", unit_scale=True, disable=not progress)
        for self.number, (checkpoint, self.weight) in enumerate(zip(checkpoints, weights)):
            self.unread = checkpoint
            start = 0
            while start < len(self.test):
                start = self._block_from(start)
        self.bar.close()
        for role, ids in self.zeros.items():
            if ids:
                warnings.warn(
                    f"{len(ids)} {role} example(s) have a zero gradient and score 0 at "
                    f"some checkpoint: {sorted(ids, key=str)[:5]}",
                    stacklevel=3,
                )

    def _block_from(self, start: int) -> int:
        """Score a block of tests that fits in memory; returns where the next one starts."""
        size = self.store.recall("block") or self._block_size()
        self.store.remember("block", size)  # same blocks, same rounding when continued
        tests = slice(start, min(start + size, len(self.test)))
        try:
            self._block(tests)
            return tests.stop
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if size == 1 or not _is_out_of_memory(error):
                raise
        self.store.remember("block", size // 2)
        return start

    def _batch_size(self) -> int:
        """Examples a backward pass: the gradients of one layer, written out, in 256 MB."""
        fitting = 2**28 // (4 * self.differentiate.largest_matrix())
        return max(1, min(fitting, LARGEST_BATCH))

    def _block_size(self) -> int:
        """How many test gradients fit in half of the memory that is free."""
        per_test = self.differentiate.bank_numel() * self.dtype.itemsize
        return max(1, min(free_memory(self.device) // 2 // per_test, LARGEST_BLOCK, len(self.test)))

    def _block(self, tests: slice) -> None:
        bank = None
        for chunk in slices(0, len(self.train), CHUNK["train"]):
            if self.store.is_pending(self.number, tests, chunk):
                bank = bank or self._bank(tests)
                self.store.write(self.number, tests, chunk, self._scores(bank, chunk))
            self.bar.update((chunk.stop - chunk.start) * (tests.stop - tests.start))

    def _bank(self, tests: slice) -> Bank:
        """The gradients of a block of test examples at this checkpoint."""
        if self.unread is not None:
            load_state(self.model, read_checkpoint(self.unread, self.model), self.number)
            self.unread = None
        batches = [
            self.differentiate([self.test[i] for i in range(b.start, b.stop)])
            for b in slices(tests.start, tests.stop, self.batch_size)
        ]
        bank = Bank.of(batches, self.dtype)
        self._check(self.test, range(tests.start, tests.stop), bank.norms)
        self.store.write_norms("test", self.number, tests, (bank.norms * bank.sizes).cpu().numpy())
        return bank

    def _scores(self, bank: Bank, chunk: slice) -> np.ndarray:
        """Scores [tests, chunk], computed in batches of similar length."""
        scores = np.empty((len(bank.norms), chunk.stop - chunk.start), np.float32)
        lengths = np.empty(chunk.stop - chunk.start)
        rows = [self.train[i] for i in range(chunk.start, chunk.stop)]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]["input_ids"]))
        for part in slices(0, len(order), self.batch_size):
            batch = order[part]
            gradients = self.differentiate([rows[i] for i in batch])
            products, norms = gradients.against(bank)
            self._check(self.train, [chunk.start + i for i in batch], norms)
            scores[:, batch] = self._similarity(products, norms, gradients.sizes, bank).T.cpu()
            lengths[batch] = (norms * gradients.sizes).cpu()
        self.store.write_norms("train", self.number, chunk, lengths)
        return scores

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


# ---- Examples and their labels --------------------------------------------------------------


class Examples:
    """Rows to compute gradients of, checked, with their coordinates and the hash of their content.

    Raises ValueError naming the row and what is wrong with it.
    """

    def __init__(self, rows: Sequence[Mapping], role: str, model: nn.Module):
        if len(rows) == 0:
            raise ValueError(f"{role} holds no examples")
        self.rows, self.role = rows, role
        self.columns = [n for n in INPUTS if n in rows[0]]
        labels = self._column("id") if "id" in rows[0] else np.arange(len(rows))
        self.ids = labels.tolist()
        self.coords = {role: labels}
        for name in LABELS:
            source = "labels" if name == "label" and "label" not in rows[0] else name
            if source in rows[0]:
                self.coords[f"{role}_{name}"] = (role, self._column(source))
        self.hash = self._check(model)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        row = self.rows[index]
        example = {name: np.asarray(row[name], np.int64) for name in self.columns}
        return example | {"labels": int(row["labels"])}

    def _column(self, name: str) -> np.ndarray:
        values = (
            self.rows[name]
            if hasattr(self.rows, "column_names")
            else [row[name] for row in self.rows]
        )
        return np.array([getattr(v, "item", lambda v=v: v)() for v in values])

    def _check(self, model: nn.Module) -> str:
        """Look at every row once; returns the SHA-256 of what the gradients depend on."""
        digest = hashlib.sha256()
        vocabulary = model.config.get_text_config().vocab_size
        limits = vocabulary, positions(model), model.config.num_labels
        for index in range(len(self)):
            where = f"{self.role} row {index} (id {self.ids[index]!r})"
            try:
                row = self[index]
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{where} needs input_ids and a label in `labels`: {error!r}"
                ) from None
            _check_row(where, row, *limits)
            for value in row.values():
                digest.update(np.asarray(value, np.int64).tobytes() + b"|")
        return digest.hexdigest()


def _check_row(where: str, row: Mapping, vocabulary: int, length: int, num_labels: int) -> None:
    ids, label = row["input_ids"], row["labels"]
    if ids.ndim != 1 or len(ids) == 0:
        raise ValueError(f"{where}: input_ids must be a list of tokens, not {ids.tolist()!r}")
    if ids.min() < 0 or ids.max() >= vocabulary:
        raise ValueError(
            f"{where}: input_ids go from {ids.min()} to {ids.max()}, the model's from "
            f"0 to {vocabulary - 1}; tokenize with the model's tokenizer"
        )
    if len(ids) > length:
        raise ValueError(f"{where}: {len(ids)} tokens, but the model reads {length}; truncate")
    if not 0 <= label < num_labels:
        raise ValueError(f"{where}: label {label}, but the model has labels 0 to {num_labels - 1}")


def positions(model: nn.Module) -> int:
    """How many tokens the model has positions for."""
    for name, layer in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(layer, nn.Embedding):
            reserved = 0 if layer.padding_idx is None else layer.padding_idx + 1
            return layer.num_embeddings - reserved
    return getattr(model.config.get_text_config(), "max_position_embeddings", sys.maxsize)


# ---- Checkpoints ----------------------------------------------------------------------------


def read_checkpoint(checkpoint, model: nn.Module) -> Mapping[str, Tensor]:
    """The state dict of a folder written by `save_pretrained` (or the state dict itself)."""
    if isinstance(checkpoint, Mapping):
        return checkpoint
    folder = Path(checkpoint)
    if not folder.is_dir():
        raise ValueError(f"checkpoint {checkpoint!r} is neither a folder nor a state dict")
    state = {}
    for file in sorted(folder.glob("model*.safetensors")):
        state |= load_file(file)
    if not state or not set(state) <= set(model.state_dict()):  # another format, other names
        state = type(model).from_pretrained(folder).state_dict()
    return state


def load_state(model: nn.Module, state: Mapping[str, Tensor], number: int) -> None:
    """Put a checkpoint's weights into the model. Raises ValueError if they do not fit it."""
    present = {p.data_ptr() for n, p in model.state_dict().items() if n in state}
    try:
        missing, unexpected = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(f"checkpoint {number + 1} does not fit the model: {error}") from None
    missing = [n for n in missing if model.state_dict()[n].data_ptr() not in present]  # not tied
    if missing or unexpected:
        raise ValueError(
            f"checkpoint {number + 1} does not fit the model: it lacks {missing[:5]}, "
            f"and has {list(unexpected)[:5]}"
        )


def hash_state(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)};".encode())
        digest.update(value.flatten().view(torch.uint8).numpy())
    return digest.hexdigest()


def hash_model(model: nn.Module) -> str:
    """SHA-256 of the architecture and of which parameters are trainable; weights do not count."""
    config = model.config.to_dict()
    for name in ("_name_or_path", "transformers_version", "architectures", "dtype"):
        config.pop(name, None)
    parameters = [(n, list(p.shape), p.requires_grad) for n, p in model.named_parameters()]
    text = json.dumps([type(model).__name__, config, parameters], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


# ---- The machine ----------------------------------------------------------------------------


@contextmanager
def matmul_precision(name: str) -> Iterator[None]:
    """float32 matrix products as precise as asked, whatever the process has set."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(name)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


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


def _is_out_of_memory(error: Exception) -> bool:
    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or "DefaultCPUAllocator" in str(error)


def slices(start: int, stop: int, size: int) -> Iterator[slice]:
    """The slices of at most `size` from start to stop."""
    return (slice(i, min(i + size, stop)) for i in range(start, stop, size))


# ---- Options --------------------------------------------------------------------------------


def _check_options(similarity: str, precision: str, batch_size: int | None) -> None:
    if similarity not in ("cosine", "dot"):
        raise ValueError(f"similarity is {similarity!r}; choose 'cosine' or 'dot'")
    if precision not in MATMUL:
        raise ValueError(f"precision is {precision!r}; choose one of {', '.join(MATMUL)}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be at least 1, or None")


def _check_weights(weights: Sequence[float] | None, checkpoints: int) -> list[float]:
    if checkpoints == 0:
        raise ValueError("checkpoints is empty; give at least one folder or state dict")
    weights = [1.0] * checkpoints if weights is None else [float(w) for w in weights]
    if len(weights) != checkpoints:
        raise ValueError(f"{len(weights)} weights for {checkpoints} checkpoints; give one for each")
    if not np.isfinite(weights).all():
        raise ValueError(f"weights are {weights}; they must be finite")
    return weights
