# SPDX-License-Identifier: Apache-2.0
"""Connections of a gateway: add, change, and test on the spot."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from gateway_bridge.addresses import AddressRefused
from gateway_bridge.forms import EndpointForm
from gateway_bridge.selectors import endpoints_for, gateways_for
from gateway_bridge.services import try_device
from gateway_bridge.services.add_endpoint import EndpointTaken, TransportInUse, add_endpoint, change_endpoint
from gateway_bridge.words import ENDPOINT_TAKEN, TRANSPORT_IN_USE, error_words
from sites.selectors import sites_for


@require(Right.GATEWAY_EDIT)
def endpoint_add(request: HttpRequest, pk: int) -> HttpResponse:
    gateway = get_object_or_404(gateways_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    form = EndpointForm(request.POST or None)
    if _saved(form, lambda: add_endpoint(gateway=gateway, draft=form.draft())):
        messages.success(request, _("The connection was added."))
        return redirect("gateway_bridge:gateway", gateway.pk)
    return _page(request, form, gateway, None)


@require(Right.GATEWAY_EDIT)
def endpoint_edit(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(endpoints_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    # A copy for the form: what it writes into its instance must not reach the row before the checks.
    known = {name: getattr(endpoint, name) for name in EndpointForm.Meta.fields}
    form = EndpointForm(request.POST or None, initial=known)
    if _saved(form, lambda: change_endpoint(endpoint=endpoint, draft=form.draft())):
        messages.success(request, _("Saved."))
        return redirect("gateway_bridge:gateway", endpoint.gateway_id)
    return _page(request, form, endpoint.gateway, endpoint)


def _saved(form, act) -> bool:
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            act()
    except AddressRefused as refusal:
        form.add_error("host", error_words(refusal.kind).advice)
    except EndpointTaken:
        form.add_error("host", ENDPOINT_TAKEN)
    except TransportInUse:
        form.add_error("transport", TRANSPORT_IN_USE)
    return not form.errors


def _page(request: HttpRequest, form, gateway, endpoint) -> HttpResponse:
    context = {"endpoint_form": form, "gateway": gateway, "site": gateway.site, "endpoint": endpoint}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "gateway_bridge/endpoint_form.html", context, status=status)


@require(Right.GATEWAY_EDIT)
@require_POST
def connection_test(request: HttpRequest, site_id: int) -> HttpResponse:
    """Knock at the address in the form, before anything is saved."""
    get_object_or_404(sites_for(request.actor, Right.GATEWAY_EDIT), pk=site_id)
    form = EndpointForm(request.POST)
    trial = try_device.test_connection(endpoint=form.draft(), now=clock.now) if form.is_valid() else None
    context = {"form": form, "trial": trial, "words": error_words(trial.error_kind) if trial else None}
    return render(request, "gateway_bridge/_connection_test.html", context)
