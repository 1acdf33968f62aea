# SPDX-License-Identifier: Apache-2.0
"""The sums of a document as EN 16931 defines them (business terms BT-106 to BT-115).

BT-106 lines · BT-107 allowances · BT-108 charges · BT-109 = 106 - 107 + 108 · BT-110 = Σ tax per rate
BT-112 = 109 + 110 · BT-113 prepaid · BT-114 rounding · BT-115 = 112 - 113 + 114
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.tariffs.rounding import rounding_difference
from billing.tariffs.vat import VatShare, vat_by_rate

_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Taxed:
    """A net amount (a line, an allowance, a charge) and its VAT rate in percent."""

    net: Decimal
    rate_percent: Decimal


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """Sums of one document; `shares` are its tax rates, highest first."""

    lines: Decimal
    allowances: Decimal
    charges: Decimal
    net: Decimal
    shares: tuple[VatShare, ...]
    vat: Decimal
    gross: Decimal
    prepaid: Decimal
    rounding: Decimal
    due: Decimal


def document_totals(
    lines: Sequence[Taxed],
    *,
    allowances: Sequence[Taxed] = (),
    charges: Sequence[Taxed] = (),
    prepaid: Decimal = _ZERO,
    to_five_rappen: bool = False,
) -> DocumentTotals:
    """
    Sum up a document.  Tax is formed once per rate, on the net sum after allowances and charges; the
    five-Rappen rounding is applied to the amount due, as a line of its own, after tax.
    """
    less = [Taxed(-allowance.net, allowance.rate_percent) for allowance in allowances]
    shares = vat_by_rate((part.rate_percent, part.net) for part in (*lines, *charges, *less))
    net = _sum(lines) - _sum(allowances) + _sum(charges)
    vat = sum((share.vat for share in shares), _ZERO)
    gross = net + vat
    rounding = rounding_difference(gross - prepaid) if to_five_rappen else _ZERO
    return DocumentTotals(
        lines=_sum(lines),
        allowances=_sum(allowances),
        charges=_sum(charges),
        net=net,
        shares=shares,
        vat=vat,
        gross=gross,
        prepaid=prepaid,
        rounding=rounding,
        due=gross - prepaid + rounding,
    )


def _sum(parts: Sequence[Taxed]) -> Decimal:
    return sum((part.net for part in parts), _ZERO)
