# SPDX-License-Identifier: Apache-2.0
"""The Celery application.

Redis is a hint, PostgreSQL is the truth: every piece of work that matters is a
row (`jobs.Job`, `jobs.OutboxEvent`), tasks are idempotent, and a sweeper sends
again what is not done.  The settings answer the losses and duplicates measured
in the design notes: late acknowledgement, rejection when a child dies, one
message at a time, two-second time-outs towards the broker, JSON only.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("zaehlwerk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    result_backend=None,
    task_ignore_result=True,
    task_default_queue="default",
    task_routes={
        "gateway_bridge.tasks.*": {"queue": "poll"},
        "metering.tasks.*": {"queue": "ingest"},
        "billing.tasks.render_*": {"queue": "pdf"},
        "billing.tasks.*": {"queue": "billing"},
    },
    task_time_limit=1800,
    task_soft_time_limit=1740,
    broker_transport_options={
        # Longer than the longest task, else a running task is delivered a second time.
        "visibility_timeout": 3600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "retry_policy": {"timeout": 4.0},
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry=False,
    timezone="UTC",
    enable_utc=True,
    worker_max_tasks_per_child=200,
    worker_hijack_root_logger=False,
    beat_schedule={
        # One tick; what is due, in which local time, stands in the database (jobs.ScheduledRun).
        "tick": {"task": "jobs.tasks.tick", "schedule": 10.0, "options": {"expires": 30}},
    },
)
app.autodiscover_tasks()
