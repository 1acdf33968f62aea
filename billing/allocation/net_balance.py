# SPDX-License-Identifier: Apache-2.0
"""Share energy among prosumers by net balances (virtual community with several plants).

Per quarter hour every participant first nets own draw and own feed-in: above zero it buys, below
zero it sells.  The smaller of the two sides is traded inside; the longer side is served pro rata,
and what it has left over meets the grid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.allocation.largest_remainder import Ints
from billing.allocation.split import Split, split_solar


@dataclass(frozen=True, slots=True, eq=False)
class NetSplit:
    """
    Per participant and group, int64 [n, group_count], nothing negative.

    `bought` + `imported` is the positive part of the balance, `sold` + `exported` the negative one, and
    Σ bought == Σ sold in every group.
    """

    bought: Ints
    imported: Ints
    sold: Ints
    exported: Ints


def split_net_balances(
    *, balances: NDArray[np.integer], groups: NDArray[np.integer], group_count: int
) -> NetSplit:
    """
    Trade the net balances of every slot inside the community.

    `balances` is [n, slots] in Wh: draw minus feed-in of each participant.

    :raises UnableToSplit: if a balance does not fit into 31 bits or shapes differ.
    """
    draw = np.maximum(balances, 0)
    surplus = np.maximum(-balances.astype(np.int64), 0)
    bought = _by_use(draw, surplus.sum(axis=0, dtype=np.int64), groups, group_count)
    sold = _by_use(surplus, draw.sum(axis=0, dtype=np.int64), groups, group_count)
    assert (bought.pool == sold.pool).all(), "What is bought inside must be what is sold inside."
    return NetSplit(bought=bought.solar, imported=bought.grid, sold=sold.solar, exported=sold.grid)


def _by_use(own: NDArray[np.integer], pool: Ints, groups: NDArray[np.integer], group_count: int) -> Split:
    return split_solar(
        consumption=own, pool=pool, groups=groups, group_count=group_count, priorities=[0] * len(own)
    )
