"""Pre-train the mini encoder on the grammars' own text.

A small XLM-R learns, from a pair of texts at a time:
- masked and translation language modelling: restore hidden pieces, with a translation beside them
  (Conneau and Lample 2019);
- corrupted words: which words of the second text were swapped, replaced or inserted;
- corrupted translations: from the first token, whether the second text still translates the first;
- in the last part, intermediate tasks (Phang et al. 2018): the label of a labelled pair, since a
  model of this size and schooling would not learn the tasks from fine-tuning alone.

Contents are drawn from the share that belongs to no split of the embedded datasets. Run
`python -m xlshare.mini.pretrain`; it resumes where it was stopped and ends with the encoder,
its tokenizer and its learning curve in one folder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

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

from xlshare.mini import tokenizer
from xlshare.mini.pairs import IGNORE, LABELLED_FROM, SHARES, Pair, PairWriter

BATCH = 32
BATCHES_A_POOL = 16  # batches drawn together and sorted by length, to pad less
SPECIAL = len(tokenizer.SPECIAL)
SAVE_EVERY = 500  # steps


class Pretrainer(nn.Module):
    """The encoder with its three heads; returns the summed loss and each part's value."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.model = XLMRobertaForMaskedLM(config(vocabulary))
        hidden = self.model.config.hidden_size
        self.corrupted = nn.Linear(hidden, 1)
        self.dense = nn.Linear(hidden, hidden)  # becomes the classifier's first layer
        self.faithful = nn.Linear(hidden, 1)
        self.labels = nn.Linear(hidden, len(SHARES))  # one binary verdict a task
        _start_from_copies(self.model)

    def forward(self, batch: dict[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        ids, mask = batch["ids"], batch["ids"] != 1  # (pairs, tokens)
        hidden_away = _choose_masked(ids, batch["corrupted"], generator)  # (pairs, tokens)
        shown = ids.masked_fill(hidden_away, SPECIAL - 1)
        states = self.model.roberta(shown, mask.long()).last_hidden_state  # (pairs, tokens, hidden)
        seen = (batch["corrupted"] != IGNORE) & ~hidden_away
        word = self.corrupted(states[seen]).squeeze(-1)
        rare = torch.tensor(3.0)  # corrupted words are few
        pairs = torch.tanh(self.dense(states[:, 0]))  # (pairs, hidden)
        label = self.labels(pairs).gather(1, batch["task"][:, None]).squeeze(-1)
        return {
            "masked": F.cross_entropy(self.model.lm_head(states[hidden_away]), ids[hidden_away]),
            "words": F.binary_cross_entropy_with_logits(
                word, batch["corrupted"][seen].float(), pos_weight=rare, reduction="sum"
            )
            / max(1, len(word)),
            **_verdict("translations", self.faithful(pairs).squeeze(-1), batch["faithful"]),
            **_verdict("labels", label, batch["label"]),
        }


def _verdict(name: str, logits: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """The loss and the accuracy of a binary verdict on the pairs where there is a truth."""
    known = truth != IGNORE
    logits, truth = logits[known], truth[known].float()
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction="sum") / max(1, len(truth))
    hits = ((logits > 0) == (truth > 0)).float().sum() / max(1, len(truth))
    return {name: loss, f"{name} accuracy": hits.detach()}


def config(vocabulary: int) -> XLMRobertaConfig:
    """XLM-R's architecture at a laptop's size; dropout is off, which suits so small a model."""
    return XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=130,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def learning_rate(progress: float) -> float:
    """Falls in each part of the run; the second starts high again, to learn something new."""
    if progress < LABELLED_FROM:
        return 1.5e-3 * min(1, progress / 0.005) * (1 - 0.66 * progress / LABELLED_FROM)
    return 1e-3 * min(1, 1.25 * (1 - progress) / (1 - LABELLED_FROM))


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
    export(out, trainer)


def export(out: Path, trainer: Pretrainer) -> None:
    """Write the encoder in half precision, its layer for pairs in the place of the
    classifier's first; the classifier's last layer is left to fine-tuning."""
    weights = {f"roberta.{k}": v for k, v in trainer.model.roberta.state_dict().items()}
    weights |= {f"classifier.dense.{k}": v for k, v in trainer.dense.state_dict().items()}
    folder = out / "encoder"
    XLMRobertaForSequenceClassification(trainer.model.config).config.save_pretrained(folder)
    halves = {name: value.half().contiguous() for name, value in weights.items()}
    save_file(halves, folder / "model.safetensors", {"format": "pt"})
    _tokenizer(out).save_pretrained(folder)


def _update(
    trainer: Pretrainer, optimiser: torch.optim.Optimizer, batch: dict[str, Tensor], seed: int
) -> dict[str, Tensor]:
    parts = trainer(batch, torch.Generator().manual_seed(seed))
    optimiser.zero_grad()
    sum(parts[name] for name in ("masked", "words", "translations", "labels")).backward()
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
    return {
        "ids": torch.tensor([pad(pair.ids, 1) for pair in pairs]),
        "corrupted": torch.tensor([pad(pair.corrupted, IGNORE) for pair in pairs]),
        "faithful": torch.tensor([pair.faithful for pair in pairs]),
        "label": torch.tensor([pair.label for pair in pairs]),
        "task": torch.tensor([pair.task for pair in pairs]),
    }


def _choose_masked(ids: Tensor, corrupted: Tensor, generator: torch.Generator) -> Tensor:
    """15% of the pieces in 70% of the pairs, never a corrupted one."""
    pieces = torch.rand(ids.shape, generator=generator) < 0.15
    pairs = torch.rand((len(ids), 1), generator=generator) < 0.7
    return pieces & pairs & (ids >= SPECIAL) & (corrupted != 1)


@torch.no_grad()
def _start_from_copies(model: XLMRobertaForMaskedLM, strength: float = 1.5) -> None:
    """Let half of the heads attend to copies of a token from the start (mimetic initialisation,
    Trockman and Kolter 2023), and positions start as sinusoids; both only speed up learning."""
    for layer in model.roberta.encoder.layer:
        attention = layer.attention.self
        heads, width = attention.num_attention_heads, attention.query.weight.shape[1]
        size = width // heads
        for head in range(0, heads, 2):
            basis = torch.linalg.qr(torch.randn(width, size))[0].T  # (size, width)
            rows = slice(head * size, (head + 1) * size)
            basis = basis * strength * size**0.25 / width**0.5
            attention.query.weight[rows] = basis
            attention.key.weight[rows] = basis
    table = model.roberta.embeddings.position_embeddings.weight  # (positions, width)
    places = torch.arange(len(table))[:, None]
    waves = torch.exp(-torch.arange(0, table.shape[1], 2) / table.shape[1] * 9.21)
    table[:, 0::2] = 0.02 * torch.sin(places * waves)
    table[:, 1::2] = 0.02 * torch.cos(places * waves)


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
    return {name: round(sum(row[name] for row in rows) / len(rows), 4) for name in rows[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results/mini-encoder"))
    parser.add_argument("--steps", type=int, default=42_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    words = parser.parse_args()
    torch.set_num_threads(words.threads)
    words.out.mkdir(parents=True, exist_ok=True)
    pretrain(words.out, words.steps, words.seed)


if __name__ == "__main__":
    main()
