# SPDX-License-Identifier: Apache-2.0
"""Anything in a register's life that is not plain counting."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey


class MeterEventKind(models.TextChoices):
    ROLLOVER = "rollover", _("Roll-over")
    RESET = "reset", _("Reset")
    DIP = "dip", _("Dip")
    JUMP = "jump", _("Jump")
    EXCHANGE = "exchange", _("Exchange")
    CORRECTION = "correction", _("Correction")
    QUARANTINE = "quarantine", _("Quarantine")
    FACTOR = "factor", _("Factor")


@audited
class MeterEvent(OrganizationScoped):
    """
    Something to know or to decide about a register at an instant, with what shows it.

    Written by what the readings say; withdrawn when later readings say otherwise.
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    register = ScopedForeignKey(
        "metering.Register", on_delete=models.PROTECT, related_name="incidents", verbose_name=_("Register")
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=MeterEventKind.choices)
    at = models.DateTimeField(_("Instant"))
    evidence = models.JSONField(_("Evidence"), default=dict)
    noticed_at = models.DateTimeField(_("Noticed"))
    withdrawn_at = models.DateTimeField(_("Withdrawn"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decision = models.CharField(_("Decision"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Meter event")
        verbose_name_plural = _("Meter events")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint("organization", "register", "kind", "at", name="meter_event_unique")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
