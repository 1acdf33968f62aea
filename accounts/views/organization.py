# SPDX-License-Identifier: Apache-2.0
"""The organization's own data."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.forms import OrganizationForm
from accounts.guards import require
from accounts.models import Organization
from accounts.rights import Right
from accounts.scope import current_organization_id
from accounts.web.pages import form_page, go


@require(Right.ORGANIZATION_EDIT)
def organization(request: HttpRequest) -> HttpResponse:
    row = Organization.objects.get(pk=current_organization_id())
    form = OrganizationForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(
            request, _("The organization has been saved. Documents already issued stay as they are.")
        )
        return go(request, reverse("accounts:organization"))
    return form_page(request, "accounts/organization.html", form)
