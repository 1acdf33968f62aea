# SPDX-License-Identifier: Apache-2.0
"""The world file: which buses there are, which devices hang on them, what their counters show."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway_bridge.drivers.profile import Profile
from gateway_bridge.profiles import UnableToLoadProfile, load_profile, shipped
from gateway_bridge.simulator.clock import ClockFile
from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.faults import Fault, read_fault
from gateway_bridge.simulator.series import SeriesStore, load_series

TRANSPORTS = {"modbus-tcp": "modbus", "modbus-rtu-tcp": "modbus", "mbus-tcp": "mbus"}


@dataclass(frozen=True, slots=True)
class Course:
    """What a counter follows: a series or a constant, shifted, and possibly rolling over."""

    series: str | None
    offset: int = 0
    modulo: int | None = None


@dataclass(slots=True)
class DeviceSpec:
    """A device as the world file describes it."""

    name: str
    profile: Profile
    serial: str
    unit: int | None
    primary: int | None
    manufacturer: str
    version: int
    medium: int
    telegrams: int
    strict: bool
    courses: dict[str, Course]
    vifs: dict[str, str]
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class BusSpec:
    """A bus as the world file describes it."""

    name: str
    transport: str
    host: str
    port: int
    latency: float
    devices: list[DeviceSpec]
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everything the simulator serves."""

    clock: ClockFile
    series: SeriesStore
    buses: list[BusSpec]
    control_host: str
    control_port: int


class _Reader:
    """A JSON object that is read key by key and can say where it is."""

    def __init__(self, content: Any, place: str) -> None:
        if not isinstance(content, dict):
            raise UnableToSimulate(f"{place}: must be an object")
        self.content: dict[str, Any] = dict(content)
        self.place = place

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        if key not in self.content:
            if default is ...:
                raise UnableToSimulate(f"{self.place}.{key}: is missing")
            return default
        content = self.content.pop(key)
        if not isinstance(content, kind) or (isinstance(content, bool) and kind is not bool):
            raise UnableToSimulate(f"{self.place}.{key}: {content!r} is of the wrong kind")
        return content

    def done(self) -> None:
        for key in self.content:
            raise UnableToSimulate(f"{self.place}.{key}: unknown key")


def load_world(path: Path) -> World:
    """
    Read a world file and everything it names.

    :raises UnableToSimulate: if anything is missing, unknown or contradictory.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as refusal:
        raise UnableToSimulate(f"world file {path.name}: {refusal}") from refusal
    top = _Reader(content, "world")
    if top.take("version", int) != 1:
        raise UnableToSimulate("world.version: must be 1")
    clock = top.take("clock", (str, type(None)), None)
    store = _series(top, path.parent)
    control = _Reader(top.take("control", dict, {}), "world.control")
    buses = [
        _bus(item, f"world.buses[{i}]", store, path.parent) for i, item in enumerate(top.take("buses", list))
    ]
    names = [bus.name for bus in buses]
    if len(set(names)) != len(names):
        raise UnableToSimulate("world.buses: two buses have the same name")
    world = World(
        clock=ClockFile(None if clock is None else path.parent / clock),
        series=store,
        buses=buses,
        control_host=control.take("host", str, "127.0.0.1"),
        control_port=control.take("port", int, 0),
    )
    control.done()
    top.done()
    return world


def _series(top: _Reader, folder: Path) -> SeriesStore:
    if "series" not in top.content:
        return SeriesStore({}, start=datetime.fromtimestamp(0, UTC), step=timedelta(seconds=900))
    row = _Reader(top.take("series", dict), "world.series")
    start = datetime.fromisoformat(row.take("start", str))
    if start.tzinfo is None:
        raise UnableToSimulate("world.series.start: has no time zone")
    step = timedelta(seconds=row.take("step_seconds", int, 900))
    store = load_series(folder / row.take("file", str), start=start, step=step)
    row.done()
    return store


def _bus(content: Any, place: str, store: SeriesStore, folder: Path) -> BusSpec:
    row = _Reader(content, place)
    transport = row.take("transport", str)
    if transport not in TRANSPORTS:
        raise UnableToSimulate(f"{place}.transport: {transport!r} is none of {', '.join(TRANSPORTS)}")
    devices = [
        _device(item, f"{place}.devices[{i}]", TRANSPORTS[transport], store, folder)
        for i, item in enumerate(row.take("devices", list))
    ]
    names = [device.name for device in devices]
    if len(set(names)) != len(names):
        raise UnableToSimulate(f"{place}.devices: two devices have the same name")
    bus = BusSpec(
        name=row.take("name", str),
        transport=transport,
        host=row.take("host", str, "127.0.0.1"),
        port=row.take("port", int, 0),
        latency=row.take("latency_ms", (int, float), 0) / 1000,
        devices=devices,
        faults=[read_fault(item, f"{place}.faults") for item in row.take("faults", list, [])],
    )
    row.done()
    return bus


def _device(content: Any, place: str, protocol: str, store: SeriesStore, folder: Path) -> DeviceSpec:
    row = _Reader(content, place)
    profile = _profile(row.take("profile", str), place, folder)
    if profile.protocol != protocol:
        raise UnableToSimulate(f"{place}.profile: {profile.name} is not spoken on this bus")
    medium = getattr(profile.identity, "media", ()) or (4,)
    maker = getattr(profile.identity, "manufacturers", ()) or ("SIM",)
    courses = {
        name: _course(item, f"{place}.quantities.{name}", store)
        for name, item in row.take("quantities", dict, {}).items()
    }
    device = DeviceSpec(
        name=row.take("name", str),
        profile=profile,
        serial=row.take("serial", str),
        unit=row.take("unit", int, None) if protocol == "modbus" else None,
        primary=row.take("primary", int, None) if protocol == "mbus" else None,
        manufacturer=row.take("manufacturer", str, maker[0]),
        version=row.take("version", int, 1),
        medium=row.take("medium", int, medium[0]),
        telegrams=row.take("telegrams", int, 1),
        strict=row.take("strict", bool, False),
        courses=courses,
        vifs=row.take("vifs", dict, {}),
        faults=[read_fault(item, f"{place}.faults") for item in row.take("faults", list, [])],
    )
    row.done()
    _check_device(device, place, protocol)
    return device


def _check_device(device: DeviceSpec, place: str, protocol: str) -> None:
    known = {quantity.name for quantity in device.profile.quantities}
    for name in (*device.courses, *device.vifs):
        if name not in known:
            raise UnableToSimulate(f"{place}.quantities.{name}: {device.profile.name} has no such quantity")
    if protocol == "modbus" and (device.unit is None or not 1 <= device.unit <= 247):
        raise UnableToSimulate(f"{place}.unit: must be 1 to 247")
    if protocol == "mbus":
        if device.primary is not None and not 0 <= device.primary <= 250:
            raise UnableToSimulate(f"{place}.primary: must be 0 to 250")
        if len(device.serial) > 8 or not device.serial.isdigit():
            raise UnableToSimulate(f"{place}.serial: must be up to eight digits")
        if len(device.manufacturer) != 3 or not device.manufacturer.isupper():
            raise UnableToSimulate(f"{place}.manufacturer: must be three capital letters")


def _profile(word: str, place: str, folder: Path) -> Profile:
    if word.endswith(".yaml"):
        try:
            return load_profile(folder / word)
        except UnableToLoadProfile as refusal:
            raise UnableToSimulate(f"{place}.profile: {refusal}") from refusal
    if word not in shipped():
        raise UnableToSimulate(f"{place}.profile: {word!r} is none of {', '.join(shipped())}")
    return shipped()[word]


def _course(content: Any, place: str, store: SeriesStore) -> Course:
    if isinstance(content, bool):
        raise UnableToSimulate(f"{place}: {content!r} is of the wrong kind")
    if isinstance(content, int):
        return Course(None, content)
    row = _Reader({"series": content} if isinstance(content, str) else content, place)
    course = Course(
        series=row.take("series", (str, type(None)), None),
        offset=row.take("offset", int, 0),
        modulo=row.take("modulo", (int, type(None)), None),
    )
    row.done()
    if course.series is not None and course.series not in store:
        raise UnableToSimulate(f"{place}: the series file has no {course.series!r}")
    return course
