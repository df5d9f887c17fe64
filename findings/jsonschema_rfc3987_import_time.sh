#!/usr/bin/env bash
# Expect: importing nbformat, which papermill and nbclient do at the start of each notebook, takes a
#   few tenths of a second; which of jsonschema's optional format checkers lie in the environment
#   makes no difference, since nothing is checked yet.
# Happens: jsonschema imports every format checker that it finds. rfc3987-syntax, which Jupyter
#   installs (jupyter-events asks for jsonschema[format-nongpl]), compiles its grammar with Lark while
#   it is imported. That is most of the time that nbformat takes to import, about two seconds of CPU
#   on a server core, for a check (IRIs) that the schema of notebooks does not have.
# Seen: jsonschema 4.26.0, rfc3987-syntax 1.1.0, lark 1.3.1, nbformat 5.11.1.
# Means: a pipeline of many short notebooks or commands pays it each time; a profile shows it as
#   Lark, which nobody of them uses.
# Instead: import nbformat where it is needed, not at the top of a command; keep one process for
#   many notebooks.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    nbformat==5.11.1 jsonschema==4.26.0 rfc3987-syntax==1.1.0 lark==1.3.1
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(nbformat|jsonschema|rfc3987|lark) *"
cd "$work"
cat > look.py <<'PY'
import subprocess
import sys

BLOCK = "import sys; sys.modules['rfc3987_syntax'] = None; "
NOTEBOOK = "import nbformat; nbformat.validate(nbformat.v4.new_notebook()); "
TIME = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)"
LOADED = "import sys; print('lark' in sys.modules)"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


run(NOTEBOOK)  # from now on everything is compiled
with_it, without = (min(float(run(start + NOTEBOOK + TIME)) for _ in range(3)) for start in ("", BLOCK))
print(f"CPU seconds to import nbformat and validate a notebook: {with_it:.2f}, without rfc3987-syntax {without:.2f}")
print("Lark was loaded:", run(NOTEBOOK + LOADED), "without rfc3987-syntax:", run(BLOCK + NOTEBOOK + LOADED))
assert run(NOTEBOOK + LOADED) == "True" and with_it > 2 * without, "no longer so"
PY
venv/bin/python look.py && echo "Still so."
