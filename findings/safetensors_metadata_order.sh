#!/usr/bin/env bash
# Expect: saving the same tensors with the same metadata twice gives the same bytes: the format
#   has no timestamps, and tensors are written in a fixed order.
# Happens: the metadata's keys are written in an order drawn anew for every call. With two keys
#   or more the bytes, and so the file's hash, differ from one save to the next.
# Seen: safetensors 0.8.0. With no metadata or one key the bytes do not vary.
# Means: a hash of the file cannot say whether a checkpoint changed; caches and workflow engines
#   keyed by content compute again.
# Instead: hash tensors and sorted metadata instead of the file, or put all metadata into one
#   key as sorted JSON.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(safetensors|numpy) "
cd "$work"
cat > expected <<'TEXT'
none: one result in 50 saves
eight keys: several results in 50 saves
one key: one result in 50 saves
TEXT
cat > look.py <<'PY'
import json

import numpy as np
from safetensors.numpy import save

weights = {"weight": np.zeros(2, "float32")}
many = {key: "x" for key in "abcdefgh"}
for name, metadata in {"none": None, "eight keys": many, "one key": {"all": json.dumps(many)}}.items():
    different = len({save(weights, metadata=metadata) for _ in range(50)})
    print(f"{name}: {'one result' if different == 1 else 'several results'} in 50 saves")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
