# SPDX-License-Identifier: Apache-2.0
"""What a driver knows about a kind of device: where each quantity lies and what it means.

Profiles are YAML files (`gateway_bridge.profiles` reads and checks them); these are the frozen shapes a
driver and the decoder work with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from gateway_bridge.drivers.mbus import Function, RecordKey
from gateway_bridge.drivers.measure import base_unit


@dataclass(frozen=True, slots=True)
class Registers:
    """Where a Modbus device keeps a value; the address is the one on the wire, counted from 0."""

    fc: int
    address: int
    kind: str
    words: int
    word_order: str = "big"
    scale: Decimal = Decimal(1)
    invalid: frozenset[int] = frozenset()

    @property
    def end(self) -> int:
        return self.address + self.words


@dataclass(frozen=True, slots=True)
class RecordMatch:
    """Which M-Bus record holds a value: by its key, never by its position."""

    vifs: frozenset[str]
    function: Function = Function.INSTANTANEOUS
    storage: int = 0
    tariff: int = 0
    subunit: int = 0
    modifiers: tuple[str, ...] = ()

    def fits(self, key: RecordKey) -> bool:
        return (
            key.vif in self.vifs
            and key.function is self.function
            and key.storage == self.storage
            and key.tariff == self.tariff
            and key.subunit == self.subunit
            and key.modifiers == self.modifiers
        )


@dataclass(frozen=True, slots=True)
class Quantity:
    """
    One thing a device measures.

    `poll` is the class it is read in: "billing" (counters, every quarter hour) or "live" (while somebody
    watches). `maximum` is the highest value the counter can show before it starts again at zero, in the
    base unit.
    """

    name: str
    unit: str
    source: Registers | RecordMatch
    obis: str | None = None
    direction: str | None = None
    poll: str = "live"
    maximum: int | None = None

    @property
    def base_unit(self) -> str:
        return base_unit(self.unit)


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """
    How a Modbus device proves who it is: a read of a length that no other read of the device has.

    `kind` "serial" is compared with the enrolled serial number; "model" with `expected`; "range" must lie
    within `lowest` and `highest` (weak: it tells a meter from nothing, not one meter from the other).
    """

    kind: str
    registers: Registers
    expected: tuple[str, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """What an M-Bus header must say besides the serial number; an empty tuple accepts anything."""

    manufacturers: tuple[str, ...] = ()
    media: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A recording and what must come out of it: value and base unit as text, None for a missing value."""

    seen: str
    words: tuple[tuple[int, int, tuple[int, ...]], ...]
    telegrams: tuple[bytes, ...]
    decoded: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of device."""

    name: str
    version: int
    manufacturer: str
    models: tuple[str, ...]
    protocol: str
    transports: tuple[str, ...]
    source: str
    confidence: str
    quantities: tuple[Quantity, ...]
    identity: IdentityCheck | HeaderCheck | None = None
    max_registers: int = 125
    max_gap: int = 16
    pause_ms: int = 0
    notes: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = field(default=(), repr=False)

    def quantity(self, name: str) -> Quantity:
        """
        The quantity of that name.

        :raises KeyError: if the device has none.
        """
        for quantity in self.quantities:
            if quantity.name == name:
                return quantity
        raise KeyError(name)

    @property
    def billing(self) -> tuple[Quantity, ...]:
        return tuple(quantity for quantity in self.quantities if quantity.poll == "billing")

    @property
    def is_experimental(self) -> bool:
        """Confidence C: sources contradict each other; not to be billed from without a test on a device."""
        return self.confidence == "C"
