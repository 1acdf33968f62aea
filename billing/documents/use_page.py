# SPDX-License-Identifier: Apache-2.0
"""The consumption page: picture, comparison, readings, and how the figures came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.documents import figures
from billing.documents.chart import PITCH_BLANKS, BarChart, MonthChart, bar_chart, month_chart
from billing.documents.columns import block, level, portions
from billing.documents.parts import Consumption, MonthUse, RegisterReading, Use
from billing.documents.snapshot import InvoiceSnapshot
from billing.documents.typeset import figure_columns, flush_right, room

# Heights on the page in millimetres, from the top of the picture; the style sheet knows the line heights.
_CHART_MM, _HEADING_MM, _HEAD_MM, ROW_MM = 76.0, 9.0, 5.0, 7.0
_BARS_LEFT_MM, _BARS_RIGHT_MM, _BAR_MM = 48.0, 114.0, 3.6
# Blanks per column.
_COMPARED_PITCH = 18
# Where the readings' columns end: day and index, day and index, quantity.
_READ_ENDS = (21, 40, 62, 81, 98)
_LIMITS = [room(24, 8), room(31, 8), None, None, room(24, 8)]
_READINGS_PER_PORTION = 30


@dataclass(frozen=True, slots=True)
class Months:
    """The chart, and the rows of figures that stand exactly below its bars."""

    chart: MonthChart
    ticks: tuple[tuple[str, str, str], ...]
    labels: str
    figures: str
    before: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """This period against others: lying bars `top` millimetres down, figures beside them."""

    top: str
    bars: BarChart
    labels: str
    figures: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, `height` millimetres high, and the sentence above it."""

    summary: str
    height: str
    months: Months | None
    compared: Compared


@dataclass(frozen=True, slots=True)
class Readings:
    """The columns of a portion of the readings."""

    meters: str
    registers: str
    figures: str
    methods: str


@dataclass(frozen=True, slots=True)
class UsePage:
    """The texts and paths of the second page; parts that have nothing to say are None or empty."""

    picture: Picture | None
    readings: tuple[Readings, ...]
    explanations: tuple[str, ...]


def use_page(snapshot: InvoiceSnapshot) -> UsePage | None:
    """The second page in the active language, or None where there is nothing to show on it."""
    if snapshot.consumption is None and not snapshot.readings and not snapshot.explanations:
        return None
    return UsePage(
        picture=_picture(snapshot, snapshot.consumption) if snapshot.consumption is not None else None,
        readings=_readings(snapshot),
        explanations=_explanations(snapshot),
    )


def _picture(snapshot: InvoiceSnapshot, use: Consumption) -> Picture:
    top = _CHART_MM if use.months else 0.0
    compared = _compared(snapshot, use, top + _HEADING_MM)
    # Lengths go to the template as texts: a number would be written in the reader's language, 85,0.
    rows = compared.labels.count("\n") + 1
    return Picture(
        summary=_summary(snapshot, use),
        height=f"{top + _HEADING_MM + _HEAD_MM + rows * ROW_MM:.2f}",
        months=_months(snapshot, use) if use.months else None,
        compared=compared,
    )


def _months(snapshot: InvoiceSnapshot, use: Consumption) -> Months:
    chart = month_chart(use, billed=[_is_billed(snapshot, row) for row in use.months])
    rows = _month_rows(snapshot, use.months)
    return Months(
        chart=chart,
        ticks=tuple(
            (tick.y, tick.label_y, figures.figure(figures.kwh(tick.energy), 0, snapshot.country))
            for tick in chart.ticks
        ),
        labels="\n".join(label for label, _row in rows),
        figures="\n".join(figure_columns(row, PITCH_BLANKS) for _label, row in rows),
        before=any(row.year_before is not None for row in use.months),
    )


def _month_rows(snapshot: InvoiceSnapshot, months: Sequence[MonthUse]) -> list[tuple[str, list[str]]]:
    names = [
        figures.month_name(row.month, snapshot.language) + ("*" if row.estimated else "") for row in months
    ]
    before = [None if row.year_before is None else row.year_before.total for row in months]
    rows: list[tuple[str, list[int | None]]] = [
        (_("Solar"), [row.use.solar for row in months]),
        (_("Grid"), [row.use.grid for row in months]),
        (_("Total"), [row.use.total for row in months]),
    ]
    if any(total is not None for total in before):
        rows.append((_("Year before"), before))
    return [("kWh", names), *((label, [_kwh(snapshot, energy) for energy in row]) for label, row in rows)]


def _kwh(snapshot: InvoiceSnapshot, energy: int | None) -> str:
    return "–" if energy is None else figures.figure(figures.kwh(energy), 1, snapshot.country)


def _is_billed(snapshot: InvoiceSnapshot, row: MonthUse) -> bool:
    first, last = snapshot.period.start, figures.last_day(snapshot.period)
    return (first.year, first.month) <= (row.month.year, row.month.month) <= (last.year, last.month)


def _summary(snapshot: InvoiceSnapshot, use: Consumption) -> str:
    """One or two sentences before the picture: how much, how much of it solar, more or less than before."""
    now = use.this_period
    share = Decimal(now.solar) / now.total if now.total else Decimal(0)
    words = {"energy": _kwh(snapshot, now.total), "share": figures.percent(share, snapshot.country)}
    sentence = _("You used %(energy)s kWh in this period; %(share)s of it came from the roof.") % words
    if use.year_before is None or not use.year_before.total:
        return sentence
    change = Decimal(now.total - use.year_before.total) / use.year_before.total
    words = {"change": figures.percent(abs(change), snapshot.country)}
    if change < 0:
        return f"{sentence} " + _("That is %(change)s less than in the same period a year before.") % words
    return f"{sentence} " + _("That is %(change)s more than in the same period a year before.") % words


def _compared(snapshot: InvoiceSnapshot, use: Consumption, top: float) -> Compared:
    rows = [(_("This period"), use.this_period)]
    if use.year_before is not None:
        rows.append((_("Same period a year before"), use.year_before))
    if use.house_average is not None:
        rows.append((_("House average"), use.house_average))
    uses = [each for _label, each in rows]
    lines = [[_("Solar"), _("Grid"), _("Total kWh")], *(_compared_figures(snapshot, each) for each in uses)]
    return Compared(
        top=f"{top:.2f}",
        bars=bar_chart(
            uses, top=top + _HEAD_MM, left=_BARS_LEFT_MM, right=_BARS_RIGHT_MM, row=ROW_MM, bar=_BAR_MM
        ),
        labels="\n".join(label for label, _use in rows),
        figures="\n".join(figure_columns(line, _COMPARED_PITCH) for line in lines),
    )


def _compared_figures(snapshot: InvoiceSnapshot, use: Use) -> list[str]:
    return [_kwh(snapshot, energy) for energy in (use.solar, use.grid, use.total)]


def _readings(snapshot: InvoiceSnapshot) -> tuple[Readings, ...]:
    heads = [
        _("Meter"),
        _("Register"),
        flush_right(["", _("Opening index"), "", _("Closing index"), _("Quantity")], _READ_ENDS),
        f"\t{_('How read')}",
    ]
    lines = level((_reading(snapshot, reading) for reading in snapshot.readings), _LIMITS)
    joined = [[*line[:3], f"{line[3]}\t{line[4]}"] for line in lines]
    return tuple(
        Readings(*(block([heads, *part], column) for column in range(4)))
        for part in portions(joined, _READINGS_PER_PORTION)
    )


def _reading(snapshot: InvoiceSnapshot, reading: RegisterReading) -> list[str]:
    opening, closing, quantity = (
        # Without grouping, as the meter's display shows it.
        figures.plain_figure(number, reading.places, snapshot.country)
        for number in (reading.start_index, reading.end_index, reading.quantity)
    )
    days = [figures.short_date(day) for day in (reading.start_on, reading.end_on)]
    method = f"{reading.method} *" if reading.estimated else reading.method
    return [
        reading.meter_number,
        f"{reading.label} {reading.obis}",
        flush_right([days[0], opening, days[1], closing, quantity], _READ_ENDS),
        reading.unit,
        method,
    ]


def _explanations(snapshot: InvoiceSnapshot) -> tuple[str, ...]:
    texts = list(snapshot.explanations)
    if snapshot.consumption is not None and any(row.estimated for row in snapshot.consumption.months):
        texts.append(_("* Partly estimated."))
    if snapshot.data_version:
        texts.append(_("Data version %(version)s") % {"version": snapshot.data_version})
    return tuple(texts)
