# SPDX-License-Identifier: Apache-2.0
"""Moves, month borders, tariff hours and the days of 92 and 100 quarter hours: every Wh is billed once.

The known-bad twins are what a widespread product did (design notes, peers 2.1): whole periods for
whoever had the meter on one of its days, days and tariff hours in UTC, 96 quarter hours a day.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.scope import organization_scope
from billing.models import Invoice, InvoiceLine
from billing.services.execute_run import execute_run
from metering.series.calendar import slots_in_local_day
from sites.models import Occupancy
from tests.billing.world import NOW, House, QuietJob, build_house, fill, record, run_of
from tests.cast import Cast

ZURICH = ZoneInfo("Europe/Zurich")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    with organization_scope(cast.lindenhof.id):
        yield build_house(cast.lindenhof)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZURICH).astimezone(UTC)


def bill(house: House, start: date, end: date) -> None:
    run = run_of(house, start, end)
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)


def billed_wh(**filters: object) -> int:
    lines = InvoiceLine.objects.filter(energy_wh__isnull=False, **filters)
    return sum(line.energy_wh or 0 for line in lines)


def silence(house: House, start: datetime, end: datetime) -> None:
    """Everything stands still but what a test records on top."""
    for register in house.registers.values():
        record(register, 0, start, end, key=f"silence {register.pk} {start}")


def move(house: House, key: str, day: date) -> tuple[Occupancy, Occupancy]:
    leaving = house.side.occupancies[key]
    with transaction.atomic():
        Occupancy.objects.filter(pk=leaving.pk).update(period=DateRange(leaving.period.lower, day))
        arriving = Occupancy.objects.create(
            billing_point=leaving.billing_point,
            account=house.side.accounts["owner"],
            period=DateRange(day, None),
        )
    return leaving, arriving


def test_a_move_in_mid_period_bills_each_party_its_own_days(house: House) -> None:
    start, end, moving_day = date(2026, 7, 1), date(2026, 8, 1), date(2026, 7, 13)
    leaving, arriving = move(house, "flat 1", moving_day)
    register = house.registers["flat 1"]
    for other in house.registers.values():
        record(other, 0, midnight(start), midnight(end), key=f"base {other.pk}")
    record(register, 250, midnight(start), midnight(end), key="steady")

    bill(house, start, end)

    before, after = (billed_wh(invoice__occupancy=who) for who in (leaving, arriving))
    assert before == 12 * 96 * 250
    assert after == 19 * 96 * 250
    assert before + after == 31 * 96 * 250
    fees = InvoiceLine.objects.filter(unit="month", invoice__occupancy__in=[leaving, arriving])
    assert sum(fee.quantity for fee in fees) == 1
    periods = [i.period for i in Invoice.objects.filter(occupancy__in=[leaving, arriving]).order_by("period")]
    assert periods == [DateRange(start, moving_day), DateRange(moving_day, end)]


def test_the_known_bad_twin_bills_both_parties_the_whole_period(house: House) -> None:
    start, end = date(2026, 7, 1), date(2026, 8, 1)
    move(house, "flat 1", date(2026, 7, 13))
    parties = Occupancy.objects.filter(
        billing_point=house.side.points["flat 1"], period__overlap=DateRange(start, end)
    )
    whole_period_each = sum(31 * 96 * 250 for _party in parties)
    assert whole_period_each == 2 * 31 * 96 * 250


def test_a_move_divides_solar_and_grid_without_remainder(house: House) -> None:
    start, end = date(2026, 7, 1), date(2026, 8, 1)
    fill(house, midnight(start), midnight(end))
    parties = move(house, "flat 1", date(2026, 7, 13))
    bill(house, start, end)
    together = billed_wh(invoice__occupancy__in=parties)
    everybody = billed_wh()
    run = Invoice.objects.first().run
    assert run.control_difference_wh == 0
    assert everybody == run.report["solutions"][0]["consumption_wh"]
    assert together < everybody


def test_energy_at_half_past_midnight_on_the_first_belongs_to_the_new_month(house: House) -> None:
    instant = datetime(2026, 7, 1, 0, 30, tzinfo=ZURICH).astimezone(UTC)
    silence(house, midnight(date(2026, 6, 1)), midnight(date(2026, 8, 1)))
    record(house.registers["flat 1"], {instant: 10_000}, instant, instant + timedelta(minutes=15), key="one")

    bill(house, date(2026, 6, 1), date(2026, 7, 1))
    assert billed_wh() == 0
    bill(house, date(2026, 7, 1), date(2026, 8, 1))
    assert billed_wh(invoice__period=DateRange(date(2026, 7, 1), date(2026, 8, 1))) == 10_000
    assert billed_wh() == 10_000


def test_the_known_bad_twin_puts_it_into_june() -> None:
    instant = datetime(2026, 7, 1, 0, 30, tzinfo=ZURICH).astimezone(UTC)
    assert instant.date() == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("local", "slot"),
    [
        (datetime(2026, 7, 1, 20, 30), "low"),
        (datetime(2026, 7, 1, 19, 45), "high"),
        (datetime(2026, 7, 1, 20, 0), "low"),
        (datetime(2026, 7, 1, 6, 45), "low"),
        (datetime(2026, 7, 1, 7, 0), "high"),
        (datetime(2026, 1, 14, 19, 45), "high"),
        (datetime(2026, 1, 14, 20, 30), "low"),
    ],
)
def test_tariff_hours_follow_the_clock_on_the_wall(house: House, local: datetime, slot: str) -> None:
    instant = local.replace(tzinfo=ZURICH).astimezone(UTC)
    start, end = (
        local.date().replace(day=1),
        (local.date().replace(day=1) + timedelta(days=32)).replace(day=1),
    )
    silence(house, midnight(start), midnight(end))
    record(house.registers["flat 1"], {instant: 10_000}, instant, instant + timedelta(minutes=15), key="one")

    bill(house, start, end)

    assert [(line.slot, line.energy_wh) for line in InvoiceLine.objects.filter(unit="kWh")] == [
        (slot, 10_000)
    ]


def test_the_known_bad_twin_takes_the_hour_in_utc() -> None:
    instant = datetime(2026, 7, 1, 20, 30, tzinfo=ZURICH).astimezone(UTC)
    assert time(7) <= instant.time() < time(20), "in UTC the evening looks like high tariff"


@pytest.mark.parametrize(("day", "slots"), [(SPRING, 92), (AUTUMN, 100), (date(2026, 6, 9), 96)])
def test_days_of_92_and_100_quarter_hours_bill_every_one_of_them_once(
    house: House, day: date, slots: int
) -> None:
    assert slots_in_local_day(day, ZURICH) == slots
    start, end = day.replace(day=1), (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    silence(house, midnight(start), midnight(end))
    record(house.registers["flat 1"], 100, midnight(day), midnight(day + timedelta(days=1)), key="that day")

    bill(house, start, end)

    assert billed_wh() == slots * 100
    # 07:00 to 20:00 are 52 quarter hours on every day; the change of clocks happens at night.
    assert billed_wh(slot="high") == 5_200
    assert billed_wh(slot="low") == slots * 100 - 5_200


def test_the_known_bad_twin_counts_96_quarter_hours_on_every_day() -> None:
    naive = (
        datetime.combine(AUTUMN + timedelta(days=1), time(), ZURICH)
        - datetime.combine(AUTUMN, time(), ZURICH)
    ) // timedelta(minutes=15)
    assert naive == 96 != slots_in_local_day(AUTUMN, ZURICH)


def test_months_billed_one_by_one_come_to_what_the_quarter_comes_to(house: House) -> None:
    fill(house, midnight(date(2026, 1, 1)), midnight(date(2026, 4, 1)))
    for month in (1, 2, 3):
        bill(house, date(2026, month, 1), date(2026, month + 1, 1))
    by_month = {part: billed_wh(part=part) for part in ("solar", "grid")}
    Invoice.objects.all().delete()
    bill(house, date(2026, 1, 1), date(2026, 4, 1))
    assert {part: billed_wh(part=part) for part in ("solar", "grid")} == by_month
