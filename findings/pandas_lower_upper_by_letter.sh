#!/usr/bin/env bash
# Expect: Series.str.lower() and .str.upper() give for each text what Python's str.lower() and
#   str.upper() give, as pandas always did for object columns.
# Happens: with pandas 3's default string dtype and pyarrow installed they map one character to
#   one character: Greek final sigma is not formed, German sharp s becomes a capital sharp s,
#   and the dot of Turkish I is dropped. Without pyarrow the same line of code gives Python's
#   result.
# Seen: pandas 3.1.1 with pyarrow 26.0.1.
# Means: vocabularies, duplicate checks and look-ups that lowercase one side in pandas and the
#   other in Python miss Greek, German and Turkish words, and a result depends on whether
#   pyarrow is installed.
# Instead: lowercase both sides in one place: series.map(str.lower), or str.casefold() for
#   comparisons.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(pandas|pyarrow|numpy) "
cd "$work"
cat > expected <<'TEXT'
str
lower, pandas: ["'\\u03bb\\u03bf\\u03b3\\u03bf\\u03c3'", "'stra\\xdfe'", "'izmir'"]
lower, Python: ["'\\u03bb\\u03bf\\u03b3\\u03bf\\u03c2'", "'stra\\xdfe'", "'i\\u0307zmir'"]
upper, pandas: STRAẞE
upper, Python: STRASSE
found: [False, True, False]
as object: [True, True, True]
TEXT
cat > look.py <<'PY'
import pandas as pd

words = ["ΛΟΓΟΣ", "straße", "İzmir"]
texts = pd.Series(words)
print(texts.dtype)
print("lower, pandas:", [ascii(w) for w in texts.str.lower()])
print("lower, Python:", [ascii(w.lower()) for w in words])
print("upper, pandas:", texts.str.upper()[1])
print("upper, Python:", words[1].upper())
print("found:", texts.str.lower().isin([w.lower() for w in words]).tolist())
print("as object:", texts.astype(object).str.lower().isin([w.lower() for w in words]).tolist())
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
