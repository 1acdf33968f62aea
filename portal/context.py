# SPDX-License-Identifier: Apache-2.0
"""What every page's frame needs: who acts where, navigation, appearance.

Asks the database nothing, so that error pages can be drawn after a failed query.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.selectors import OrganizationChoice
from portal.navigation import LinkGroup, navigation_for

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
BRAND_COLOUR = "#0f766e"
# Places in the bar at the foot of a phone; the rest opens behind "More".
QUICK_PLACES = 3


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page."""

    theme: str
    accent: str
    organization: OrganizationChoice | None
    groups: tuple[LinkGroup, ...]
    is_demo: bool
    shows_outbox: bool

    @property
    def links(self) -> list[Any]:
        return [link for group in self.groups for link in group.links]

    @property
    def quick(self) -> list[Any]:
        return [link for link in self.links if link.is_quick][:QUICK_PLACES]

    @property
    def painted(self) -> str:
        """The theme to draw before the browser has said what the system likes."""
        return "dark" if self.theme == "dark" else "light"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the base layout: `shell`, `actor`, `organizations`."""
    actor = getattr(request, "actor", None)
    choices: list[OrganizationChoice] = getattr(request, "organizations", [])
    chosen = next((o for o in choices if actor is not None and o.id == actor.organization_id), None)
    frame = Shell(
        theme=theme_of(request),
        accent=chosen.accent_colour if chosen else BRAND_COLOUR,
        organization=chosen,
        groups=navigation_for(actor, request.path),
        is_demo=settings.DEMO,
        shows_outbox=not settings.EMAIL_URL,
    )
    return {"shell": frame, "actor": actor, "organizations": choices}


def theme_of(request: HttpRequest) -> str:
    """The person's choice; before sign-in that of the browser's cookie."""
    user = getattr(request, "user", None)
    choice = user.theme if isinstance(user, User) else request.COOKIES.get(THEME_COOKIE, "auto")
    return choice if choice in THEMES else "auto"
