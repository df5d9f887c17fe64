"""Wilson's interval of a share, in a file of its own.

Training notes it beside each epoch's accuracy. A change in how estimates are made, which training
does not use, so trains nothing again.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2


def wilson(hits: float, tests: int) -> tuple[float, float]:
    """Wilson's interval of a share of independent tests, of any number of hits from 0 to all."""
    z2 = stats.norm.ppf(1 - TAIL) ** 2
    share = hits / tests
    centre = (share + z2 / (2 * tests)) / (1 + z2 / tests)
    half = np.sqrt(z2 * (share * (1 - share) / tests + z2 / (4 * tests**2))) / (1 + z2 / tests)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
