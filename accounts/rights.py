# SPDX-License-Identifier: Apache-2.0
"""Who may do what: the role × right matrix, as data.

`docs/roles.md` is printed from this table, the `rules` predicates and every
view's guard read it, and `tests/test_access.py` asks every route as every role.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """What a person is to an organization."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    ACCOUNTANT = "accountant"
    SUPPORT = "support"
    OWNER = "owner"
    INSTALLER = "installer"
    RESIDENT = "resident"

    @property
    def label(self) -> Promise | str:
        return ROLE_LABELS[self]

    @property
    def is_staff_role(self) -> bool:
        """Held by a membership; the other roles come from accounts a person is a contact of."""
        return self in {Role.ADMINISTRATOR, Role.COORDINATOR, Role.ACCOUNTANT, Role.SUPPORT}


ROLE_LABELS: dict[Role, Promise | str] = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.COORDINATOR: _("Coordinator"),
    Role.ACCOUNTANT: _("Accountant"),
    Role.SUPPORT: _("Support"),
    Role.OWNER: _("Owner"),
    Role.INSTALLER: _("Installer"),
    Role.RESIDENT: _("Resident"),
}
ROLE_OF_ACCOUNT = {"consumer": Role.RESIDENT, "investor": Role.OWNER, "installer": Role.INSTALLER}


class Reach(Enum):
    """How far a right goes: everything of the organization, or what the person's accounts are linked to."""

    ALL = "all"
    OWN = "own"


class Right(StrEnum):
    HOME = "home"
    ORGANIZATION_EDIT = "organization.edit"
    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    SITE_VIEW = "site.view"
    SITE_EDIT = "site.edit"
    OCCUPANCY_EDIT = "occupancy.edit"
    METER_VIEW = "meter.view"
    METER_EDIT = "meter.edit"
    CONSUMPTION_VIEW = "consumption.view"
    READING_PUSH = "reading.push"
    GATEWAY_VIEW = "gateway.view"
    GATEWAY_EDIT = "gateway.edit"
    TARIFF_VIEW = "tariff.view"
    TARIFF_EDIT = "tariff.edit"
    INVOICE_VIEW = "invoice.view"
    INVOICE_RUN = "invoice.run"
    INVOICE_CANCEL = "invoice.cancel"
    JOB_VIEW = "job.view"
    JOB_CANCEL = "job.cancel"
    HISTORY_VIEW = "history.view"
    TOKEN_EDIT = "token.edit"  # noqa: S105 (a right's name)
    MAIL_VIEW = "mail.view"


_STAFF_READ = {
    Right.HOME: Reach.ALL,
    Right.PEOPLE_VIEW: Reach.ALL,
    Right.SITE_VIEW: Reach.ALL,
    Right.METER_VIEW: Reach.ALL,
    Right.CONSUMPTION_VIEW: Reach.ALL,
    Right.GATEWAY_VIEW: Reach.ALL,
    Right.TARIFF_VIEW: Reach.ALL,
    Right.INVOICE_VIEW: Reach.ALL,
    Right.JOB_VIEW: Reach.ALL,
    Right.HISTORY_VIEW: Reach.ALL,
}
MATRIX: dict[Role, dict[Right, Reach]] = {
    Role.ADMINISTRATOR: dict.fromkeys(Right, Reach.ALL),
    Role.COORDINATOR: _STAFF_READ
    | dict.fromkeys(
        [
            Right.PEOPLE_EDIT, Right.SITE_EDIT, Right.OCCUPANCY_EDIT, Right.METER_EDIT, Right.READING_PUSH,
            Right.GATEWAY_EDIT, Right.TARIFF_EDIT, Right.INVOICE_RUN, Right.JOB_CANCEL, Right.MAIL_VIEW,
        ],
        Reach.ALL,
    ),
    Role.ACCOUNTANT: _STAFF_READ
    | dict.fromkeys(
        [
            Right.PEOPLE_EDIT, Right.TARIFF_EDIT, Right.INVOICE_RUN, Right.INVOICE_CANCEL, Right.JOB_CANCEL,
        ],
        Reach.ALL,
    ),
    Role.SUPPORT: dict(_STAFF_READ),
    Role.OWNER: dict.fromkeys(
        [
            Right.HOME, Right.SITE_VIEW, Right.METER_VIEW, Right.CONSUMPTION_VIEW, Right.TARIFF_VIEW,
            Right.INVOICE_VIEW, Right.INVOICE_RUN, Right.JOB_VIEW,
        ],
        Reach.OWN,
    ),
    Role.INSTALLER: dict.fromkeys(
        [
            Right.HOME, Right.SITE_VIEW, Right.SITE_EDIT, Right.METER_VIEW, Right.METER_EDIT,
            Right.CONSUMPTION_VIEW, Right.GATEWAY_VIEW, Right.GATEWAY_EDIT, Right.JOB_VIEW,
        ],
        Reach.OWN,
    ),
    Role.RESIDENT: dict.fromkeys([Right.HOME, Right.CONSUMPTION_VIEW, Right.INVOICE_VIEW], Reach.OWN),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """
    A person or token acting inside one organization.

    `account_ids` are the accounts the person is a contact of, by role; what
    hangs on them (sites, billing points) is for the selectors above to say.
    """

    organization_id: int
    user_id: int | None = None
    roles: frozenset[Role] = frozenset()
    accounts: tuple[tuple[Role, int], ...] = ()
    only_site_ids: frozenset[int] | None = None
    read_only: bool = False
    name: str = ""
    language: str = field(default="de", compare=False)

    def reach(self, right: Right) -> Reach | None:
        """The widest reach any of the roles gives, or None."""
        reaches = {MATRIX[role].get(right) for role in self.roles} - {None}
        if not reaches or (self.read_only and right not in READING_RIGHTS):
            return None
        return Reach.ALL if Reach.ALL in reaches else Reach.OWN

    def may(self, right: Right) -> bool:
        return self.reach(right) is not None

    def account_ids(self, *roles: Role) -> frozenset[int]:
        """Accounts held in any of `roles` (in every role when none is named)."""
        return frozenset(account_id for role, account_id in self.accounts if not roles or role in roles)

    def own_account_ids(self, right: Right) -> frozenset[int]:
        """Accounts through which the right is held with reach OWN."""
        return frozenset(a for role, a in self.accounts if MATRIX[role].get(right) is Reach.OWN)


READING_RIGHTS = frozenset(
    {
        Right.HOME, Right.PEOPLE_VIEW, Right.SITE_VIEW, Right.METER_VIEW, Right.CONSUMPTION_VIEW,
        Right.GATEWAY_VIEW, Right.TARIFF_VIEW, Right.INVOICE_VIEW, Right.JOB_VIEW, Right.HISTORY_VIEW,
    }
)  # fmt: skip
