# SPDX-License-Identifier: Apache-2.0
"""What a site produced, bought and used, and whether its tree adds up; the actor's right was asked before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange
from numpy.typing import NDArray

from metering import store
from metering.models import Direction, Medium, MeterMode
from metering.selectors import MeterTree, RegisterOf, TreeMeter, load_tree
from metering.series.balance import Branch, Flows, NodeBalance, flows, flows_without_connection, node_balances
from metering.series.calendar import Instants, local_day_bounds, local_day_groups, local_month_groups
from metering.series.vectors import MISSING
from sites.models import Site

Ints = NDArray[np.int64]
Signed = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class SiteEnergy:
    """
    A site's electricity per local day or month in Wh: `labels` (datetime64 [D] or [M]) and `flows`.

    `complete` [periods] is False where a register that counts lacks a slot: a sum that may still grow.
    """

    labels: Instants
    flows: Flows
    complete: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TreeBalance:
    """The balance of a site's tree over a period; `flagged` are the parents beyond the threshold."""

    nodes: tuple[NodeBalance, ...]
    meters: Mapping[int, TreeMeter]
    flagged: frozenset[int]


def site_energy(*, site: Site, start: date, end: date, by: Literal["day", "month"] = "day") -> SiteEnergy:
    """
    Electricity of the site per local day, from `start` until before `end`, or per local month, of all
    months that these days lie in.
    """
    if by == "month":
        start, end = start.replace(day=1), _month_end(end)
    tree = load_tree(site.pk, DateRange(start, end))
    meters = [meter for meter in tree.meters.values() if meter.medium == Medium.ELECTRICITY]
    sums = _Sums.load(tree, meters, start, end, by)
    if not any(meter.mode == MeterMode.INTRODUCTION for meter in meters):
        return _without_connection(site, tree, meters, sums, by)
    chosen = {
        "production": _production(meters),
        "imported": _registers(meters, MeterMode.INTRODUCTION, Direction.IMPORT),
        "exported": _registers(meters, MeterMode.INTRODUCTION, Direction.EXPORT),
        "charged": _registers(meters, MeterMode.BATTERY, Direction.IMPORT),
        "discharged": _registers(meters, MeterMode.BATTERY, Direction.EXPORT),
    }
    used = [register_id for ids in chosen.values() for register_id in ids]
    return SiteEnergy(
        sums.labels, flows(**{name: sums.of(ids) for name, ids in chosen.items()}), sums.complete(used)
    )


def tree_balance(*, site: Site, start: date, end: date, threshold_permille: int = 50) -> TreeBalance:
    """
    Each parent's energy against the sum of its children, from `start` until before `end`.

    Chains of exchanged meters count as one place, named by the first of them.
    """
    tree = load_tree(site.pk, DateRange(start, end))
    meters = list(tree.meters.values())
    rows = {meter.id: row for row, meter in enumerate(meters)}
    sums = _Sums.load(tree, meters, start, end, "day")
    net = np.stack([sums.net(meter) for meter in meters]) if meters else np.empty((0, 0), np.int64)
    branches = [
        Branch(
            parent=rows[link.parent_id],
            child=rows[link.child_id],
            first=((link.first or start) - start).days,
            end=((link.end or end) - start).days,
        )
        for link in tree.links
    ]
    nodes = node_balances(net=net, places=[_place(tree, meter.id) for meter in meters], branches=branches)
    flagged = {
        node.parent for node in nodes if node.difference and (node.permille or 1000) > threshold_permille
    }
    return TreeBalance(tuple(nodes), tree.meters, frozenset(flagged))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """
    Sums of registers per period, int64 [registers, periods], and how many slots each place lacks.

    The devices of a chain of exchanges stand in for one another: together they must have every slot.
    """

    rows: Mapping[int, int]
    labels: Instants
    totals: Ints
    lacking: Ints

    @classmethod
    def load(cls, tree: MeterTree, meters: Iterable[TreeMeter], start: date, end: date, by: str) -> "_Sums":
        chosen = [(meter, register) for meter in meters for register in meter.registers]
        ids = [register.id for _meter, register in chosen]
        rows = {register_id: row for row, register_id in enumerate(ids)}
        last = end - timedelta(days=1)
        days = store.load_day_totals(register_ids=ids, first=start, last=last)
        if not ids:
            labels = days.days if by == "day" else np.unique(days.days.astype("datetime64[M]"))
            nothing = np.zeros((0, len(labels)), dtype=np.int64)
            return cls(rows, labels, nothing, nothing)
        _names, place = np.unique(
            [f"{_place(tree, meter.id)} {register.obis}" for meter, register in chosen], return_inverse=True
        )
        there = np.zeros_like(days.slots)
        np.add.at(there, place, days.slots)
        expected = store.expected_slots(register_ids=ids, first=start, last=last)
        lacking = np.maximum(expected - there[place], 0)
        if by == "day":
            return cls(rows, days.days, days.totals, lacking)
        months, begins = np.unique(days.days.astype("datetime64[M]"), return_index=True)
        totals = np.add.reduceat(days.totals, begins, axis=1)
        return cls(rows, months, totals, np.add.reduceat(lacking, begins, axis=1))

    def of(self, register_ids: Sequence[int]) -> Ints:
        return np.asarray(self.totals[[self.rows[i] for i in register_ids]].sum(axis=0, dtype=np.int64))

    def complete(self, register_ids: Sequence[int]) -> NDArray[np.bool_]:
        return np.asarray((self.lacking[[self.rows[i] for i in register_ids]] == 0).all(axis=0))

    def net(self, meter: TreeMeter) -> Ints:
        """What flows to the consumers behind the meter: import less export; production flows away from it."""
        if meter.mode == MeterMode.PRODUCTION:
            produced = _production([meter])
            other = [i for i in _totals(meter.registers, Direction.IMPORT) if i not in produced]
            return self.of(other) - self.of(produced)
        return self.of(_totals(meter.registers, Direction.IMPORT)) - self.of(
            _totals(meter.registers, Direction.EXPORT)
        )


def _without_connection(
    site: Site, tree: MeterTree, meters: Sequence[TreeMeter], sums: _Sums, by: str
) -> SiteEnergy:
    """No meter at the grid: what was used and produced in the same quarter hours never left the site."""
    roots = set(tree.roots)
    consuming = [m for m in meters if m.mode == MeterMode.CONSUMPTION and m.id in roots]
    produced, used = _production(meters), _registers(consuming, MeterMode.CONSUMPTION, Direction.IMPORT)
    days = sums.labels.astype("datetime64[D]")
    first = days[0].item()
    last = (days[-1] if by == "day" else (sums.labels[-1] + 1).astype("datetime64[D]") - 1).item()
    begin, end = local_day_bounds(first, site.zone)[0], local_day_bounds(last, site.zone)[1]
    matrix = store.load_matrix(register_ids=[*produced, *used], start=begin, end=end)
    values = np.where(matrix.values == MISSING, 0, matrix.values)
    pool = values[: len(produced)].sum(axis=0, dtype=np.int64)
    both = np.minimum(pool, values[len(produced) :].sum(axis=0, dtype=np.int64))
    groups = (local_day_groups if by == "day" else local_month_groups)(begin, end, site.zone)
    simultaneous = np.zeros(len(groups), dtype=np.int64)
    np.add.at(simultaneous, groups.index, both)
    return SiteEnergy(
        sums.labels,
        flows_without_connection(
            production=sums.of(produced), consumption=sums.of(used), simultaneous=simultaneous
        ),
        sums.complete([*produced, *used]),
    )


def _production(meters: Iterable[TreeMeter]) -> list[int]:
    """What a production meter counts outwards; one that counts in a single direction counts that."""
    found = []
    for meter in meters:
        if meter.mode == MeterMode.PRODUCTION:
            outwards = _totals(meter.registers, Direction.EXPORT)
            found += outwards or _totals(meter.registers, Direction.IMPORT)
    return found


def _registers(meters: Iterable[TreeMeter], mode: str, direction: str) -> list[int]:
    return [i for meter in meters if meter.mode == mode for i in _totals(meter.registers, direction)]


def _totals(registers: Iterable[RegisterOf], direction: str) -> list[int]:
    """The registers that together count a direction once: the total one, or else those of the tariffs."""
    own = [register for register in registers if register.direction == direction]
    whole = [register.id for register in own if register.tariff == 0]
    return whole[:1] or [register.id for register in own]


def _month_end(end: date) -> date:
    """The first day of the month after the one in which the day before `end` lies."""
    return ((end - timedelta(days=1)).replace(day=1) + timedelta(days=32)).replace(day=1)


def _place(tree: MeterTree, meter_id: int) -> int:
    """The first meter of the chain of exchanges that a meter belongs to."""
    predecessor = tree.meters[meter_id].predecessor_id
    return meter_id if predecessor is None else _place(tree, predecessor)
