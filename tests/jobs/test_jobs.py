# SPDX-License-Identifier: Apache-2.0
"""Jobs run once, whatever the queue does; nothing waits for ever."""

from datetime import timedelta
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from accounts import clock
from accounts.scope import current_organization_id, organization_scope
from jobs import outbox, publish, registry, schedule
from jobs.models import Job, JobLog, JobState, OutboxEvent, ScheduledRun
from jobs.services.run_job import MAX_ATTEMPTS, STALE_AFTER, run_job
from jobs.services.start_job import start_job
from jobs.services.sweep import RESEND_AFTER, sweep
from jobs.tasks import prune, tick
from tests.cast import Cast


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What went to the broker; the broker itself stays out of these tests."""
    messages: list[tuple[int, int]] = []
    keep = lambda job_id, organization_id, kind="": messages.append((job_id, organization_id))  # noqa: E731
    for module in ("jobs.services.start_job", "jobs.services.sweep"):
        monkeypatch.setattr(f"{module}.publish_job", keep)
    return messages


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind of job that counts how often it ran."""
    ran: list[int] = []

    def count(job: registry.JobRun) -> dict[str, Any]:
        job.progress(1, 2, "half")
        job.checkpoint()
        job.log("info", "counted")
        ran.append(job.job_id)
        if job.params.get("fail"):
            raise ValueError("the tariff of flat 3 is missing")
        return {"count": len(ran)}

    monkeypatch.setitem(registry._handlers, "test.count", count)
    return ran


def _start(cast: Cast, key: str = "one", **params: Any) -> Job:
    with organization_scope(cast.lindenhof.id):
        return start_job(kind="test.count", key=key, title="Count", params=params, created_by_id=None)


def _state(cast: Cast, job: Job) -> Job:
    with organization_scope(cast.lindenhof.id):
        return Job.objects.get(pk=job.pk)


def test_the_same_work_is_one_job(cast: Cast, sent: list[Any]) -> None:
    assert _start(cast).pk == _start(cast).pk


def test_a_job_delivered_twice_runs_once(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast)
    run_job(job.pk, cast.lindenhof.id)
    run_job(job.pk, cast.lindenhof.id)
    assert calls == [job.pk]
    done = _state(cast, job)
    assert (done.state, done.result, done.done, done.total) == (JobState.DONE, {"count": 1}, 1, 2)


def test_the_known_bad_twin_without_the_claim_it_would_run_twice(
    cast: Cast, sent: list[Any], calls: list[int]
) -> None:
    job = _start(cast)
    handler = registry.handler_of("test.count")
    assert handler is not None
    for _ in range(2):
        handler(_Direct(job.pk))
    assert calls == [job.pk, job.pk]


class _Direct:
    """A run without claim or row."""

    params: dict[str, Any] = {}

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id

    def progress(self, done: int, total: int, message: str = "") -> None: ...
    def log(self, level: str, message: str) -> None: ...
    def checkpoint(self) -> None: ...
    def cancelled(self) -> bool:
        return False


def test_a_failure_is_told_and_can_be_started_again(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast, fail=True)
    run_job(job.pk, cast.lindenhof.id)
    failed = _state(cast, job)
    assert (failed.state, failed.error) == (JobState.FAILED, "the tariff of flat 3 is missing")
    again = _start(cast)
    run_job(again.pk, cast.lindenhof.id)
    assert again.pk == job.pk
    assert _state(cast, job).state == JobState.DONE


def test_a_cancelled_job_stops_at_its_next_checkpoint(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast)
    with organization_scope(cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
    run_job(job.pk, cast.lindenhof.id)
    assert calls == []
    assert _state(cast, job).state == JobState.CANCELLED


def test_a_job_of_a_dead_worker_is_taken_up_again(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast)
    now = clock.now()
    with organization_scope(cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=now, attempt=1)
    run_job(job.pk, cast.lindenhof.id)
    assert calls == [], "a live worker keeps its job"
    with organization_scope(cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(heartbeat_at=now - STALE_AFTER - timedelta(seconds=1))
    run_job(job.pk, cast.lindenhof.id)
    assert calls == [job.pk]


def test_a_job_that_kills_every_worker_is_given_up(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast)
    stale = clock.now() - STALE_AFTER - timedelta(seconds=1)
    with organization_scope(cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, heartbeat_at=stale, attempt=MAX_ATTEMPTS)
    run_job(job.pk, cast.lindenhof.id)
    assert calls == []
    assert "Given up" in _state(cast, job).error


def test_the_sweeper_sends_lost_and_abandoned_jobs_again(cast: Cast, sent: list[tuple[int, int]]) -> None:
    job = _start(cast)
    now = clock.now()
    sweep(now=now)
    assert sent == [], "a fresh job is on its way"
    sweep(now=now + RESEND_AFTER + timedelta(seconds=5))
    assert sent == [(job.pk, cast.lindenhof.id)]


def test_a_dead_broker_loses_no_job(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: Any) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr("jobs.services.start_job.publish_job", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = _start(cast)
    assert _state(cast, job).state == JobState.WAITING


def test_an_outbox_event_is_delivered_once_and_retried_after_a_failure(
    cast: Cast, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered: list[Any] = []
    answers = iter([ConnectionError("mail server away"), None])

    def deliver(payload: dict[str, Any]) -> None:
        answer = next(answers)
        if answer:
            raise answer
        delivered.append(payload)

    monkeypatch.setitem(outbox._topics, "test.mail", deliver)
    with organization_scope(cast.lindenhof.id):
        event = outbox.leave("test.mail", {"to": "resident"})
    now = clock.now()
    sweep(now=now)
    with organization_scope(cast.lindenhof.id):
        waiting = OutboxEvent.objects.get(pk=event.pk)
    assert (waiting.attempts, waiting.done_at, waiting.error) == (1, None, "mail server away")
    for later in (1, 2, 3):
        sweep(now=now + timedelta(minutes=later))
    assert delivered == [{"to": "resident"}]


def test_a_tick_that_fires_twice_runs_a_schedule_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(
        schedule, "_schedules", {"test.quarter": (schedule.every(timedelta(minutes=15)), ran.append)}
    )
    now = clock.now().replace(minute=7, second=30, microsecond=0)
    with organization_scope(cast.lindenhof.id):
        schedule.run_due(now=now)
        schedule.run_due(now=now + timedelta(seconds=10))
        schedule.run_due(now=now + timedelta(minutes=15))
        assert [instant.minute for instant in ran] == [0, 15]
        assert ScheduledRun.objects.filter(name="test.quarter").count() == 2


def test_one_organizations_failing_schedule_does_not_stop_the_others(
    cast: Cast, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[int] = []

    def act(due: Any) -> None:
        if current_organization_id() == cast.lindenhof.id:
            raise ValueError("a broken schedule")
        ran.append(current_organization_id())

    monkeypatch.setattr(schedule, "_schedules", {"test.broken": (schedule.every(timedelta(minutes=15)), act)})
    tick()
    assert ran == [cast.seeblick.id]
    with organization_scope(cast.lindenhof.id):
        assert not ScheduledRun.objects.filter(name="test.broken").exists(), "it comes due again"


def test_old_ticks_are_forgotten(cast: Cast) -> None:
    now = clock.now()
    with organization_scope(cast.lindenhof.id):
        for days in (1, 9):
            ScheduledRun.objects.create(name="test.quarter", due=now - timedelta(days=days), created_at=now)
        prune(now)
        assert ScheduledRun.objects.filter(name="test.quarter").count() == 1


def test_jobs_of_another_organization_are_out_of_reach(cast: Cast, sent: list[Any], calls: list[int]) -> None:
    job = _start(cast)
    run_job(job.pk, cast.seeblick.id)
    assert calls == []
    with organization_scope(cast.seeblick.id):
        assert not Job.objects.filter(pk=job.pk).exists()
        assert not JobLog.objects.exists()


def test_queues_follow_the_kind() -> None:
    assert publish.QUEUES["billing"] == "billing"
