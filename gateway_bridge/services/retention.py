# SPDX-License-Identifier: Apache-2.0
"""Telegrams are kept 30 days, for disputes and for decoding again."""

from datetime import timedelta

from django.db.models.functions import Now

from gateway_bridge.models import RawTelegram

KEPT = timedelta(days=30)


def forget_old_telegrams() -> int:
    """
    Remove telegrams stored more than 30 days ago (the database's clock); answers how many.

    The database refuses the removal of younger ones.
    """
    deleted, _ = RawTelegram.objects.filter(stored_at__lt=Now() - KEPT).delete()
    return deleted
