# SPDX-License-Identifier: Apache-2.0
"""What is due when.

Beat ticks every ten seconds; each schedule answers with the latest instant at
which it was due.  The instant is the key of a `ScheduledRun`, so that two beats,
a repeated tick or a long pause run every due instant at most once, and a missed
one is caught up by its key and not by luck.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.scope import current_organization_id
from jobs.models import ScheduledRun

Due = Callable[[datetime], datetime]
Act = Callable[[datetime], None]
_schedules: dict[str, tuple[Due, Act]] = {}


def every(step: timedelta) -> Due:
    """Due at each multiple of `step` in UTC (quarter hours, minutes)."""
    seconds = int(step.total_seconds())

    def due(now: datetime) -> datetime:
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)

    return due


def scheduled(name: str, due: Due) -> Callable[[Act], Act]:
    """Register `act(due_instant)`, called inside each organization's scope."""

    def register(act: Act) -> Act:
        _schedules[name] = (due, act)
        return act

    return register


def run_due(*, now: datetime) -> list[str]:
    """Run what is due in the organization in force and has not been run for that instant."""
    ran = []
    for name, (due, act) in _schedules.items():
        instant = due(now)
        if _first(name, instant, now):
            act(instant)
            ran.append(name)
    return ran


def _first(name: str, instant: datetime, now: datetime) -> bool:
    try:
        with transaction.atomic():
            ScheduledRun.objects.create(
                name=name, due=instant, created_at=now, organization_id=current_organization_id()
            )
    except IntegrityError:
        return False
    return True
