# SPDX-License-Identifier: Apache-2.0
"""One writer per register at a time, and what a writer must know about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from metering import binary

# One table at a time: a join planned on old statistics compares every register with every meter.
_LOCK = """
    SELECT id, meter_id, digits, resolution FROM metering_register
    WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_METERS = "SELECT id, site_id, most_per_hour, opened_at, closed_at FROM metering_meter WHERE id = ANY(%s)"
_SITES = "SELECT id, time_zone FROM premises_site WHERE id = ANY(%s)"


class UnknownRegister(LookupError):
    """A value was delivered for a register that the organization does not have."""


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """
    A register as the counters' arithmetic sees it, in its own counts.

    `maximum` is the highest index it shows, `most_per_hour` what its connection carries; None where
    unknown.  `zone` is its site's.
    """

    id: int
    maximum: int | None
    most_per_hour: int | None
    opened_at: datetime | None
    closed_at: datetime | None
    zone: ZoneInfo


def lock_registers(register_ids: Iterable[int]) -> dict[int, RegisterFacts]:
    """
    Lock registers until the end of the transaction, always in the order of their ids.

    :raises UnknownRegister: if the organization in force does not have one of them.
    """
    asked = sorted(set(register_ids))
    registers = binary.execute(_LOCK, [asked])
    if missing := set(asked) - {row[0] for row in registers}:
        raise UnknownRegister(f"No register {', '.join(map(str, sorted(missing)[:5]))} here.")
    meters = {row[0]: row[1:] for row in binary.execute(_METERS, [list({row[1] for row in registers})])}
    zones = dict(binary.execute(_SITES, [list({row[0] for row in meters.values()})]))
    found = {}
    for register_id, meter_id, digits, resolution in registers:
        site_id, most_per_hour, opened_at, closed_at = meters[meter_id]
        found[register_id] = RegisterFacts(
            id=register_id,
            maximum=None if digits is None else int(10**digits) - 1,
            most_per_hour=None if most_per_hour is None else -(-most_per_hour // int(10**resolution)),
            opened_at=opened_at,
            closed_at=closed_at,
            zone=ZoneInfo(zones[site_id]),
        )
    return found
