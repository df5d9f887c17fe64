#!/usr/bin/env bash
# Expect: tokenizer(a, b) and tokenizer([a], [b]) give the same ids for the same pair.
# Happens: when the second text is empty, a single call treats it as absent and writes the form
#   for one text; a call with lists writes the form for a pair, with its extra separators.
# Seen: transformers 5.23.0 with tokenizers 0.23.3; a post-processor in XLM-R's form is used
#   here.
# Means: empty second sentences are real (untranslated rows, hypotheses that were cut). Examples
#   tokenised one by one when scores are computed then differ from those tokenised in batches
#   for training, and so do their gradients.
# Instead: always call with lists, also for one pair: tokenizer([a], [b]).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(transformers|tokenizers|numpy) "
cd "$work"
cat > expected <<'TEXT'
'yes' [0, 3, 1, 1, 3, 1] [0, 3, 1, 1, 3, 1]
'' [0, 3, 1] [0, 3, 1, 1, 1]
TEXT
cat > look.py <<'PY'
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

words = Tokenizer(WordLevel({"<s>": 0, "</s>": 1, "<unk>": 2, "yes": 3}, unk_token="<unk>"))
words.pre_tokenizer = Whitespace()
words.post_processor = TemplateProcessing(
    single="<s> $A </s>",
    pair="<s> $A </s> </s> $B </s>",
    special_tokens=[("<s>", 0), ("</s>", 1)],
)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>")
for second in ("yes", ""):
    print(repr(second), tokenizer("yes", second).input_ids, tokenizer(["yes"], [second]).input_ids[0])
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
