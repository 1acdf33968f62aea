# SPDX-License-Identifier: Apache-2.0
"""Whom to ask again when: pure.

A device that fails is asked again after 1, 2, 4 … 60 minutes, and at every slot besides.  The waiting
time is spread by up to a tenth either way, by a number that belongs to the device and the attempt, so
that devices which failed together do not come back together and a test can foresee it.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta

LONGEST_MINUTES = 60
# So many cycles in a row without any contact open the breaker.
BREAKER_AFTER = 5


def next_try(now: datetime, *, errors: int, key: int) -> datetime:
    """
    When to ask again after `errors` (≥ 1) failures in a row; `key` spreads.

    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> [round((next_try(start, errors=n, key=7) - start).total_seconds() / 60) for n in (1, 2, 3, 20)]
    [1, 2, 4, 54]
    """
    assert errors >= 1
    minutes = min(2 ** min(errors - 1, 16), LONGEST_MINUTES)
    share = zlib.crc32(f"{key}:{errors}".encode()) % 2001 / 1000 - 1
    return now + timedelta(minutes=minutes * (1 + share / 10))


def breaker_open(failures: int, last_error: str) -> bool:
    """Whether to ask one device first: after five failed cycles, or one in which nobody answered."""
    return failures >= BREAKER_AFTER or (failures > 0 and last_error == "bus_silent")


def is_suspect(errors: int) -> bool:
    """
    Whether a device is asked last and with less patience.

    Every fourth attempt is made with full patience, else a slow meter that missed one answer would be
    given up for ever.

    >>> [is_suspect(errors) for errors in range(9)]
    [False, True, True, False, True, True, True, False, True]
    """
    return errors > 0 and errors % 4 != 3
