#!/usr/bin/env bash
# Expect: execute_notebook(parameters=...) injects NumPy scalars, tuples and dicts as such, or
#   refuses what it cannot write.
# Happens: whatever is not exactly a builtin it knows is injected as a string: numpy.int64(3)
#   becomes '3', numpy.False_ becomes 'False', which is true, a tuple becomes '(1, 2)', and the
#   integer keys of a dict become strings. numpy.float64 alone is right, for it is a subclass of
#   float.
# Seen: papermill 2.7.0.
# Means: parameters that come out of a table (a seed, k, a flag) change type on their way into
#   the notebook; a false flag switches its branch on.
# Instead: pass value.item() or json.loads(json.dumps(...)), and let the notebook check the
#   types it receives.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check papermill==2.7.0 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(papermill|numpy) "
cd "$work"
cat > expected <<'TEXT'
# Parameters
seed = "3"
flag = "False"
lr = 0.5
pair = "(1, 2)"
steps = {"1": 2}

flag is true: True and was False
TEXT
cat > look.py <<'PY'
import numpy as np
from papermill.translators import papermill_translators

values = {"seed": np.int64(3), "flag": np.False_, "lr": np.float64(0.5), "pair": (1, 2), "steps": {1: 2}}
python = papermill_translators.find_translator("python3", "python")
injected = python.codify(values)
print(injected)
names = {}
exec(injected, names)
print("flag is true:", bool(names["flag"]), "and was", bool(values["flag"]))
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
