# SPDX-License-Identifier: Apache-2.0
"""Hang a meter below another one, from a day on; the past keeps the tree it was billed with."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from metering.models import Meter, MeterLink
from metering.services.refusals import MeterRefused, refusal

# What the database refuses, by the name of its constraint.
_REFUSED = {
    "meter_link_same_site": "other site",
    "meter_link_same_unit": "other unit",
    "meter_link_no_cycle": "cycle",
    "meter_link_one_parent": "second parent",
}


def link_meters(*, parent: Meter, child: Meter, first: date, end: date | None = None) -> MeterLink:
    """
    Hang `child` below `parent` from `first` until before `end` (days of the site; None: open).

    The database decides (exclusion constraint and trigger, which lock the site's tree), so that two
    people who link at the same time cannot close a circle together.

    :raises MeterRefused: with the sentence for the person who asked.
    """
    if end is not None and end <= first:
        raise MeterRefused(refusal("empty period"))
    for meter in (parent, child):
        if not meter.equipment.definition.tree_allowed:
            raise MeterRefused(refusal("tree not allowed", meter=meter))
    try:
        with transaction.atomic():
            return MeterLink.objects.create(parent=parent, child=child, period=DateRange(first, end))
    except IntegrityError as error:
        raise _refused(error, parent, child) from error


def unlink_meter(*, link: MeterLink, end: date) -> None:
    """
    End a place in the tree before the day `end`; one that had not begun by then is removed.

    :raises MeterRefused: if it already ended before.
    """
    first, last = link.period.lower, link.period.upper
    if last is not None and last < end:
        raise MeterRefused(refusal("empty period"))
    if first is not None and end <= first:
        link.delete()
        return
    link.period = DateRange(first, end)
    link.save(update_fields=["period"])


def _refused(error: IntegrityError, parent: Meter, child: Meter) -> Exception:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name not in _REFUSED:
        return error
    return MeterRefused(refusal(_REFUSED[name], parent=parent, child=child))
