"""Pre-train the mini encoder on the grammars' own text.

A small XLM-R learns from a pair of texts at a time, its layers from below to above:
- who does what: the role that each marked word plays (semantic roles; `marks.py`);
- masked and translation language modelling: restore hidden pieces, with a translation beside them
  (Conneau and Lample 2019), hidden names and names that were exchanged for each other;
- how each marked word relates to the other text: equal, wider, narrower, apart, free;
- at the last layer, from the first token: the label of a pair (an intermediate task, Phang et al.
  2018), since a model of this size would not learn the tasks from fine-tuning alone.

What a layer is asked is what the next one needs: a verdict on a pair gathers verdicts on words,
which compare roles. Asked at the last layer alone, such a small model stays at chance.

Contents are drawn from the share that belongs to no split of the embedded datasets. Run
`python -m xlshare.data.mini.pretrain`; it resumes where it was stopped and ends with the encoder,
its tokenizer and its learning curve in one folder.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm
from transformers import (
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaForSequenceClassification,
)

from xlshare.data.mini import tokenizer
from xlshare.data.mini.marks import RELATIONS, ROLES
from xlshare.data.mini.pairs import IGNORE, MASK, SHARES, Pair, PairWriter

BATCH = 48
BATCHES_A_POOL = 16  # batches drawn together and sorted by length, to pad less
SPECIAL = len(tokenizer.SPECIAL)
SAVE_EVERY = 500  # steps
WEIGHTS = {"roles": 1, "restored": 1, "relations": 2, "labels": 1}  # of the losses


class Pretrainer(nn.Module):
    """The encoder with its heads; returns each part's loss, and its accuracy where it has one."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.model = XLMRobertaForMaskedLM(config(vocabulary))
        hidden = self.model.config.hidden_size
        self.roles = nn.Linear(hidden, len(ROLES))
        self.relations = nn.Linear(hidden, len(RELATIONS))
        self.dense = nn.Linear(hidden, hidden)  # becomes the classifier's first layer
        self.labels = nn.Linear(hidden, len(SHARES))  # one binary verdict per task
        look_around(self.model)

    def forward(self, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Losses and accuracies of one batch, each a scalar.

        Args:
            batch: integer tensors of shape (pairs, tokens), or (pairs,) for labels and tasks.
            generator: draws which pieces are masked.

        Returns:
            By `<part>` its loss, by `<part> accuracy` the share of right answers, NaN without any.
        """
        ids, original = batch["ids"], batch["original"]  # (pairs, tokens)
        hidden_away = _choose_masked(batch, generator)  # (pairs, tokens)
        original = torch.where(hidden_away, ids, original)
        *_, early, late, last = self.model.roberta(
            ids.masked_fill(hidden_away, MASK), (ids != 1).long(), output_hidden_states=True
        ).hidden_states  # each (pairs, tokens, hidden)
        pairs = torch.tanh(self.dense(last[:, 0]))  # (pairs, hidden)
        verdicts = self.labels(pairs).gather(1, batch["task"][:, None]).squeeze(-1)
        return {
            **_told("roles", self.roles, early, batch["roles"]),
            **_told("restored", self.model.lm_head, late, original),
            **_told("relations", self.relations, late, batch["relations"]),
            **_labelled(verdicts, batch["label"], batch["task"]),
        }


def _told(name: str, head: nn.Module, states: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """Loss and accuracy of what is told of tokens; each pair of texts counts alike."""
    known = truth != IGNORE  # (pairs, tokens)
    logits, answers = head(states[known]), truth[known]
    weights = (known / known.sum(1, keepdim=True).clamp(min=1))[known]
    losses = F.cross_entropy(logits, answers, reduction="none")
    pairs = known.any(1).sum().clamp(min=1)
    hits = (logits.argmax(1) == answers).float()
    return {
        name: (losses * weights).sum() / pairs,
        f"{name} accuracy": (hits * weights).sum().detach() / pairs,
    }


def _labelled(logits: Tensor, truth: Tensor, task: Tensor) -> dict[str, Tensor]:
    """Loss of the labels, and the accuracy in each task."""
    known = truth != IGNORE
    logits, truth, task = logits[known], truth[known].float(), task[known]
    hits = ((logits > 0) == (truth > 0)).float()
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
    return {"labels": loss / max(1, len(truth))} | {
        f"{name} accuracy": hits[task == place].mean() for place, name in enumerate(SHARES)
    }


def config(vocabulary: int) -> XLMRobertaConfig:
    """XLM-R's architecture at a laptop's size; dropout is off, which suits so small a model."""
    return XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=130,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.06,
    )


def learning_rate(progress: float) -> float:
    """Rises at once, then falls to nearly nothing."""
    return 1.2e-3 * min(1, progress / 0.01) * (1 - 0.97 * progress)


def pretrain(out: Path, steps: int, seed: int) -> None:
    """Train for `steps` batches; continue from the state in `out` where there is one."""
    torch.manual_seed(seed)
    tok = _tokenizer(out)
    trainer = Pretrainer(len(tok))
    optimiser = torch.optim.AdamW(
        trainer.parameters(), betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    step, curve = _resume(out, trainer, optimiser)
    recent: list[dict[str, float]] = []
    bar = tqdm(total=steps, initial=step, desc="pre-training", mininterval=10)
    while step < steps:
        for batch in _pool(tok, f"{seed}-{step}", step / steps):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate((step + 1) / (steps + 1))
            parts = _update(trainer, optimiser, batch, seed + step)
            step += 1
            recent.append({name: value.item() for name, value in parts.items()})
            bar.update()
        if len(recent) >= SAVE_EVERY or step >= steps:
            curve.append({"step": step} | _mean(recent))
            recent.clear()
            bar.set_postfix(curve[-1])
            _save_state(out, trainer, optimiser, step, curve)
    export(out, trainer, curve)


def export(out: Path, trainer: Pretrainer, curve: list[dict[str, float]]) -> None:
    """Write the encoder in half precision, and the learning curve.

    The layer for pairs becomes the classifier's first; its last is left to fine-tuning.
    """
    weights = {f"roberta.{k}": v for k, v in trainer.model.roberta.state_dict().items()}
    weights |= {f"classifier.dense.{k}": v for k, v in trainer.dense.state_dict().items()}
    folder = out / "encoder"
    XLMRobertaForSequenceClassification(trainer.model.config).config.save_pretrained(folder)
    halves = {name: value.half().contiguous() for name, value in weights.items()}
    save_file(halves, folder / "model.safetensors", {"format": "pt"})
    _tokenizer(out).save_pretrained(folder)
    pd.DataFrame(curve).to_csv(folder / "curve.csv", index=False, lineterminator="\n")


def _update(
    trainer: Pretrainer, optimiser: torch.optim.Optimizer, batch: dict[str, Tensor], seed: int
) -> dict[str, Tensor]:
    parts = trainer(batch, torch.Generator().manual_seed(seed))
    optimiser.zero_grad()
    losses = (weight * parts[name] for name, weight in WEIGHTS.items())
    sum(losses, torch.zeros(())).backward()
    nn.utils.clip_grad_norm_(trainer.parameters(), 1.0)
    optimiser.step()
    return parts


def _pool(tok: PreTrainedTokenizerFast, seed: str, progress: float) -> list[dict[str, Tensor]]:
    """Some batches of pairs of like length, in random order."""
    writer = PairWriter(tok, seed, progress)
    pairs = sorted((writer.pair() for _ in range(BATCH * BATCHES_A_POOL)), key=lambda p: len(p.ids))
    batches = [_collate(pairs[i : i + BATCH]) for i in range(0, len(pairs), BATCH)]
    writer.rng.shuffle(batches)
    return batches


def _collate(pairs: list[Pair]) -> dict[str, Tensor]:
    longest = max(len(pair.ids) for pair in pairs)
    pad = lambda values, fill: values + [fill] * (longest - len(values))  # noqa: E731
    table = lambda name: torch.tensor([pad(getattr(p, name), IGNORE) for p in pairs])  # noqa: E731
    return {
        "ids": torch.tensor([pad(pair.ids, 1) for pair in pairs]),
        **{name: table(name) for name in ("roles", "relations", "original")},
        "label": torch.tensor([pair.label for pair in pairs]),
        "task": torch.tensor([pair.task for pair in pairs]),
        "masked": torch.tensor([pair.masked for pair in pairs]),
    }


def _choose_masked(batch: dict[str, Tensor], generator: torch.Generator) -> Tensor:
    """15% of the pieces in the pairs that may be masked, where nothing else is to be restored."""
    ids, free = batch["ids"], batch["original"] == IGNORE
    pieces = torch.rand(ids.shape, generator=generator) < 0.15
    return pieces & free & batch["masked"][:, None] & (ids >= SPECIAL)


# ---- A start that looks around --------------------------------------------------------------

PLACES = 32  # of the hidden numbers begin as the position's, the others as the word's
NEIGHBOURS = (-1, 1, -2, 2)  # where the first layer's heads look at first


@torch.no_grad()
def look_around(model: XLMRobertaForMaskedLM) -> None:
    """Start with attention that a language model would have to find first.

    Heads of the first layer look at neighbours, half of those above at copies of a word, whose
    difference they take (mimetic initialisation, Trockman and Kolter 2023). It only speeds up
    learning.
    """
    embeddings, layers = model.roberta.embeddings, model.roberta.encoder.layer
    embeddings.word_embeddings.weight.normal_(0, 0.02)[:, :PLACES] = 0
    embeddings.token_type_embeddings.weight.zero_()
    waves = 2.8 * torch.exp(-torch.arange(PLACES // 2) / (PLACES // 2) * 3)
    table = embeddings.position_embeddings.weight  # (positions, hidden)
    angles = torch.arange(len(table))[:, None] * waves
    table.zero_()
    table[:, 0:PLACES:2], table[:, 1:PLACES:2] = 0.03 * angles.sin(), 0.03 * angles.cos()
    heads = _heads(model.config)
    for rows, step in zip(heads, NEIGHBOURS):
        _look_at(layers[0], rows, step * waves)
    for layer in layers[1:]:
        for rows in heads[::2]:
            _compare_copies(layer, rows)


def _heads(config: XLMRobertaConfig) -> list[slice]:
    """The rows of each head in the weights of queries, keys and values."""
    size = config.hidden_size // config.num_attention_heads
    return [slice(head * size, (head + 1) * size) for head in range(config.num_attention_heads)]


def _look_at(layer: nn.Module, rows: slice, angles: Tensor, sharpness: float = 1.3) -> None:
    """Queries are keys turned by one angle per wave: those of a position meet another's."""
    cos, sin = torch.diag(angles.cos()), torch.diag(angles.sin())
    turn = torch.stack([torch.stack([cos, sin], 2), torch.stack([-sin, cos], 2)], 1)
    for name, matrix in (("query", turn.reshape(PLACES, PLACES)), ("key", torch.eye(PLACES))):
        weight = layer.get_parameter(f"attention.self.{name}.weight")
        weight[rows] = 0
        weight[rows, :PLACES] = sharpness * matrix


def _compare_copies(layer: nn.Module, rows: slice) -> None:
    """Queries like keys find copies; what they bring is taken off, so that a difference stays."""
    back = layer.get_parameter("attention.output.dense.weight")  # (hidden, hidden)
    size, width = rows.stop - rows.start, back.shape[0] - PLACES
    alike, told = (torch.linalg.qr(torch.randn(width, size))[0].T for _ in range(2))
    for name, matrix in (("query", 1.4 * alike), ("key", 1.4 * alike), ("value", told)):
        weight = layer.get_parameter(f"attention.self.{name}.weight")
        weight[rows] = 0
        weight[rows, PLACES:] = matrix
    back[:, rows] = 0
    back[PLACES:, rows] = -0.8 * told.T


# ---- The run's files ------------------------------------------------------------------------


def _tokenizer(out: Path) -> PreTrainedTokenizerFast:
    """The tokenizer in `out`, learnt first where it is not there yet."""
    if not (out / "tokenizer").is_dir():
        tokenizer.train().save_pretrained(out / "tokenizer")
    return PreTrainedTokenizerFast.from_pretrained(out / "tokenizer")


def _save_state(
    out: Path, trainer: Pretrainer, optimiser: torch.optim.Optimizer, step: int, curve: list[dict]
) -> None:
    moments = {
        f"{number}.{name}": value
        for number, state in optimiser.state_dict()["state"].items()
        for name, value in state.items()
    }
    weights = {f"w.{name}": value.clone() for name, value in trainer.state_dict().items()}
    temporary = out / "state.partial"
    save_file({**weights, **moments}, temporary, {"step": str(step), "curve": json.dumps(curve)})
    temporary.replace(out / "state.safetensors")


def _resume(
    out: Path, trainer: Pretrainer, optimiser: torch.optim.Optimizer
) -> tuple[int, list[dict]]:
    path = out / "state.safetensors"
    if not path.is_file():
        return 0, []
    tensors = load_file(path)
    trainer.load_state_dict({k[2:]: v for k, v in tensors.items() if k.startswith("w.")})
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if not key.startswith("w."):
            number, name = key.split(".")
            state.setdefault(int(number), {})[name] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
    with safe_open(path, "pt") as file:
        notes = file.metadata()
    return int(notes["step"]), json.loads(notes["curve"])


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Means over the batches that had any pair to tell of."""
    known = {name: [row[name] for row in rows if not math.isnan(row[name])] for name in rows[0]}
    return {name: round(sum(values) / len(values), 4) for name, values in known.items() if values}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Pre-train the mini encoder.")
    parser.add_argument("--out", type=Path, default=Path("results/mini-encoder"))
    parser.add_argument("--steps", type=int, default=18_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    words = parser.parse_args()
    torch.set_num_threads(words.threads)
    words.out.mkdir(parents=True, exist_ok=True)
    pretrain(words.out, words.steps, words.seed)


if __name__ == "__main__":
    main()
