# SPDX-License-Identifier: Apache-2.0
"""Gapless numbers from one locked counter row per (organization, kind, year)."""

from django.db import connection

from accounts.scope import current_organization_id
from billing.models import InvoiceKind

# What stands before the year, so that no two series look alike; QR references tell them apart by digit.
PREFIXES = {InvoiceKind.INVOICE: "", InvoiceKind.STATEMENT: "S", InvoiceKind.CREDIT_NOTE: "C"}
REFERENCE_PREFIXES = {InvoiceKind.INVOICE: "1", InvoiceKind.STATEMENT: "2", InvoiceKind.CREDIT_NOTE: "3"}


def next_number(*, kind: str, year: int) -> int:
    """
    The next number of the series, for the transaction in progress.

    The row stays locked until that transaction ends: whoever comes next waits, and a roll-back gives
    the number back.  So it is drawn last, with nothing slow after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_numberseries (organization_id, kind, year, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (organization_id, kind, year)"
            " DO UPDATE SET last = billing_numberseries.last + 1 RETURNING last",
            [current_organization_id(), kind, year],
        )
        return int(cursor.fetchone()[0])


def label_of(*, kind: str, year: int, number: int) -> str:
    """
    A document's number as people read it.

    >>> label_of(kind="credit_note", year=2026, number=7)
    'C2026-00007'
    """
    return f"{PREFIXES[InvoiceKind(kind)]}{year}-{number:05}"
