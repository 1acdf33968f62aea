# SPDX-License-Identifier: Apache-2.0
"""What a site's own meters say about one slot or one period: the pool to split, and what is left over.

    production + import + discharge = Σ consumption + export + charge + residual

The residual (losses, meter tolerance, a meter missing in the tree) is reported, never hidden.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SiteFlows:
    """Energies of the whole site per slot in Wh, int64 [slots] each; zeros where there is no such meter."""

    production: Ints
    exported: Ints
    imported: Ints
    charged: Ints
    discharged: Ints


def self_consumed_pool(flows: SiteFlows, consumption_sum: Ints) -> Ints:
    """Solar energy used on site per slot: P - E + discharge - charge, within [0, Σ consumption]."""
    used = flows.production - flows.exported + flows.discharged - flows.charged
    return np.asarray(np.clip(used, 0, consumption_sum))


def pool_without_export_meter(production: Ints, consumption_sum: Ints) -> tuple[Ints, Ints]:
    """Pool and export where no meter measures the export: S = min(P, Σ consumption), E = P - S."""
    pool = np.minimum(np.maximum(production, 0), consumption_sum)
    return pool, production - pool


def residual(flows: SiteFlows, consumption_sum: Ints) -> Ints:
    """What the site's balance leaves unexplained, per slot; negative where sub-meters count too much."""
    sources = flows.production + flows.imported + flows.discharged
    return sources - consumption_sum - flows.exported - flows.charged
