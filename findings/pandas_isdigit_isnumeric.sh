#!/usr/bin/env bash
# Expect: Series.str.isdigit() and .str.isnumeric() answer as Python's methods do: a fraction is
#   numeric but no digit, a Chinese numeral is numeric.
# Happens: pandas 3's default string dtype, backed by pyarrow, calls the fraction a digit and
#   the Chinese numeral not numeric.
# Seen: pandas 3.1.1 with pyarrow 26.0.1.
# Means: filters that keep or drop number tokens change their answer when a column is no longer
#   object, differently for each language, and int() fails on what isdigit() let through.
# Instead: use isdecimal() for what int() can read; for the rest apply Python's method with
#   map(str.isnumeric).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(pandas|pyarrow|numpy) "
cd "$work"
cat > expected <<'TEXT'
isdecimal: pandas [True, False, False, True], Python [True, False, False, True]
isdigit: pandas [True, True, False, True], Python [True, False, False, True]
isnumeric: pandas [True, True, False, True], Python [True, True, True, True]
TEXT
cat > look.py <<'PY'
import pandas as pd

tokens = pd.Series(["7", "½", "三", "٣"])
for method in ("isdecimal", "isdigit", "isnumeric"):
    arrow = getattr(tokens.str, method)().tolist()
    python = [getattr(token, method)() for token in tokens]
    print(f"{method}: pandas {arrow}, Python {python}")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
