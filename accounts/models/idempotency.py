# SPDX-License-Identifier: Apache-2.0
"""Answers already given to requests with an `Idempotency-Key`."""

from django.db import models

from accounts.scope import OrganizationScoped


class IdempotentAnswer(OrganizationScoped):
    """
    What a request with this key was answered, written in the transaction of its effect.

    The same key with the same content gets the same answer again; with other
    content it is refused.  A request that failed leaves no row.
    """

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "actor", "key", name="idempotent_answer_unique")
        ]

    def __str__(self) -> str:
        return self.key
