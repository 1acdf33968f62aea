# SPDX-License-Identifier: Apache-2.0
"""Meters, their tree and the energy of a site."""

from accounts.rights import Right
from metering.models import Meter
from tests.cast import Side
from tests.metering.world import make_register
from tests.route_expectations import needs


def site(side: Side) -> int:
    return int(side.site.pk)


def meter(side: Side) -> int:
    found = Meter.objects.filter(site=side.site, number="Route").first()
    return int(found.pk if found else make_register(side, "Route").meter_id)


ROUTES = {
    "metering:meters": needs(Right.METER_VIEW),
    "metering:meter": needs(Right.METER_VIEW, pk=meter),
    "metering:readings": needs(Right.METER_VIEW, pk=meter),
    "metering:edit-meter": needs(Right.METER_EDIT, pk=meter, methods="GET POST"),
    "metering:assign-meter": needs(Right.METER_EDIT, pk=meter, methods="GET POST"),
    "metering:place-meter": needs(Right.METER_EDIT, pk=meter, methods="GET POST"),
    "metering:site-meters": needs(Right.METER_VIEW, pk=site),
    "metering:site-meter-list": needs(Right.METER_VIEW, pk=site),
    "metering:create-meter": needs(Right.METER_EDIT, pk=site, methods="GET POST"),
    "metering:site-energy": needs(Right.METER_VIEW, pk=site),
    "metering:site-flow": needs(Right.METER_VIEW, pk=site),
}
