# SPDX-License-Identifier: Apache-2.0
"""The demo's course: what happens in which order, and what must hold at the end."""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import numpy as np

django.setup()

from django.core.management import call_command  # noqa: E402 (after the set-up)

from accounts.rights import Role  # noqa: E402
from accounts.scope import organization_scope  # noqa: E402
from config.demo import bulk, checks, devices, house, money, people, wire  # noqa: E402
from config.demo.clock import DemoClock  # noqa: E402
from config.demo.dataset import Year, building_year, heat_and_water  # noqa: E402
from config.demo.processes import Processes  # noqa: E402
from config.demo.world import write_world  # noqa: E402

DAYS = 365
# The simulated meters go on counting after the year, so that the demo stays alive in the browser.
DAYS_AHEAD = 4


@dataclass(slots=True)
class Story:
    """What one run of the demo knows and tells."""

    folder: Path
    processes: Processes
    end: datetime
    clock: DemoClock
    polled_slots: int
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def bulk_until(self) -> datetime:
        return self.end - self.polled_slots * timedelta(minutes=15)

    def phase(self, name: str, act: Callable[[], Any]) -> Any:
        """Run one phase, timed and announced."""
        print(f"· {name} …", flush=True)
        began = time.monotonic()
        result = act()
        self.seconds[name] = round(time.monotonic() - began, 2)
        return result


def tell(*, options: argparse.Namespace, folder: Path, processes: Processes) -> int:
    """The whole demo; 0 when every check holds."""
    end = _quarter(datetime.fromisoformat(options.until) if options.until else datetime.now(UTC))
    story = Story(folder, processes, end, DemoClock(folder / "clock.json"), options.quarter_hours)
    if options.keep:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        return _serve(story, options)
    story.clock.stand_at(story.bulk_until)
    story.phase("database", lambda: call_command("migrate", database="owner", verbosity=0, interactive=False))
    year = story.phase("data", lambda: _year(end))
    firm, home, second = story.phase("people and houses", lambda: _build(story, year))
    bulk_result = story.phase("bulk", lambda: _load(story, year, firm, home, second))
    story.summary["readings_bulk"] = bulk_result
    if options.seed:
        _finish(story, [])
        return 0
    story.phase("processes", lambda: _start(story, year, firm, home))
    story.phase("polling", lambda: _poll(story, firm, home))
    story.clock.run_from(end)
    run = story.phase("invoices", lambda: _bill(story, firm, home))
    faults = story.phase("checks", lambda: checks.check(story.summary, firm, home, run, year, end))
    _finish(story, faults)
    if options.once:
        return 1 if faults else 0
    return _serve(story, options)


def _quarter(instant: datetime) -> datetime:
    """The last quarter hour that has passed."""
    seconds = int(instant.astimezone(UTC).timestamp())
    return datetime.fromtimestamp(seconds - seconds % 900, UTC)


def _year(end: datetime) -> Year:
    resolutions = devices.resolutions()
    first = {
        name: 1_000 * (200 + 37 * place) // step * step
        for place, (name, step) in enumerate(resolutions.items())
    }
    year = building_year(
        end=end + timedelta(days=DAYS_AHEAD), days=DAYS + DAYS_AHEAD, resolution_wh=resolutions,
        first_index_wh=first | {"pv": 31_204_000, "grid_in": 58_113_000, "grid_out": 9_450_000},
    )  # fmt: skip
    return Year(
        year.start, year.slots, {**year.indexes, **heat_and_water(start=year.start, slots=year.slots)}
    )


def _build(story: Story, year: Year) -> tuple[people.Firm, house.House, tuple[people.Firm, house.House]]:
    people.operator()
    firm, other = people.sonnenhof(), people.seeblick()
    people.acts_in_both(firm, other)
    since = year.start.date() - timedelta(days=1)
    quarter_start, _quarter_end = money.last_quarter(story.end.date())
    with organization_scope(firm.organization.pk):
        home = house.build_site(
            firm, reference="SH-01", name="Sonnenhof", street="Sonnenweg", number="12", postcode="8032", town="Zürich",
            operator="ewz",
        )  # fmt: skip
        house.build_points(home, firm, flats=20, since=since)
        for position, device in enumerate(devices.devices()):
            house.add_device(home, device, installed_on=since, position=position)
        house.hang_tree(home, since=since)
        house.moves(home, firm, leaving_on=quarter_start + timedelta(days=45))
        money_solution = money.set_prices(
            home, since=since, until=None, approved_by=firm.staff[Role.COORDINATOR].pk, now=story.bulk_until
        )
        home.solution = money_solution
    with organization_scope(other.organization.pk):
        small = house.build_site(
            other,
            reference="SB-01",
            name="Seeblick",
            street="Uferweg",
            number="3",
            postcode="6005",
            town="Luzern",
            operator="ewl",
        )
        house.build_points(small, other, flats=4, since=since)
        for position, device in enumerate(_small_house()):
            house.add_device(small, device, installed_on=since, position=position)
        house.hang_tree(small, since=since)
        small.solution = money.set_prices(
            small, since=since, until=None, approved_by=other.staff[Role.COORDINATOR].pk, now=story.bulk_until
        )
    return firm, home, (other, small)


def _small_house() -> list[devices.Device]:
    """The second organization's house: entry meter, solar plant, common area and four flats."""
    wanted = {"common", "apt01", "apt02", "apt03", "apt04", "pv", "grid_in"}
    return [device for device in devices.devices() if device.counts[0].series in wanted]


def _load(
    story: Story, year: Year, firm: people.Firm, home: house.House, second: tuple[people.Firm, house.House]
) -> int:
    total = 0
    other, small = second
    with organization_scope(firm.organization.pk):
        total += bulk.load_intervals(
            year=year, until=story.bulk_until, registers=home.registers, key="year", now=story.bulk_until
        ).written
        bulk.load_indexes(
            year=year,
            until=story.bulk_until,
            registers=home.registers,
            zone=home.site.zone,
            key="year",
            now=story.bulk_until,
        )
    with organization_scope(other.organization.pk):
        total += bulk.load_intervals(
            year=_small_year(year),
            until=story.end,
            registers=small.registers,
            key="year",
            now=story.bulk_until,
        ).written
    return total


def _small_year(year: Year) -> Year:
    """Four flats with a tenth of the plant, balanced at the entry meter like the large house."""
    flats = ("common", "apt01", "apt02", "apt03", "apt04")
    indexes = {name: year.indexes[name] for name in flats} | {"pv": year.indexes["pv"] // 5}
    net = sum(np.diff(indexes[name]) for name in flats) - np.diff(indexes["pv"])
    for name, flow in (("grid_in", np.maximum(net, 0)), ("grid_out", np.maximum(-net, 0))):
        indexes[name] = np.concatenate([[0], np.cumsum(flow)])
    return Year(year.start, year.slots, indexes)


def _start(story: Story, year: Year, firm: people.Firm, home: house.House) -> None:
    """Simulator, workers; the gateways learn the simulator's ports."""
    world = write_world(story.folder / "world", year, devices.devices(), story.clock.path.resolve())
    processes = story.processes
    processes.start("simulator", "gateway_bridge.simulator", "--world", str(world))
    ready = processes.wait_for_words("simulator", "ready ", seconds=20)
    buses = json.loads(ready[ready.index("ready ") + 6 :].splitlines()[0])["buses"]
    with organization_scope(firm.organization.pk):
        wire.connect(
            home,
            devices.devices(),
            {name: bus["port"] for name, bus in buses.items()},
        )
    for name, queues in (("worker", "poll,ingest,default,billing"), ("worker-pdf", "pdf,billing,notify")):
        processes.start(
            name, "celery", "-A", "config", "worker", "-Q", queues, "-c", "1", "-l", "INFO",
            "-n", f"{name}@demo", "--without-gossip", "--without-mingle",
        )  # fmt: skip
    for name in ("worker", "worker-pdf"):
        processes.wait_for_words(name, " ready.", seconds=60)


def _poll(story: Story, firm: people.Firm, home: house.House) -> None:
    slots = bulk.last_slots(story.end, story.polled_slots)
    polled = wire.poll_days(
        organization_id=firm.organization.pk,
        clock=story.clock,
        slots=slots,
        expected=len(home.registers),
        tell=lambda words: print(f"    {words}", flush=True),
    )
    story.summary |= {
        "readings_polled": polled.readings,
        "quarter_hours": polled.slots,
        "readings_missing": polled.missing,
    }


def _bill(story: Story, firm: people.Firm, home: house.House) -> Any:
    start, end = money.last_quarter(story.end.astimezone(home.site.zone).date())
    run = money.bill(
        organization_id=firm.organization.pk, house=home, solution=home.solution, start=start, end=end,
        user_id=firm.staff[Role.COORDINATOR].pk, now=story.end,
    )  # fmt: skip
    money.wait_for_documents(firm.organization.pk, run, seconds=120)
    return run


def _finish(story: Story, faults: list[str]) -> None:
    story.summary["seconds"] = story.seconds
    story.summary["faults"] = faults
    path = story.folder / "summary.json"
    path.write_text(json.dumps(story.summary, indent=2, default=str), encoding="utf-8")
    print("\nDone:")
    for key, value in story.summary.items():
        if key not in {"seconds", "faults"}:
            print(f"  {key.replace('_', ' '):24} {value}")
    print(f"  {'seconds':24} {sum(story.seconds.values()):.1f}  (each phase: {path})")
    for fault in faults:
        print(f"  DOES NOT HOLD: {fault}")


def _serve(story: Story, options: argparse.Namespace) -> int:
    address = f"{options.host}:{options.port}"
    story.processes.start(
        "beat", "celery", "-A", "config", "beat", "-l", "INFO", "-s", str(story.folder / "beat")
    )
    story.processes.start(
        "web", "gunicorn", "config.wsgi", "-b", address, "--threads", "8", "--timeout", "60"
    )
    story.processes.wait_for_words("web", "Listening at", seconds=30)
    print(f"\nOpen http://{address}   (password of everybody: {people.PASSWORD})")
    for login in people.all_logins():
        print(f"  {login.organization:22} {login.role:14} {login.email}")
    if not people.all_logins():
        print("  coordinator@sonnenhof.example, owner@…, installer@…, resident1@…")
    print("Ctrl-C ends everything.", flush=True)
    while not story.processes.dead():
        time.sleep(1)
    print(f"Ended by itself: {', '.join(story.processes.dead())}. Logs: {story.folder / 'log'}")
    return 1
