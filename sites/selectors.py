# SPDX-License-Identifier: Apache-2.0
"""Questions about places, each answered with what the actor may see."""

from datetime import date

from django.db.models import Q, QuerySet

from accounts.rights import Actor, Reach, Right, Role
from sites.models import BillingPoint, Building, Equipment, Occupancy, Site, SiteActor


def sites_for(actor: Actor, right: Right = Right.SITE_VIEW) -> QuerySet[Site]:
    """Sites the actor holds `right` on."""
    sites = Site.objects.all()
    if actor.only_site_ids is not None:
        sites = sites.filter(pk__in=actor.only_site_ids)
    reach = actor.reach(right)
    if reach is Reach.ALL:
        return sites
    if reach is None:
        return sites.none()
    linked = SiteActor.objects.filter(account_id__in=actor.own_account_ids(right)).values("site_id")
    return sites.filter(pk__in=linked)


def buildings_for(actor: Actor, right: Right = Right.SITE_VIEW) -> QuerySet[Building]:
    return Building.objects.filter(site__in=sites_for(actor, right)).select_related("site")


def billing_points_for(actor: Actor, right: Right = Right.SITE_VIEW) -> QuerySet[BillingPoint]:
    """Billing points of the actor's sites and, for residents, those they have or had."""
    points = BillingPoint.objects.select_related("building__site")
    if actor.reach(right) is Reach.ALL and actor.only_site_ids is None:
        return points
    resident_accounts = actor.own_account_ids(right) & actor.account_ids(Role.RESIDENT)
    lived_in = Occupancy.objects.filter(account_id__in=resident_accounts).values("billing_point_id")
    return points.filter(Q(building__site__in=sites_for(actor, right)) | Q(pk__in=lived_in))


def occupancies_for(actor: Actor, right: Right = Right.CONSUMPTION_VIEW) -> QuerySet[Occupancy]:
    """Occupancies of the actor's sites, and the actor's own: nobody sees a predecessor's or successor's."""
    occupancies = Occupancy.objects.select_related("billing_point__building__site", "account")
    if actor.reach(right) is Reach.ALL and actor.only_site_ids is None:
        return occupancies
    sites = sites_for(actor, right)
    own = actor.own_account_ids(right) & actor.account_ids(Role.RESIDENT)
    return occupancies.filter(Q(billing_point__building__site__in=sites) | Q(account_id__in=own))


def equipment_for(actor: Actor, right: Right = Right.SITE_VIEW) -> QuerySet[Equipment]:
    return Equipment.objects.filter(site__in=sites_for(actor, right)).select_related("site", "definition")


def occupant_on(billing_point: BillingPoint, day: date) -> Occupancy | None:
    """Who has the point on `day`; None outside its existence."""
    return billing_point.occupancies.select_related("account").filter(period__contains=day).first()
