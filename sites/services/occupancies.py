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
    *,
    billing_point: BillingPoint,
    leaving_on: date,
    new_account: Account,
    is_vacancy: bool = False,
    arriving_on: date | None = None,
    vacancy_account: Account | None = None,
) -> Occupancy:
    """
    End the running occupancy with `leaving_on` as its last day; the new one begins on the day after.

    Where the new account arrives later (`arriving_on`, its first day), `vacancy_account` (the owner's)
    has the place in between.  An occupancy that already follows refuses the move, since somebody may
    have been told.  Returns the new account's occupancy.

    :raises UnableToMove: outside the place's existence, when a later occupancy stands already, or when
        nobody would have the days in between.
    """
    vacant_from = leaving_on + timedelta(days=1)
    new_from = arriving_on or vacant_from
    _refuse_gap(leaving_on, vacant_from, new_from, vacancy_account)
    with transaction.atomic():
        running = _running(billing_point, leaving_on, new_from)
        end = running.period.upper
        running.period = DateRange(running.period.lower, vacant_from)
        running.save()
        if vacancy_account is not None and vacant_from < new_from:
            Occupancy.objects.create(
                billing_point=billing_point,
                account=vacancy_account,
                period=DateRange(vacant_from, new_from),
                is_vacancy=True,
            )
        return Occupancy.objects.create(
            billing_point=billing_point,
            account=new_account,
            period=DateRange(new_from, end),
            is_vacancy=is_vacancy,
        )


def _refuse_gap(leaving_on: date, vacant_from: date, new_from: date, vacancy_account: Account | None) -> None:
    if new_from < vacant_from:
        raise UnableToMove(
            _("Nobody can arrive on %(day)s: the place is taken until %(last)s.")
            % {"day": new_from, "last": leaving_on}
        )
    if new_from > vacant_from and vacancy_account is None:
        raise UnableToMove(
            _("Nobody would have the place from %(first)s on. Name the account that pays while it is vacant.")
            % {"first": vacant_from}
        )


def _running(billing_point: BillingPoint, leaving_on: date, new_from: date) -> Occupancy:
    """The occupancy that ends, locked."""
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
    return running
