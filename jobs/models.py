# SPDX-License-Identifier: Apache-2.0
"""Work that outlives a request.

PostgreSQL holds what there is to do; Celery only runs it.  A message lost or
delivered twice changes nothing: the row says whether the work is done.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import OrganizationScoped, ScopedForeignKey


class JobState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(OrganizationScoped):
    """
    One piece of work with progress, log, result and a way to cancel it.

    `(organization, kind, key)` is unique: asking twice for the same work finds
    the same job.  `heartbeat_at` is renewed with every progress report; a
    running job without a heartbeat for two minutes is taken up again.
    """

    kind = models.CharField(_("Kind"), max_length=60)
    key = models.CharField(max_length=200)
    title = models.CharField(_("Title"), max_length=200)
    params = models.JSONField(default=dict)
    state = models.CharField(_("State"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    done = models.PositiveIntegerField(_("Done"), default=0)
    total = models.PositiveIntegerField(_("Total"), default=0)
    message = models.CharField(_("Message"), max_length=300, blank=True)
    result = models.JSONField(_("Result"), default=dict, blank=True)
    error = models.TextField(_("Error"), blank=True)
    cancel_asked = models.BooleanField(_("Cancel asked"), default=False)
    attempt = models.PositiveSmallIntegerField(_("Attempt"), default=0)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("Started by")
    )
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    started_at = models.DateTimeField(_("Started"), null=True)
    finished_at = models.DateTimeField(_("Finished"), null=True)
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("Job")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint("organization", "kind", "key", name="job_unique")]
        indexes = [models.Index(fields=["organization", "state"], name="job_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_open(self) -> bool:
        return self.state in {JobState.WAITING, JobState.RUNNING}


class JobLog(OrganizationScoped):
    """One line of a job's log, append-only."""

    wall_grants = "SELECT, INSERT"

    job = ScopedForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    level = models.CharField(
        max_length=7, choices=[("info", _("Info")), ("warning", _("Warning")), ("error", _("Error"))]
    )
    message = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.message


class OutboxEvent(OrganizationScoped):
    """Something that has to be sent after the commit; written in the same transaction as its cause."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=60)
    payload = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "next_at"], name="outbox_due", condition=models.Q(done_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class ScheduledRun(OrganizationScoped):
    """A scheduled piece of work and the instant it was due: the tick that fires twice runs it once."""

    name = models.CharField(max_length=60)
    due = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "name", "due", name="scheduled_run_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.due:%Y-%m-%d %H:%M}"


class Mail(models.Model):
    """A message that left through the outbox instead of a mail server (demo, development, no EMAIL_URL)."""

    # Password resets belong to a person, not to an organization.
    wall_nullable = True

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, null=True, related_name="+"
    )
    sender = models.CharField(_("From"), max_length=254)
    recipients = models.CharField(_("To"), max_length=1000)
    subject = models.CharField(_("Subject"), max_length=300)
    text = models.TextField(_("Text"))
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    created_at = models.DateTimeField(_("Sent"))

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.subject


class Heartbeat(models.Model):
    """When beat and workers last did a real task: what the health page and the watchdog read."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
