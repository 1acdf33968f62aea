# SPDX-License-Identifier: Apache-2.0
"""A site's energy and a tree's balance, from sums per meter and day: whole numbers in, whole numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """
    A site's energy per day or month, int64 [periods] each.

    `production + imported + discharged == consumption + exported + charged`, and what was produced and
    not exported is the `own_use`.
    """

    production: Ints
    imported: Ints
    exported: Ints
    charged: Ints
    discharged: Ints
    consumption: Ints
    own_use: Ints

    @property
    def autarky_permille(self) -> list[int | None]:
        """How much of the consumption did not come from the grid; None where nothing was consumed."""
        return permille(self.consumption - self.imported, self.consumption)

    @property
    def own_use_permille(self) -> list[int | None]:
        """How much of the production was used on site; None where nothing was produced."""
        return permille(self.own_use, self.production)


def flows(*, production: Ints, imported: Ints, exported: Ints, charged: Ints, discharged: Ints) -> Flows:
    """A site with meters at its grid connection: consumption is what came in and did not go out again."""
    own_use = production - exported
    consumption = imported + own_use + discharged - charged
    return Flows(production, imported, exported, charged, discharged, consumption, own_use)


def flows_without_connection(*, production: Ints, consumption: Ints, simultaneous: Ints) -> Flows:
    """A site without a meter at the connection: `simultaneous` was produced and used in the same slots."""
    nothing = np.zeros_like(production)
    return Flows(
        production=production,
        imported=consumption - simultaneous,
        exported=production - simultaneous,
        charged=nothing,
        discharged=nothing,
        consumption=consumption,
        own_use=simultaneous,
    )


def permille(part: Ints, whole: Ints) -> list[int | None]:
    """Parts in permille of the whole, rounded half up; None where the whole is not positive."""
    return [
        (2000 * int(p) + int(w)) // (2 * int(w)) if w > 0 else None for p, w in zip(part, whole, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Branch:
    """Net energy [days] of a child counts for its parent in the days from `first` until before `end`."""

    parent: int
    child: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class NodeBalance:
    """
    A parent's own energy and what its children sum up to; `difference` is what nobody measured.

    `permille` of the own energy (None where that is zero), and each child's part by its id.
    """

    parent: int
    own: int
    children: int
    difference: int
    permille: int | None
    parts: tuple[tuple[int, int], ...]


def node_balances(*, net: Ints, places: Sequence[int], branches: Sequence[Branch]) -> list[NodeBalance]:
    """
    Balance of every parent.

    `net` int64 [meters, days]; `places` [meters] is the same number for all devices of a chain of
    exchanges; branches name meters by their row.  Parents and parts are named by their place.
    """
    below: dict[int, dict[int, int]] = {}
    for branch in branches:
        parts = below.setdefault(places[branch.parent], {})
        energy = int(net[branch.child, branch.first : branch.end].sum())
        parts[places[branch.child]] = parts.get(places[branch.child], 0) + energy
    return [_node(net, places, parent, parts) for parent, parts in sorted(below.items())]


def _node(net: Ints, places: Sequence[int], parent: int, parts: dict[int, int]) -> NodeBalance:
    own = int(net[[place == parent for place in places]].sum())
    children = sum(parts.values())
    share = permille(np.array([abs(own - children)]), np.array([abs(own)]))[0]
    return NodeBalance(parent, own, children, own - children, share, tuple(parts.items()))
