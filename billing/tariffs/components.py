# SPDX-License-Identifier: Apache-2.0
"""From quantities to amounts: each component of a tariff prices the part of the use it speaks of.

A line's amount is quantity times price, both unrounded, rounded half up once to 0.01, so that the
printed lines add up to the printed sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from billing.tariffs.rounding import to_cent

ALL = "all"
# Base units (Wh, varh, ml) in one unit of a price.
BASE_UNITS = {"kWh": 1_000, "MWh": 1_000_000, "kvarh": 1_000, "m3": 1_000_000, "l": 1_000}


class UnfitTiers(ValueError):
    """Tiers must rise, and only the last one may be open."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A price for the quantity up to `up_to` (in the component's unit); None: without end."""

    up_to: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Component:
    """
    One line a tariff can produce.

    `flow` is electricity, heat, cold water …; `part` is all, solar, community or grid; `slot` is all or
    a slot of the calendar; `unit` is kWh, m3 … for flows and month, day, session, piece, kW otherwise.
    With `tiers`, `price` is not used.
    """

    title: str
    unit: str
    price: Decimal = Decimal(0)
    vat_percent: Decimal = Decimal(0)
    flow: str = "electricity"
    part: str = ALL
    slot: str = ALL
    tiers: tuple[Tier, ...] = ()
    section: str = ""

    def __post_init__(self) -> None:
        bounds = [tier.up_to for tier in self.tiers]
        closed = [bound for bound in bounds[:-1] if bound is not None]
        last = bounds[-1] if bounds else None
        rising = closed if last is None else [*closed, last]
        if len(closed) < len(bounds) - 1 or any(high <= low for low, high in pairwise(rising)):
            raise UnfitTiers(f"{self.title}: {bounds}")
        if self.tiers and last is not None:
            raise UnfitTiers(f"{self.title}: the last tier must be open.")


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What was used in the period: `energies` in base units by (flow, part, slot), `counts` by unit
    (months, sessions, kW), exact.
    """

    energies: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    counts: Mapping[str, Fraction | Decimal | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A component's line: exact quantity, exact amount, and the amount rounded to the cent."""

    component: Component
    quantity: Fraction
    exact: Fraction
    amount: Decimal


def price(components: Iterable[Component], usage: Usage) -> tuple[PricedLine, ...]:
    """Lines in the order of `components`; a quantity of zero still gives its (zero) line."""
    return tuple(_line(component, quantity_of(component, usage)) for component in components)


def quantity_of(component: Component, usage: Usage) -> Fraction:
    """The exact quantity a component speaks of, in its own unit."""
    base = BASE_UNITS.get(component.unit)
    if base is None:
        return Fraction(usage.counts.get(component.unit, 0))
    used = sum(
        energy
        for (flow, part, slot), energy in usage.energies.items()
        if flow == component.flow and component.part in (ALL, part) and component.slot in (ALL, slot)
    )
    return Fraction(used, base)


def amount_of(quantity: Fraction, price: Decimal, tiers: Sequence[Tier] = ()) -> Fraction:
    """Exact amount: quantity times price, or each tier's slice of the quantity times the tier's price."""
    if not tiers:
        return quantity * Fraction(price)
    amount, below = Fraction(0), Fraction(0)
    for tier in tiers:
        top = quantity if tier.up_to is None else min(quantity, Fraction(tier.up_to))
        amount += max(top - below, Fraction(0)) * Fraction(tier.price)
        below = max(top, below)
    return amount


def _line(component: Component, quantity: Fraction) -> PricedLine:
    exact = amount_of(quantity, component.price, component.tiers)
    return PricedLine(component, quantity, exact, to_cent(exact))


def line_total(lines: Iterable[PricedLine]) -> Decimal:
    """Sum of the printed amounts: the rounding policy `line`."""
    return sum((line.amount for line in lines), Decimal("0.00"))


def section_totals(lines: Iterable[PricedLine]) -> dict[str, Decimal]:
    """
    Sums per section, each rounded once from unrounded lines: the rounding policy `section`.

    Grid operators' bills only reproduce this way (case TAR-01); our own invoices use `line`.
    """
    exact: dict[str, Fraction] = {}
    for line in lines:
        section = line.component.section
        exact[section] = exact.get(section, Fraction(0)) + line.exact
    return {section: to_cent(amount) for section, amount in exact.items()}
