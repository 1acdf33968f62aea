# SPDX-License-Identifier: Apache-2.0
"""Tariffs: draw up, approve, copy, assign.  An approved one stays; another price is another tariff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from billing.engine.calendars import UnreadableCalendar, parse_calendar
from billing.models import (
    SlotCalendar,
    SlotCalendarVersion,
    Solution,
    Tariff,
    TariffAssignment,
    TariffComponent,
    Unit,
)
from sites.models import BillingPoint


class TariffRefused(ValueError):
    """A tariff cannot be made, approved or assigned; the message says why, in words for a person."""


@dataclass(frozen=True, slots=True)
class ComponentData:
    """One price as entered; `titles` by language, `tiers` as (up to or None, price)."""

    part: str
    slot: str
    unit: str
    price: Decimal
    titles: Mapping[str, str]
    vat_rule: str = "standard"
    tiers: Sequence[tuple[Decimal | None, Decimal]] = field(default=())


def save_calendar(
    *, name: str, windows: Mapping[str, Any], now: datetime, user_id: int | None
) -> SlotCalendarVersion:
    """
    A calendar of tariff hours: its first version, or a new one if the windows differ from the latest.

    :raises UnreadableCalendar: if the windows cannot be read.
    """
    parse_calendar(dict(windows))
    with transaction.atomic():
        calendar, _created = SlotCalendar.objects.get_or_create(name=name)
        SlotCalendar.objects.select_for_update().get(pk=calendar.pk)
        latest = calendar.versions.order_by("-version").first()
        if latest is not None and latest.windows == windows:
            return latest
        return SlotCalendarVersion.objects.create(
            calendar=calendar,
            version=1 if latest is None else latest.version + 1,
            windows=dict(windows),
            created_at=now,
            created_by_id=user_id,
        )


def create_tariff(
    *,
    solution: Solution,
    titles: Mapping[str, str],
    start: date,
    end: date | None,
    components: Sequence[ComponentData],
    points: Iterable[BillingPoint] = (),
    calendar: SlotCalendarVersion | None = None,
) -> Tariff:
    """
    Draw up a tariff; it counts for nothing until `approve_tariff`.

    :raises TariffRefused: if a point has another tariff on one of the days.
    """
    with transaction.atomic():
        tariff = Tariff.objects.create(
            solution=solution, titles=dict(titles), period=DateRange(start, end), calendar=calendar
        )
        replace_components(tariff=tariff, components=components)
        assign_tariff(tariff=tariff, points=points)
    return tariff


def replace_components(*, tariff: Tariff, components: Sequence[ComponentData]) -> None:
    """
    The tariff's price list anew, in the order given.

    :raises TariffRefused: if the tariff is approved.
    """
    if tariff.is_approved:
        raise TariffRefused(_("The tariff is approved and no longer changes. Copy it for new prices."))
    tariff.components.all().delete()
    for position, data in enumerate(components, 1):
        TariffComponent.objects.create(
            tariff=tariff,
            position=position,
            part=data.part,
            slot=data.slot,
            unit=data.unit,
            price=data.price,
            vat_rule=data.vat_rule,
            titles=dict(data.titles),
            tiers=[
                {"up_to": None if up_to is None else str(up_to), "price": str(price)}
                for up_to, price in data.tiers
            ],
        )


def assign_tariff(*, tariff: Tariff, points: Iterable[BillingPoint]) -> None:
    """
    The billing points that the tariff serves, no others.

    :raises TariffRefused: naming a point that has another tariff on one of the days, or that is to go
        although it has been billed with this one.
    """
    chosen = {point.pk: point for point in points}
    with transaction.atomic():
        _refuse_billed(tariff, chosen)
        tariff.assignments.exclude(billing_point_id__in=chosen).delete()
        existing = set(tariff.assignments.values_list("billing_point_id", flat=True))
        for pk, point in chosen.items():
            if pk not in existing:
                _assign(tariff, point)


def _refuse_billed(tariff: Tariff, chosen: Mapping[int, BillingPoint]) -> None:
    leaving = tariff.assignments.exclude(billing_point_id__in=chosen).select_related("billing_point")
    for assignment in leaving:
        if TariffComponent.objects.filter(
            tariff=tariff, invoice_lines__invoice__billing_point=assignment.billing_point_id
        ).exists():
            raise TariffRefused(
                _("%(point)s has been billed with this tariff.") % {"point": assignment.billing_point.name}
            )


def _assign(tariff: Tariff, point: BillingPoint) -> None:
    try:
        with transaction.atomic():
            TariffAssignment.objects.create(tariff=tariff, billing_point=point)
    except IntegrityError as refusal:
        raise TariffRefused(
            _("%(point)s already has a tariff for some of these days.") % {"point": point.name}
        ) from refusal


def approve_tariff(*, tariff: Tariff, user_id: int, now: datetime, reason: str = "") -> Tariff:
    """
    The owner agrees; from now on the tariff counts and stays as it is.

    :raises TariffRefused: if it has no prices, or its slots do not exist in its calendar.
    """
    if tariff.is_approved:
        return tariff
    faults = faults_of(tariff)
    if faults:
        raise TariffRefused(" ".join(faults))
    tariff.approved_at, tariff.approved_by_id, tariff.approval_reason = now, user_id, reason
    tariff.save()
    return tariff


def faults_of(tariff: Tariff) -> list[str]:
    """What keeps a tariff from being approved, in words."""
    components = list(tariff.components.all())
    if not components:
        return [_("The tariff has no prices.")]
    faults = []
    if any(component.unit == Unit.KWH for component in components):
        slots = slots_of(tariff.calendar)
        for component in components:
            if component.slot != "all" and component.slot not in slots:
                faults.append(
                    _("“%(title)s” is for the hours “%(slot)s”, which the calendar does not have.")
                    % {"title": component.title, "slot": component.slot}
                )
        faults += _missing_prices(components, slots)
    return faults


def slots_of(calendar: SlotCalendarVersion | None) -> tuple[str, ...]:
    """Names of the tariff hours of a calendar version; without one there is “all” only."""
    if calendar is None:
        return ("all",)
    try:
        return parse_calendar(calendar.windows)[0].slots
    except UnreadableCalendar as refusal:
        raise ValidationError(str(refusal)) from refusal


def _missing_prices(components: Sequence[TariffComponent], slots: Sequence[str]) -> list[str]:
    faults = []
    energy = [component for component in components if component.unit == Unit.KWH]
    for part, name in (("solar", _("solar energy")), ("grid", _("grid energy"))):
        missing = [
            slot
            for slot in slots
            if not any(c.part in ("all", part) and c.slot in ("all", slot) for c in energy)
        ]
        if missing:
            faults.append(
                _("There is no price for %(energy)s in the hours %(slots)s.")
                % {"energy": name, "slots": ", ".join(missing)}
            )
    return faults


def copy_tariff(
    *, tariff: Tariff, start: date, end: date | None, titles: Mapping[str, str] | None = None
) -> Tariff:
    """
    A new, unapproved tariff with the same prices and points for other days.

    A running tariff without end that reaches into the new days is ended on `start`.

    :raises TariffRefused: if a point has another tariff on one of the days.
    """
    with transaction.atomic():
        if tariff.period.upper is None and tariff.period.lower < start:
            end_tariff(tariff=tariff, end=start)
        points = BillingPoint.objects.filter(tariff_assignments__tariff=tariff)
        return create_tariff(
            solution=tariff.solution,
            titles=titles or tariff.titles,
            start=start,
            end=end,
            calendar=tariff.calendar,
            points=points,
            components=[component_data(component) for component in tariff.components.all()],
        )


def end_tariff(*, tariff: Tariff, end: date) -> None:
    """
    Let a tariff end before the day `end`.

    :raises TariffRefused: if the day lies before its begin, or something billed reaches beyond it.
    """
    if end <= tariff.period.lower:
        raise TariffRefused(_("The last day lies before the first."))
    billed = TariffComponent.objects.filter(tariff=tariff, invoice_lines__period__endswith__gt=end)
    if billed.exists():
        raise TariffRefused(_("Days after this one have already been billed with the tariff."))
    tariff.period = DateRange(tariff.period.lower, end)
    tariff.save()


def component_data(component: TariffComponent) -> ComponentData:
    """A stored price as data again."""
    return ComponentData(
        part=component.part,
        slot=component.slot,
        unit=component.unit,
        price=component.price,
        titles=component.titles,
        vat_rule=component.vat_rule,
        tiers=tuple(
            (None if tier["up_to"] is None else Decimal(tier["up_to"]), Decimal(tier["price"]))
            for tier in component.tiers
        ),
    )
