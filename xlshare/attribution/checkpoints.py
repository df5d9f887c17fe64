"""Checkpoints: the weights that gradients are taken at, read from folders, checked and hashed.

A folder written by `save_pretrained` must hold every weight of the model: what it lacks would be
drawn at random. The folder of a PEFT adapter holds the adapter's weights; the others are those of
the model. The hashes tell a later call whether it continues the same run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from xlshare.attribution.inputs import configuration

if TYPE_CHECKING:
    from peft import PeftModel

WEIGHTS = "model.safetensors"
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
# What an adapter's configuration says of the past, not of what the adapter computes.
UNREAD = ("inference_mode", "base_model_name_or_path", "revision", "auto_mapping", "peft_version")


def read_checkpoint(checkpoint, model: nn.Module) -> Mapping[str, Tensor]:
    """The state dict of a folder written by `save_pretrained` (or the state dict itself).

    Args:
        checkpoint: The folder, or a state dict.
        model: The model that the weights are for, with its own weights.

    Returns:
        Weights by the model's names.

    Raises:
        ValueError: If the folder does not hold every weight of the model, or holds others.
    """
    if isinstance(checkpoint, Mapping):
        return checkpoint
    folder = Path(checkpoint)
    if not folder.is_dir():
        raise ValueError(f"checkpoint {str(folder)!r} is neither a folder nor a state dict")
    if (folder / ADAPTER).exists():
        return dict(model.state_dict()) | _read_adapter(folder, model)
    state = {}
    for file in _weight_files(folder):
        state |= _read_file(file)
    if not state or not set(state) <= set(model.state_dict()):  # other names, or no safetensors
        state = _read_by_transformers(folder, model)
    return state


def _weight_files(folder: Path) -> list[Path]:
    """The files that `from_pretrained` reads: one, or the shards that an index lists."""
    index = folder / f"{WEIGHTS}.index.json"
    if (folder / WEIGHTS).exists() or not index.exists():
        return [folder / WEIGHTS] if (folder / WEIGHTS).exists() else []
    shards = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    return [folder / name for name in sorted(set(shards.values()))]


def _read_file(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Raises:
        ValueError: If the file is not there, or not whole.
    """
    try:
        return load_file(file)
    except FileNotFoundError:
        pickled = [
            f"; {bin.name} is pickled, which is not read" for bin in file.parent.glob("*.bin")
        ]
        raise ValueError(
            f"{file} is not there{''.join(pickled[:1])}: save it as safetensors"
        ) from None
    except SafetensorError as error:
        raise ValueError(f"{file} is not whole ({error}): write it again") from None


def _read_by_transformers(folder: Path, model: nn.Module) -> Mapping[str, Tensor]:
    """Weights under the names of the model, which transformers knows how to find."""
    if not _weight_files(folder):
        return _read_file(folder / WEIGHTS)
    if not isinstance(model, PreTrainedModel):
        raise ValueError(f"{folder} holds no weights by the names of a {type(model).__name__}")
    try:
        loaded: Any = type(model).from_pretrained(  # with this option, two values
            folder, use_safetensors=True, output_loading_info=True
        )
        read, info = loaded
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"{folder} cannot be read as a {type(model).__name__}: {error}") from None
    _refuse_strangers(folder, model, info["missing_keys"], info["unexpected_keys"])
    return read.state_dict()


def _read_adapter(folder: Path, model: nn.Module) -> dict[str, Tensor]:
    """The weights of a PEFT adapter's folder by the names of the model that has the adapter."""
    if not hasattr(model, "peft_config"):
        raise ValueError(
            f"{folder} holds a PEFT adapter, and the model has none; give the model that "
            "peft.PeftModel.from_pretrained(base_model, folder, is_trainable=True) returns"
        )
    from peft import get_peft_model_state_dict

    model = cast("PeftModel", model)
    _refuse_other_adapter(folder, model)
    names = {id(value): name for name, value in model.state_dict(keep_vars=True).items()}
    own = get_peft_model_state_dict(
        model, model.state_dict(keep_vars=True), _adapter(model), save_embedding_layers=False
    )
    state = _read_file(folder / ADAPTER_WEIGHTS)
    _refuse_strangers(folder, model, set(own) - set(state), set(state) - set(own))
    return {names[id(own[name])]: value for name, value in state.items()}


def _adapter(model: PeftModel) -> str:
    return cast(str, model.active_adapter)


def _refuse_other_adapter(folder: Path, model: PeftModel) -> None:
    """The folder's adapter must compute what the model's does, its scale for example."""
    stored = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
    own = json.loads(json.dumps(model.peft_config[_adapter(model)].to_dict(), default=sorted))
    for name in sorted(stored.keys() & own.keys() - set(UNREAD)):
        ours, theirs = (sorted(x) if isinstance(x, list) else x for x in (own[name], stored[name]))
        if ours != theirs:
            raise ValueError(f"{folder} has {name} {theirs!r}, and the model's adapter {ours!r}")


def _refuse_strangers(folder: Path, model: nn.Module, missing, unexpected) -> None:
    if missing or unexpected:
        raise ValueError(
            f"{folder} is not the checkpoint of a {type(model).__name__}: "
            f"it lacks {sorted(missing)[:5]}, and has {sorted(unexpected)[:5]}"
        )


def check_state(model: nn.Module, state: Mapping[str, Tensor], number: int) -> None:
    """Raise ValueError if a checkpoint's weights are not those of the model, by name and shape."""
    own = model.state_dict()
    present = {p.data_ptr() for name, p in own.items() if name in state}
    missing = [n for n, p in own.items() if n not in state and p.data_ptr() not in present]
    others = [name for name in state if name not in own]
    shapes = [n for n, p in own.items() if n in state and state[n].shape != p.shape]
    if missing or others:
        raise ValueError(
            f"checkpoint {number + 1} does not fit the model: it lacks {missing[:5]}, "
            f"and has {others[:5]}"
        )
    unloaded = [name for name, value in state.items() if value.is_meta]
    if unloaded:
        raise ValueError(
            f"checkpoint {number + 1} has {unloaded[:5]} on the meta device, without weights"
        )
    for name in shapes:
        raise ValueError(
            f"checkpoint {number + 1} does not fit the model: {name} has shape "
            f"{tuple(state[name].shape)}, the model's {tuple(own[name].shape)}"
        )


def load_state(model: nn.Module, state: Mapping[str, Tensor], number: int, known: str) -> None:
    """Put a checkpoint's weights into the model.

    Args:
        model: The model.
        state: The weights.
        number: Of the checkpoint, from 0, for messages.
        known: The hash that the weights had when the run began.

    Raises:
        ValueError: If the weights do not fit the model, or are others than they were.
    """
    check_state(model, state, number)
    if hash_state(state) != known:
        raise ValueError(
            f"checkpoint {number + 1} was read twice and had other weights the second time: it was "
            "written to, or does not hold every weight of the model"
        )
    model.load_state_dict(state, strict=False)


def hash_checkpoints(checkpoints: Sequence, model: nn.Module) -> list[str]:
    """The hash of every checkpoint, each read and checked: the last before the first is used."""
    hashes = []
    for number, checkpoint in enumerate(checkpoints):
        state = read_checkpoint(checkpoint, model)
        check_state(model, state, number)
        hashes.append(hash_state(state))
    return hashes


def hash_state(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)};".encode())
        digest.update(value.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def hash_model(model: nn.Module) -> str:
    """SHA-256 of the architecture and of which parameters are trainable; weights do not count."""
    config = configuration(model).to_dict()
    for name in ("_name_or_path", "transformers_version", "architectures", "dtype"):
        config.pop(name, None)
    parameters = [(n, list(p.shape), p.requires_grad) for n, p in model.named_parameters()]
    text = json.dumps([type(model).__name__, config, parameters], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
