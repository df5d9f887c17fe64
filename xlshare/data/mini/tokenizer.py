"""The mini encoder's tokenizer: byte-pair pieces learnt from the grammars' own text.

It frames pairs as XLM-R does, <s> A </s></s> B </s>, and sets each Han character apart.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from xlshare.data.mini import data

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]  # in XLM-R's order: ids 0 to 4
PIECES = 4000
ITEMS = 4000  # drawn from each grammar to learn the pieces from


def train() -> PreTrainedTokenizerFast:
    """Learn the tokenizer from text that belongs to no split of the embedded datasets."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Split(Regex("[\u4e00-\u9fff]"), "isolated"),
            pre_tokenizers.Punctuation(),
        ]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=PIECES, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=128,
        model_input_names=["input_ids", "attention_mask"],
    )


def _texts() -> Iterator[str]:
    for task in data.GRAMMARS:
        stream = data.draws(task, "pretrain", random.Random(f"{data.SEED}-tokenizer-{task}"))
        for item in itertools.islice(stream, ITEMS):
            for texts in item.text.values():
                yield from texts
