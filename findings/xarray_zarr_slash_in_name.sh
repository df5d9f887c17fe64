#!/usr/bin/env bash
# Expect: a variable named by a model's hub id, 'owner/model', is written to zarr and read back,
#   or refused.
# Happens: to_zarr() accepts it and writes a nested group; open_zarr() then returns a dataset
#   without the variable. Nothing is raised or warned of.
# Seen: xarray 2026.9.0 with zarr 3.1.6, format 3.
# Means: scores kept one variable per model (or per dataset) look lost; code that loops over
#   data_vars finds none and reports on nothing.
# Instead: put hub ids in a coordinate, where a slash is harmless, or replace the slash; what
#   was written so is still found by open_datatree().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 zarr==3.1.6 pandas==3.1.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(xarray|zarr|pandas|numpy) "
cd "$work"
cat > expected <<'TEXT'
written: ['owner/model', 'other']
read: ['other']
as a tree: [0.5, 0.25]
TEXT
cat > look.py <<'PY'
import xarray as xr

scores = xr.Dataset({"owner/model": ("id", [0.5, 0.25]), "other": ("id", [1.0, 2.0])})
scores.to_zarr("scores.zarr", consolidated=False)
print("written:", list(scores.data_vars))
print("read:", list(xr.open_zarr("scores.zarr", consolidated=False).data_vars))
tree = xr.open_datatree("scores.zarr", engine="zarr", consolidated=False)
print("as a tree:", tree["owner"]["model"].values.tolist())
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
