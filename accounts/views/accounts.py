# SPDX-License-Identifier: Apache-2.0
"""Accounts: consumers, owners, installers, with their addresses and contacts."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.forms import AccountForm, AddressForm, ContactForm, NewAccountForm
from accounts.guards import require
from accounts.models import Account, Contact
from accounts.rights import Right
from accounts.scope import current_organization_id
from accounts.selectors import accounts_for, next_account_code
from accounts.services.change_address import AddressInThePast, change_address
from accounts.services.invite import invite
from accounts.services.mailing import UnableToSend
from accounts.tables import AccountFilter, AccountTable
from accounts.views.members import MAIL_FAILED, invitation_link
from accounts.web.pages import form_page, go, table_page


@require(Right.PEOPLE_VIEW)
def accounts(request: HttpRequest) -> HttpResponse:
    found = AccountFilter(request.GET, queryset=accounts_for(request.actor))  # type: ignore[attr-defined]
    empty = (
        _("No accounts found"),
        _("An account is a person or company to whom documents are addressed."),
        reverse("accounts:create-account"),
        _("New account"),
    )
    table = AccountTable(found.qs, caption=_("Accounts"), icon="id", empty=empty)
    return table_page(request, "accounts/accounts.html", table, filters=found, export_name="accounts")


@require(Right.PEOPLE_VIEW)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    row = _account(request, pk)
    context = {
        "account": row,
        "addresses": row.addresses.order_by("kind", "-period"),
        "contacts": row.contacts.select_related("user").order_by("name"),
        "today": clock.now().date(),
    }
    return render(request, "accounts/account.html", context)


def _account(request: HttpRequest, pk: int) -> Account:
    return get_object_or_404(accounts_for(request.actor), pk=pk)  # type: ignore[attr-defined]


@require(Right.PEOPLE_EDIT)
def create_account(request: HttpRequest) -> HttpResponse:
    form = NewAccountForm(request.POST or None, initial={"code": next_account_code()})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.instance.organization_id = current_organization_id()
            row = form.save()
            change_address(account=row, kind="postal", valid_from=None, fields=form.address())
        messages.success(request, _("The account has been created. Add a contact who may sign in."))
        return go(request, reverse("accounts:account", args=[row.pk]))
    return form_page(
        request, "accounts/account_form.html", form, {"back": reverse("accounts:accounts"), "is_new": True}
    )


@require(Right.PEOPLE_EDIT)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    row = _account(request, pk)
    form = AccountForm(request.POST or None, instance=row)
    back = reverse("accounts:account", args=[pk])
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The changes have been saved."))
        return go(request, back)
    return form_page(request, "accounts/account_form.html", form, {"back": back, "account": row})


@require(Right.PEOPLE_EDIT)
def new_address(request: HttpRequest, pk: int) -> HttpResponse:
    row = _account(request, pk)
    form = AddressForm(request.POST or None)
    back = reverse("accounts:account", args=[pk])
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        kind, valid_from = fields.pop("kind"), fields.pop("valid_from")
        try:
            change_address(account=row, kind=kind, valid_from=valid_from, fields=fields)
        except AddressInThePast:
            form.add_error("valid_from", _("A later address exists already; take a day after its first."))
        else:
            messages.success(request, _("The address has been saved."))
            return go(request, back)
    return form_page(request, "accounts/address_form.html", form, {"back": back, "account": row})


@require(Right.PEOPLE_EDIT)
def new_contact(request: HttpRequest, pk: int) -> HttpResponse:
    row = _account(request, pk)
    return _contact_page(request, row, Contact(account=row, organization_id=row.organization_id))


@require(Right.PEOPLE_EDIT)
def edit_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(_contacts(request), pk=pk)
    return _contact_page(request, contact.account, contact)


def _contacts(request: HttpRequest):  # type: ignore[no-untyped-def]
    visible = accounts_for(request.actor)  # type: ignore[attr-defined]
    return Contact.objects.filter(account__in=visible).select_related("account")


def _contact_page(request: HttpRequest, account: Account, contact: Contact) -> HttpResponse:
    form = ContactForm(request.POST or None, instance=contact)
    back = reverse("accounts:account", args=[account.pk])
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                form.save()
                if form.cleaned_data["invite"]:
                    _invite(request, account, contact.email)
        except UnableToSend:
            messages.error(request, str(MAIL_FAILED))
        else:
            messages.success(request, _("The contact has been saved."))
            return go(request, back)
    return form_page(
        request, "accounts/contact_form.html", form, {"back": back, "account": account, "contact": contact}
    )


def _invite(request: HttpRequest, account: Account, email: str) -> None:
    invite(
        email=email,
        role="",
        account=account,
        language=account.language,
        invited_by_id=request.user.pk or 0,
        now=clock.now(),
        link=invitation_link(request),
    )


@require(Right.PEOPLE_EDIT)
@require_POST
def remove_contact(request: HttpRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(_contacts(request), pk=pk)
    contact.delete()
    messages.success(request, _("%(name)s has no access to this account any more.") % {"name": contact.name})
    return go(request, reverse("accounts:account", args=[contact.account_id]))
