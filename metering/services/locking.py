# SPDX-License-Identifier: Apache-2.0
"""One writer per register at a time, and what a writer must know about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from metering import binary

_LOCK = """
    SELECT r.id, r.digits, r.resolution, m.most_per_hour, m.opened_at, m.closed_at, s.time_zone
    FROM metering_register r
    JOIN metering_meter m ON m.id = r.meter_id
    JOIN premises_site s ON s.id = m.site_id
    WHERE r.id = ANY(%s) ORDER BY r.id FOR NO KEY UPDATE OF r
"""


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
    found = {row[0]: _facts(*row) for row in binary.execute(_LOCK, [asked])}
    if missing := set(asked) - set(found):
        raise UnknownRegister(f"No register {', '.join(map(str, sorted(missing)[:5]))} here.")
    return found


def _facts(
    register_id: int,
    digits: int | None,
    resolution: int,
    most_per_hour: int | None,
    opened_at: datetime | None,
    closed_at: datetime | None,
    zone: str,
) -> RegisterFacts:
    return RegisterFacts(
        id=register_id,
        maximum=None if digits is None else int(10**digits) - 1,
        most_per_hour=None if most_per_hour is None else -(-most_per_hour // int(10**resolution)),
        opened_at=opened_at,
        closed_at=closed_at,
        zone=ZoneInfo(zone),
    )
