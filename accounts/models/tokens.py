# SPDX-License-Identifier: Apache-2.0
"""Secrets that let somebody in: only their hashes are kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.rights import Role
from accounts.scope import OrganizationScoped, ScopedForeignKey


@audited(exclude=["last_used_at"])
class ApiToken(OrganizationScoped):
    """
    A key of the REST API, acting with one role and, if given, on some sites only.

    The token reads `zw_<organization>_<prefix>_<secret>`; the row holds the
    prefix and the SHA-256 of the secret.
    """

    name = models.CharField(_("Name"), max_length=80)
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64)
    role = models.CharField(
        _("Acts as"), max_length=20, choices=[(role.value, role.label) for role in Role if role.is_staff_role]
    )
    read_only = models.BooleanField(_("Read only"), default=True)
    site_ids = ArrayField(models.IntegerField(), default=list, blank=True, verbose_name=_("Only these sites"))
    expires_at = models.DateTimeField(_("Expires"))
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("Created by")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("API token")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint("organization", "prefix", name="token_prefix_unique")]

    def __str__(self) -> str:
        return self.name


@audited
class Invitation(OrganizationScoped):
    """An invitation by e-mail to a role or an account; the link's token is kept as a hash."""

    email = models.EmailField(_("E-mail"))
    token_hash = models.CharField(max_length=64)
    role = models.CharField(
        _("Role"), max_length=20, blank=True, choices=[(r.value, r.label) for r in Role if r.is_staff_role]
    )
    account = ScopedForeignKey(
        "accounts.Account",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("Account"),
    )
    expires_at = models.DateTimeField(_("Expires"))
    accepted_at = models.DateTimeField(_("Accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Invitation")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint("organization", "token_hash", name="invitation_token_unique"),
            models.CheckConstraint(
                name="invitation_role_or_account",
                condition=models.Q(role="", account__isnull=False) | ~models.Q(role=""),
            ),
        ]

    def __str__(self) -> str:
        return self.email
