# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of the homes and the consumption page: whole Wh and Decimals in, numbers and charts out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

WATT_HOURS = {"unit": "Wh", "divisor": 1, "places": 0}
KILOWATT_HOURS = {"unit": "kWh", "divisor": 1000, "places": 2}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket of a chart: what it is called, its energy in Wh, its cost where there is one."""

    label: str
    begin: date | datetime
    solar_wh: int
    grid_wh: int
    cost: Decimal | None
    missing: int = 0
    slots: int = 0

    @property
    def total_wh(self) -> int:
        return self.solar_wh + self.grid_wh

    @property
    def is_empty(self) -> bool:
        """Not one value has arrived: a gap, not a nought."""
        return self.slots > 0 and self.missing >= self.slots


def permille(part: int, whole: int) -> int | None:
    """
    Thousandths, rounded half up; None of nothing.

    >>> permille(1, 3), permille(1, 0)
    (333, None)
    """
    return (2000 * part + whole) // (2 * whole) if whole > 0 else None


def change_permille(now: int | Decimal, before: int | Decimal) -> int | None:
    """
    How much more or less than before; None where there was nothing.

    >>> change_permille(90, 100), change_permille(Decimal("3.30"), Decimal("3.00"))
    (-100, 100)
    """
    if before <= 0:
        return None
    exact = Decimal(now - before) * 1000 / Decimal(before)
    return int(exact.to_integral_value())


def complete_percent(missing: int, slots: int) -> int:
    """
    How much has arrived, rounded down so that 100 means all.

    >>> complete_percent(1, 2976), complete_percent(0, 96), complete_percent(0, 0)
    (99, 100, 100)
    """
    return 100 if slots <= 0 else 100 * (slots - missing) // slots


def use_chart(
    bars: Sequence[Bar], before: Sequence[int | None], *, words: dict[str, str], in_wh: bool = False
) -> dict[str, Any]:
    """
    Solar and grid stacked, and the other period's total as a dashed line where there is one.

    Quarter hours are shown in Wh, longer buckets in kWh.
    """
    series: list[dict[str, Any]] = [
        {
            "name": words[kind],
            "kind": kind,
            "stack": "use",
            "values": [None if bar.is_empty else getattr(bar, f"{kind}_wh") for bar in bars],
        }
        for kind in ("solar", "grid")
    ]
    if any(value is not None for value in before):
        values = [*before, *[None] * len(bars)][: len(bars)]
        series.append(
            {"name": words["before"], "kind": "common", "draw": "line", "dashed": True, "values": values}
        )
    return _chart(bars, series, words["axis"], **(WATT_HOURS if in_wh else KILOWATT_HOURS))


def cost_chart(bars: Sequence[Bar], *, words: dict[str, str], currency: str) -> dict[str, Any]:
    """What each bucket costs."""
    costs = [None if bar.is_empty else bar.cost for bar in bars]
    series = [{"name": words["cost"], "kind": "battery", "values": costs}]
    return _chart(bars, series, words["axis"], unit=currency, divisor=1, places=2)


def _chart(bars: Sequence[Bar], series: list[dict[str, Any]], axis: str, **written: Any) -> dict[str, Any]:
    return {
        "categories": [bar.label for bar in bars],
        "axis": axis,
        "series": series,
        **written,
    }


def mean(total: int, count: int) -> int | None:
    """
    The mean in whole Wh, rounded half up.

    >>> mean(10, 4), mean(3, 0)
    (3, None)
    """
    return (2 * total + count) // (2 * count) if count > 0 else None
