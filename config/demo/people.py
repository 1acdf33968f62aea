# SPDX-License-Identifier: Apache-2.0
"""The people of the demo: two organizations, every role, one person who acts in both."""

from dataclasses import dataclass, field
from datetime import date

from allauth.account.models import EmailAddress
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Account, Contact, Membership, Organization, PostalAddress, User
from accounts.rights import Role
from accounts.scope import organization_scope

# Known to everybody, and only ever set by the demo.
PASSWORD = "zaehlwerk-demo"  # noqa: S105

FAMILY_NAMES = (
    "Ammann", "Bernasconi", "Chevalley", "Dubach", "Egger", "Favre", "Gerber", "Huber", "Imhof", "Jaquet",
    "Keller", "Lombardi", "Meier", "Näf", "Oberli", "Pedrini", "Rochat", "Steiner", "Tanner", "Villiger", "Weber",
)  # fmt: skip
FIRST_NAMES = (
    "Anna", "Luca", "Sophie", "Beat", "Nora", "Jean", "Ruth", "Urs", "Maria", "Paul",
    "Lea", "Marco", "Verena", "Simon", "Ida", "Giulia", "Yves", "Tim", "Eva", "Reto", "Claire",
)  # fmt: skip
LANGUAGES = ("de", "it", "fr", "de", "de", "fr", "de", "de", "en", "fr") * 3


@dataclass(frozen=True, slots=True)
class Login:
    """One line of what the demo prints."""

    organization: str
    role: str
    email: str


_logins: list[Login] = []


def all_logins() -> list[Login]:
    """Everybody the demo tells about, in the order they were created."""
    return _logins


@dataclass(slots=True)
class Firm:
    """An organization with its people and accounts."""

    organization: Organization
    staff: dict[Role, User] = field(default_factory=dict)
    owner: Account = None  # type: ignore[assignment]
    installer: Account = None  # type: ignore[assignment]
    residents: list[Account] = field(default_factory=list)


def operator() -> User:
    """The platform's operator (Django admin, style page)."""
    _logins.append(Login("platform", "operator", "operator@zaehlwerk.example"))
    return _user("operator@zaehlwerk.example", "Olivia Operator", "en", is_staff=True, is_superuser=True)


def sonnenhof() -> Firm:
    organization = Organization.objects.create(
        name="Sonnenhof Energie AG", slug="sonnenhof", street="Bahnhofstrasse", house_number="21", postcode="8001",
        town="Zürich", email="service@sonnenhof.example", phone="+41 44 000 00 00", website="sonnenhof.example",
        vat_number="CHE-123.456.788 MWST", iban="CH4431999123000889012", accent_colour="#0f766e",
    )  # fmt: skip
    return _firm(organization, residents=20, street="Sonnenweg", first_code=1001)


def seeblick() -> Firm:
    organization = Organization.objects.create(
        name="Seeblick Immobilien", slug="seeblick", street="Seestrasse", house_number="4", postcode="6003",
        town="Luzern", email="info@seeblick.example", phone="+41 41 000 00 00", website="seeblick.example",
        vat_number="CHE-987.654.329 MWST", iban="CH5800791123000889012", accent_colour="#1d4ed8",
    )  # fmt: skip
    return _firm(organization, residents=4, street="Uferweg", first_code=2001)


def _firm(organization: Organization, *, residents: int, street: str, first_code: int) -> Firm:
    firm = Firm(organization)
    slug = organization.slug
    with organization_scope(organization.pk):
        for role, name in (
            (Role.ADMINISTRATOR, "Andrea Admin"),
            (Role.COORDINATOR, "Carla Coordinator"),
            (Role.ACCOUNTANT, "Bruno Buchhalter"),
            (Role.SUPPORT, "Sven Support"),
        ):
            firm.staff[role] = _member(firm, f"{role.value}@{slug}.example", name, role)
        firm.owner = _account(
            firm, "E0001", "investor", f"Baugenossenschaft {slug.title()}", "de", f"owner@{slug}.example"
        )
        firm.installer = _account(
            firm, "I0001", "installer", "Elektro Blitz GmbH", "de", f"installer@{slug}.example"
        )
        for number in range(residents):
            name = f"{FIRST_NAMES[number]} {FAMILY_NAMES[number]}"
            email = f"resident{number + 1}@{slug}.example"
            account = _account(
                firm, f"K{first_code + number}", "consumer", name, LANGUAGES[number], email, listed=number < 3
            )
            _address(
                account,
                street,
                str(12),
                "8032" if slug == "sonnenhof" else "6005",
                "Zürich" if slug == "sonnenhof" else "Luzern",
            )
            firm.residents.append(account)
    return firm


def acts_in_both(first: Firm, second: Firm) -> None:
    """The first organization's coordinator helps out in the second one and switches between them."""
    with organization_scope(second.organization.pk):
        Membership.objects.create(user=first.staff[Role.COORDINATOR], role=Role.SUPPORT)


def _member(firm: Firm, email: str, name: str, role: Role) -> User:
    user = _user(email, name, "de")
    Membership.objects.create(user=user, role=role)
    _logins.append(Login(firm.organization.name, str(role.value), email))
    return user


def _account(
    firm: Firm, code: str, kind: str, name: str, language: str, email: str, *, listed: bool = True
) -> Account:
    company = kind != "consumer"
    account = Account.objects.create(code=code, kind=kind, name=name, language=language, is_company=company)
    if company:
        _address(account, "Industriestrasse", "7", "8005", "Zürich")
    user = _user(email, name, language)
    Contact.objects.create(account=account, user=user, name=name, email=email)
    if listed:
        role = {"consumer": "resident", "investor": "owner", "installer": "installer"}[kind]
        _logins.append(Login(firm.organization.name, role, email))
    return account


def _address(account: Account, street: str, house_number: str, postcode: str, town: str) -> None:
    PostalAddress.objects.create(
        account=account, period=DateRange(date(2010, 1, 1), None),
        street=street, house_number=house_number, postcode=postcode, town=town,
    )  # fmt: skip


def _user(email: str, name: str, language: str, **fields: bool) -> User:
    user = User.objects.create_user(email, PASSWORD, name=name, language=language, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
