# SPDX-License-Identifier: Apache-2.0
"""The cast of every test: two organizations that must never see each other.

Each has people in every role, one site with a building, three billing points
and their occupancies.  Names differ only by the organization, so that a leak
shows itself by the wrong name.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Account, Contact, Membership, Organization, PostalAddress, User
from accounts.rights import Actor, Role
from accounts.scope import organization_scope
from accounts.selectors import actor_of
from sites.models import BillingPoint, Building, EquipmentDefinition, Occupancy, Site, SiteActor
from sites.models.sites import SiteState

PASSWORD = "correct-horse-battery"
START = date(2025, 1, 1)


@dataclass(slots=True)
class Side:
    """One organization and what belongs to it."""

    organization: Organization
    users: dict[Role, User] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    site: Site = None  # type: ignore[assignment]
    building: Building = None  # type: ignore[assignment]
    points: dict[str, BillingPoint] = field(default_factory=dict)
    occupancies: dict[str, Occupancy] = field(default_factory=dict)
    definitions: dict[str, EquipmentDefinition] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.organization.pk

    def actor(self, role: Role) -> Actor:
        """Call inside this side's scope."""
        return actor_of(self.users[role], self.id)


@dataclass(slots=True)
class Cast:
    lindenhof: Side
    seeblick: Side
    outsider: User
    operator: User

    @property
    def sides(self) -> tuple[Side, Side]:
        return (self.lindenhof, self.seeblick)


def build_cast() -> Cast:
    outsider = User.objects.create_user("nobody@outside.example", PASSWORD, name="Outsider", language="en")
    operator = User.objects.create_superuser(
        "operator@platform.example", PASSWORD, name="Operator", language="en"
    )
    return Cast(build_side("Lindenhof"), build_side("Seeblick"), outsider, operator)


def build_side(name: str) -> Side:
    slug = name.lower()
    organization = Organization.objects.create(
        name=f"{name} Verwaltung AG", slug=slug,
        street="Hauptstrasse", house_number="1", postcode="8000", town="Zürich",
        iban="CH4431999123000889012", vat_number="CHE-123.456.789 MWST",
        email=f"info@{slug}.example", language="en",
    )  # fmt: skip
    side = Side(organization)
    with organization_scope(organization.pk):
        _people(side, name, slug)
        _place(side, name)
    return side


def _people(side: Side, name: str, slug: str) -> None:
    for role in Role:
        user = User.objects.create_user(
            f"{role.value}@{slug}.example", PASSWORD, name=f"{name} {role.value.title()}", language="en"
        )
        side.users[role] = user
        if role.is_staff_role:
            Membership.objects.create(user=user, role=role.value)
    kinds = {"resident": "consumer", "neighbour": "consumer", "owner": "investor", "installer": "installer"}
    for number, (key, kind) in enumerate(kinds.items(), 1):
        account = Account.objects.create(
            code=f"K{number:04}", kind=kind, name=f"{name} {key.title()}", language="en"
        )
        PostalAddress.objects.create(
            account=account,
            period=DateRange(date(2000, 1, 1), None),
            street="Seeweg",
            house_number=str(number),
            postcode="8000",
            town="Zürich",
        )
        side.accounts[key] = account
        if key in {"resident", "owner", "installer"}:
            user = side.users[Role(key)]
            Contact.objects.create(account=account, user=user, name=user.name, email=user.email)


def _place(side: Side, name: str) -> None:
    side.site = Site.objects.create(
        reference=f"{name[:3].upper()}-1", name=f"{name}strasse 12",
        street=f"{name}strasse", house_number="12",
        postcode="8000", town="Zürich", state=SiteState.OPERATION,
    )  # fmt: skip
    side.building = Building.objects.create(site=side.site, name=f"{name} Haus A")
    for key, role in (("owner", "owner"), ("installer", "contractor")):
        SiteActor.objects.create(site=side.site, account=side.accounts[key], role=role)
    for position, (key, payer) in enumerate(
        (("flat 1", "resident"), ("flat 2", "neighbour"), ("common", "owner")), 1
    ):
        point = BillingPoint.objects.create(
            building=side.building, name=f"{name} {key}", position=position,
            use="common" if key == "common" else "flat",
            existence=DateRange(START, None),
        )  # fmt: skip
        side.points[key] = point
        side.occupancies[key] = Occupancy.objects.create(
            billing_point=point, account=side.accounts[payer], period=DateRange(START, None)
        )
    for kind in ("meter", "gateway"):
        side.definitions[kind] = EquipmentDefinition.objects.create(name=kind.title(), kind=kind)
