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
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
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

from xlshare.mini import data, tokenizer
from xlshare.mini.item import Item
from xlshare.tasks import TASKS

ENCODER = Path(__file__).parent / "encoder"
BATCH = 32
BATCHES_A_POOL = 16  # batches drawn together and sorted by length, to pad less
LONGEST = 62  # tokens a text
SPECIAL = len(tokenizer.SPECIAL)
TASK_SHARES = {"xnli": 0.25, "pawsx": 0.6, "marc": 0.15}
LABELLED_FROM = 0.43  # the part of the run after which pairs with labels are shown too
LABELLED_SHARE = 0.5  # of the pairs, from then on
ENGLISH_UNTIL = 0.3  # the part of that time in which they are English ones only
SHORTEST, GROWTH = 105, 300  # characters of the longest labelled pair
EXCHANGED = 0.7  # of the translations of the PAWS-like task
USES = 3  # pairs made of one item
SAVE_EVERY = 500  # steps
IGNORE = -1


@dataclass(frozen=True)
class Pair:
    """Two texts as token ids, with what is to be detected about the second (-1: nothing)."""

    ids: list[int]
    corrupted: list[int]  # a token: 1 if its word was put there by the corruption
    faithful: int = IGNORE  # 1 if the second text translates the first
    label: int = IGNORE  # of the task that the pair belongs to
    task: int = 0  # its place in TASK_SHARES


class PairWriter:
    """Draws texts and corrupts translations; the same seed writes the same pairs."""

    def __init__(self, tok: PreTrainedTokenizerFast, seed: str, progress: float) -> None:
        self.tok = tok
        self.rng = random.Random(seed)
        self.labelled = LABELLED_SHARE if progress >= LABELLED_FROM else 0.0
        self.late = max(0.0, progress - LABELLED_FROM) / (1 - LABELLED_FROM)
        self.easy = max(0.1, 0.6 - 1.5 * progress)  # share of word-for-word pairs: a curriculum
        self.items = {task: self._reuse(task) for task in TASK_SHARES}
        self.fresh = {task: data.draws(task, "pretrain", self.rng) for task in TASK_SHARES}
        self.seen: dict[tuple[str, str], deque[Word]] = {}

    def _reuse(self, task: str) -> Iterator[Item]:
        """Each item a few times, for other languages and corruptions: drawing one takes long."""
        for item in data.draws(task, "pretrain", self.rng):
            yield from [item] * USES

    def pair(self) -> Pair:
        task = self.rng.choices(list(TASK_SHARES), list(TASK_SHARES.values()))[0]
        item = next(self.items[task])
        if self.rng.random() < max(0.15, self.labelled):
            return self._item(task, item)
        if task == "pawsx" and self.rng.random() < EXCHANGED:
            return self._exchanged(item)
        first, second, lang = self._translation(task, item)
        words = self._words(second)
        faithful = not (self.rng.random() < 0.5 and self._corrupt(words, task, lang))
        self._remember(words, task, lang)
        if self.rng.random() < 0.3 and len(words) > 4:  # translations may also leave a word out
            words.pop(self.rng.choice([i for i, word in enumerate(words) if not word.corrupted]))
        return _frame(self._ids(first), words, faithful=int(faithful))

    def _item(self, task: str, item: Item) -> Pair:
        """One item as fine-tuning frames it: for language modelling, and with its label.

        Short texts come first, and English first of all: what labels mean is learnt from few
        words, and passed on to the other languages along the translations.
        """
        if self.labelled:
            item = next(self.fresh[task])
        while self.labelled and sum(map(len, item.text["en"])) > SHORTEST + GROWTH * self.late:
            item = next(self.fresh[task])
        label = TASKS[task].labels.get(item.label, IGNORE) if self.labelled else IGNORE
        english = self.labelled and self.late < ENGLISH_UNTIL
        first, second = item.text["en" if english else self.rng.choice(list(item.text))]
        place = list(TASK_SHARES).index(task)
        if TASKS[task].text_b is None:
            ids = self._ids(f"{first} {second}", 2 * LONGEST)
            return Pair([0, *ids, 2], [IGNORE] * (len(ids) + 2), label=label, task=place)
        return _frame(self._ids(first), [Word(self._ids(second))], label=label, task=place)

    def _exchanged(self, item: Item) -> Pair:
        """A sentence with itself, or with one in which two names of a kind changed places.

        Both in any languages. Who does what to whom is hard to see, so it is shown as such.
        """
        while item.label == 1:
            item = next(self.items["pawsx"])
        lang, other = self.rng.sample(list(item.text), 2)
        if self.rng.random() < 0.6:
            other = lang
        same = self.rng.randrange(2)
        first, second = item.text[lang][0], item.text[other][1 - same]
        place = list(TASK_SHARES).index("pawsx")
        words = [Word(self._ids(second))]
        pair = _frame(self._ids(first), words, faithful=same, label=same, task=place)
        return replace(pair, corrupted=[IGNORE] * len(pair.ids))

    def _translation(self, task: str, item: Item) -> tuple[str, str, str]:
        """A text and its like in the same (60%) or another language, and that language.

        Usually word for word at first; later mostly freely, in another wording of the same
        content, where the grammar has one.
        """
        lang, other = self.rng.sample(list(item.text), 2)
        if self.rng.random() < 0.6:
            other = lang
        if task == "marc":
            return " ".join(item.text[lang]), " ".join(item.text[other]), other
        place = self.rng.randrange(2)
        if task == "pawsx" and self.rng.random() > self.easy:
            while item.label == 0:
                item = next(self.items[task])
            return item.text[lang][place], item.text[other][1 - place], other
        return item.text[lang][place], item.text[other][place], other

    def _corrupt(self, words: list[Word], task: str, lang: str) -> bool:
        """Swap, replace or insert one word; names swap with names. False if none fits."""
        chosen = [i for i, word in enumerate(words) if word.content]
        names = [i for i in chosen if words[i].capital and i > 0]
        swap_names = 0.8 if task == "pawsx" else 0.3
        among = names if len(names) > 1 and self.rng.random() < swap_names else chosen
        if not among:
            return False
        i = self.rng.choice(among)
        way = self.rng.choices(("swap", "replace", "insert"), (0.6, 0.3, 0.1))[0]
        pool = words if way == "swap" else list(self.seen.get((task, lang), ()))
        others = [w for w in pool if w.content and w.capital == words[i].capital]
        others = [w for w in others if w.ids != words[i].ids]
        if not others:
            return False
        other = self.rng.choice(others)
        if way == "swap":
            j = words.index(other)
            words[i], words[j] = words[j].moved(), words[i].moved()
        elif way == "replace":
            words[i] = other.moved()
        else:
            words.insert(i, other.moved())
        return True

    def _remember(self, words: list[Word], task: str, lang: str) -> None:
        seen = self.seen.setdefault((task, lang), deque(maxlen=200))
        seen.extend(word for word in words if word.content and not word.corrupted)

    def _ids(self, text: str, longest: int = LONGEST) -> list[int]:
        return self.tok.backend_tokenizer.encode(text, add_special_tokens=False).ids[:longest]

    def _words(self, text: str) -> list[Word]:
        """The tokens of a text, word by word; Han characters count as words."""
        encoding = self.tok.backend_tokenizer.encode(text, add_special_tokens=False)
        words: list[Word] = []
        for piece, number in zip(encoding.tokens[:LONGEST], encoding.ids):
            if piece[0] == "▁" or not words or not piece[0].isalnum() or _is_han(piece[0]):
                capital = piece.lstrip("▁")[:1].isupper()
                words.append(Word([], capital, content=any(map(str.isalnum, piece))))
            words[-1].ids.append(number)
        return words


@dataclass
class Word:
    """The tokens of a word, and whether the corruption put it where it stands."""

    ids: list[int]
    capital: bool = False
    content: bool = False
    corrupted: bool = False

    def moved(self) -> Word:
        return Word(self.ids, self.capital, self.content, corrupted=True)


class Pretrainer(nn.Module):
    """The encoder with its three heads; returns the summed loss and each part's value."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.model = XLMRobertaForMaskedLM(config(vocabulary))
        hidden = self.model.config.hidden_size
        self.corrupted = nn.Linear(hidden, 1)
        self.dense = nn.Linear(hidden, hidden)  # becomes the classifier's first layer
        self.faithful = nn.Linear(hidden, 1)
        self.labels = nn.Linear(hidden, len(TASK_SHARES))  # one binary verdict a task
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
                word, batch["corrupted"][seen].float(), pos_weight=rare
            ),
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


def pretrain(out: Path, steps: int, seed: int, rate: float = 1.5e-3) -> None:
    """Train for `steps` batches; continue from the state in `out` where there is one."""
    torch.manual_seed(seed)
    tok = _tokenizer(out)
    trainer = Pretrainer(len(tok))
    optimiser = torch.optim.AdamW(
        trainer.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    step, curve = _resume(out, trainer, optimiser)
    recent: list[dict[str, float]] = []
    bar = tqdm(total=steps, initial=step, desc="pre-training", mininterval=10)
    while step < steps:
        for batch in _pool(tok, f"{seed}-{step}", step / steps):
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 200) * max(0.01, 1 - step / steps)
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


def _frame(first: list[int], words: list[Word], faithful: int = IGNORE, **verdicts: int) -> Pair:
    """<s> first </s></s> second </s>"""
    second = [number for word in words for number in word.ids][:LONGEST]
    flags = [int(word.corrupted) for word in words for _ in word.ids][:LONGEST]
    if faithful == IGNORE:
        flags = [IGNORE] * len(flags)
    unjudged = [IGNORE] * (len(first) + 3)
    return Pair([0, *first, 2, 2, *second, 2], [*unjudged, *flags, IGNORE], faithful, **verdicts)


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


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


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
