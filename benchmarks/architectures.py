"""Is influence exact for every architecture that transformers can classify texts with?

    OMP_NUM_THREADS=1 python benchmarks/architectures.py [--only bert t5]

Goes over all of transformers' MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING: a tiny model with random
weights, two and three labels, batches of one and of eight, texts of one to 20 tokens. The scores
are compared with an oracle of its own: plain autograd in float64, one text at a time, over all
parameters. Each architecture is either exact, or refused with the message that a user would read.

Each runs in a process of its own, so that a crash is a row of the table and not its end. Finished
rows are kept in results/benchmarks; the same command continues after an interruption, and begins
anew when the code has changed.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import inspect
import json
import multiprocessing
import re
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
import transformers
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from transformers import CONFIG_MAPPING, AutoModelForSequenceClassification, PreTrainedConfig
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES as ARCHITECTURES,
)
from workload import save_table

from xlshare.attribution import influence

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300  # an architecture that takes longer has failed
TOLERANCE = 5e-6  # of the largest score
LABELS, BATCHES = (2, 3), (1, 8)

# What a size is called differs; a configuration takes those that it has.
WIDTH = "hidden_size d_model n_embd emb_dim dim attention_hidden_size"
DEPTH = "num_hidden_layers num_layers n_layer n_layers encoder_layers decoder_layers"
HEADS = "num_attention_heads num_heads n_head n_heads encoder_attention_heads"
INNER = "intermediate_size encoder_ffn_dim decoder_ffn_dim d_ff hidden_dim d_inner dff ffn_dim"
POSITIONS = "max_position_embeddings n_positions max_seq_len"
HEAD = "head_dim d_kv d_head kv_channels qk_rope_head_dim qk_nope_head_dim v_head_dim"
EXPERTS = "num_experts n_routed_experts num_local_experts"
SIZES = {
    **dict.fromkeys(WIDTH.split(), 32),
    **dict.fromkeys([*DEPTH.split(), "num_decoder_layers"], 2),
    **dict.fromkeys([*HEADS.split(), "decoder_attention_heads"], 4),
    **dict.fromkeys([*INNER.split(), "ffn_hidden_size"], 48),
    **dict.fromkeys(POSITIONS.split(), 64),
    **dict.fromkeys(HEAD.split(), 8),
    **dict.fromkeys(EXPERTS.split(), 4),
    **dict.fromkeys(["num_experts_per_tok", "num_key_value_heads"], 2),
    **dict.fromkeys(["kv_lora_rank", "q_lora_rank", "sliding_window"], 8),
    **dict.fromkeys(["n_group", "topk_group"], 1),
    **dict.fromkeys(["moe_intermediate_size", "shared_expert_intermediate_size"], 24),
    "embedding_size": 16,
    "vocab_size": 100,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

# What else an architecture needs to be small, or to be built at all. None takes a size away.
FULL_ATTENTION = {"num_key_value_heads": 4}  # as many keys as queries
LINEAR_ATTENTION = {
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "layer_types": ["linear_attention", "full_attention"],
}
KINDS = "sliding_attention", "full_attention"
BOXES = {"max_2d_position_embeddings": 32}
OWN: dict[str, dict] = {
    "axk1": FULL_ATTENTION,
    "axk2": FULL_ATTENTION | {"index_head_dim": 8, "index_n_heads": 2},
    "canine": {"num_hash_buckets": 32, "local_transformer_stride": 8},
    "cohere_compass_text": {"layer_types": list(KINDS)}
    | {"rope_parameters": {kind: {"rope_type": "default", "rope_theta": 1e4} for kind in KINDS}},
    "deepseek_v2": FULL_ATTENTION,
    "deepseek_v3": FULL_ATTENTION,
    "esmc": FULL_ATTENTION,
    "falcon": {"head_dim": None},
    "funnel": {"num_hidden_layers": None, "block_sizes": [2, 2]},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]], "window_size": 8},
    "gptj": {"rotary_dim": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2},
    "layoutlm": BOXES,
    "layoutlmv3": BOXES | {"coordinate_size": 5, "shape_size": 6, "input_size": 32},
    "lilt": {"hidden_size": 48, "max_2d_position_embeddings": 32},
    "longformer": {"attention_window": 8},
    "luke": {"entity_vocab_size": 20, "entity_emb_size": 16},
    "markuplm": {"max_depth": 4, "xpath_unit_hidden_size": 8, "max_xpath_subs_unit_embeddings": 32}
    | {"max_xpath_tag_unit_embeddings": 32, "tag_pad_id": 30, "subs_pad_id": 30},
    "minicpm3": FULL_ATTENTION,
    "mistral4": FULL_ATTENTION | {"head_dim": None},
    "mobilebert": {"intra_bottleneck_size": 16, "true_hidden_size": 16},
    "perceiver": {"num_latents": 6, "d_latents": 32, "num_self_attends_per_block": 2}
    | {"num_self_attention_heads": 4, "num_cross_attention_heads": 4},
    "qwen3_5": {
        "text_config": LINEAR_ATTENTION,
        "vision_config": {"depth": 1, "out_hidden_size": 32},
    },
    "qwen3_5_text": LINEAR_ATTENTION,
    "qwen3_next": LINEAR_ATTENTION,
    "reformer": {"axial_pos_embds_dim": [16, 16], "axial_pos_shape": [8, 8]}
    | {"attn_layers": ["local", "local"], "local_attn_chunk_length": 8}
    | {"feed_forward_size": 48, "attention_head_size": 8},
    "roc_bert": {"pronunciation_embed_dim": 8, "pronunciation_vocab_size": 20}
    | {"shape_embed_dim": 8, "shape_vocab_size": 20},
    "squeezebert": {"embedding_size": 32},
    "t5": {"decoder_start_token_id": 0},
    "xlnet": {"max_position_embeddings": None},
    "xmod": {"languages": ["en", "de"], "default_language": "en"},
    "zamba": {"num_hidden_layers": 5, "attn_layer_period": 2, "attn_layer_offset": 1}
    | {"head_dim": None, "attention_hidden_size": 64},
    "zamba2": FULL_ATTENTION
    | {"layers_block_type": ["linear_attention", "hybrid"] * 2, "num_hidden_layers": 4}
    | {"head_dim": None, "attention_hidden_size": 64, "mamba_d_state": 8, "chunk_size": 8},
}


# ---- Tiny models and texts ------------------------------------------------------------------


def tiny_config(name: str, **more) -> PreTrainedConfig:
    """The configuration of an architecture with every size small."""
    return _small(CONFIG_MAPPING[name], OWN.get(name, {}) | more)


def _small(kind: type[PreTrainedConfig], own: Mapping) -> PreTrainedConfig:
    usual = kind()
    sizes = {name: value for name, value in SIZES.items() if hasattr(usual, name)}
    parts = {
        name: _small(type(getattr(usual, name)), own.get(name, {}))
        for name in kind.sub_configs
        if getattr(usual, name) is not None
    }
    chosen = sizes | {name: value for name, value in own.items() if name not in parts}
    return kind(**parts, **{name: value for name, value in chosen.items() if value is not None})


def tiny_model(name: str, num_labels: int, **more) -> nn.Module:
    """A classifier whose every parameter is random, biases and norms too."""
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(
        tiny_config(name, num_labels=num_labels, **more)
    ).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def tiny_rows(count: int, seed: int, num_labels: int, shortest: int) -> list[dict]:
    """Ragged texts of up to 20 tokens, one as short as the model can read: first or last."""
    random = np.random.default_rng(seed)
    lengths = [*random.integers(max(shortest, 3), 21, count - 1), shortest]
    lengths = lengths[:: -1 if seed % 2 else 1]
    texts = [[1, *random.integers(4, 29, n)][: n - 1] + [2] for n in lengths]
    labels = random.integers(num_labels, size=count)
    return [{"input_ids": list(map(int, t)), "labels": int(y)} for t, y in zip(texts, labels)]


def texts_for(model: nn.Module) -> tuple[list[dict], list[dict]]:
    """Training and test texts, from as short as the model's own code can read."""
    shortest = next(n for n in range(1, 21) if _reads(model, [*range(3, 2 + n), 2]))
    labels = model.config.num_labels
    return tuple(tiny_rows(n, n + labels, labels, shortest) for n in (18, 3))


def _reads(model: nn.Module, tokens: Sequence[int]) -> bool:
    try:
        logits_of(model, {"input_ids": tokens})
    except Exception:  # whatever it is: the text is not for this model
        return False
    return True


# ---- The oracle -----------------------------------------------------------------------------


def logits_of(model: nn.Module, row: Mapping) -> torch.Tensor:
    inputs = {"input_ids": torch.tensor([row["input_ids"]])}
    if "attention_mask" in inspect.signature(model.forward).parameters:
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    return model(**inputs).logits


class Float64(TorchFunctionMode):
    """Where a model's code asks for float32, give it float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        func = torch.Tensor.double if func is torch.Tensor.float else func
        args = [torch.float64 if x is torch.float32 else x for x in args]
        kwargs = {k: torch.float64 if x is torch.float32 else x for k, x in (kwargs or {}).items()}
        return func(*args, **kwargs)


def oracle(model: nn.Module, train: Sequence[Mapping], test: Sequence[Mapping]) -> np.ndarray:
    """Cosines [tests, trains] in float64, one text at a time, over all parameters."""
    model = copy.deepcopy(model).double()
    model.set_experts_implementation("eager")  # grouped products of matrices know no float64
    parameters = [p for p in model.parameters() if p.requires_grad]

    def gradient(row: Mapping) -> torch.Tensor:
        with Float64():
            loss = F.cross_entropy(logits_of(model, row), torch.tensor([row["labels"]]))
        parts = torch.autograd.grad(loss, parameters, materialize_grads=True, allow_unused=True)
        return F.normalize(torch.cat([part.flatten() for part in parts]), dim=0)

    tests = torch.stack([gradient(row) for row in test])
    return torch.stack([tests @ gradient(row) for row in train], 1).numpy()


# ---- One architecture -----------------------------------------------------------------------


def examine(name: str) -> dict:
    """The row of an architecture: exact with its error, wrong with it, or refused."""
    row = {"architecture": name, "outcome": "exact", "parameters": None, "way": None}
    errors = []
    for num_labels, batch_size in product(LABELS, BATCHES):
        try:
            model = tiny_model(name, num_labels)
            row["parameters"] = sum(p.numel() for p in model.parameters())
            train, test = texts_for(model)
            found, together = score(model, train, test, batch_size)
        except (ValueError, ImportError) as error:
            sentence = re.split(r"(?<=\.)\s", str(error).strip())[0]
            return row | {"outcome": "refused", "error": None, "message": sentence}
        row["way"] = "padded" if together > 1 else "one at a time"
        truth = oracle(model, train, test)
        errors.append(np.abs(found - truth).max() / np.abs(truth).max())
    worst = float(np.max(errors))  # NaN if one is
    outcome = "exact" if worst <= TOLERANCE else "wrong"
    return row | {"outcome": outcome, "error": worst, "message": None}


def score(model: nn.Module, train, test, batch_size: int) -> tuple[np.ndarray, int]:
    """Scores [tests, trains], and how many texts the model read together at last: the last two
    training texts are a batch, behind which parameters may be differentiated one text at a time."""
    seen = []
    hook = model.register_forward_pre_hook(
        lambda _, args, inputs: seen.append(len(inputs["input_ids"])), with_kwargs=True
    )
    states = [model.state_dict()]
    try:
        scores = influence(model, states, train, test, batch_size=batch_size, progress=False)
    finally:
        hook.remove()
    return scores[0].values, max(seen[-5:])


# ---- All of them ----------------------------------------------------------------------------


def work(name: str, answer: Connection) -> None:
    """Examine an architecture in a process of its own; whatever happens is the answer."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    try:
        answer.send(examine(name))
    except Exception as error:  # whatever it is, the other architectures are still to be examined
        traceback.print_exc()
        answer.send({"architecture": name, "outcome": "failed", "message": repr(error)})


def isolated(name: str) -> dict:
    """The row of an architecture, also where its process dies or does not end."""
    answer, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=work, args=(name, theirs))
    process.start()
    theirs.close()
    row = {"architecture": name, "outcome": "failed", "message": f"took over {SECONDS} s"}
    try:
        if answer.poll(SECONDS):
            row = answer.recv()
    except EOFError:
        process.join()
        row["message"] = f"the process died with exit code {process.exitcode}"
    process.kill()
    process.join()
    return row


def kept_rows() -> Path:
    """Where the rows of this very code are kept."""
    files = [Path(__file__), *sorted((ROOT / "xlshare/attribution").glob("*.py"))]
    texts = [transformers.__version__.encode(), *(file.read_bytes() for file in files)]
    digest = hashlib.sha256(b"".join(texts)).hexdigest()
    return ROOT / f"results/benchmarks/architectures-{digest[:12]}.jsonl"


def sweep(path: Path) -> list[dict]:
    """The rows of all architectures, those that are kept as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text().splitlines() if path.exists() else []
    rows = {row["architecture"]: row for row in map(json.loads, lines)}
    for name in ARCHITECTURES:
        if name not in rows:
            rows[name] = isolated(name)
            print(rows[name], flush=True)
            with path.open("a") as file:
                file.write(json.dumps(rows[name]) + "\n")
    return [rows[name] for name in ARCHITECTURES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(ARCHITECTURES), metavar="NAME")
    options = parser.parse_args()
    if options.only:
        print(*map(isolated, options.only), sep="\n")
        return
    rows = sweep(kept_rows())
    failed = [row for row in rows if row["outcome"] not in ("exact", "refused")]
    if failed:
        sys.exit(f"error: neither exact nor refused, so no table is written: {failed}")
    save_table("architectures", rows, transformers=transformers.__version__)
    counts = Counter(row["outcome"] for row in rows)
    worst = max(row["error"] for row in rows if row["outcome"] == "exact")
    summary = {"architectures": "all", "total": len(rows), **counts, "worst": worst}
    save_table("architectures_summary", [summary], transformers=transformers.__version__)


if __name__ == "__main__":
    main()
