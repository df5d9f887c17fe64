#!/usr/bin/env bash
# Expect: one tie in two small samples makes a rank test more cautious or leaves it as it was:
#   less information cannot give stronger evidence.
# Happens: mannwhitneyu(method='auto') changes from the exact to the asymptotic p-value as soon
#   as one value is tied, also at three against three. The p-value then falls below the smallest
#   that any exact two-sided test of this size can give (2/20).
# Seen: scipy 1.17.1. The documentation names the rule, but not that the result can be
#   impossible. wilcoxon in this version handles ties exactly for small samples; mannwhitneyu
#   and kendalltau do not.
# Means: comparisons over a few seeds or languages, where shares are often tied, come out more
#   significant by accident of a tie.
# Instead: method=scipy.stats.PermutationMethod(): exact with ties where all permutations can be
#   listed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${PYTHON:-python3} -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
"$work/venv/bin/pip" list --disable-pip-version-check | grep -E "^(scipy|numpy) "
cd "$work"
cat > expected <<'TEXT'
no tie: auto 0.1000, all permutations 0.1000
one tie: auto 0.0765, all permutations 0.1000
smallest possible: 0.1000
kendalltau, no tie: tau 1.00, p 0.0833
kendalltau, one tie: tau 0.91, p 0.0710
TEXT
cat > look.py <<'PY'
from scipy import stats

x, free, tied = [1, 2, 3], [4, 5, 6], [4, 5, 5]
for name, y in {"no tie": free, "one tie": tied}.items():
    auto = stats.mannwhitneyu(x, y).pvalue
    exact = stats.mannwhitneyu(x, y, method=stats.PermutationMethod()).pvalue
    print(f"{name}: auto {auto:.4f}, all permutations {exact:.4f}")
print(f"smallest possible: {2 / 20:.4f}")
rising = [1, 2, 3, 4]
for name, y in {"no tie": rising, "one tie": [1, 2, 3, 3]}.items():
    result = stats.kendalltau(rising, y)
    print(f"kendalltau, {name}: tau {result.statistic:.2f}, p {result.pvalue:.4f}")
PY
venv/bin/python -W ignore look.py | tee seen
diff expected seen && echo "Still so."
