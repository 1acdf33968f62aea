# SPDX-License-Identifier: Apache-2.0
"""What a simulated meter shows at an instant: counters from the series, live values that go with them."""

from __future__ import annotations

import math
import re
from datetime import datetime
from decimal import Decimal
from zlib import crc32

from gateway_bridge.drivers.profile import Quantity
from gateway_bridge.simulator.series import SeriesStore
from gateway_bridge.simulator.world import Course, DeviceSpec

_PHASE = re.compile(r"(.+)_l([123])\Z")
_POWER_FACTOR = Decimal("0.97")
_REACTIVE_SHARE = Decimal("0.25")
_CONSTANTS = {
    "power_factor": _POWER_FACTOR,
    "flow_temperature": Decimal("65.0"),
    "return_temperature": Decimal("38.0"),
    "temperature_difference": Decimal("27.0"),
}


class Meter:
    """One device of the world; all values are in the base unit of their quantity."""

    def __init__(self, spec: DeviceSpec, series: SeriesStore) -> None:
        self.spec = spec
        self._series = series
        names = {quantity.name for quantity in spec.profile.quantities}
        self._phases = 3 if "voltage_l2" in names else 1

    def value(self, quantity: Quantity, at: datetime) -> int | Decimal:
        """What the meter would show, before its own resolution cuts it."""
        course = self.spec.courses.get(quantity.name)
        if course is not None:
            return self._counter(course, at)
        return self._derived(quantity, at)

    def _counter(self, course: Course, at: datetime) -> int:
        index = course.offset + (self._series.index(course.series, at) if course.series else 0)
        return index if course.modulo is None else index % course.modulo

    def _total(self, name: str, at: datetime) -> int:
        course = self.spec.courses.get(name)
        return 0 if course is None else self._counter(course, at)

    def _per_hour(self, name: str, at: datetime) -> int:
        course = self.spec.courses.get(name)
        return 0 if course is None or course.series is None else self._series.per_hour(course.series, at)

    def _power(self, at: datetime) -> Decimal:
        heat = self._per_hour("heat_energy", at)
        return Decimal(heat + self._per_hour("energy_import", at) - self._per_hour("energy_export", at))

    def _derived(self, quantity: Quantity, at: datetime) -> int | Decimal:
        name, parts = quantity.name, 1
        if phase := _PHASE.match(name):
            name, parts = phase[1], self._phases
        if quantity.unit in ("kWh", "Wh", "kvarh", "varh") or quantity.poll == "billing":
            return self._derived_counter(name, at) // parts
        if name == "power":
            return self._power(at) / parts
        if name == "apparent_power":
            return abs(self._power(at)) / _POWER_FACTOR / parts
        if name == "reactive_power":
            return self._power(at) * _REACTIVE_SHARE / parts
        if name == "current":
            return abs(self._power(at)) / self._phases / self._wobble(quantity, at, middle=230, swing=3)
        if name == "voltage":
            return self._wobble(quantity, at, middle=230, swing=3)
        if name == "frequency":
            return self._wobble(quantity, at, middle=50, swing=0.03)
        if name == "flow":
            return Decimal(self._per_hour("volume", at)) / 1_000_000
        return _CONSTANTS.get(name, 0)

    def _derived_counter(self, name: str, at: datetime) -> int:
        imported, exported = self._total("energy_import", at), self._total("energy_export", at)
        table = {
            "energy_import": imported,
            "energy_export": exported,
            "energy_total": imported + exported,
            "energy_net": imported - exported,
        }
        return table.get(name, 0)

    def _wobble(self, quantity: Quantity, at: datetime, *, middle: float, swing: float) -> Decimal:
        """A value that wanders slowly, the same for the same meter and instant."""
        phase = crc32(f"{self.spec.name} {quantity.name}".encode()) % 628 / 100
        seconds = at.timestamp()
        wave = math.sin(seconds / 97 + phase) * 0.7 + math.sin(seconds / 13 + 2 * phase) * 0.3
        return Decimal(f"{middle + swing * wave:.2f}")
