#!/usr/bin/env bash
# Expect: a table of texts written to zarr comes back with the same rows present and the same
#   rows missing.
# Happens: every empty text counts as missing after the round trip: count() is one less and
#   dropna() drops the row, although the value printed is still ''. In memory, before writing,
#   the same text is present (as object) but is missing as soon as its dtype is NumPy's
#   StringDType.
# Seen: xarray 2026.9.0 with zarr 3.1.6, format 3. Zarr's own metadata are innocent: they hold
#   no missing-value marker, only the fill value ''.
# Means: isnull() takes '' for StringDType's missing value, so empty second sentences or empty
#   translations disappear from counts and filters after reading, with no warning.
# Instead: test for empty text yourself (values == ''), or turn text to objects after reading:
#   ds.text.astype(object).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 zarr==3.1.6 pandas==3.1.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(xarray|zarr|pandas|numpy) "
cd "$work"
cat > expected <<'TEXT'
before: ['eins', '', 'three'] object, count 3, rows kept 3
after: ['eins', '', 'three'] StringDType(), count 2, rows kept 2
as objects: ['eins', '', 'three'] object, count 3, rows kept 3
TEXT
cat > look.py <<'PY'
import numpy as np
import xarray as xr

before = xr.Dataset({"text": ("id", np.array(["eins", "", "three"], dtype=object))})
before.to_zarr("texts.zarr", consolidated=False)
after = xr.open_zarr("texts.zarr", consolidated=False)
for name, ds in {"before": before, "after": after, "as objects": after.astype(object)}.items():
    kept = ds.dropna("id").sizes["id"]
    print(f"{name}: {ds.text.values.tolist()} {ds.text.dtype}, count {ds.text.count().item()}, rows kept {kept}")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
