# SPDX-License-Identifier: Apache-2.0
"""What a visit to a device brings home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum


class Quality(Enum):
    """How far a sample may be trusted; only `GOOD` has a value that may be billed."""

    GOOD = "good"
    MISSING = "missing"
    """The device says that it has no value: a sentinel, not-a-number, invalid digits."""
    NOT_OFFERED = "not_offered"
    """The device does not have this register or record."""
    ERROR_STATE = "error_state"
    """M-Bus: the value was taken while the meter was in error."""
    AMBIGUOUS = "ambiguous"
    """M-Bus: two records bear the same key and differ, so nobody knows which is meant."""


@dataclass(frozen=True, slots=True)
class RawSample:
    """
    One quantity of one device at one instant.

    `value` is in `unit`, a base unit (`measure`): an integer where the number is one. `record_key` and
    `raw` say where it came from, so that the way from bytes to bill can be walked again. `device_time` is
    the meter's own clock, local and without zone.
    """

    quantity: str
    obis: str | None
    value: int | Decimal | None
    unit: str
    quality: Quality
    record_key: str
    raw: str
    read_at: datetime
    device_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device on a bus as it was enrolled; `serial` is what its identity must say."""

    name: str
    serial: str | None
    unit: int | None = None
    primary: int | None = None
    manufacturer: str | None = None
    version: int | None = None
    medium: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One complete reading of a device: identity verified, every block answered.

    `telegram` holds the bytes as they came; `decode.decode_stored` makes the same samples from them at any
    time.
    """

    device: Device
    identity: str | None
    read_at: datetime
    telegram: bytes
    samples: tuple[RawSample, ...]
    seconds: float

    def sample(self, quantity: str) -> RawSample:
        """
        The sample of that quantity.

        :raises KeyError: if the visit did not ask for it.
        """
        for sample in self.samples:
            if sample.quantity == quantity:
                return sample
        raise KeyError(quantity)
