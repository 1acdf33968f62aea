# SPDX-License-Identifier: Apache-2.0
"""The platform's customers and the people who work for them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.rights import Role
from accounts.scope import OrganizationScoped, ScopedManager


class Organization(models.Model):
    """
    A customer of the platform: the one that rows belong to.

    The letterhead fields are copied into every document at issue; changing them
    changes no document already issued.
    """

    name = models.CharField(_("Name"), max_length=120)
    slug = models.SlugField(_("Short name"), max_length=40, unique=True)
    country = models.CharField(
        _("Country"), max_length=2, default="CH", choices=[("CH", _("Switzerland")), ("DE", _("Germany"))]
    )
    currency = models.CharField(
        _("Currency"), max_length=3, default="CHF", choices=[("CHF", "CHF"), ("EUR", "EUR")]
    )
    language = models.CharField(_("Language"), max_length=5, choices=settings.LANGUAGES, default="de")
    time_zone = models.CharField(_("Time zone"), max_length=40, default="Europe/Zurich")
    round_to_five_rappen = models.BooleanField(_("Round totals to 0.05"), default=True)
    street = models.CharField(_("Street"), max_length=70, blank=True)
    house_number = models.CharField(_("House number"), max_length=16, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=16, blank=True)
    town = models.CharField(_("Town"), max_length=35, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=30, blank=True)
    website = models.CharField(_("Website"), max_length=80, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=30, blank=True)
    iban = models.CharField(_("IBAN or QR-IBAN"), max_length=34, blank=True)
    payment_days = models.PositiveSmallIntegerField(_("Days to pay"), default=30)
    accent_colour = models.CharField(_("Accent colour"), max_length=7, default="#0f766e")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Organization")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@audited
class Membership(OrganizationScoped):
    """A person who works for the organization, with one role."""

    wall_readable_by_user = "user_id"

    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="memberships", verbose_name=_("Person")
    )
    role = models.CharField(
        _("Role"),
        max_length=20,
        choices=[(role.value, role.label) for role in Role if role.is_staff_role],
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Membership"]()  # type: ignore[misc]
    # Outside a scope the wall still shows only a person's own rows: needed to choose an organization.
    of_person = models.Manager["Membership"]()

    class Meta:
        verbose_name = _("Membership")
        constraints = [models.UniqueConstraint("organization", "user", name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"
