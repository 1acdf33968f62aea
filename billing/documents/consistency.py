# SPDX-License-Identifier: Apache-2.0
"""Do the figures of a snapshot agree with each other?  Asked before anything is numbered or printed."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.tariffs.rounding import FIVE_RAPPEN, multiply, to_cent
from billing.tariffs.vat import vat_of

if TYPE_CHECKING:
    from billing.documents.parts import Line
    from billing.documents.snapshot import InvoiceSnapshot

LANGUAGES = ("de", "fr", "it", "en")
CURRENCIES = ("CHF", "EUR")
MAX_LINES = 1000
_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")


class InconsistentSnapshot(ValueError):
    """Two figures of a document contradict each other; `place` names where."""

    def __init__(self, place: str, fault: str) -> None:
        super().__init__(f"{place}: {fault}")
        self.place = place
        self.fault = fault


def check(snapshot: "InvoiceSnapshot") -> None:
    """
    Refuse a snapshot whose figures do not add up, or that cannot be set.

    :raises InconsistentSnapshot: with the place of the first contradiction.
    """
    _check_form(snapshot)
    _check_lines(snapshot)
    _check_sums(snapshot)
    _check_readings(snapshot)
    _check_payment(snapshot)


def _need(holds: bool, place: str, fault: str) -> None:
    if not holds:
        raise InconsistentSnapshot(place, fault)


def _equal(found: Decimal, expected: Decimal, place: str) -> None:
    _need(found == expected, place, f"is {found}, should be {expected}")


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _check_form(snapshot: "InvoiceSnapshot") -> None:
    _need(bool(snapshot.number.strip()), "number", "is empty")
    _need(snapshot.language in LANGUAGES, "language", f"{snapshot.language!r} is none of {LANGUAGES}")
    _need(snapshot.currency in CURRENCIES, "currency", f"{snapshot.currency!r} is none of {CURRENCIES}")
    _need(snapshot.period.start < snapshot.period.end, "period", "ends before it begins")
    _need(bool(_COLOUR.match(snapshot.sender.accent)), "sender.accent", "is no colour #rrggbb")
    _need(snapshot.line_rounding in ("line", "section"), "line_rounding", "is neither line nor section")
    _need(len(snapshot.lines) <= MAX_LINES, "lines", f"are more than {MAX_LINES}")
    if snapshot.due_on is not None:
        _need(snapshot.due_on >= snapshot.issued_on, "due_on", "lies before the day of issue")


def _check_lines(snapshot: "InvoiceSnapshot") -> None:
    for index, line in enumerate(snapshot.lines):
        place = f"lines[{index}]"
        _need(line.position == index + 1, f"{place}.position", f"is {line.position}, should be {index + 1}")
        _check_line(line, place, rounded=snapshot.line_rounding == "line")


def _check_line(line: "Line", place: str, *, rounded: bool) -> None:
    product = multiply(line.quantity, line.unit_price)
    _equal(line.amount, to_cent(product) if rounded else product, f"{place}.amount")
    if line.period is not None:
        _need(line.period.start < line.period.end, f"{place}.period", "ends before it begins")


def _check_sums(snapshot: "InvoiceSnapshot") -> None:
    rounded = to_cent if snapshot.line_rounding == "section" else _unchanged
    sections = {subtotal.section for subtotal in snapshot.subtotals}
    _need(len(sections) == len(snapshot.subtotals), "subtotals", "name a section twice")
    for index, line in enumerate(snapshot.lines):
        _need(line.section in sections, f"lines[{index}].section", f"{line.section!r} has no subtotal")
    for index, subtotal in enumerate(snapshot.subtotals):
        exact = _sum(line.amount for line in snapshot.lines if line.section == subtotal.section)
        _equal(subtotal.net, rounded(exact), f"subtotals[{index}].net")
    _equal(snapshot.net, _sum(subtotal.net for subtotal in snapshot.subtotals), "net")
    _check_vat(snapshot)
    _equal(snapshot.total, snapshot.net + snapshot.vat + snapshot.rounding, "total")
    _equal(snapshot.total, to_cent(snapshot.total), "total")
    if snapshot.rounding:
        _need(abs(snapshot.rounding) < FIVE_RAPPEN / 2 + Decimal("0.001"), "rounding", "exceeds 0.025")
        _equal(snapshot.total % FIVE_RAPPEN, Decimal(0), "total modulo 0.05")


def _unchanged(amount: Decimal) -> Decimal:
    return amount


def _check_vat(snapshot: "InvoiceSnapshot") -> None:
    rates = [group.rate for group in snapshot.vat_groups]
    _need(len(set(rates)) == len(rates), "vat_groups", "name a rate twice")
    _need({line.vat_rate for line in snapshot.lines} <= set(rates), "vat_groups", "lack the rate of a line")
    _equal(_sum(group.net for group in snapshot.vat_groups), snapshot.net, "vat_groups net")
    for index, group in enumerate(snapshot.vat_groups):
        if snapshot.line_rounding == "line":
            exact = _sum(line.amount for line in snapshot.lines if line.vat_rate == group.rate)
            _equal(group.net, exact, f"vat_groups[{index}].net")
        _equal(group.vat, vat_of(group.net, group.rate), f"vat_groups[{index}].vat")


def _check_readings(snapshot: "InvoiceSnapshot") -> None:
    for index, reading in enumerate(snapshot.readings):
        _need(reading.start_on <= reading.end_on, f"readings[{index}]", "ends before it begins")
    if snapshot.consumption is None:
        return
    months = [row.month for row in snapshot.consumption.months]
    _need(len(months) <= 12, "consumption.months", f"are {len(months)}, at most 12 fit")
    _need(months == sorted(set(months)), "consumption.months", "are not in order")
    for index, row in enumerate(snapshot.consumption.months):
        _need(min(row.use.solar, row.use.grid) >= 0, f"consumption.months[{index}]", "is negative")


def _check_payment(snapshot: "InvoiceSnapshot") -> None:
    if snapshot.kind == "credit_note":
        _need(bool(snapshot.refers_to), "refers_to", "a credit note names the document it cancels")
        _need(snapshot.total <= 0, "total", "of a credit note is not above zero")
    if snapshot.payment is not None:
        _need(snapshot.total > 0, "payment", "there is nothing to pay")
