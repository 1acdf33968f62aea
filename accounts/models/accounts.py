# SPDX-License-Identifier: Apache-2.0
"""Legal entities inside an organization, and the persons who act for them."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey, ScopedManager


class AccountKind(models.TextChoices):
    CONSUMER = "consumer", _("Consumer")
    INVESTOR = "investor", _("Owner")
    INSTALLER = "installer", _("Installer")


@audited
class Account(OrganizationScoped):
    """A person or company that uses, owns or installs: the party that documents are addressed to."""

    code = models.CharField(_("Code"), max_length=20)
    kind = models.CharField(
        _("Kind"), max_length=10, choices=AccountKind.choices, default=AccountKind.CONSUMER
    )
    is_company = models.BooleanField(_("Company"), default=False)
    name = models.CharField(_("Name"), max_length=70)
    language = models.CharField(_("Language"), max_length=5, choices=settings.LANGUAGES, default="de")
    correspondence = models.CharField(
        _("Correspondence"),
        max_length=6,
        default="post",
        choices=[("post", _("Post")), ("email", _("E-mail")), ("ebill", _("eBill"))],
    )
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=30, blank=True)
    vat_liable = models.BooleanField(_("Liable to VAT"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Account")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organization", "code", name="account_code_unique")]

    def __str__(self) -> str:
        return self.name


@audited
class Contact(OrganizationScoped):
    """A person on an account; signs in once invited."""

    wall_readable_by_user = "user_id"

    account = ScopedForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="contacts", verbose_name=_("Account")
    )
    user = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("User"),
    )
    name = models.CharField(_("Name"), max_length=120)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=30, blank=True)
    role = models.CharField(
        _("Role"),
        max_length=13,
        default="administrator",
        choices=[("administrator", _("Administrator")), ("member", _("Member"))],
    )

    objects = ScopedManager["Contact"]()  # type: ignore[misc]
    # As on Membership: a person's own rows, wherever they are.
    of_person = models.Manager["Contact"]()

    class Meta:
        verbose_name = _("Contact")
        constraints = [
            models.UniqueConstraint(
                "organization",
                "account",
                "user",
                name="contact_user_unique",
                condition=models.Q(user__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name


@audited
class PostalAddress(OrganizationScoped):
    """Where an account lives or wants its bills, with the days on which that holds."""

    account = ScopedForeignKey(
        "accounts.Account", on_delete=models.CASCADE, related_name="addresses", verbose_name=_("Account")
    )
    kind = models.CharField(
        _("Kind"),
        max_length=8,
        default="postal",
        choices=[("postal", _("Postal address")), ("billing", _("Billing address"))],
    )
    period = DateRangeField(_("Valid"))
    recipient = models.CharField(_("Recipient"), max_length=70, blank=True)
    street = models.CharField(_("Street"), max_length=70)
    house_number = models.CharField(_("House number"), max_length=16, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=16)
    town = models.CharField(_("Town"), max_length=35)
    country = models.CharField(_("Country"), max_length=2, default="CH")

    class Meta:
        verbose_name = _("Address")
        constraints = [
            ExclusionConstraint(
                name="address_no_overlap",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("account", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.house_number}, {self.postcode} {self.town}"
