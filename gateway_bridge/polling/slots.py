# SPDX-License-Identifier: Apache-2.0
"""The quarter hours that counters are read at."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)


def slot_of(instant: datetime) -> datetime:
    """
    The latest quarter hour at or before `instant` (aware).

    >>> from datetime import UTC
    >>> slot_of(datetime(2026, 3, 1, 10, 29, 59, tzinfo=UTC)).isoformat()
    '2026-03-01T10:15:00+00:00'
    """
    seconds = int(SLOT.total_seconds())
    return datetime.fromtimestamp(int(instant.timestamp()) // seconds * seconds, tz=instant.tzinfo)


def is_due(polling_class: str, slot: datetime, zone: ZoneInfo) -> bool:
    """Whether a gateway of this class is read at `slot`; hours and midnight are the site's."""
    if polling_class == "quarter":
        return True
    local = slot.astimezone(zone)
    if polling_class == "hour":
        return local.minute == 0
    return (local.hour, local.minute) == (0, 0)
