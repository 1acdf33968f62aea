# SPDX-License-Identifier: Apache-2.0
"""One calculation: a basis, the energy it read, and how that was shared."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from billing.engine.basis import Basis, UnableToBill
from billing.engine.energy import Energies, Series, counted, share_energy
from billing.engine.explain import Explanation, explain
from billing.engine.lines import PricedLine, lines_of
from billing.engine.slots import groups_of, slot_range
from metering.series.vectors import Quality


@dataclass(frozen=True, slots=True)
class MonthEnergy:
    """A stake's energy in one bucket (month or day), in Wh; `missing` of its `slots` have no value at all."""

    bucket: date
    solar: int
    grid: int
    slots: int
    missing: int
    estimated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Calculation:
    """A basis with its energies; lines and explanations are made from it on demand."""

    basis: Basis
    series: Series
    energies: Energies

    def number_of(self, occupancy_id: int) -> int:
        """
        The place of an occupancy's stake.

        :raises UnableToBill: if it has no part in this calculation.
        """
        for number, stake in enumerate(self.basis.stakes):
            if stake.occupancy_id == occupancy_id:
                return number
        raise UnableToBill(f"Occupancy {occupancy_id} has no part in this period.")

    def lines(self, number: int) -> tuple[PricedLine, ...]:
        return lines_of(self.basis, self.energies, number)

    def explanation(self, number: int, line: PricedLine) -> Explanation:
        return explain(self.basis, self.series, self.energies, number, line)

    def buckets(self, number: int) -> tuple[MonthEnergy, ...]:
        """The stake's energy per month (or day, as the groups were cut), in order of time."""
        found: dict[date, list[int]] = {}
        for place, label in enumerate(self.energies.groups.labels):
            found.setdefault(label.bucket, []).append(place)
        return tuple(self._bucket(number, bucket, groups) for bucket, groups in sorted(found.items()))

    def _bucket(self, number: int, bucket: date, groups: list[int]) -> MonthEnergy:
        stake, energies = self.basis.stakes[number], self.energies
        inside = np.isin(energies.groups.index, groups)
        own = np.zeros_like(inside)
        own[slot_range(self.basis, stake.start, stake.end)] = True
        here = inside & own
        missing = estimated = 0
        for source in stake.sources:
            days = counted(self.basis, source, stake)
            quality = self.series.quality[self.series.row(source.register_id), days][here[days]]
            missing += int((quality == Quality.MISSING).sum())
            estimated += int((quality > Quality.INTERPOLATED).sum())
        return MonthEnergy(
            bucket=bucket,
            solar=int(energies.split.solar[number, groups].sum()),
            grid=int(energies.split.grid[number, groups].sum()),
            slots=int(here.sum()),
            missing=missing,
            estimated=estimated > missing,
        )


def calculate(basis: Basis, series: Series, *, by_day: bool = False) -> Calculation:
    """
    Share a period's energy.

    :raises UnableToBill: if nobody takes part, or a consumption is negative.
    """
    if not basis.stakes:
        raise UnableToBill("Nobody has a billing point of this site in the period.")
    return Calculation(basis, series, share_energy(basis, series, groups_of(basis, by_day=by_day)))
