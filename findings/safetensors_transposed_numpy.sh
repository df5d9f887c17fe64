#!/usr/bin/env bash
# Expect: save_file() and load_file() give back the array that was saved, whatever its memory
#   layout, as numpy.save does.
# Happens: safetensors.numpy takes the memory as it lies: a transposed matrix or a selection of
#   columns comes back with the right shape and the numbers in the wrong places. The torch side
#   of the library refuses such tensors.
# Seen: safetensors 0.8.0 with NumPy 2.4.6.
# Means: weights or projection matrices exported with .T are scrambled without an error; shapes,
#   norms and sums still agree, so simple checks pass.
# Instead: save numpy.ascontiguousarray(array).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(safetensors|numpy) "
cd "$work"
cat > expected <<'TEXT'
saved: [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
as it is: [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], equal False, same sum True
contiguous: [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]], equal True, same sum True
TEXT
cat > look.py <<'PY'
import numpy as np
from safetensors.numpy import load_file, save_file

matrix = np.arange(6, dtype="float32").reshape(2, 3).T
save_file({"as it is": matrix, "contiguous": np.ascontiguousarray(matrix)}, "matrix.safetensors")
print("saved:", matrix.tolist())
for name, array in sorted(load_file("matrix.safetensors").items()):
    print(f"{name}: {array.tolist()}, equal {np.array_equal(array, matrix)}, same sum {array.sum() == matrix.sum()}")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
