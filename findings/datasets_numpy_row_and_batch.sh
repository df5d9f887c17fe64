#!/usr/bin/env bash
# Expect: with_format('numpy') gives one cell the same value however it is asked for.
# Happens: a row comes as float64, a batch of the same column as float32. Numbers above 2**24
#   change, and so does any equality between the two.
# Seen: datasets 5.2.0 with NumPy 2.4.6. The stored column is float64.
# Means: scores and offsets read in a loop over rows differ from those read at once; a check
#   'batch equals rows' fails, and integers kept as floats (ids, positions) are silently rounded
#   in batches only.
# Instead: name the dtype, with_format('numpy', dtype='float64'), or read through to_pandas() or
#   data.data.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(datasets|pandas|pyarrow|numpy) "
cd "$work"
cat > expected <<'TEXT'
stored as float64
row: float64 16777217.0
batch: float32 16777216.0
equal: [False, False]
with dtype: float64 16777217.0
TEXT
cat > look.py <<'PY'
from datasets import Dataset

data = Dataset.from_dict({"score": [16777217.0, 0.1]})
print("stored as", data.features["score"].dtype)
data = data.with_format("numpy")
row, batch = data[0]["score"], data[:]["score"]
print("row:", row.dtype, float(row))
print("batch:", batch.dtype, float(batch[0]))
print("equal:", [bool(data[i]["score"] == batch[i]) for i in range(2)])
exact = data.with_format("numpy", dtype="float64")[:]["score"]
print("with dtype:", exact.dtype, float(exact[0]))
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
