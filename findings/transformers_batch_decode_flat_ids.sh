#!/usr/bin/env bash
# Expect: batch_decode(ids) on a flat list of ids gives one string per id, the usual way to
#   label the tokens of one text.
# Happens: it gives a list with one string, the whole text decoded.
# Seen: transformers 5.23.0.
# Means: zip(tokens, scores) then stops after the first token without an error, and a bar chart
#   of token attributions has one bar labelled with the whole sentence.
# Instead: convert_ids_to_tokens(ids), or batch_decode([[i] for i in ids]).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(transformers|tokenizers|numpy) "
cd "$work"
cat > expected <<'TEXT'
ids: [1, 2, 1]
flat: ['yes no yes']
nested: ['yes', 'no', 'yes']
zipped: [('yes no yes', 0.1)]
TEXT
cat > look.py <<'PY'
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import PreTrainedTokenizerFast

words = Tokenizer(WordLevel({"<unk>": 0, "yes": 1, "no": 2}, unk_token="<unk>"))
words.pre_tokenizer = Whitespace()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>")
ids = tokenizer("yes no yes").input_ids
print("ids:", ids)
print("flat:", tokenizer.batch_decode(ids))
print("nested:", tokenizer.batch_decode([[i] for i in ids]))
print("zipped:", list(zip(tokenizer.batch_decode(ids), [0.1, 0.2, 0.3])))
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
