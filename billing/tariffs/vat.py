# SPDX-License-Identifier: Apache-2.0
"""Value added tax: once per rate, on the sum of the net amounts.

Tax formed per line and added up differs from tax on the sum by a few cents; the
law (MWSTG Art. 25) and EN 16931 (BT-117) take it from the sum.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.tariffs.rounding import to_cent


@dataclass(frozen=True, slots=True)
class VatShare:
    """One rate of a document: percent, the net sum it applies to, the tax on it."""

    rate_percent: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def vat_of(net: Decimal | Fraction, rate_percent: Decimal) -> Decimal:
    """
    Tax on a net sum, rounded once to 0.01.

    >>> vat_of(Decimal("682.44"), Decimal("8.1"))
    Decimal('55.28')
    """
    return to_cent(Fraction(net) * Fraction(rate_percent) / 100)


def vat_by_rate(amounts: Iterable[tuple[Decimal, Decimal]]) -> tuple[VatShare, ...]:
    """
    Tax shares of a document from pairs (rate in percent, net line amount), highest rate first.

    >>> vat_by_rate([(Decimal("8.1"), Decimal("10.00")), (Decimal("8.1"), Decimal("0.05"))])
    (VatShare(rate_percent=Decimal('8.1'), net=Decimal('10.05'), vat=Decimal('0.81')),)
    """
    nets: dict[Decimal, Decimal] = {}
    for rate, net in amounts:
        nets[rate] = nets.get(rate, Decimal(0)) + net
    return tuple(VatShare(rate, nets[rate], vat_of(nets[rate], rate)) for rate in sorted(nets, reverse=True))


def net_from_gross(gross: Decimal, rate_percent: Decimal) -> Decimal:
    """Net part of a price that includes its tax, rounded once to 0.01."""
    return to_cent(Fraction(gross) * 100 / (100 + Fraction(rate_percent)))
