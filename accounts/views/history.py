# SPDX-License-Identifier: Apache-2.0
"""The history of any audited record: who, when, from what to what."""

from django.apps import apps
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.audit import history_of
from accounts.guards import require
from accounts.rights import Right
from accounts.scope import OrganizationScoped


@require(Right.HISTORY_VIEW)
def history(request: HttpRequest, app_label: str, model: str, pk: int) -> HttpResponse:
    """Only rows of the organization in force are found: the model's own scoped manager looks them up."""
    audited = _audited_model(app_label, model)
    row = get_object_or_404(audited.objects.all(), pk=pk)  # type: ignore[attr-defined]
    context = {"row": row, "kind": audited._meta.verbose_name, "entries": history_of(row)}
    return render(request, "accounts/history.html", context)


def _audited_model(app_label: str, name: str) -> type[models.Model]:
    try:
        model = apps.get_model(app_label, name)
    except LookupError:
        raise Http404 from None
    if not issubclass(model, OrganizationScoped) or not hasattr(model, "pgh_event_model"):
        raise Http404
    return model
