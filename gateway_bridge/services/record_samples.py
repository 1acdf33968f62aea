# SPDX-License-Identifier: Apache-2.0
"""From what devices said to what meters' registers showed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway_bridge.drivers.samples import Quality, RawSample
from gateway_bridge.models import RawTelegram
from metering.models import Register
from metering.services.ingest import BatchKey, IndexReading, record_readings

# The reading method of everything that comes over the wire.
METHOD = "gateway"


@dataclass(frozen=True, slots=True)
class Taken:
    """The samples of one visit to the device of a meter; `reference` leads back to telegram and profile."""

    meter_id: int
    samples: tuple[RawSample, ...]
    reference: str


def reference_of(telegram: RawTelegram) -> str:
    """What a reading says about where it came from: telegram, profile and its version."""
    return f"#{telegram.pk} {telegram.profile[:40]}@{telegram.profile_version}"


@dataclass(frozen=True, slots=True)
class _Counter:
    register_id: int
    unit: str
    resolution: int


def record_samples(taken: Sequence[Taken], *, key: str, now: datetime) -> int:
    """
    Hand the counters among the samples to the ingest as index readings; answers how many said something new.

    A sample is for the register with its OBIS code, if it is in the meter's own unit.  What the device
    did not vouch for (a sentinel, an error state) is no reading.
    """
    counters = _counters({each.meter_id for each in taken})
    readings = [reading for each in taken for reading in _readings(each, counters)]
    if not readings:
        return 0
    result = record_readings(
        batch=BatchKey(kind="gateway", key=key), readings=readings, method=METHOD, now=now
    )
    return result.written + result.corrected


def _counters(meter_ids: set[int]) -> dict[tuple[int, str], _Counter]:
    rows = Register.objects.filter(meter__in=meter_ids).values_list(
        "meter_id", "obis", "pk", "meter__kind__unit", "resolution"
    )
    return {(meter, obis): _Counter(pk, unit, resolution) for meter, obis, pk, unit, resolution in rows}


def _readings(taken: Taken, counters: dict[tuple[int, str], _Counter]) -> Iterator[IndexReading]:
    for sample in taken.samples:
        counter = counters.get((taken.meter_id, sample.obis or ""))
        if counter is None or sample.quality is not Quality.GOOD or sample.value is None:
            continue
        if sample.unit == counter.unit:
            value = counts(sample.value, counter.resolution)
            yield IndexReading(counter.register_id, sample.read_at, value, taken.reference)


def counts(value: int | Decimal, resolution: int) -> int:
    """
    A value in base units as whole counts of a register; what is not full yet does not count.

    >>> counts(Decimal("12345.9"), 0), counts(12399, 2)
    (12345, 123)
    """
    return int(value // 10**resolution)
