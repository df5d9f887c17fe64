"""What cannot be scored is refused before anything is computed, by a message that names the cause.

`check_model` looks at the model. `check_readable` lets the model read the texts that ask most of
it, the longest, the shortest, and those with the largest and smallest value of each input: what the
model reads is known to the model alone, and its configuration often says something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from xlshare.attribution.inputs import Examples, collate, configuration, input_names, padding

CPU = torch.device("cpu")


# ---- Models ---------------------------------------------------------------------------------


def check_model(model: nn.Module) -> None:
    """Raise ValueError for a model, or a state of torch, that influence cannot be computed in."""
    for cause in chain(_causes_in_shape(model), _causes(model)):
        raise ValueError(cause)


def _causes_in_shape(model: nn.Module) -> list[str]:
    """What is wrong with how the model is built, whatever it computes."""
    kind = type(model).__name__
    if not hasattr(model, "config"):
        return [
            f"a {kind} has no config; give the transformers model itself, for "
            "example `model.module` of a DataParallel"
        ]
    if not hasattr(model.config, "to_dict"):
        return [
            f"the config of a {kind} is a {type(model.config).__name__}; give it a "
            "transformers.PreTrainedConfig, which names num_labels and the padding token"
        ]
    if not input_names(model):
        return [f"the forward of a {kind} names no input: name input_ids and the others it takes"]
    return [*_odd_parameters(model)]


def _odd_parameters(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if parameter.is_complex():
            yield f"{name} is complex; influence takes real parameters alone"
    for name, layer in model.named_modules():
        for held, value in vars(layer).items():
            if isinstance(value, Tensor) and not value.is_leaf:
                yield (
                    f"{name}.{held} is kept with its graph, so the model cannot be copied: use "
                    "torch.nn.utils.parametrizations, or undo it (prune.remove)"
                )


def _causes(model: nn.Module) -> Iterator[str]:
    if torch.is_inference_mode_enabled():
        yield "influence needs gradients; call it outside torch.inference_mode()"
    if any(map(torch.is_autocast_enabled, ("cpu", "cuda"))):
        yield "autocast would round the gradients; call influence outside of it, with `precision`"
    if any(p.is_meta for p in model.parameters()):
        yield "the model is on the meta device, without weights; load it with from_pretrained"
    if getattr(configuration(model), "quantization_config", None):
        yield "the model is quantised and has no exact gradients; load it in float32 or bfloat16"
    kind = getattr(configuration(model), "problem_type", None)
    if kind not in (None, "single_label_classification"):
        yield (
            f"the model's problem_type is {kind!r}; influence differentiates the cross-entropy "
            "of single_label_classification"
        )
    if not any(p.requires_grad for p in model.parameters()):
        yield "no parameter of the model requires a gradient: requires_grad_(True)"
    if configuration(model).num_labels == 1:
        yield (
            "the model has num_labels 1, which transformers trains as a regression; influence "
            "differentiates the cross-entropy of two labels or more"
        )
    for name, adapter in getattr(model, "peft_config", {}).items():
        dora = getattr(adapter, "use_dora", False)
        if dora or adapter.is_prompt_learning:
            kind = "DoRA (use_dora)" if dora else adapter.peft_type.value
            yield f"the PEFT adapter {name!r} is {kind}, which is not supported; LoRA is"


# ---- Texts ----------------------------------------------------------------------------------


def check_readable(
    model: nn.Module, train: Examples, test: Examples, batch_size: int | None
) -> None:
    """Let the model read the examples that ask most of it, and check where it reads a label from.

    Args:
        model: In eval mode; best on the CPU, where a wrong index is an error like any other.
        train: The training examples.
        test: The test examples.
        batch_size: As `influence` takes it.

    Raises:
        ValueError: Naming the row, what the model found wrong with it and, if it is too long, how
            many tokens the model reads.
    """
    _check_kinds(train, test)
    _check_columns(train, test)
    _check_ends(model, (train, test), batch_size)
    for examples in (train, test):
        for index in examples.extremes:
            row = examples[index]
            try:
                logits = _logits(model, row)
            except Exception as error:  # whatever a model's own code raises
                raise ValueError(f"{examples.where(index)}: {_cause(model, row, error)}") from None
    _check_logits(model, logits, len(row["input_ids"]) if train.of_tokens else None)


def check_memoryless(model: nn.Module, train: Examples, test: Examples) -> None:
    """Let a model that has read nothing yet read a long text, a short one, and the long one again.

    Raises:
        ValueError: If it computes something else the second time (BigBird's sparse attention gives
            way to whole attention, for good, once a text is short).
    """
    rows = [examples[i] for examples in (train, test) for i in (int(examples.lengths.argmax()),)]
    longest = max(rows, key=lambda row: len(row["input_ids"]))
    rows = [examples[i] for examples in (train, test) for i in (int(examples.lengths.argmin()),)]
    shortest = min(rows, key=lambda row: len(row["input_ids"]))
    try:
        first, _, again = (_logits(model, row) for row in (longest, shortest, longest))
    except Exception:  # `check_readable` says what is wrong
        return
    if first is None or again is None:
        return
    if not torch.allclose(first, again, rtol=1e-3):
        raise ValueError(
            "the model computes something else for a text when it reads it again: it draws random "
            "numbers in eval mode, or remembers what it read (for BigBird set "
            "config.attention_type='original_full')"
        )


def _check_kinds(train: Examples, test: Examples) -> None:
    if train.of_tokens != test.of_tokens:
        ours, theirs = (train, test) if train.of_tokens else (test, train)
        raise ValueError(
            f"{ours.where(0)} has a label for each token, {theirs.where(0)} one for the text; "
            "give both what the model was trained with"
        )


def _check_columns(train: Examples, test: Examples) -> None:
    other = set(train.columns) ^ set(test.columns)
    if other := other - {"attention_mask"}:  # the same as all ones
        raise ValueError(f"only one of train and test has {sorted(other)}; give it to both")


def _logits(model: nn.Module, row: Mapping) -> Tensor | None:
    with torch.enable_grad(), _NamedTables(model):
        output = model(**collate([row], padding(model), CPU))
    return getattr(output, "logits", None)


def _check_logits(model: nn.Module, logits: Tensor | None, tokens: int | None) -> None:
    """Raise ValueError if they are not a classifier's that can be differentiated.

    The way back to a parameter near the input leads through the whole model; a small one will do.

    Args:
        model: The classifier.
        logits: Of one text.
        tokens: How many tokens that has, if each has a label.
    """
    labels = configuration(model).num_labels
    if logits is None or logits.shape != ((1, labels) if tokens is None else (1, tokens, labels)):
        of, kind = ("a text", "Sequence") if tokens is None else ("each token", "Token")
        raise ValueError(
            f"the output of a {type(model).__name__} holds no logits for {labels} labels of {of}; "
            f"give a ...For{kind}Classification{_other_labels(logits, tokens)}"
        )
    if not logits.requires_grad:
        raise ValueError("no parameter that requires a gradient has a part in the model's logits")
    parameters = [p for p in model.parameters() if p.requires_grad]
    try:
        early = min(parameters[:3], key=Tensor.numel)
        with torch.enable_grad():
            torch.autograd.grad(logits.sum(), early, allow_unused=True)
    except Exception as error:  # whatever a model's own code raises
        raise ValueError(
            f"a {type(model).__name__} has no gradients in eval mode, without dropout: {error}"
        ) from None


def _other_labels(logits: Tensor | None, tokens: int | None) -> str:
    """What else may be meant where the logits are those of the other kind of classifier."""
    if logits is None or logits.dim() != (3 if tokens is None else 2):
        return ""
    return ", or `labels` that have one for " + ("each input id" if tokens is None else "each text")


def _cause(model: nn.Module, row: Mapping, error: Exception) -> str:
    """Why the model cannot read a row, and whether it is the length."""
    tokens, cause = len(row["input_ids"]), f"{type(error).__name__}: {error}"
    longest = _longest(model, row["input_ids"][-1], tokens)
    if longest == tokens:
        return f"the model cannot read it: {cause}"
    if longest == 0:
        return f"the model cannot read a text of {tokens} token(s): {cause}"
    return f"{tokens} tokens, but the model reads {longest}; truncate ({cause})"


def _longest(model: nn.Module, token: int, tokens: int) -> int:
    """How many copies of a token the model can read, up to `tokens`; by bisection."""
    fitting, failing = 0, tokens + 1
    while failing - fitting > 1:
        length = tokens if failing > tokens else (fitting + failing) // 2
        if _reads(model, [token] * length):
            fitting = length
        else:
            failing = length
    return fitting


def _reads(model: nn.Module, tokens: Sequence[int]) -> bool:
    try:
        return _logits(model, {"input_ids": np.array(tokens)}) is not None
    except Exception:  # whatever a model's own code raises
        return False


class _NamedTables(TorchFunctionMode):
    """Says which table has no row for an index, on any device, where torch says only that."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.names = {id(p): name for name, p in model.named_parameters()}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is F.embedding:
            ids, table = args[0], args[1] if len(args) > 1 else kwargs["weight"]
            wrong = ids[(ids < 0) | (ids >= len(table))]
            if len(wrong):
                name = self.names.get(id(table), "a table")
                raise IndexError(f"{name} has {len(table)} rows and is asked for row {wrong[0]}")
        return func(*args, **kwargs)


def _check_ends(model: nn.Module, roles: Sequence[Examples], batch_size: int | None) -> None:
    """Refuse texts without the end token that an encoder-decoder reads the label from.

    In a batch it needs as many in each text.
    """
    end = getattr(configuration(model), "eos_token_id", None)
    if not (getattr(configuration(model), "is_encoder_decoder", False) and isinstance(end, int)):
        return
    other = end + 1 if end == 0 else end - 1
    if _reads(model, [other]) or not _reads(model, [end]):
        return  # it reads the last token, whatever it is
    first = None
    for examples in roles:
        for index in range(len(examples)):
            count = int((examples[index]["input_ids"] == end).sum())
            first = first or count
            if count == 0 or (count != first and batch_size != 1):
                raise ValueError(
                    f"{examples.where(index)} has {count} end tokens (eos_token_id {end}), from "
                    f"the last of which the model reads the label, the first row {first}; give "
                    "each text as many" + (", or batch_size=1" if count else "")
                )
