#!/usr/bin/env bash
# Expect: bm25s.tokenize() splits text at white space and punctuation in any script.
# Happens: its default pattern takes runs of two or more word characters, and Python's word
#   characters do not include the vowel signs of Indic scripts. Hindi words fall apart at each
#   vowel sign and single letters are dropped: documents become empty, and what stays can be
#   another word. English stop words go in every language.
# Seen: bm25s 0.3.16. scikit-learn's CountVectorizer has the same pattern and the same effect.
# Means: as a lexical baseline for retrieval or attribution BM25 scores zero for such languages,
#   which reads as 'no lexical overlap'.
# Instead: pass token_pattern=r'\S+' (or your own tokens) and stopwords=None, and count the
#   empty documents.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check bm25s==0.3.16 numpy==1.26.4
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(bm25s|numpy) "
cd "$work"
cat > expected <<'TEXT'
default: 0 []
default: 1 ['यह']
default: 2 ['book', 'here']
default: 4 ['das', 'buch', 'war', 'bonn']
own: 2 ['मेरी', 'किताब']
own: 2 ['यहाँ', 'है']
own: 4 ['the', 'book', 'is', 'here']
own: 5 ['das', 'buch', 'war', 'in', 'bonn']
TEXT
cat > look.py <<'PY'
import bm25s

texts = ["मेरी किताब", "यहाँ है", "the book is here", "das Buch war in Bonn"]
for name, options in {"default": {}, "own": {"token_pattern": r"\S+", "stopwords": None}}.items():
    for tokens in bm25s.tokenize(texts, return_ids=False, show_progress=False, **options):
        print(f"{name}: {len(tokens)} {tokens}")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
