# SPDX-License-Identifier: Apache-2.0
"""The picture of the consumption page, as path data in millimetres.

Solar is amber with diagonal lines, grid is dark slate, the year before an outline:
told apart in colour, in grey, and by people who see no difference between red and green.
Few long paths instead of many shapes: the PDF engine pays per element.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.documents.parts import Consumption, MonthUse, Use

# The plot begins right of the row labels; a column is 17 blanks of 7 pt type wide (see typeset).
LEFT_MM = 30.0
PITCH_BLANKS = 17
PITCH_MM = 17 * 569 / 2048 * 7 * 25.4 / 72
TOP_MM, BASE_MM = 2.5, 45.0
_BAR_MM, _BEFORE_MM, _GAP_MM = 5.6, 2.6, 0.6
_HATCH_MM = 1.8
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot: its height on the page, where its label stands, and what it means (Wh)."""

    y: str
    label_y: str
    energy: int


@dataclass(frozen=True, slots=True)
class MonthChart:
    """Path data: stacked bars of this year, outlines of the year before, and the scale."""

    solar: str
    hatch: str
    grid: str
    before: str
    billed: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Path data of lying bars, one row per compared use."""

    solar: str
    hatch: str
    grid: str


def month_chart(consumption: Consumption, *, billed: Sequence[bool]) -> MonthChart:
    """Bars per month; `billed` marks the months of the billing period, which get a line below."""
    months = consumption.months
    top = _top(months)
    solar, grid, before, hatch, line = [], [], [], [], []
    for index, row in enumerate(months):
        right = LEFT_MM + PITCH_MM * (index + 1)
        left = right - _BAR_MM
        middle = _y(row.use.grid, top)
        grid.append(_rectangle(left, middle, right, BASE_MM))
        solar.append(_rectangle(left, _y(row.use.total, top), right, middle))
        hatch.append(_diagonals(left, _y(row.use.total, top), right, middle))
        if row.year_before is not None:
            edge = left - _GAP_MM
            before.append(_rectangle(edge - _BEFORE_MM, _y(row.year_before.total, top), edge, BASE_MM))
        if billed[index]:
            line.append(f"M{right - PITCH_MM + _GAP_MM:.2f} {BASE_MM + 0.9:.2f}H{right:.2f}")
    return MonthChart(
        solar="".join(solar),
        hatch="".join(hatch),
        grid="".join(grid),
        before="".join(before),
        billed="".join(line),
        ticks=tuple(_ticks(top)),
    )


def bar_chart(
    uses: Sequence[Use], *, top: float, left: float, right: float, row: float, bar: float
) -> BarChart:
    """Lying bars between `left` and `right` millimetres, rows `row` high, bars `bar` high, one scale."""
    most = max((use.total for use in uses), default=0) or 1
    solar, grid, hatch = [], [], []
    for index, use in enumerate(uses):
        upper = top + index * row + (row - bar) / 2
        middle = left + (right - left) * use.solar / most
        end = left + (right - left) * use.total / most
        solar.append(_rectangle(left, upper, middle, upper + bar))
        hatch.append(_diagonals(left, upper, middle, upper + bar))
        grid.append(_rectangle(middle, upper, end, upper + bar))
    return BarChart("".join(solar), "".join(hatch), "".join(grid))


def _top(months: Sequence[MonthUse]) -> int:
    """The scale's upper end in Wh: at most five round steps."""
    totals = [use.total for row in months for use in (row.use, row.year_before) if use is not None]
    highest = max(totals, default=0)
    magnitude = 1000
    while True:
        for step in _STEPS:
            if highest <= 5 * step * magnitude:
                return -(-max(highest, 1) // (step * magnitude)) * step * magnitude
        magnitude *= 10


def _ticks(top: int) -> list[Tick]:
    step = next(step * 10**power for power in range(3, 20) for step in _STEPS if top <= 5 * step * 10**power)
    heights = [(energy, _y(energy, top)) for energy in range(0, top + 1, step)]
    return [Tick(f"{height:.2f}", f"{height + 0.9:.2f}", energy) for energy, height in heights]


def _y(energy: int, top: int) -> float:
    return BASE_MM - (BASE_MM - TOP_MM) * energy / top


def _rectangle(left: float, upper: float, right: float, lower: float) -> str:
    if lower - upper < 0.01 or right - left < 0.01:
        return ""
    return f"M{left:.2f} {upper:.2f}H{right:.2f}V{lower:.2f}H{left:.2f}Z"


def _diagonals(left: float, upper: float, right: float, lower: float) -> str:
    """Lines at 45 degrees, clipped to the rectangle."""
    parts = []
    offset = _HATCH_MM
    while offset < (right - left) + (lower - upper):
        # A line x + y = offset, measured from the lower left corner upwards and to the right.
        start_x, start_y = (
            (offset, 0.0) if offset <= right - left else (right - left, offset - (right - left))
        )
        end_x, end_y = (0.0, offset) if offset <= lower - upper else (offset - (lower - upper), lower - upper)
        parts.append(f"M{left + start_x:.2f} {lower - start_y:.2f}L{left + end_x:.2f} {lower - end_y:.2f}")
        offset += _HATCH_MM
    return "".join(parts)
