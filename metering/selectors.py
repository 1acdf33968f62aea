# SPDX-License-Identifier: Apache-2.0
"""Questions about meters, each answered with what the actor may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet

from accounts.rights import Actor, Reach, Right, Role
from metering.models import (
    Meter,
    MeterAssignment,
    MeterEvent,
    MeterKind,
    MeterLink,
    Reading,
    ReadingMethod,
    Register,
)
from sites.models import Occupancy
from sites.selectors import sites_for


def meters_for(actor: Actor, right: Right = Right.METER_VIEW) -> QuerySet[Meter]:
    """
    Meters of the sites the actor holds `right` on; for residents (consumption only) those assigned to
    billing points they have, or had while the meter was assigned.
    """
    meters = Meter.objects.select_related("site", "kind", "equipment")
    if actor.reach(right) is None:
        return meters.none()
    if actor.reach(right) is Reach.ALL and actor.only_site_ids is None:
        return meters
    at_sites = Q(site__in=sites_for(actor, right))
    accounts = actor.own_account_ids(right) & actor.account_ids(Role.RESIDENT)
    if not accounts:
        return meters.filter(at_sites)
    return meters.filter(at_sites | Q(pk__in=_meters_of(accounts)))


def _meters_of(accounts: Iterable[int]) -> set[int]:
    """Meters that were assigned to a point while one of the accounts had it."""
    stays = Occupancy.objects.filter(account_id__in=accounts).values_list("billing_point_id", "period")
    found: set[int] = set()
    for billing_point_id, period in stays:
        found.update(
            MeterAssignment.objects.filter(
                billing_point_id=billing_point_id, period__overlap=period
            ).values_list("meter_id", flat=True)
        )
    return found


def registers_for(actor: Actor, right: Right = Right.CONSUMPTION_VIEW) -> QuerySet[Register]:
    """
    Registers of the meters the actor may read.

    A resident may read a register only in the own occupancy's period: go by `assignments_in` of
    `sites.selectors.occupancies_for(actor)`, which clips to it.
    """
    return Register.objects.filter(meter__in=meters_for(actor, right)).select_related("meter__site")


def readings_for(actor: Actor, right: Right = Right.METER_VIEW) -> QuerySet[Reading]:
    """Every reading of the actor's meters, newest first, effective or not."""
    return (
        Reading.objects.filter(register__meter__in=meters_for(actor, right))
        .select_related("register__meter", "method", "batch")
        .order_by("-at")
    )


def events_for(actor: Actor, right: Right = Right.METER_VIEW) -> QuerySet[MeterEvent]:
    """Events of the actor's meters that stand, newest first."""
    return MeterEvent.objects.filter(
        register__meter__in=meters_for(actor, right), withdrawn_at=None
    ).select_related("register__meter")


def meter_kinds(*, with_inactive: bool = False) -> QuerySet[MeterKind]:
    """Kinds to choose from; a deactivated one is no longer offered."""
    return MeterKind.objects.all() if with_inactive else MeterKind.objects.filter(is_active=True)


def reading_methods(*, with_inactive: bool = False) -> QuerySet[ReadingMethod]:
    """Methods to choose from; a deactivated one is no longer offered."""
    return ReadingMethod.objects.all() if with_inactive else ReadingMethod.objects.filter(is_active=True)


@dataclass(frozen=True, slots=True)
class RegisterOf:
    """A register as those above need it: `direction` is `import` or `export`, `unit` Wh or ml."""

    id: int
    obis: str
    direction: str
    tariff: int
    unit: str


@dataclass(frozen=True, slots=True)
class AssignedMeter:
    """A meter that counts for a billing point from `first` until before `end` (None: open)."""

    billing_point_id: int
    meter_id: int
    number: str
    mode: str
    medium: str
    billing_relevant: bool
    first: date | None
    end: date | None
    registers: tuple[RegisterOf, ...]


def assignments_in(
    billing_points: Iterable[int], period: DateRange, *, billing_relevant_only: bool = False
) -> list[AssignedMeter]:
    """
    The meters of billing points in `period` (local days), each clipped to it, by point and begin.

    The actor's right to the points is for the caller to have asked.
    """
    assignments = (
        MeterAssignment.objects.filter(billing_point_id__in=list(billing_points), period__overlap=period)
        .select_related("meter__kind")
        .prefetch_related("meter__registers")
        .order_by("billing_point_id", "period", "meter_id")
    )
    if billing_relevant_only:
        assignments = assignments.filter(meter__billing_relevant=True)
    return [_assigned(assignment, period) for assignment in assignments]


def _assigned(assignment: MeterAssignment, period: DateRange) -> AssignedMeter:
    meter = assignment.meter
    registers = tuple(
        RegisterOf(register.pk, register.obis, register.direction, register.tariff, meter.kind.unit)
        for register in meter.registers.all()
    )
    return AssignedMeter(
        billing_point_id=assignment.billing_point_id,
        meter_id=meter.pk,
        number=meter.number,
        mode=meter.mode,
        medium=meter.kind.medium,
        billing_relevant=meter.billing_relevant,
        first=_later(assignment.period.lower, period.lower),
        end=_earlier(assignment.period.upper, period.upper),
        registers=registers,
    )


def _later(one: date | None, other: date | None) -> date | None:
    return max(one, other) if one and other else one or other


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


@dataclass(frozen=True, slots=True)
class TreeMeter:
    """A meter as the tree shows it."""

    id: int
    number: str
    name: str
    place: str
    mode: str
    medium: str
    unit: str
    predecessor_id: int | None
    registers: tuple[RegisterOf, ...]


@dataclass(frozen=True, slots=True)
class TreeLink:
    """A child below a parent from `first` until before `end` (None: open), clipped to what was asked."""

    parent_id: int
    child_id: int
    first: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class MeterTree:
    """The meters of a site and how they hung together in a period."""

    meters: Mapping[int, TreeMeter]
    links: tuple[TreeLink, ...]

    @property
    def parents(self) -> list[int]:
        """Meters with children, in order of their ids."""
        return sorted({link.parent_id for link in self.links})

    @property
    def roots(self) -> list[int]:
        """Meters that hung below none in the period, in order of their ids."""
        below = {link.child_id for link in self.links}
        return sorted(meter_id for meter_id in self.meters if meter_id not in below)

    def children(self, parent_id: int) -> list[TreeLink]:
        return [link for link in self.links if link.parent_id == parent_id]


def load_tree(site_id: int, period: DateRange) -> MeterTree:
    """The tree of a site in a period of its days; the actor's right to the site was asked before."""
    meters = (
        Meter.objects.filter(site_id=site_id)
        .select_related("kind", "equipment")
        .prefetch_related("registers")
        .order_by("number", "pk")
    )
    links = MeterLink.objects.filter(child__site_id=site_id, period__overlap=period).order_by(
        "parent_id", "child__number", "period"
    )
    return MeterTree(
        {meter.pk: _tree_meter(meter) for meter in meters},
        tuple(
            TreeLink(
                link.parent_id,
                link.child_id,
                _later(link.period.lower, period.lower),
                _earlier(link.period.upper, period.upper),
            )
            for link in links
        ),
    )


def _tree_meter(meter: Meter) -> TreeMeter:
    registers = tuple(
        RegisterOf(register.pk, register.obis, register.direction, register.tariff, meter.kind.unit)
        for register in meter.registers.all()
    )
    return TreeMeter(
        id=meter.pk,
        number=meter.number,
        name=meter.equipment.name,
        place=meter.equipment.place,
        mode=meter.mode,
        medium=meter.kind.medium,
        unit=meter.kind.unit,
        predecessor_id=meter.predecessor_id,
        registers=registers,
    )
