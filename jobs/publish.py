# SPDX-License-Identifier: Apache-2.0
"""The one place that hands a job to Celery."""

from celery import current_app

QUEUES = {"billing": "billing", "gateway": "poll", "metering": "ingest", "pdf": "pdf"}


def publish_job(job_id: int, organization_id: int, kind: str = "") -> None:
    """Send the message; bounded by the broker's two-second time-outs."""
    queue = QUEUES.get(kind.split(".")[0], "default")
    current_app.send_task("jobs.tasks.run_job", args=[job_id, organization_id], queue=queue, retry=False)
