# SPDX-License-Identifier: Apache-2.0
"""Is this process alive, and is it ready to serve?  For load balancers and for people."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu import Connection
from kombu.exceptions import OperationalError

BROKER_SECONDS = 1


def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """
    200 when pages can be served: the database answers and is migrated; else 503.

    The broker is shown but not required: pages load and save without it.
    """
    state = {"database": "ok", "migrations": "ok", "broker": _broker()}
    try:
        connection.ensure_connection()
        if _has_open_migrations():
            state["migrations"] = "open"
    except (DatabaseError, ImproperlyConfigured):
        state["database"] = state["migrations"] = "out of reach"
    is_ready = state["database"] == state["migrations"] == "ok"
    return JsonResponse({"ready": is_ready, **state}, status=200 if is_ready else 503)


def _has_open_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _broker() -> str:
    try:
        with Connection(
            settings.CELERY_BROKER_URL, connect_timeout=BROKER_SECONDS, transport_options={"max_retries": 0}
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except (OperationalError, OSError):
        return "out of reach"
    return "ok"
