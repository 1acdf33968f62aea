# SPDX-License-Identifier: Apache-2.0
"""Gateways: lists, one gateway with its connections and devices, adding and changing."""

from typing import Any

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
from gateway_bridge.forms import EndpointForm, GatewayForm
from gateway_bridge.models import Gateway
from gateway_bridge.selectors import gateways_for
from gateway_bridge.services import pause as pausing
from gateway_bridge.services.add_endpoint import EndpointTaken
from gateway_bridge.services.add_gateway import add_gateway
from gateway_bridge.services.change_gateway import change_gateway
from gateway_bridge.tables import GatewayRow, endpoint_rows, gateway_rows, state_of_gateway
from gateway_bridge.words import ENDPOINT_TAKEN, error_words
from sites.selectors import sites_for


@require(Right.GATEWAY_VIEW)
def gateway_list(request: HttpRequest) -> HttpResponse:
    rows = gateway_rows(gateways_for(request.actor), now=clock.now())
    context = {"rows": rows, "counts": _counts(rows), "site": None}
    return render(request, "gateway_bridge/gateway_list.html", context)


@require(Right.GATEWAY_VIEW)
def site_gateways(request: HttpRequest, site_id: int) -> HttpResponse:
    site = get_object_or_404(sites_for(request.actor, Right.GATEWAY_VIEW), pk=site_id)
    rows = gateway_rows(gateways_for(request.actor).filter(site=site), now=clock.now())
    context = {"rows": rows, "counts": _counts(rows), "site": site}
    return render(request, "gateway_bridge/gateway_list.html", context)


def _counts(rows: list[GatewayRow]) -> dict[str, int]:
    return {
        "gateways": len(rows),
        "devices": sum(row.devices for row in rows),
        "devices_ok": sum(row.devices_ok for row in rows),
        "troubled": sum(row.state.tone in ("danger", "warning") for row in rows),
    }


@require(Right.GATEWAY_VIEW)
def gateway_detail(request: HttpRequest, pk: int) -> HttpResponse:
    gateway = get_object_or_404(gateways_for(request.actor), pk=pk)
    return render(request, "gateway_bridge/gateway.html", _detail(gateway))


@require(Right.GATEWAY_VIEW)
def gateway_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that renews itself."""
    gateway = get_object_or_404(gateways_for(request.actor), pk=pk)
    return render(request, "gateway_bridge/_state.html", _detail(gateway))


def _detail(gateway: Gateway) -> dict[str, Any]:
    now = clock.now()
    endpoints = endpoint_rows(gateway, now=now)
    return {
        "gateway": gateway,
        "site": gateway.site,
        "endpoints": endpoints,
        "state": state_of_gateway(gateway, endpoints),
        "now": now,
    }


@require(Right.GATEWAY_EDIT)
def gateway_add(request: HttpRequest, site_id: int) -> HttpResponse:
    site = get_object_or_404(sites_for(request.actor, Right.GATEWAY_EDIT), pk=site_id)
    form, endpoint_form = GatewayForm(request.POST or None), EndpointForm(request.POST or None)
    if request.method == "POST" and all([form.is_valid(), endpoint_form.is_valid()]):
        try:
            with transaction.atomic():
                gateway, _endpoint = add_gateway(
                    site=site, draft=form.draft(), endpoint=endpoint_form.draft()
                )
        except AddressRefused as refusal:
            endpoint_form.add_error("host", error_words(refusal.kind).advice)
        except EndpointTaken:
            endpoint_form.add_error("host", ENDPOINT_TAKEN)
        else:
            messages.success(request, _("Gateway “%(name)s” was added.") % {"name": gateway})
            return redirect("gateway_bridge:gateway", gateway.pk)
    context = {"form": form, "endpoint_form": endpoint_form, "site": site, "gateway": None}
    return render(request, "gateway_bridge/gateway_form.html", context, status=_status(form, endpoint_form))


@require(Right.GATEWAY_EDIT)
def gateway_edit(request: HttpRequest, pk: int) -> HttpResponse:
    gateway = get_object_or_404(gateways_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    equipment = gateway.equipment
    known = {name: getattr(equipment, name) for name in ("name", "place", "manufacturer", "model", "serial")}
    form = GatewayForm(request.POST or None, initial=known | {"polling_class": gateway.polling_class})
    if request.method == "POST" and form.is_valid():
        change_gateway(gateway=gateway, draft=form.draft())
        messages.success(request, _("Saved."))
        return redirect("gateway_bridge:gateway", gateway.pk)
    context = {"form": form, "endpoint_form": None, "site": gateway.site, "gateway": gateway}
    return render(request, "gateway_bridge/gateway_form.html", context, status=_status(form))


@require(Right.GATEWAY_EDIT)
@require_POST
def gateway_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause, or read again: the form says which, so that a double click changes nothing."""
    gateway = get_object_or_404(gateways_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    if request.POST.get("paused") == "yes":
        pausing.pause(gateway)
        messages.success(request, _("Reading is paused."))
    else:
        pausing.resume(gateway)
        messages.success(request, _("The gateway is read again from the next quarter hour on."))
    return redirect("gateway_bridge:gateway", gateway.pk)


def _status(*forms: Any) -> int:
    return 422 if any(form.is_bound and form.errors for form in forms) else 200
