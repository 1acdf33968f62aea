# SPDX-License-Identifier: Apache-2.0
"""What a stake's energy costs, spread over months or days: for screens, in the bill's own cents.

The total is the sum of the lines a bill over the same days would have, tax included; the parts are
shares of that total by largest remainder, so that they add up to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.allocation.apportion import apportion, apportion_amount, whole_weights
from billing.engine.calculate import Calculation, MonthEnergy
from billing.engine.explain import slot_rows
from billing.engine.lines import KWH, NoPrice, PricedLine, groups_in, speaks_of
from billing.engine.totals import totals_of


@dataclass(frozen=True, slots=True)
class CostBucket:
    """Energy (Wh) and cost of one month or day; `cost` is None where a price is missing."""

    bucket: date
    solar_wh: int
    grid_wh: int
    cost: Decimal | None
    slots: int
    missing: int
    estimated: bool

    @property
    def consumption_wh(self) -> int:
        return self.solar_wh + self.grid_wh


@dataclass(frozen=True, slots=True)
class Costs:
    """A period's energy and cost; `total` includes VAT, without the rounding to 0.05 of a document."""

    start: date
    end: date
    solar_wh: int
    grid_wh: int
    total: Decimal | None
    buckets: tuple[CostBucket, ...]

    @property
    def consumption_wh(self) -> int:
        return self.solar_wh + self.grid_wh


@dataclass(frozen=True, slots=True)
class SlotUse:
    """One quarter hour of a stake: derived for the eye, its sums meet the day's."""

    begin: datetime
    solar_wh: int
    grid_wh: int


def costs_of(calculation: Calculation, number: int) -> Costs:
    """Costs of a stake over its days in the calculation, bucket by bucket."""
    stake = calculation.basis.stakes[number]
    buckets = [bucket for bucket in calculation.buckets(number) if bucket.slots]
    try:
        lines = calculation.lines(number)
    except NoPrice:
        total, shares = None, {}
    else:
        total = totals_of(((line.amount, line.component.vat_rate) for line in lines), five_rappen=False).gross
        shares = _shares(calculation, number, lines, buckets, total)
    return Costs(
        start=stake.start,
        end=stake.end,
        solar_wh=sum(bucket.solar for bucket in buckets),
        grid_wh=sum(bucket.grid for bucket in buckets),
        total=total,
        buckets=tuple(_bucket(bucket, shares) for bucket in buckets),
    )


def slot_uses(calculation: Calculation, number: int, day: date) -> tuple[SlotUse, ...]:
    """The quarter hours of one local day; the calculation must have been cut by days."""
    stake = calculation.basis.stakes[number]
    if not stake.start <= day < stake.end:
        return ()
    rows = slot_rows(calculation.basis, calculation.energies, number, day)
    solar = sum(bucket.solar for bucket in calculation.buckets(number) if bucket.bucket == day)
    weights = [Fraction(own * min(pool, used), used) if used else Fraction(0) for _, own, used, pool in rows]
    parts = apportion(total=solar, weights=whole_weights(weights)) if solar else [0] * len(rows)
    return tuple(
        SlotUse(begin, part, max(own - part, 0))
        for (begin, own, _used, _pool), part in zip(rows, parts, strict=True)
    )


def _bucket(bucket: MonthEnergy, shares: Mapping[date, Decimal]) -> CostBucket:
    return CostBucket(
        bucket=bucket.bucket,
        solar_wh=bucket.solar,
        grid_wh=bucket.grid,
        cost=shares.get(bucket.bucket),
        slots=bucket.slots,
        missing=bucket.missing,
        estimated=bucket.estimated or bucket.missing > 0,
    )


def _shares(
    calculation: Calculation,
    number: int,
    lines: Sequence[PricedLine],
    buckets: Sequence[MonthEnergy],
    total: Decimal,
) -> dict[date, Decimal]:
    exact = {bucket.bucket: Fraction(0) for bucket in buckets}
    for line in lines:
        weights = _weights(calculation, number, line, buckets)
        whole = sum(weights.values())
        gross = Fraction(line.amount) * (100 + Fraction(line.component.vat_rate)) / 100
        for day, weight in weights.items():
            if whole:
                exact[day] += gross * Fraction(weight, whole)
    if not any(exact.values()):
        return dict.fromkeys(exact, Decimal("0.00"))
    parts = apportion_amount(total=total, weights=[max(part, Fraction(0)) for part in exact.values()])
    return dict(zip(exact, parts, strict=True))


def _weights(
    calculation: Calculation, number: int, line: PricedLine, buckets: Sequence[MonthEnergy]
) -> dict[date, int]:
    """By what a line's amount is spread: its energy per bucket, or for a fee its days."""
    if line.component.unit == KWH:
        return _energy_weights(calculation, number, line, {bucket.bucket for bucket in buckets})
    following = [*(bucket.bucket for bucket in buckets[1:]), calculation.basis.end]
    return {
        bucket.bucket: max((min(stop, line.end) - max(bucket.bucket, line.start)) // timedelta(days=1), 0)
        for bucket, stop in zip(buckets, following, strict=True)
    }


def _energy_weights(
    calculation: Calculation, number: int, line: PricedLine, wanted: set[date]
) -> dict[date, int]:
    energies, terms = calculation.energies, calculation.basis.terms[line.terms]
    weights = dict.fromkeys(sorted(wanted), 0)
    for group in groups_in(terms, energies):
        label = energies.groups.labels[group]
        if label.bucket in weights:
            slot = energies.groups.slot(label, terms.windows)
            for part, wh in (("solar", energies.split.solar), ("grid", energies.split.grid)):
                if speaks_of(line.component, part, slot):
                    weights[label.bucket] += int(wh[number, group])
    return weights
