# SPDX-License-Identifier: Apache-2.0
"""Faults of the real engine: workers killed, the broker emptied or gone.

No work is lost, none is done twice.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import kombu.pools
import pytest
from celery import current_app
from django.conf import settings
from django.test import Client

from accounts import clock
from accounts.rights import Role
from accounts.scope import organization_scope
from jobs.models import Job, JobLog, JobState
from jobs.services.run_job import STALE_AFTER
from jobs.services.start_job import start_job
from jobs.services.sweep import RESEND_AFTER, sweep
from tests.cast import PASSWORD, Cast
from tests.jobs.engine import Engine, kill, wait_for

pytestmark = pytest.mark.services


@pytest.fixture
def engine(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with Engine() as running:
        monkeypatch.setattr(current_app.conf, "broker_url", _celery_url(running.redis_url))
        monkeypatch.setattr(settings, "REDIS_URL", running.redis_url)
        _forget_connections()
        yield running
    _forget_connections()


def _forget_connections() -> None:
    """The producer keeps its pool; a test's broker is another one."""
    kombu.pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None


def _celery_url(url: str) -> str:
    return url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def _start(cast: Cast, **params: Any) -> Job:
    with organization_scope(cast.lindenhof.id):
        return start_job(kind="test.count", key="one", title="Count", params=params, created_by_id=None)


def _job(cast: Cast, job: Job) -> Job:
    with organization_scope(cast.lindenhof.id):
        return Job.objects.get(pk=job.pk)


def _finished(cast: Cast) -> int:
    with organization_scope(cast.lindenhof.id):
        return JobLog.objects.filter(message="finished").count()


def test_a_worker_runs_a_job_and_a_second_delivery_changes_nothing(
    engine: Engine, committed_cast: Cast
) -> None:
    engine.start_worker()
    job = _start(committed_cast, steps=3)
    wait_for(lambda: _job(committed_cast, job).state == JobState.DONE, "the job is done")
    for _ in range(3):
        current_app.send_task("jobs.tasks.run_job", args=[job.pk, committed_cast.lindenhof.id])
    wait_for(lambda: engine.client().llen("default") == 0, "the queue is empty")
    assert _finished(committed_cast) == 1


def test_a_job_whose_worker_is_killed_is_finished_by_another(engine: Engine, committed_cast: Cast) -> None:
    worker = engine.start_worker()
    job = _start(committed_cast, steps=4, pause=0.5)
    wait_for(lambda: _job(committed_cast, job).done >= 1, "the job has begun")
    kill(worker)
    engine.start_worker()
    assert _job(committed_cast, job).state == JobState.RUNNING
    # What two minutes without a heartbeat do, at once.
    with organization_scope(committed_cast.lindenhof.id):
        Job.objects.update(heartbeat_at=clock.now() - STALE_AFTER - timedelta(seconds=1))
    sweep(now=clock.now())
    wait_for(lambda: _job(committed_cast, job).state == JobState.DONE, "the job is done")
    assert _finished(committed_cast) == 1


def test_an_emptied_broker_loses_no_job(engine: Engine, committed_cast: Cast) -> None:
    job = _start(committed_cast, steps=1)
    engine.client().flushall()
    engine.start_worker()
    sweep(now=clock.now() + RESEND_AFTER + timedelta(seconds=5))
    wait_for(lambda: _job(committed_cast, job).state == JobState.DONE, "the job is done")


def test_the_known_bad_twin_without_the_sweeper_the_job_would_wait_for_ever(
    engine: Engine, committed_cast: Cast
) -> None:
    job = _start(committed_cast, steps=1)
    engine.client().flushall()
    engine.start_worker()
    with pytest.raises(AssertionError, match="still not"):
        wait_for(lambda: _job(committed_cast, job).state == JobState.DONE, "the job is done", seconds=2)


def test_with_the_broker_stopped_pages_load_and_save_and_work_waits(
    engine: Engine, committed_cast: Cast
) -> None:
    engine.stop_broker()
    began = clock.now()
    job = _start(committed_cast, steps=1)
    assert clock.now() - began < timedelta(seconds=10), "a dead broker may not hold a request"
    client = Client()
    assert client.login(username=committed_cast.lindenhof.users[Role.COORDINATOR].email, password=PASSWORD)
    assert client.get("/accounts/sessions/").status_code == 200
    assert _job(committed_cast, job).state == JobState.WAITING
    engine.start_broker()
    engine.start_worker()
    sweep(now=clock.now() + RESEND_AFTER + timedelta(seconds=5))
    wait_for(lambda: _job(committed_cast, job).state == JobState.DONE, "the job is done")
