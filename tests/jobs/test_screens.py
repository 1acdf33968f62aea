# SPDX-License-Identifier: Apache-2.0
"""The pages of jobs and of kept mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.rights import Role
from accounts.scope import organization_scope
from jobs.models import Job, JobLog, JobState, Mail
from jobs.services.cancel_job import cancel_job
from tests.cast import Cast


def client_of(cast: Cast, role: Role) -> Client:
    client = Client()
    client.force_login(cast.lindenhof.users[role], backend="django.contrib.auth.backends.ModelBackend")
    return client


def make(cast: Cast, **fields: Any) -> Job:
    with organization_scope(cast.lindenhof.id):
        given = {"kind": "test", "key": str(Job.objects.count()), "title": "Work", **fields}
        return Job.objects.create(**given)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(cast: Cast) -> None:
    waiting, running = make(cast), make(cast, state=JobState.RUNNING)
    client = client_of(cast, Role.COORDINATOR)
    for job in (waiting, running):
        assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302

    with organization_scope(cast.lindenhof.id):
        waiting.refresh_from_db()
        running.refresh_from_db()
    assert (waiting.state, running.state, running.cancel_asked) == ("cancelled", "running", True)


def test_a_finished_job_stays_as_it_is(cast: Cast) -> None:
    job = make(cast, state=JobState.DONE)
    with organization_scope(cast.lindenhof.id):
        assert cancel_job(job=job, now=clock.now()).state == JobState.DONE


def test_the_page_polls_while_the_job_is_open_and_not_after(cast: Cast) -> None:
    client = client_of(cast, Role.SUPPORT)
    running, done = make(cast, state=JobState.RUNNING), make(cast, state=JobState.DONE)

    assert f'hx-get="/jobs/{running.pk}/state/"' in client.get(f"/jobs/{running.pk}/").content.decode()
    assert "hx-get" not in client.get(f"/jobs/{done.pk}/state/").content.decode()


def test_a_failed_job_says_why_and_shows_its_log(cast: Cast) -> None:
    job = make(cast, state=JobState.FAILED, error="The tariff of March is missing.")
    with organization_scope(cast.lindenhof.id):
        JobLog.objects.create(job=job, at=clock.now(), level="error", message="line of the log")
    client = client_of(cast, Role.ACCOUNTANT)

    page = client.get(f"/jobs/{job.pk}/").content.decode()

    assert "The tariff of March is missing." in page
    assert "line of the log" in client.get(f"/jobs/{job.pk}/log/").content.decode()


def test_results_link_to_pages_of_ours_only(cast: Cast) -> None:
    links = [["Invoices", "/invoices/"], ["Evil", "https://evil.example/"], ["Sly", "//evil.example/"]]
    job = make(cast, state=JobState.DONE, result={"links": links, "invoices": 48})

    page = client_of(cast, Role.ACCOUNTANT).get(f"/jobs/{job.pk}/")

    assert page.context["links"] == [("Invoices", "/invoices/")]
    assert page.context["figures"] == [("invoices", "48")]


def test_an_owner_sees_the_jobs_he_started(cast: Cast) -> None:
    mine = make(cast, created_by=cast.lindenhof.users[Role.OWNER], title="Mine")
    make(cast, title="Somebody else’s")

    page = client_of(cast, Role.OWNER).get("/jobs/")

    assert [row.record.pk for row in page.context["table"].paginated_rows] == [mine.pk]


def test_jobs_are_filtered_by_state(cast: Cast) -> None:
    make(cast, state=JobState.DONE, title="Old")
    make(cast, title="New")

    page = client_of(cast, Role.SUPPORT).get("/jobs/?state=done")

    assert [row.record.title for row in page.context["table"].paginated_rows] == ["Old"]


def test_kept_mail_is_shown_to_its_organization_alone(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        Mail.objects.create(
            organization_id=cast.seeblick.id, sender="a@b.example", recipients="c@d.example",
            subject="Secret", text="https://link.example/", created_at=clock.now(),
        )  # fmt: skip

    assert "Secret" not in client_of(cast, Role.ADMINISTRATOR).get("/mail/").content.decode()


def test_with_a_mail_server_there_is_no_outbox_page(cast: Cast, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"

    assert client_of(cast, Role.ADMINISTRATOR).get("/mail/").status_code == 404


@pytest.mark.parametrize("waited", [5, 600])
def test_a_job_that_waits_long_is_explained(cast: Cast, waited: int) -> None:
    job = make(cast)
    with organization_scope(cast.lindenhof.id):
        Job.objects.filter(pk=job.pk).update(created_at=clock.now() - timedelta(seconds=waited))

    page = client_of(cast, Role.SUPPORT).get(f"/jobs/{job.pk}/")

    assert page.context["waits_long"] == (waited > 60)


def test_password_resets_are_readable_in_the_demo_and_nowhere_else(cast: Cast, settings: Any) -> None:
    with organization_scope(None):
        row = Mail.objects.create(
            sender="a@b.example", recipients="c@d.example", subject="Reset", text="https://link.example/",
            created_at=clock.now(),
        )  # fmt: skip
    client = client_of(cast, Role.ADMINISTRATOR)
    for shown in (True, False):
        settings.DEVELOPMENT = shown
        assert ("Reset" in client.get("/mail/").content.decode()) == shown
        assert client.get(f"/mail/{row.pk}/").status_code == (200 if shown else 404)


def test_the_last_part_asks_for_the_whole_page(cast: Cast) -> None:
    client = client_of(cast, Role.SUPPORT)
    running, done = make(cast, state=JobState.RUNNING), make(cast, state=JobState.DONE)

    assert "HX-Refresh" not in client.get(f"/jobs/{running.pk}/state/").headers
    assert client.get(f"/jobs/{done.pk}/state/").headers["HX-Refresh"] == "true"


def test_a_part_asked_for_without_a_session_sends_the_whole_page_to_the_sign_in(cast: Cast) -> None:
    job = make(cast, state=JobState.RUNNING)
    page = f"http://testserver/jobs/{job.pk}/"

    answer = Client().get(f"/jobs/{job.pk}/state/", headers={"HX-Request": "true", "HX-Current-URL": page})

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["HX-Redirect"] == f"/accounts/login/?next=/jobs/{job.pk}/"
