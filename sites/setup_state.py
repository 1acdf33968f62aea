# SPDX-License-Identifier: Apache-2.0
"""How far a site's set-up is, from facts that this floor knows; others add theirs on the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.models import BillingPoint, Occupancy, Site
from sites.models.equipment import EquipmentKind
from sites.models.sites import SiteState


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the set-up: what it is called, what is missing, and the page where it is done."""

    label: Promise | str
    todo: Promise | str
    url_name: str
    is_done: bool


_STEPS: tuple[tuple[Promise | str, Promise | str, str, Callable[[Site, date], bool]], ...] = (
    (
        _("Address"), _("Enter street, postcode and town."), "sites:edit-site",
        lambda site, today: bool(site.street and site.postcode and site.town),
    ),
    (
        _("Buildings"), _("Add the first building."), "sites:create-building",
        lambda site, today: site.buildings.exists(),
    ),
    (
        _("Billing points"), _("Add flats, shops and common areas."), "sites:create-billing-point",
        lambda site, today: BillingPoint.objects.filter(building__site=site).exists(),
    ),
    (
        _("Occupants"), _("Say who has each billing point."), "sites:site-billing-points",
        lambda site, today: Occupancy.objects.filter(
            billing_point__building__site=site, period__contains=today
        ).exists(),
    ),
    (
        _("Gateway"), _("Connect a gateway."), "gateway_bridge:site-gateways",
        lambda site, today: site.equipment.filter(definition__kind=EquipmentKind.GATEWAY).exists(),
    ),
    (
        _("Meters"), _("Add the meters or search the bus for them."), "metering:create-meter",
        lambda site, today: site.equipment.filter(definition__kind=EquipmentKind.METER).exists(),
    ),
    (
        _("In operation"), _("Set the state to “In operation” once all is checked."), "sites:edit-site",
        lambda site, today: site.state == SiteState.OPERATION,
    ),
)  # fmt: skip


def setup_steps(site: Site, today: date) -> list[Step]:
    """Every step in its order, done or not."""
    return [Step(label, todo, url_name, test(site, today)) for label, todo, url_name, test in _STEPS]
