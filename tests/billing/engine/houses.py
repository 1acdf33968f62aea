# SPDX-License-Identifier: Apache-2.0
"""Bases and series made up for tests: one month of Zurich, a few points, a roof."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from billing.engine.basis import Basis, Component, SiteMeters, Source, Stake, Terms, Title
from billing.engine.energy import Series
from metering.series.calendar import slot_count

START, END = date(2026, 10, 1), date(2026, 11, 1)
WINDOWS = '{"default": "low", "windows": [{"slot": "high", "begin": "07:00", "end": "20:00"}]}'
PV, IMPORT, EXPORT = 900, 901, 902


def component(number: int, part: str, slot: str, price: str, unit: str = "kWh", **more: object) -> Component:
    return Component(
        component_id=number,
        part=part,
        slot=slot,
        unit=unit,
        price=Decimal(price),
        vat_rule="standard",
        vat_rate=Decimal("8.1"),
        titles=(Title("en", f"{part} {slot}"),),
        **more,  # type: ignore[arg-type]
    )


PRICES = (
    component(1, "solar", "all", "0.16"),
    component(2, "grid", "high", "0.2735"),
    component(3, "grid", "low", "0.2112"),
    component(4, "all", "all", "5", unit="month"),
)


def terms(prices: Sequence[Component] = PRICES, start: date = START, end: date = END) -> Terms:
    return Terms(1, start, end, WINDOWS, tuple(prices))


def stake(number: int, start: date = START, end: date = END, **more: object) -> Stake:
    """A stake of the point with this number; its meter is the register with the same number."""
    settings: dict[str, object] = {"priority": 0, "takes_residual": False, "terms": (0,)} | more
    return Stake(
        occupancy_id=number * 100 + start.day,
        billing_point_id=number,
        name=f"Flat {number}",
        start=start,
        end=end,
        sources=(Source(number, f"Z{number}", "1-0:1.8.0", START, END),),
        **settings,  # type: ignore[arg-type]
    )


def basis(stakes: Sequence[Stake], *, price_list: Sequence[Terms] | None = None) -> Basis:
    def whole(register_id: int) -> tuple[Source, ...]:
        return (Source(register_id, f"Z{register_id}", "", START, END),)

    return Basis(
        solution_id=1,
        time_zone="Europe/Zurich",
        start=START,
        end=END,
        stakes=tuple(stakes),
        site=SiteMeters(production=whole(PV), imported=whole(IMPORT), exported=whole(EXPORT)),
        terms=tuple(price_list or [terms()]),
    )


def slots(of: Basis) -> int:
    return slot_count(*of.bounds)


def series(of: Basis, use: NDArray[np.int64], sun: NDArray[np.int64], lost: int = 0) -> Series:
    """Consumption [points, t] by point number from 1; the grid meter balances, `lost` Wh a slot besides."""
    total = use.sum(axis=0)
    exported = np.maximum(sun - total, 0)
    rows = {number + 1: row for number, row in enumerate(use)}
    rows |= {PV: sun, IMPORT: total - sun + exported + lost, EXPORT: exported}
    ids = of.register_ids
    values = np.stack([rows[register_id] for register_id in ids]).astype(np.int64)
    return Series(ids, values, np.zeros(values.shape, dtype=np.uint8))
