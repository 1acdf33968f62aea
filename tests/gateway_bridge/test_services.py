# SPDX-License-Identifier: Apache-2.0
"""Setting up the wire: what is accepted, what is refused and in which words."""

import doctest
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.audit import history_of
from accounts.scope import organization_scope
from gateway_bridge import tables, words
from gateway_bridge.addresses import AddressRefused
from gateway_bridge.drivers import errors
from gateway_bridge.models import DeviceBinding, Endpoint, GatewayNetwork
from gateway_bridge.polling import backoff, shapes, slots
from gateway_bridge.profiles import shipped
from gateway_bridge.selectors import reach_of_organization
from gateway_bridge.services import record_samples
from gateway_bridge.services.add_endpoint import (
    EndpointDraft,
    EndpointTaken,
    TransportInUse,
    change_endpoint,
)
from gateway_bridge.services.bind_device import DeviceDraft, UnableToBind, bind_device, profiles_for, unbind
from gateway_bridge.services.networks import allow_network
from gateway_bridge.words import BINDING_REFUSALS, ERRORS, error_words
from tests.cast import Cast, Side
from tests.gateway_bridge.setup import SDM_UNIT, a_gateway, a_meter, another_endpoint, bind

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _loopback(settings: Settings) -> None:
    settings.GATEWAY_LOOPBACK_ALLOWED = True


@pytest.fixture
def side(cast: Cast) -> Iterator[Side]:
    with organization_scope(cast.lindenhof.id):
        yield cast.lindenhof


# ---------------------------------------------------------------- who is asked again when


@pytest.mark.parametrize("module", [backoff, slots, record_samples, tables, words])
def test_the_examples_in_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_waiting_doubles_to_an_hour_and_never_leaves_its_tenth() -> None:
    for key in range(50):
        for number in range(1, 12):
            minutes = (backoff.next_try(NOW, errors=number, key=key) - NOW) / timedelta(minutes=1)
            wanted = min(2 ** (number - 1), 60)
            assert 0.9 * wanted <= minutes <= 1.1 * wanted


def test_devices_that_fail_together_do_not_come_back_together() -> None:
    again = {backoff.next_try(NOW, errors=1, key=key) for key in range(20)}
    assert len(again) > 15


def test_a_breaker_opens_after_five_failures_or_one_silent_bus() -> None:
    assert not backoff.breaker_open(4, "endpoint_down") and backoff.breaker_open(5, "endpoint_down")
    assert backoff.breaker_open(1, "bus_silent") and not backoff.breaker_open(0, "bus_silent")


# ---------------------------------------------------------------- words


def test_every_kind_of_error_has_words() -> None:
    kinds = {cls.kind for cls in _kinds(errors.WireError)} | {shapes.UnknownProfile.kind, AddressRefused.kind}
    assert kinds <= set(ERRORS)
    assert error_words("never heard of") is ERRORS["wire_error"]


def test_every_quantity_of_the_shipped_profiles_has_words() -> None:
    names = {quantity.name for profile in shipped().values() for quantity in profile.quantities}
    assert [name for name in names if words.quantity_words(name) == name.replace("_", " ")] == []


def _kinds(cls: type[errors.WireError]) -> Iterator[type[errors.WireError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _kinds(child)


# ---------------------------------------------------------------- gateways and connections


def test_a_gateway_has_equipment_a_connection_and_a_history_without_its_password(side: Side) -> None:
    endpoint = a_gateway(side, 15020, name="Cellar")
    gateway = endpoint.gateway
    assert (str(gateway), gateway.site, gateway.equipment.definition.kind) == ("Cellar", side.site, "gateway")
    assert [entry.label for entry in history_of(gateway)] == ["insert"]


def test_one_bus_is_one_connection(side: Side) -> None:
    endpoint = a_gateway(side, 15020)
    with pytest.raises(EndpointTaken):
        another_endpoint(endpoint.gateway, 15020, "rtu_tcp")


def test_an_address_outside_the_allowed_networks_is_refused_at_save(side: Side, settings: Settings) -> None:
    settings.GATEWAY_LOOPBACK_ALLOWED = False
    with pytest.raises(AddressRefused):
        a_gateway(side, 502)
    with pytest.raises(AddressRefused):
        a_gateway(side, 502, host="10.20.0.5")
    allow_network(cidr="10.20.0.0/16")
    assert a_gateway(side, 502, host="10.20.0.5").pk
    assert Endpoint.objects.count() == 1


def test_networks_belong_to_one_organization(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        allow_network(cidr="10.20.0.0/16")
        assert len(reach_of_organization().networks) == 1
    with organization_scope(cast.seeblick.id):
        assert reach_of_organization().networks == ()


def test_a_network_is_granted_by_the_operators_command(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("allow_network", "lindenhof", "10.20.0.0/16", "--note", "VPN")
    call_command("allow_network", "lindenhof", "10.20.0.0/16")
    assert capsys.readouterr().out == "10.20.0.0/16\tVPN\n" * 2
    with pytest.raises(CommandError, match="is not a network"):
        call_command("allow_network", "lindenhof", "10.20.0.1/16")
    with pytest.raises(CommandError, match="no organization"):
        call_command("allow_network", "nobody")
    with organization_scope(cast.lindenhof.id):
        assert GatewayNetwork.objects.count() == 1
        with pytest.raises(ValidationError):
            allow_network(cidr="everything")


def test_changing_a_connection_leaves_its_lease_and_forgets_its_failures(side: Side) -> None:
    endpoint = a_gateway(side, 15020)
    Endpoint.objects.filter(pk=endpoint.pk).update(lease_owner="worker", lease_epoch=7)
    endpoint.health.consecutive_failures = 6
    endpoint.health.save()
    change_endpoint(endpoint=endpoint, draft=EndpointDraft("modbus_tcp", "127.0.0.1", 15021))
    changed = Endpoint.objects.select_related("health").get(pk=endpoint.pk)
    assert (changed.port, changed.lease_owner, changed.lease_epoch) == (15021, "worker", 7)
    assert changed.health.consecutive_failures == 0


def test_a_bus_with_modbus_devices_does_not_become_an_m_bus(side: Side) -> None:
    endpoint = a_gateway(side, 15020, "rtu_tcp")
    bind(endpoint, a_meter(side, "E-1"), SDM_UNIT)
    with pytest.raises(TransportInUse):
        change_endpoint(endpoint=endpoint, draft=EndpointDraft("mbus_tcp", "127.0.0.1", 15020))
    change_endpoint(endpoint=endpoint, draft=EndpointDraft("modbus_tcp", "127.0.0.1", 15020))


# ---------------------------------------------------------------- devices

SDM = {"profile": "eastron-sdm630", "unit": 1}
HEAT = {"profile": "heat-meter", "primary": 1, "serial": "12345678"}


@pytest.mark.parametrize(
    ("transport", "device", "reason"),
    [
        ("rtu_tcp", SDM | {"profile": "no-such"}, "profile"),
        ("mbus_tcp", SDM, "profile"),
        ("rtu_tcp", HEAT, "profile"),
        ("rtu_tcp", SDM | {"unit": None}, "unit"),
        ("rtu_tcp", SDM | {"unit": 248}, "unit"),
        ("mbus_tcp", HEAT | {"primary": None, "serial": ""}, "mbus_address"),
        ("mbus_tcp", HEAT | {"serial": "123456789"}, "mbus_serial"),
        ("mbus_tcp", HEAT | {"serial": ""}, "serial"),
        ("rtu_tcp", SDM, "serial"),
    ],
)
def test_a_device_that_makes_no_sense_is_refused(
    side: Side, transport: str, device: dict[str, Any], reason: str
) -> None:
    endpoint = a_gateway(side, 15020, transport)
    with pytest.raises(UnableToBind) as refusal:
        bind_device(endpoint=endpoint, meter=a_meter(side, "E-1"), draft=DeviceDraft(**device))
    assert refusal.value.reason == reason and reason in BINDING_REFUSALS
    assert DeviceBinding.objects.count() == 0


def test_a_meter_is_read_once_and_an_address_is_used_once(side: Side) -> None:
    endpoint = a_gateway(side, 15020, "rtu_tcp")
    first, second = a_meter(side, "E-1"), a_meter(side, "E-2")
    binding = bind(endpoint, first, SDM_UNIT)
    for meter, device, reason in ((first, {"unit": 2}, "meter_taken"), (second, {}, "address_taken")):
        with pytest.raises(UnableToBind) as refusal:
            bind(endpoint, meter, SDM_UNIT | device)
        assert refusal.value.reason == reason
    unbind(binding=binding, now=NOW)
    unbind(binding=binding, now=NOW + timedelta(days=1))
    binding.refresh_from_db()
    assert (binding.removed_at, binding.is_enabled) == (NOW, False)
    assert bind(endpoint, second, SDM_UNIT).pk != binding.pk


def test_a_meter_of_another_unit_or_without_the_register_is_refused(side: Side) -> None:
    endpoint = a_gateway(side, 15020, "rtu_tcp")
    for meter in (a_meter(side, "W-1", medium="cold_water"), a_meter(side, "E-9", obis=("1-0:1.8.1",))):
        with pytest.raises(UnableToBind) as refusal:
            bind(endpoint, meter, SDM_UNIT)
        assert refusal.value.reason == "no_register"


def test_rtu_devices_hang_behind_modbus_tcp_gateways_too() -> None:
    names = {
        transport: {p.name for p in profiles_for(transport)}
        for transport in ("modbus_tcp", "rtu_tcp", "mbus_tcp")
    }
    assert names["rtu_tcp"] <= names["modbus_tcp"]
    assert "eastron-sdm630" in names["rtu_tcp"] and "heat-meter" in names["mbus_tcp"]
    assert not names["modbus_tcp"] & names["mbus_tcp"]
