# SPDX-License-Identifier: Apache-2.0
"""The table of the first page: lines by solution, with headings and subtotals, in portions per page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.documents import figures
from billing.documents.columns import level
from billing.documents.parts import Line, Subtotal
from billing.documents.snapshot import InvoiceSnapshot
from billing.documents.typeset import cut, figure_columns, room

LINE_MM = 5
# Millimetres and points of the style sheet that decide where text breaks.
_TITLE_ROOM = room(75, 9)
_UNIT_ROOM = room(16, 9)
_HEADING_ROOM = room(60, 10)
_FEW_DECIMALS = 3
# Lines that fit below the address of the first page, and on a page of their own.
_FIRST_PAGE, _NEXT_PAGE = 29, 49
# A heading at the foot of a page needs that many lines below it, or it moves on.
_LEAST_BELOW_HEADING = 3
# Blanks per column: quantity; unit price and VAT rate.
_QUANTITY_PITCH, _PRICE_PITCH = 20, 16
# The heads are set in 7 pt, the figures in 9 pt.
_HEADS_SCALE = 9 / 7


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of print: title, quantity with unit, price with rate, amount; headings are strong."""

    title: str = ""
    quantity: str = ""
    price: str = ""
    amount: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Portion:
    """Lines of one page, and the heights (mm) of the rules between them."""

    lines: tuple[TableLine, ...]
    heading_rules: tuple[str, ...]
    sum_rules: tuple[str, ...]


def bill_table(snapshot: InvoiceSnapshot) -> tuple[Portion, ...]:
    """The lines of a snapshot in the active language, page by page."""
    pages: list[list[TableLine]] = [[]]
    for subtotal in snapshot.subtotals:
        _place(pages, cut(subtotal.section, _HEADING_ROOM), list(_rows(snapshot, subtotal)))
    return tuple(_portion(page) for page in pages)


def quantity_head() -> str:
    """The word above the quantities, flush with them."""
    return figure_columns([_("Quantity")], _QUANTITY_PITCH * _HEADS_SCALE)


def price_heads() -> str:
    """The words above unit price and rate."""
    return figure_columns([_("Unit price"), _("VAT %")], _PRICE_PITCH * _HEADS_SCALE)


def _rows(snapshot: InvoiceSnapshot, subtotal: Subtotal) -> Iterator[list[TableLine]]:
    """The lines of print of each position, then of the subtotal if there are several sections."""
    for line in snapshot.lines:
        if line.section == subtotal.section:
            levelled = level([_cells(snapshot, line)], [_TITLE_ROOM, None, None, None])
            yield [TableLine(title, quantity, price, amount) for title, quantity, price, amount in levelled]
    if len(snapshot.subtotals) > 1:
        net = figures.figure(subtotal.net, 2, snapshot.country)
        yield [TableLine(_("Subtotal"), amount=net, strong=True)]


def _cells(snapshot: InvoiceSnapshot, line: Line) -> list[str]:
    # A title that names its tariff hours already (as people like to write it) needs them once.
    told = not line.slot or line.slot.casefold() in line.title.casefold()
    title = line.title if told else f"{line.title}, {line.slot}"
    if line.estimated:
        title += " *"
    if line.period is not None:
        title += f"\n{figures.short_span(line.period)}"
    quantity = figures.figure(line.quantity, _places(line), snapshot.country)
    price = figures.figure(line.unit_price, line.price_places, snapshot.country)
    return [
        title,
        f"{figure_columns([quantity], _QUANTITY_PITCH)} {cut(unit_name(line), _UNIT_ROOM)}",
        figure_columns([price, figures.rate(line.vat_rate, snapshot.country)], _PRICE_PITCH),
        figures.figure(line.amount, 2, snapshot.country),
    ]


def unit_name(line: Line) -> str:
    """The unit in the reader's words: counted things have a name and a plural, kWh and m³ are signs."""
    names = {
        "month": (_("month"), _("months")),
        "day": (_("day"), _("days")),
        "session": (_("session"), _("sessions")),
        "minute": (_("minute"), _("minutes")),
        "piece": (_("piece"), _("pieces")),
    }
    one, many = names.get(line.unit, (line.unit, line.unit))
    return one if abs(line.quantity) == 1 else many


def _places(line: Line) -> int:
    """Many decimals are meant for parts of a month; 3 months are not printed as 3.000000."""
    if line.quantity_places <= _FEW_DECIMALS:
        return line.quantity_places
    spoken = -int(line.quantity.normalize().as_tuple().exponent)
    return min(max(spoken, 0), line.quantity_places)


def _place(pages: list[list[TableLine]], heading: str, rows: list[list[TableLine]]) -> None:
    """Put a section on the last page, or on new ones under the same heading where it does not fit."""
    if _room_left(pages) <= _LEAST_BELOW_HEADING + 2:
        pages.append([])
    if pages[-1]:
        pages[-1].append(TableLine())
    pages[-1].append(TableLine(heading, strong=True))
    for row in rows:
        if len(row) > _room_left(pages):
            again = _("%(name)s, continued") % {"name": heading}
            pages.append([TableLine(again, strong=True)])
        pages[-1] += row


def _room_left(pages: list[list[TableLine]]) -> int:
    return (_FIRST_PAGE if len(pages) == 1 else _NEXT_PAGE) - len(pages[-1])


def _portion(lines: list[TableLine]) -> Portion:
    strong = [place for place, line in enumerate(lines) if line.strong]
    return Portion(
        lines=tuple(lines),
        heading_rules=tuple(str(LINE_MM * (place + 1)) for place in strong if not lines[place].amount),
        sum_rules=tuple(str(LINE_MM * place) for place in strong if lines[place].amount),
    )
