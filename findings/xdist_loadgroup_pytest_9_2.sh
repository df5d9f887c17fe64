#!/usr/bin/env bash
# Expect: `pytest -n 2 --dist loadgroup` runs all tests that carry the same xdist_group mark in one
#   process, so that what they share is made once.
# Happens: the marks are ignored, without a word, and the tests are spread over both processes: xdist
#   sets an attribute of the tests from which pytest 9.2 does not read their names any more.
# Seen: pytest 9.2.0, pytest-xdist 3.8.0; with pytest 9.1.1 the marks count.
# Means: session fixtures are made by every process, and tests that must not run at once do.
# Instead: keep pytest below 9.2, or put what belongs together into one file: `--dist loadfile`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
cd "$work"
cat > test_group.py <<'PY'
import time

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(8))
def test_one(number):
    time.sleep(0.2)
PY
cat > expected <<'TEXT'
pytest 9.1.1: 1 process
pytest 9.2.0: 2 processes
TEXT
for version in 9.1.1 9.2.0; do
    venv/bin/pip install --quiet --disable-pip-version-check pytest==$version pytest-xdist==3.8.0
    venv/bin/python -m pytest -n 2 --dist loadgroup -v -p no:cacheprovider test_group.py > out
    workers=$(grep -oE "^\[gw[01]\]" out | sort -u | wc -l)
    echo "pytest $version: $workers process$([ "$workers" = 1 ] || echo es)"
done | tee seen
diff expected seen && echo "Still so."
