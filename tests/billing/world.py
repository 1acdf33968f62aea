# SPDX-License-Identifier: Apache-2.0
"""A small house with meters, prices and quarter hours, on a side of the cast."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange

from billing.models import BillingRun, Solution, Tariff
from billing.services.tariffs import ComponentData, approve_tariff, create_tariff, save_calendar
from metering.models import Meter, MeterAssignment, MeterKind, Register
from metering.series.vectors import MISSING
from metering.services.batches import BatchKey
from metering.services.record_intervals import record_intervals
from sites.models import BillingPoint, Equipment
from tests.cast import Side

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
DAY_AND_NIGHT = {
    "default": "low",
    "windows": [{"slot": "high", "begin": "07:00", "end": "20:00", "weekdays": [0, 1, 2, 3, 4, 5, 6]}],
}
PRICES = (
    ("solar", "all", "kWh", "0.16000", {"de": "Solarstrom", "en": "Solar energy"}),
    ("grid", "high", "kWh", "0.27350", {"de": "Netzstrom Hochtarif", "en": "Grid energy high"}),
    ("grid", "low", "kWh", "0.21120", {"de": "Netzstrom Niedertarif", "en": "Grid energy low"}),
    ("all", "all", "month", "5.00000", {"de": "Grundgebühr", "en": "Basic fee"}),
)


@dataclass(slots=True)
class House:
    """The side's site with its meters; `registers` by name: the points' keys, pv, import, export."""

    side: Side
    solution: Solution
    tariff: Tariff
    registers: dict[str, Register] = field(default_factory=dict)


def components(rows: Sequence[tuple[str, str, str, str, Mapping[str, str]]] = PRICES) -> list[ComponentData]:
    return [
        ComponentData(part, slot, unit, Decimal(price), dict(titles))
        for part, slot, unit, price, titles in rows
    ]


def build_house(side: Side, *, approve: bool = True, prices: Sequence[object] = PRICES) -> House:
    """Call inside the side's scope."""
    kind = MeterKind.objects.create(number=1, name="Electricity", medium="electricity", unit="Wh")
    solution = Solution.objects.create(
        site=side.site, label="Electricity", period=DateRange(date(2025, 1, 1), None)
    )
    calendar = save_calendar(name="Day and night", windows=DAY_AND_NIGHT, now=NOW, user_id=None)
    tariff = create_tariff(
        solution=solution,
        titles={"de": "Hausstrom 2026", "en": "House tariff 2026"},
        start=date(2025, 1, 1),
        end=None,
        components=components(prices),  # type: ignore[arg-type]
        points=side.points.values(),
        calendar=calendar,
    )
    if approve:
        approve_tariff(tariff=tariff, user_id=side.users["administrator"].pk, now=NOW)  # type: ignore[index]
    house = House(side, solution, tariff)
    for key, point in side.points.items():
        house.registers[key] = add_meter(house, kind, key, "consumption", "import", point)
    house.registers["pv"] = add_meter(house, kind, "pv", "production", "export")
    grid = add_meter(house, kind, "grid", "introduction", "import")
    house.registers["import"] = grid
    house.registers["export"] = Register.objects.create(
        meter=grid.meter, obis="1-0:2.8.0", direction="export"
    )
    return house


def add_meter(
    house: House,
    kind: MeterKind,
    name: str,
    mode: str,
    direction: str,
    point: BillingPoint | None = None,
    start: date = date(2025, 1, 1),
    end: date | None = None,
) -> Register:
    side = house.side
    equipment = Equipment.objects.create(
        definition=side.definitions["meter"], site=side.site, building=side.building, name=f"Meter {name}"
    )
    meter = Meter.objects.create(
        equipment=equipment, site=side.site, number=f"Z-{name}", kind=kind, mode=mode
    )
    if point is not None:
        MeterAssignment.objects.create(meter=meter, billing_point=point, period=DateRange(start, end))
    obis = "1-0:1.8.0" if direction == "import" else "1-0:2.8.0"
    return Register.objects.create(meter=meter, obis=obis, direction=direction)


def record(
    register: Register, values: Mapping[datetime, int] | int, start: datetime, end: datetime, *, key: str = ""
) -> None:
    """Slots of a register over whole UTC days; an int is every slot's value, a mapping names single ones."""
    first, last = start.date(), end.date()
    count = (last - first).days + (end.time() != datetime.min.time())
    days = np.arange(np.datetime64(first, "D"), np.datetime64(first, "D") + count)
    line = np.full(count * 96, MISSING, dtype=np.int32)
    zero = datetime.combine(first, datetime.min.time(), UTC)
    begin, stop = (int((instant - zero).total_seconds()) // 900 for instant in (start, end))
    line[begin:stop] = values if isinstance(values, int) else 0
    if not isinstance(values, int):
        for instant, value in values.items():
            line[int((instant - zero).total_seconds()) // 900] = value
    record_intervals(
        batch=BatchKey("import", key or f"{register.pk} {start} {end}"),
        register_ids=np.full(count, register.pk, dtype=np.int32),
        days=days,
        vectors=line.reshape(-1, 96),
        method="import",
        now=NOW,
    )


def fill(house: House, start: datetime, end: datetime, *, seed: int = 7) -> None:
    """Consumption, sun and the grid meter's balance, made up but consistent, for every register."""
    generator = np.random.default_rng(seed)
    count = int((end - start) / timedelta(minutes=15))
    use = {key: generator.integers(20, 400, count) for key in house.side.points}
    hours = np.array([(start + timedelta(minutes=15 * n)).hour for n in range(count)])
    sun = np.where((hours > 6) & (hours < 18), generator.integers(0, 1500, count), 0)
    total = sum(use.values())
    series = {**use, "pv": sun, "export": np.maximum(sun - total, 0), "import": np.maximum(total - sun, 0)}
    for key, values in series.items():
        record_line(house.registers[key], values, start)


def record_line(register: Register, values: np.ndarray, start: datetime) -> None:
    """A line of slots beginning anywhere; the rest of its UTC days stays missing."""
    lead = (start.hour * 60 + start.minute) // 15
    count = -(-(lead + len(values)) // 96)
    line = np.full(count * 96, MISSING, dtype=np.int32)
    line[lead : lead + len(values)] = values
    record_intervals(
        batch=BatchKey("import", f"{register.pk} {start} {len(values)}"),
        register_ids=np.full(count, register.pk, dtype=np.int32),
        days=np.arange(np.datetime64(start.date(), "D"), np.datetime64(start.date(), "D") + count),
        vectors=line.reshape(-1, 96),
        method="import",
        now=NOW,
    )


class QuietJob:
    """A job's line back, for calling handlers in a test."""

    job_id = 0

    def __init__(self, params: dict[str, object]) -> None:
        self.params = json.loads(json.dumps(params))
        self.lines: list[str] = []
        self.steps = 0

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.steps += 1

    def log(self, level: str, message: str) -> None:
        self.lines.append(f"{level}: {message}")

    def cancelled(self) -> bool:
        return False

    def checkpoint(self) -> None:
        return None


def run_of(house: House, start: date, end: date, **options: object) -> BillingRun:
    """A planned run, made to run without its queue."""
    from billing.services.plan_run import plan_run

    run = plan_run(
        site=house.side.site, start=start, end=end, solutions=[house.solution], user_id=None, now=NOW
    )
    for name, value in options.items():
        setattr(run, name, value)
    run.save()
    return run
