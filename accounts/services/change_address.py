# SPDX-License-Identifier: Apache-2.0
"""An account's address from a day on."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Account, PostalAddress


class AddressInThePast(Exception):
    """Addresses that come later exist already: change those first."""


def change_address(
    *, account: Account, kind: str, valid_from: date | None, fields: dict[str, Any]
) -> PostalAddress:
    """
    The address holds from `valid_from` on (always, when None); the one before ends that day.

    An address that would begin on the same day is replaced.

    :raises AddressInThePast: when another address of this kind begins later.
    """
    with transaction.atomic():
        known = PostalAddress.objects.select_for_update().filter(account=account, kind=kind)
        if valid_from is not None and known.filter(period__startswith__gt=valid_from).exists():
            raise AddressInThePast
        for address in known:
            starts = address.period.lower
            if valid_from is None or starts == valid_from:
                address.delete()
            elif address.period.upper is None or address.period.upper > valid_from:
                address.period = DateRange(starts, valid_from)
                address.save(update_fields=["period"])
        return PostalAddress.objects.create(
            account=account, kind=kind, period=DateRange(valid_from, None), **fields
        )
