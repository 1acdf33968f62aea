# SPDX-License-Identifier: Apache-2.0
"""REST: its own pages, which name no data, and the values of meters and invoices (sites stand with theirs).

Pushing is a right of its own behind a reading address: `tests/api/test_push.py` asks every role.
"""

from accounts.rights import Right
from tests.cast import Side
from tests.metering.world import make_meter
from tests.route_expectations import needs, public
from tests.routes.billing import issued


def meter(side: Side) -> int:
    return int(make_meter(side).pk)


ROUTES = {
    "api:schema": public(),
    "api:documentation": public(),
    "api:metering-api:meters": needs(Right.METER_VIEW),
    "api:metering-api:meter": needs(Right.METER_VIEW, pk=meter),
    "api:metering-api:readings": needs(Right.METER_VIEW),
    "api:metering-api:intervals": needs(Right.METER_VIEW),
    "api:metering-api:totals": needs(Right.METER_VIEW),
    "api:billing-api:invoices": needs(Right.INVOICE_VIEW),
    "api:billing-api:invoice": needs(Right.INVOICE_VIEW, pk=issued),
    "api:billing-api:invoice-pdf": needs(Right.INVOICE_VIEW, pk=issued),
}
