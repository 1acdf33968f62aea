# SPDX-License-Identifier: Apache-2.0
"""Who used how much, from where: the site's quarter hours, split and counted per group.

Every quarter hour of a stake's days counts for it and for nobody else, so that any cut of a period
into occupancies bills the same energy once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.allocation.balance import SiteFlows, pool_without_export_meter, residual, self_consumed_pool
from billing.allocation.split import Split, split_solar
from billing.engine.basis import Basis, Source, Stake, UnableToBill
from billing.engine.slots import Groups, slot_range
from metering.series.vectors import Quality

Wh = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """
    Energy of registers in Wh over a basis's period: `values` int64 [r, t] (0 where missing),
    `quality` uint8 [r, t] as `metering.series.vectors.Quality`.
    """

    register_ids: tuple[int, ...]
    values: Wh
    quality: NDArray[np.uint8]

    def row(self, register_id: int) -> int:
        return self.register_ids.index(register_id)


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """The site per quarter hour, int64 [t] each, in Wh; `rest` is what stays unexplained (signed)."""

    flows: SiteFlows
    consumed: Wh
    pool: Wh
    rest: Wh


@dataclass(frozen=True, slots=True, eq=False)
class Energies:
    """
    The outcome: `split` per stake and group, `consumption` int64 [n, t] per stake and quarter hour,
    `residual` int64 [t] what of it is the site's unexplained rest (for the stakes that take it).
    """

    groups: Groups
    split: Split
    consumption: Wh
    balance: Balance
    residual: Wh

    @property
    def control_difference(self) -> int:
        """Energy split minus energy consumed, in Wh: 0, or something is wrong."""
        return int(self.split.solar.sum() + self.split.grid.sum() - self.consumption.sum())


def share_energy(basis: Basis, series: Series, groups: Groups) -> Energies:
    """
    Split the site's energy of every quarter hour among the stakes.

    :raises UnableToBill: if a stake's consumption is negative somewhere (named).
    """
    own = np.stack([_consumption(basis, stake, series) for stake in basis.stakes])
    for stake, row in zip(basis.stakes, own, strict=True):
        if (row < 0).any():
            raise UnableToBill(f"{stake.name}: the consumption is negative in {(row < 0).sum()} slots.")
    flows = _flows(basis, series)
    if not basis.site.exported:
        flows = _export_derived(flows, own.sum(axis=0))
    rest = residual(flows, own.sum(axis=0))
    taken = _leave_rest(basis, own, rest)
    consumed = own.sum(axis=0)
    balance = Balance(flows, consumed, self_consumed_pool(flows, consumed), rest)
    split = split_solar(
        consumption=own,
        pool=balance.pool,
        groups=groups.index,
        group_count=len(groups.labels),
        priorities=[stake.priority for stake in basis.stakes],
    )
    energies = Energies(groups, split, own, balance, taken)
    _assert_balanced(energies)
    return energies


def counted(basis: Basis, source: Source, stake: Stake) -> slice:
    """The quarter hours in which a source counts for a stake."""
    return slot_range(basis, max(source.start, stake.start), min(source.end, stake.end))


def _consumption(basis: Basis, stake: Stake, series: Series) -> Wh:
    total = np.zeros(series.values.shape[1], dtype=np.int64)
    for source in stake.sources:
        days = counted(basis, source, stake)
        total[days] += series.values[series.row(source.register_id), days]
    return total


def _flows(basis: Basis, series: Series) -> SiteFlows:
    site = basis.site

    def total(sources: Sequence[Source]) -> Wh:
        summed = np.zeros(series.values.shape[1], dtype=np.int64)
        for source in sources:
            days = slot_range(basis, source.start, source.end)
            summed[days] += series.values[series.row(source.register_id), days]
        return summed

    return SiteFlows(
        *(
            total(part)
            for part in (site.production, site.exported, site.imported, site.charged, site.discharged)
        )
    )


def _export_derived(flows: SiteFlows, consumed: Wh) -> SiteFlows:
    """Where no meter measures the export, what nobody used at that moment was fed in."""
    _, exported = pool_without_export_meter(flows.production, consumed)
    return SiteFlows(flows.production, exported, flows.imported, flows.charged, flows.discharged)


def _leave_rest(basis: Basis, own: Wh, rest: Wh) -> Wh:
    """Add the unexplained rest to the stakes that take it; returns what was added, int64 [t]."""
    taken = np.zeros_like(rest)
    # Without a meter at the grid connection the rest says nothing about losses.
    if basis.site.imported:
        for number, stake in enumerate(basis.stakes):
            if stake.takes_residual:
                days = slot_range(basis, stake.start, stake.end)
                taken[days] = np.maximum(rest[days], 0)
                own[number, days] += taken[days]
    return taken


def _assert_balanced(energies: Energies) -> None:
    flows, balance = energies.balance.flows, energies.balance
    assert energies.control_difference == 0, "Energy was created or lost by the split."
    used = flows.production - flows.exported + flows.discharged - flows.charged
    explained = balance.consumed - energies.residual + balance.rest
    assert (explained == flows.imported + used).all(), "The site's balance does not close."


def estimated_count(quality: NDArray[np.uint8]) -> int:
    """
    Number of values that rest on more than measurements.

    A border interpolated between two readings minutes apart moves a few Wh from one quarter hour to the
    next; the energy itself is measured.
    """
    return int((quality > Quality.INTERPOLATED).sum())
