"""Small models, datasets and studies for tests: everything real but the size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

SMALL = {
    "data": {
        "dataset": "mini",
        "train_per_language": 20,
        "dev_per_language": 10,
        "test_per_language": 30,
    },
    "training": {"learning_rate": 1e-3, "epochs": 3, "patience": 1, "batch_size": 10},
    "influence": {"tests_per_language": 3, "top_k": 8},
    "quality": {"removals": [3, 6], "tests": 2},
    "imbalance": {"extra_percent": [50]},
}


def write_study(folder: Path, name: str, **changes: Any) -> Path:
    """A parameter file for a small study whose results go below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {"study": name, **SMALL, "results": str(folder / "results"), **changes}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def write_classifier(folder: Path, tokenizer_file: Path) -> Path:
    """A small random XLM-R with XLM-R's own tokenizer, as save_pretrained writes it."""
    import torch
    from transformers import (
        PreTrainedTokenizerFast,
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    special = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "unk": "<unk>"}
    special |= {"pad": "<pad>", "mask": "<mask>"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_file),
        **{f"{name}_token": token for name, token in special.items()},
    )
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=130,
        type_vocab_size=1,
        pad_token_id=1,
    )
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_bert(folder: Path, texts: list[str]) -> Path:
    """A small random BERT with a word piece tokenizer of these texts."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast, set_seed

    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer(lowercase=False)
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=800, special_tokens=special)
    )
    set_seed(0)
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab=pieces.get_vocab(), do_lower_case=False).save_pretrained(folder)
    return folder
