#!/usr/bin/env bash
# Expect: class_encode_column() on an integer column numbers the classes in the order of the
#   numbers, so that a rating stays ordered.
# Happens: the numbers are made into strings first and sorted as strings: 1, 10, 2, ... A rating
#   of 10 gets class 1 and a rating of 2 gets class 2.
# Seen: datasets 5.2.0.
# Means: for ratings 1 to 10 the classes are no longer monotone in the rating (and with 1 to 9
#   they look right, so tests on five stars pass). Thresholds on the class such as 'positive if
#   at least 6' choose the wrong rows.
# Instead: cast with names in the order you mean: ClassLabel(names=[...]), after mapping the
#   column to 0..n-1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(datasets|pandas|pyarrow|numpy) "
cd "$work"
cat > expected <<'TEXT'
names: ['1', '10', '2', '3', '9']
rating -> class: {1: 0, 2: 2, 3: 3, 9: 4, 10: 1}
TEXT
cat > look.py <<'PY'
import datasets

datasets.disable_progress_bars()
ratings = [1, 2, 3, 9, 10]
encoded = datasets.Dataset.from_dict({"rating": ratings}).class_encode_column("rating")
print("names:", encoded.features["rating"].names)
print("rating -> class:", dict(zip(ratings, encoded["rating"][:])))
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
