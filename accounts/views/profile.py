# SPDX-License-Identifier: Apache-2.0
"""The person's own pages: which organization to act in, name, language, appearance."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.forms import ProfileForm
from accounts.middleware import SESSION_KEY
from accounts.web.pages import form_page, next_url


@login_required
def choose_organization(request: HttpRequest) -> HttpResponse:
    """Choose where to act; somebody in several organizations is asked, never guessed for."""
    choices = {choice.id: choice for choice in request.organizations}  # type: ignore[attr-defined]
    if request.method == "POST":
        wanted = request.POST.get("organization", "")
        if not wanted.isdecimal() or int(wanted) not in choices:
            raise Http404
        request.session[SESSION_KEY] = int(wanted)
        # Pages of the former organization are not found in the new one.
        return redirect("portal:home")
    context = {"choices": choices.values(), "next": next_url(request, "")}
    return render(request, "accounts/choose_organization.html", context)


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(user.language)
        messages.success(request, _("Your profile has been saved."))
        return redirect("accounts:profile")
    return form_page(request, "accounts/profile.html", form)
