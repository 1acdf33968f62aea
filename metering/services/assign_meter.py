# SPDX-License-Identifier: Apache-2.0
"""Say which billing point pays for a meter, from a day on."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from metering.models import Meter, MeterAssignment
from metering.services.refusals import MeterRefused, refusal
from sites.models import BillingPoint


def assign_meter(
    *, meter: Meter, billing_point: BillingPoint, first: date, end: date | None = None
) -> MeterAssignment:
    """
    Assign a meter from `first` until before `end` (days of the site; None: open).

    :raises MeterRefused: with the sentence for the person who asked.
    """
    if end is not None and end <= first:
        raise MeterRefused(refusal("empty period"))
    if billing_point.building.site_id != meter.site_id:
        raise MeterRefused(refusal("other site's point", point=billing_point, meter=meter))
    try:
        with transaction.atomic():
            return MeterAssignment.objects.create(
                meter=meter, billing_point=billing_point, period=DateRange(first, end)
            )
    except IntegrityError as error:
        if "meter_assignment_no_overlap" not in str(error):
            raise
        raise MeterRefused(refusal("assigned", meter=meter)) from error


def end_assignment(*, assignment: MeterAssignment, end: date) -> None:
    """
    End an assignment before the day `end`; one that had not begun by then is removed.

    :raises MeterRefused: if it already ended before.
    """
    first, last = assignment.period.lower, assignment.period.upper
    if last is not None and last < end:
        raise MeterRefused(refusal("empty period"))
    if first is not None and end <= first:
        assignment.delete()
        return
    assignment.period = DateRange(first, end)
    assignment.save(update_fields=["period"])
