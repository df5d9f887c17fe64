#!/usr/bin/env bash
# Expect: serialize() gives back what parse() read, for a valid CoNLL-U file.
# Happens: a MISC value is cut at its second '=' and comment lines without '=' are dropped; the
#   rest of the file comes back as it was, and nothing is raised.
# Seen: conllu 6.0.0. CoNLL-U allows any text but '|' and tabs in MISC, and free comments.
# Means: glosses, formulas and links with '=' (a query string, say) and annotators' notes are
#   lost when a treebank is filtered and written again.
# Instead: give parse() your own field_parsers={'misc': ...}, and carry comments over yourself;
#   compare serialize() with the source before writing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check conllu==6.0.0
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(conllu) "
cd "$work"
cat > expected <<'TEXT'
misc: {'Gloss': 'go', 'Link': 'page?a'}
lost: ['# checked by hand', '1 go go VERB _ Mood=Imp 0 root _ Gloss=go|Link=page?a=b']
written instead: ['1 go go VERB _ Mood=Imp 0 root _ Gloss=go|Link=page?a']
TEXT
cat > look.py <<'PY'
import conllu

LINES = ["# sent_id = s1", "# checked by hand"]
LINES += ["	".join("1 go go VERB _ Mood=Imp 0 root _ Gloss=go|Link=page?a=b".split()), "", ""]
source = chr(10).join(LINES)
sentence = conllu.parse(source)[0]
print("misc:", dict(sentence[0]["misc"]))
kept = sentence.serialize().splitlines()
print("lost:", [line.replace(chr(9), " ") for line in source.splitlines() if line not in kept])
print("written instead:", [line.replace(chr(9), " ") for line in kept if line not in source.splitlines()])
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
