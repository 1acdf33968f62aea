# SPDX-License-Identifier: Apache-2.0
"""VAT rates by date of supply."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.allocation.apportion import apportion_amount
from billing.rules.dated import load


@dataclass(frozen=True, slots=True)
class SupplyPart:
    """The part of a supply on the days [start, end) and the rate that holds on them."""

    start: date
    end: date
    net: Decimal
    rate_percent: Decimal


def vat_rate(country: str, day: date, category: str = "standard") -> Decimal:
    """
    The rate in percent on the day of supply.

    >>> vat_rate("ch", date(2023, 12, 31))
    Decimal('7.7')

    :raises NoRuleInForce: if nothing is known about that day or category.
    """
    return load(country, "vat").on(day).decimal(category)


def split_supply(
    country: str, start: date, end: date, net: Decimal, category: str = "standard"
) -> tuple[SupplyPart, ...]:
    """
    A supply over [start, end), cut where the rate changes; the net amount follows the days, to the cent.

    :raises NoRuleInForce: if the period begins before the first known rate.
    :raises ValueError: if the period is empty or `net` is no whole number of cents.
    """
    if end <= start:
        raise ValueError(f"A supply lasts at least a day, not from {start} to {end}.")
    parts = load(country, "vat").parts(start, end)
    nets = apportion_amount(total=net, weights=[(stop - begin).days for begin, stop, _ in parts])
    return tuple(
        SupplyPart(begin, stop, amount, entry.decimal(category))
        for (begin, stop, entry), amount in zip(parts, nets, strict=True)
    )
