# SPDX-License-Identifier: Apache-2.0
"""Sums of a document from its lines."""

from collections.abc import Iterable
from decimal import Decimal

from billing.tariffs.totals import DocumentTotals, Taxed, document_totals


def totals_of(amounts: Iterable[tuple[Decimal, Decimal]], *, five_rappen: bool) -> DocumentTotals:
    """Totals from (amount, VAT rate in percent) of each line."""
    return document_totals([Taxed(net, rate) for net, rate in amounts], to_five_rappen=five_rappen)
