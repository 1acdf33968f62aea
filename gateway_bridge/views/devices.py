# SPDX-License-Identifier: Apache-2.0
"""Devices: add after a look at what they say, remove, and live registers of a meter."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from gateway_bridge.forms import DeviceForm, TrialForm
from gateway_bridge.models import DeviceBinding, Endpoint
from gateway_bridge.profiles import shipped
from gateway_bridge.selectors import bindings_for, endpoints_for
from gateway_bridge.services import pause as pausing
from gateway_bridge.services import try_device
from gateway_bridge.services.add_endpoint import EndpointDraft
from gateway_bridge.services.bind_device import UnableToBind, bind_device, says_its_serial, unbind
from gateway_bridge.services.try_device import Trial, read_live
from gateway_bridge.tables import value_rows
from gateway_bridge.words import BINDING_REFUSALS, error_words
from metering.selectors import meters_for


@require(Right.GATEWAY_EDIT)
def device_add(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(endpoints_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    form = DeviceForm(request.POST or None, endpoint=endpoint)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                binding = bind_device(endpoint=endpoint, meter=form.cleaned_data["meter"], draft=form.draft())
        except UnableToBind as refusal:
            form.add_error(None, BINDING_REFUSALS[refusal.reason])
        else:
            messages.success(request, _("Meter %(meter)s is read from now on.") % {"meter": binding.meter})
            return redirect("gateway_bridge:gateway", endpoint.gateway_id)
    context = {"form": form, "endpoint": endpoint, "gateway": endpoint.gateway, "site": endpoint.gateway.site}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "gateway_bridge/device_form.html", context, status=status)


@require(Right.GATEWAY_EDIT)
@require_POST
def device_try(request: HttpRequest, pk: int) -> HttpResponse:
    """What the device in the form says, before anything is saved."""
    endpoint = get_object_or_404(endpoints_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    form = TrialForm(request.POST, endpoint=endpoint)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            trial = try_device.test_connection(
                endpoint=_draft_of(endpoint), device=form.draft(), now=clock.now
            )
        except UnableToBind as refusal:
            form.add_error(None, BINDING_REFUSALS[refusal.reason])
        else:
            context |= _shown(trial, form.cleaned_data["profile"])
            if says_its_serial(shipped()[form.cleaned_data["profile"]]) and not form.cleaned_data["serial"]:
                context["learnt"] = trial.identity
    return render(request, "gateway_bridge/_values.html", context)


def _draft_of(endpoint: Endpoint) -> EndpointDraft:
    return EndpointDraft(
        transport=endpoint.transport,
        host=endpoint.host,
        port=endpoint.port,
        answer_ms=endpoint.answer_ms,
        settle_ms=endpoint.settle_ms,
        pause_ms=endpoint.pause_ms,
    )


@require(Right.GATEWAY_EDIT)
@require_POST
def device_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """End the binding; a second click finds it ended and changes nothing."""
    binding = get_object_or_404(bindings_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    unbind(binding=binding, now=clock.now())
    messages.success(
        request, _("Meter %(meter)s is no longer read here. Its readings stay.") % {"meter": binding.meter}
    )
    return redirect("gateway_bridge:gateway", binding.endpoint.gateway_id)


@require(Right.GATEWAY_EDIT)
@require_POST
def device_enable(request: HttpRequest, pk: int) -> HttpResponse:
    binding = get_object_or_404(bindings_for(request.actor, Right.GATEWAY_EDIT), pk=pk)
    pausing.enable(binding, enabled=request.POST.get("enabled") == "yes")
    messages.success(request, _("Saved."))
    return redirect("gateway_bridge:gateway", binding.endpoint.gateway_id)


@require(Right.GATEWAY_VIEW)
def meter_live(request: HttpRequest, meter_id: int) -> HttpResponse:
    """The page; the values follow by themselves, so that a slow bus does not hold the page up."""
    binding = _in_use(request).filter(meter_id=meter_id).first()
    meter = binding.meter if binding else get_object_or_404(meters_for(request.actor), pk=meter_id)
    context = {"binding": binding, "meter": meter, "site": meter.site}
    return render(request, "gateway_bridge/meter_live.html", context)


@require(Right.GATEWAY_VIEW)
def meter_values(request: HttpRequest, meter_id: int) -> HttpResponse:
    binding = get_object_or_404(_in_use(request), meter_id=meter_id)
    trial = read_live(binding, now=clock.now)
    return render(request, "gateway_bridge/_values.html", _shown(trial, binding.profile))


def _in_use(request: HttpRequest) -> QuerySet[DeviceBinding]:
    return bindings_for(request.actor).filter(removed_at=None)


def _shown(trial: Trial, profile_name: str) -> dict[str, Any]:
    return {
        "trial": trial,
        "words": error_words(trial.error_kind),
        "values": value_rows(trial.samples, profile_name) if trial.ok else [],
        "read_at": clock.now(),
    }
