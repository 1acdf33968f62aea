# SPDX-License-Identifier: Apache-2.0
"""Prices the energies of a stake: one line per component and stretch of days it holds.

A line's amount is quantity × price, rounded half up once to the cent.  Energy counts in whole Wh,
fees per month by days (each calendar month is exactly one, a cut month divides without remainder).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from billing.engine.basis import Basis, Component, Stake, Terms, UnableToBill
from billing.engine.energy import Energies
from billing.engine.slots import slot_range
from billing.tariffs.fees import months_in
from billing.tariffs.power import power
from billing.tariffs.rounding import multiply, to_cent, to_places
from metering.series.vectors import peak_by_group

ALL, SOLAR, GRID = "all", "solar", "grid"
KWH, KW, MONTH, DAY = "kWh", "kW", "month", "day"
WH_PLACES = 3
FEE_PLACES = 6


class NoPrice(UnableToBill):
    """Energy or days that no approved tariff has a price for."""


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line for the days [start, end): `quantity` in the component's unit, `energy_wh` if it is energy."""

    terms: int
    component: Component
    start: date
    end: date
    quantity: Decimal
    energy_wh: int | None
    unit_price: Decimal
    amount: Decimal


def lines_of(basis: Basis, energies: Energies, number: int) -> tuple[PricedLine, ...]:
    """
    The lines of the stake with this number, in the order of its terms and their components.

    :raises NoPrice: if some of its days have no terms, or some energy no price.
    """
    stake = basis.stakes[number]
    _refuse_uncovered(basis, stake)
    found: list[PricedLine] = []
    for place in stake.terms:
        terms = basis.terms[place]
        start, end = max(terms.start, stake.start), min(terms.end, stake.end)
        if start < end:
            _refuse_unpriced(stake, terms, energies, number)
            for component in terms.components:
                found += _lines(basis, energies, number, place, component, start, end)
    return tuple(found)


def uncovered_days(basis: Basis, stake: Stake) -> tuple[tuple[date, date], ...]:
    """Days [start, end) of the stake for which it has no terms."""
    gaps, at = [], stake.start
    for terms in sorted((basis.terms[place] for place in stake.terms), key=lambda terms: terms.start):
        if terms.start > at:
            gaps.append((at, min(terms.start, stake.end)))
        at = max(at, terms.end)
    if at < stake.end:
        gaps.append((at, stake.end))
    return tuple((start, end) for start, end in gaps if start < end)


def unpriced(terms: Terms, energies: Energies, number: int) -> tuple[tuple[str, str], ...]:
    """(part, slot) pairs in which the stake used energy that the terms have no price for."""
    missing: dict[tuple[str, str], None] = {}
    for group in groups_in(terms, energies):
        slot = energies.groups.slot(energies.groups.labels[group], terms.windows)
        for part, energy in ((SOLAR, energies.split.solar), (GRID, energies.split.grid)):
            if energy[number, group] and not any(speaks_of(c, part, slot) for c in terms.components):
                missing[part, slot] = None
    return tuple(missing)


def speaks_of(component: Component, part: str, slot: str) -> bool:
    """Whether the component prices energy of this part and tariff slot."""
    return component.unit == KWH and component.part in (ALL, part) and component.slot in (ALL, slot)


def groups_in(terms: Terms, energies: Energies) -> list[int]:
    """Places of the terms' groups; stretches begin wherever terms do, so a group lies in or out whole."""
    labels = energies.groups.labels
    return [place for place, label in enumerate(labels) if terms.start <= label.stretch < terms.end]


def energy_of(energies: Energies, number: int, component: Component, terms: Terms, groups: list[int]) -> int:
    """Whole Wh of the stake that the component speaks of, over the given groups."""
    total = 0
    for group in groups:
        slot = energies.groups.slot(energies.groups.labels[group], terms.windows)
        for part, energy in ((SOLAR, energies.split.solar), (GRID, energies.split.grid)):
            if speaks_of(component, part, slot):
                total += int(energy[number, group])
    return total


def _lines(
    basis: Basis, energies: Energies, number: int, place: int, component: Component, start: date, end: date
) -> Iterator[PricedLine]:
    if component.unit == KWH:
        terms = basis.terms[place]
        wh = energy_of(energies, number, component, terms, groups_in(terms, energies))
        for part_wh, price in _tiered(component, wh):
            quantity = Decimal(part_wh).scaleb(-WH_PLACES)
            yield _line(place, component, start, end, quantity, part_wh, price)
        return
    quantity = {
        MONTH: lambda: months(start, end),
        DAY: lambda: Decimal((end - start).days),
        KW: lambda: _peaks(basis, energies, number, start, end),
    }[component.unit]()
    if quantity:
        yield _line(place, component, start, end, quantity, None, component.price)


def _line(
    place: int,
    component: Component,
    start: date,
    end: date,
    quantity: Decimal,
    wh: int | None,
    price: Decimal,
) -> PricedLine:
    amount = to_cent(multiply(quantity, price))
    return PricedLine(place, component, start, end, quantity, wh, price, amount)


def months(start: date, end: date) -> Decimal:
    """
    Months in [start, end) with six places; the parts of any cut add up to the whole.

    >>> months(date(2026, 3, 1), date(2026, 3, 13)) + months(date(2026, 3, 13), date(2026, 4, 1))
    Decimal('1.000000')
    """
    first = start.replace(day=1)
    return to_places(months_in(first, end), FEE_PLACES) - to_places(months_in(first, start), FEE_PLACES)


def _peaks(basis: Basis, energies: Energies, number: int, start: date, end: date) -> Decimal:
    """Sum over the months of the highest quarter hour, in kW."""
    days = slot_range(basis, start, end)
    buckets = np.array(
        [label.bucket.replace(day=1) for label in energies.groups.labels], dtype="datetime64[M]"
    )
    months_here, index = np.unique(buckets[energies.groups.index[days]], return_inverse=True)
    own = energies.consumption[number : number + 1, days].astype(np.int32)
    peaks = peak_by_group(own, index.astype(np.int32), len(months_here))
    return Decimal(int(power(int(peaks.sum())))).scaleb(-WH_PLACES)


def _tiered(component: Component, wh: int) -> Iterator[tuple[int, Decimal]]:
    if not component.tiers:
        if wh:
            yield wh, component.price
        return
    below = 0
    for tier in component.tiers:
        top = wh if tier.up_to is None else min(wh, int(tier.up_to.scaleb(WH_PLACES)))
        if top > below:
            yield top - below, tier.price
        below = max(top, below)


def _refuse_uncovered(basis: Basis, stake: Stake) -> None:
    for start, end in uncovered_days(basis, stake):
        raise NoPrice(f"{stake.name}: no approved tariff from {start} to {end}.")


def _refuse_unpriced(stake: Stake, terms: Terms, energies: Energies, number: int) -> None:
    for part, slot in unpriced(terms, energies, number):
        raise NoPrice(f"{stake.name}: no price for {part} energy in the tariff hours “{slot}”.")
