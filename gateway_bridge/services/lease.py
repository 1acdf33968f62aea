# SPDX-License-Identifier: Apache-2.0
"""Who may speak on a bus: one owner at a time, and a former owner can store nothing.

Time here is the database's: workers whose clocks differ, step or are moved by the demo agree on it.  Every
change of owner raises the epoch; whoever stores names the epoch it was given and is refused if another
owner has come since.
"""

import os
import socket
import uuid
from collections.abc import Mapping, Sequence

from django.db import connection

from accounts.scope import current_organization_id
from gateway_bridge.models import Endpoint

# Renewed long before it ends; a killed owner blocks its buses for no longer than this.
LEASE_SECONDS = 30


class LeaseLost(Exception):
    """Another owner has taken the endpoint since; what was read must not be stored."""


def new_owner() -> str:
    """A name that no other process and no other task has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def acquire(endpoint_ids: Sequence[int], *, owner: str) -> dict[int, int]:
    """
    Take the endpoints that are free; answer the epoch of each that was got.

    Rows that another transaction is holding are skipped, not waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE gateway_bridge_endpoint e
            SET lease_owner = %(owner)s,
                lease_epoch = e.lease_epoch + 1,
                lease_until = clock_timestamp() + make_interval(secs => %(seconds)s)
            FROM (
                SELECT id FROM gateway_bridge_endpoint
                WHERE organization_id = %(organization)s AND id = ANY(%(ids)s)
                  AND (lease_until IS NULL OR lease_until < clock_timestamp())
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            ) free
            WHERE e.id = free.id
            RETURNING e.id, e.lease_epoch
            """,
            {
                "owner": owner,
                "seconds": LEASE_SECONDS,
                "organization": current_organization_id(),
                "ids": list(endpoint_ids),
            },
        )
        return dict(cursor.fetchall())


def free(endpoint_ids: Sequence[int]) -> set[int]:
    """
    Which of the endpoints nobody visibly holds now.

    One that `acquire` did not get all the same is locked by a transaction that ends soon.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM gateway_bridge_endpoint WHERE organization_id = %s AND id = ANY(%s)"
            " AND (lease_until IS NULL OR lease_until < clock_timestamp())",
            [current_organization_id(), list(endpoint_ids)],
        )
        return {endpoint_id for (endpoint_id,) in cursor.fetchall()}


def renew(epochs: Mapping[int, int], *, owner: str) -> set[int]:
    """Prolong the leases that are still ours; answer which those are."""
    return set(_set_until("clock_timestamp() + make_interval(secs => %s)", [LEASE_SECONDS], epochs, owner))


def release(epochs: Mapping[int, int], *, owner: str) -> None:
    """Give the endpoints back, as far as they are still ours."""
    _set_until("NULL", [], epochs, owner)


def hold(endpoint_id: int, epoch: int, *, owner: str) -> None:
    """
    Lock the endpoint's row for the running transaction, if the lease is still ours.

    An expired lease that nobody has taken is still ours: the row is locked from here on.

    :raises LeaseLost: if another owner has come since.
    """
    mine = Endpoint.objects.select_for_update(no_key=True).filter(
        pk=endpoint_id, lease_epoch=epoch, lease_owner=owner
    )
    if not mine.exists():
        raise LeaseLost(f"endpoint {endpoint_id}: epoch {epoch} is over")


def _set_until(expression: str, parameters: list[int], epochs: Mapping[int, int], owner: str) -> list[int]:
    if not epochs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE gateway_bridge_endpoint SET lease_until = {expression}"  # noqa: S608 (our own two texts)
            " FROM unnest(%s::int[], %s::bigint[]) AS mine(endpoint, epoch)"
            " WHERE organization_id = %s AND id = mine.endpoint AND lease_epoch = mine.epoch"
            " AND lease_owner = %s RETURNING id",
            [*parameters, list(epochs), list(epochs.values()), current_organization_id(), owner],
        )
        return [endpoint_id for (endpoint_id,) in cursor.fetchall()]
