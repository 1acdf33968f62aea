# SPDX-License-Identifier: Apache-2.0
"""The catalogues every organization begins with; it may rename, add and deactivate."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import Organization
from accounts.scope import current_organization_id
from metering.models import BaseUnit, Medium, MeterKind, ReadingMethod


@dataclass(frozen=True, slots=True)
class _Kind:
    number: int
    name: Promise | str
    medium: Medium
    unit: BaseUnit
    billing_relevant: bool = True
    dual_tariff: bool = False


@dataclass(frozen=True, slots=True)
class _Method:
    number: int
    code: str
    name: Promise | str
    rank: int
    is_default_manual: bool = False
    is_default_generated: bool = False


KINDS = (
    _Kind(1, _("Electricity"), Medium.ELECTRICITY, BaseUnit.WATT_HOUR),
    _Kind(2, _("Electricity, high and low tariff"), Medium.ELECTRICITY, BaseUnit.WATT_HOUR, dual_tariff=True),
    _Kind(3, _("Heat"), Medium.HEAT, BaseUnit.WATT_HOUR),
    _Kind(4, _("Cooling"), Medium.COOLING, BaseUnit.WATT_HOUR),
    _Kind(5, _("Cold water"), Medium.COLD_WATER, BaseUnit.MILLILITRE),
    _Kind(6, _("Hot water"), Medium.HOT_WATER, BaseUnit.MILLILITRE),
    _Kind(7, _("Gas"), Medium.GAS, BaseUnit.MILLILITRE, billing_relevant=False),
)
# Measured before manual before estimated (spec: metering §4); gaps leave room for an organization's own.
METHODS = (
    _Method(1, "gateway", _("Remote (gateway)"), 100),
    _Method(2, "manual", _("Manual"), 60, is_default_manual=True),
    _Method(3, "resident", _("Resident's own"), 40),
    _Method(4, "dso", _("File of the grid operator"), 90),
    _Method(5, "move", _("Move"), 70),
    _Method(6, "exchange", _("Exchange"), 110),
    _Method(7, "estimated", _("Estimated"), 10, is_default_generated=True),
    _Method(8, "import", _("Import"), 50),
)


def ensure_catalogues() -> None:
    """Create what is missing of the shipped kinds and methods, named in the organization's language."""
    organization = Organization.objects.get(pk=current_organization_id())
    with override(organization.language):
        for kind in KINDS:
            MeterKind.objects.get_or_create(
                number=kind.number,
                defaults={
                    "organization": organization,
                    "name": str(kind.name),
                    "medium": kind.medium,
                    "unit": kind.unit,
                    "billing_relevant": kind.billing_relevant,
                    "dual_tariff": kind.dual_tariff,
                },
            )
        for method in METHODS:
            ReadingMethod.objects.get_or_create(
                code=method.code,
                defaults={
                    "organization": organization,
                    "number": method.number,
                    "name": str(method.name),
                    "rank": method.rank,
                    "is_default_manual": method.is_default_manual,
                    "is_default_generated": method.is_default_generated,
                },
            )
