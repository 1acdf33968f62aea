# SPDX-License-Identifier: Apache-2.0
"""Places come into being with an occupant, and change hands without a gap."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from accounts.models import Account
from sites.models import BillingPoint, Building, Occupancy


class UnableToMove(ValueError):
    """A move that would leave a day with nobody or with two; the message says what to do."""


def open_billing_point(
    *, building: Building, name: str, exists_from: date, account: Account, **values: Any
) -> BillingPoint:
    """
    Create a place and its first occupancy, which begins on the same day.

    `values` are the other fields of the place.  Both rows or none.
    """
    with transaction.atomic():
        point = BillingPoint.objects.create(
            building=building, name=name.strip(), existence=DateRange(exists_from, None), **values
        )
        Occupancy.objects.create(billing_point=point, account=account, period=DateRange(exists_from, None))
    return point


def record_move(
    *, billing_point: BillingPoint, leaving_on: date, new_account: Account, is_vacancy: bool = False
) -> Occupancy:
    """
    End the running occupancy with `leaving_on` as its last day; the new one begins on the day after.

    Whatever was planned after that day is replaced only if it lies in one piece
    behind the running occupancy; an occupancy that already follows refuses the
    move, since somebody may have been told.

    :raises UnableToMove: outside the place's existence, or when a later occupancy stands already.
    """
    new_from = leaving_on + timedelta(days=1)
    with transaction.atomic():
        running = (
            Occupancy.objects.select_for_update()
            .filter(billing_point=billing_point, period__contains=leaving_on)
            .first()
        )
        if running is None:
            raise UnableToMove(
                _("“%(point)s” has no occupant on %(day)s. Choose a day since %(first)s.")
                % {"point": billing_point.name, "day": leaving_on, "first": billing_point.existence.lower}
            )
        if running.period.upper is not None and running.period.upper <= new_from:
            raise UnableToMove(
                _("The occupancy of %(account)s ends on this day already, and another one follows.")
                % {"account": running.account.name}
            )
        end = running.period.upper
        running.period = DateRange(running.period.lower, new_from)
        running.save()
        return Occupancy.objects.create(
            billing_point=billing_point,
            account=new_account,
            period=DateRange(new_from, end),
            is_vacancy=is_vacancy,
        )
