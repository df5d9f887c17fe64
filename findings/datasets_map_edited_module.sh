#!/usr/bin/env bash
# Expect: Dataset.map() computes again when the function given to it has changed: its cache is
#   keyed by a fingerprint of the function.
# Happens: a function imported from another file is fingerprinted by its name alone. Edit its
#   body, start Python again, and map() returns the old result from the cache.
# Seen: datasets 5.2.0. A function defined in the main script is followed properly, which makes
#   the difference easy to miss.
# Means: tokenisation or label fixes made in a project's own module have no effect on the data,
#   silently, until the cache is deleted.
# Instead: pass new_fingerprint= made from a version or the module's text, or
#   load_from_cache_file=False, or call datasets.disable_caching().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(datasets|pandas|pyarrow|numpy) "
cd "$work"
cat > expected <<'TEXT'
factor 2
cached: [2, 4]
anew: [2, 4]
factor 3
cached: [2, 4]
anew: [3, 6]
TEXT
cat > look.py <<'PY'
import pathlib
import subprocess
import sys

RUN = """
import datasets
from features import double
datasets.disable_progress_bars()
data = datasets.load_from_disk("numbers")
print("cached:", data.map(double)["y"][:])
print("anew:", data.map(double, load_from_cache_file=False)["y"][:])
"""
import datasets

datasets.disable_progress_bars()
datasets.Dataset.from_dict({"x": [1, 2]}).save_to_disk("numbers")
for factor in (2, 3):
    body = f"def double(row):\n    return {{'y': row['x'] * {factor}}}\n"
    pathlib.Path("features.py").write_text(body)
    print("factor", factor, flush=True)
    subprocess.run([sys.executable, "-B", "-W", "ignore", "-c", RUN], check=True)
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
