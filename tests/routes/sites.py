# SPDX-License-Identifier: Apache-2.0
"""Sites, buildings, billing points, equipment: pages and REST."""

from accounts.rights import Right
from tests.cast import Side
from tests.route_expectations import needs


def site(side: Side) -> int:
    return int(side.site.pk)


def building(side: Side) -> int:
    return int(side.building.pk)


def point(side: Side) -> int:
    return int(side.points["flat 1"].pk)


ROUTES = {
    "sites:sites": needs(Right.SITE_VIEW),
    "sites:create-site": needs(Right.SITE_EDIT, methods="GET POST"),
    "sites:site": needs(Right.SITE_VIEW, pk=site),
    "sites:edit-site": needs(Right.SITE_EDIT, pk=site, methods="GET POST"),
    "sites:site-history": needs(Right.HISTORY_VIEW, pk=site),
    "sites:site-equipment": needs(Right.SITE_VIEW, pk=site),
    "sites:create-building": needs(Right.SITE_EDIT, pk=site, methods="GET POST"),
    "sites:site-billing-points": needs(Right.SITE_VIEW, pk=site),
    "sites:create-billing-point": needs(Right.SITE_EDIT, pk=site, methods="GET POST"),
    "sites:edit-building": needs(Right.SITE_EDIT, pk=building, methods="GET POST"),
    "sites:billing-point": needs(Right.SITE_VIEW, pk=point),
    "sites:edit-billing-point": needs(Right.SITE_EDIT, pk=point, methods="GET POST"),
    "sites:move": needs(Right.OCCUPANCY_EDIT, pk=point, methods="GET POST"),
    "sites:equipment-list": needs(Right.SITE_VIEW),
    "api:sites-api:sites": needs(Right.SITE_VIEW),
    "api:sites-api:site": needs(Right.SITE_VIEW, pk=site),
    "api:sites-api:billing-points": needs(Right.SITE_VIEW),
    "api:sites-api:billing-point": needs(Right.SITE_VIEW, pk=point),
}
