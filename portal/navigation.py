# SPDX-License-Identifier: Apache-2.0
"""Where one can go: the navigation and the tabs of a site, as data.

An item is shown to whoever holds its right, once its address exists; adding a
page to the navigation is one line here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.rights import Actor, Right, Role

Label = Promise | str


@dataclass(frozen=True, slots=True)
class Item:
    """
    One place to go to; `roles` narrows it further than the right does.

    `is_quick` places stand at the foot of a phone's screen.
    """

    label: Label
    name: str
    icon: str
    right: Right
    roles: frozenset[Role] = frozenset(Role)
    is_quick: bool = False

    def shown_to(self, actor: Actor) -> bool:
        return actor.may(self.right) and bool(self.roles & actor.roles)


@dataclass(frozen=True, slots=True)
class Group:
    label: Label
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An item with its address, ready to be drawn."""

    label: Label
    url: str
    icon: str
    is_current: bool
    is_quick: bool = False


@dataclass(frozen=True, slots=True)
class LinkGroup:
    label: Label
    links: tuple[Link, ...]


_STAFF = frozenset(role for role in Role if role.is_staff_role)
_RESIDENT = frozenset({Role.RESIDENT})
_NOT_RESIDENT = frozenset(Role) - _RESIDENT

NAVIGATION = (
    Group("", (
        Item(_("Home"), "portal:home", "home-bolt", Right.HOME, is_quick=True),
        Item(
            _("My consumption"), "portal:consumption", "chart-bar", Right.CONSUMPTION_VIEW, _RESIDENT, True
        ),
        Item(_("My invoices"), "portal:invoices", "file-invoice", Right.INVOICE_VIEW, _RESIDENT, True),
    )),
    Group(_("Buildings"), (
        Item(_("Sites"), "sites:sites", "building-community", Right.SITE_VIEW, is_quick=True),
        Item(_("Equipment"), "sites:equipment-list", "tools", Right.SITE_VIEW),
        Item(_("Meters"), "metering:meters", "gauge", Right.METER_VIEW, is_quick=True),
        Item(_("Gateways"), "gateway_bridge:gateways", "router", Right.GATEWAY_VIEW),
    )),
    Group(_("Billing"), (
        Item(_("Tariffs"), "billing:tariffs", "tags", Right.TARIFF_VIEW, _NOT_RESIDENT),
        Item(_("Invoice runs"), "billing:runs", "calculator", Right.INVOICE_RUN),
        Item(_("Invoices"), "billing:invoices", "file-invoice", Right.INVOICE_VIEW, _NOT_RESIDENT),
    )),
    Group(_("Organization"), (
        Item(_("Accounts"), "accounts:accounts", "id", Right.PEOPLE_VIEW),
        Item(_("People"), "accounts:members", "users-group", Right.PEOPLE_VIEW),
        Item(_("Jobs"), "jobs:jobs", "list-check", Right.JOB_VIEW),
        Item(_("Mail outbox"), "jobs:mail", "mail", Right.MAIL_VIEW),
        Item(_("API tokens"), "accounts:tokens", "key", Right.TOKEN_EDIT),
        Item(
            pgettext_lazy("navigation", "Settings"),
            "accounts:organization",
            "settings",
            Right.ORGANIZATION_EDIT,
        ),
    )),
)  # fmt: skip

# The tabs of a site, in the same order everywhere; each address takes the site's id.
SITE_TABS = {
    "overview": Item(_("Overview"), "sites:site", "dashboard", Right.SITE_VIEW),
    "equipment": Item(_("Equipment"), "sites:site-equipment", "tools", Right.SITE_VIEW),
    "meters": Item(_("Meters"), "metering:site-meters", "gauge", Right.METER_VIEW),
    "billing-points": Item(_("Billing points"), "sites:site-billing-points", "home", Right.SITE_VIEW),
    "tariffs": Item(_("Tariffs"), "billing:site-tariffs", "tags", Right.TARIFF_VIEW),
    "billing": Item(_("Billing"), "billing:site-billing", "file-invoice", Right.INVOICE_VIEW),
    "statements": Item(_("Cost statements"), "billing:site-statements", "report-money", Right.INVOICE_VIEW),
    "notes": Item(_("Notes"), "sites:site-notes", "note", Right.SITE_VIEW),
    "documents": Item(_("Documents"), "sites:site-documents", "paperclip", Right.SITE_VIEW),
    "history": Item(_("History"), "sites:site-history", "history", Right.HISTORY_VIEW),
}


@lru_cache(maxsize=512)
def address(name: str, *arguments: Any) -> str | None:
    """The path of a named page, or None while nobody has built it."""
    try:
        return reverse(name, args=arguments or None)
    except NoReverseMatch:
        return None


def navigation_for(actor: Actor | None, path: str) -> tuple[LinkGroup, ...]:
    """The groups an actor sees; the link whose address begins the current one longest is marked."""
    if actor is None:
        return ()
    shown = [
        (
            group.label,
            [(item, url) for item in group.items if item.shown_to(actor) and (url := address(item.name))],
        )
        for group in NAVIGATION
    ]
    current = max(
        (url for _label, pairs in shown for _item, url in pairs if _begins(url, path)), key=len, default=""
    )
    return tuple(
        LinkGroup(
            label,
            tuple(Link(item.label, url, item.icon, url == current, item.is_quick) for item, url in pairs),
        )
        for label, pairs in shown
        if pairs
    )


def _begins(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def site_tabs_for(actor: Actor, site_id: int, current: str) -> tuple[Link, ...]:
    return tuple(
        Link(item.label, url, item.icon, key == current)
        for key, item in SITE_TABS.items()
        if item.shown_to(actor) and (url := address(item.name, site_id))
    )
