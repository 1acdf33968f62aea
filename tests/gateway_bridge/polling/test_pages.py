# SPDX-License-Identifier: Apache-2.0
"""The pages of the wire, in the hands of an installer: add, test, look, pause, remove."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.rights import Role
from accounts.scope import organization_scope
from gateway_bridge.models import DeviceBinding, Endpoint, Gateway
from gateway_bridge.services import try_device
from tests.cast import Cast
from tests.gateway_bridge.polling.house import House
from tests.gateway_bridge.setup import a_meter
from tests.gateway_bridge.worlds import NOON

pytestmark = pytest.mark.services

SignIn = Callable[[Role], Client]


@pytest.fixture
def sign_in(cast: Cast) -> SignIn:
    def enter(role: Role) -> Client:
        browser = Client(headers={"accept-language": "en"})
        user = cast.lindenhof.users[role]
        user.language = "en"
        user.save()
        browser.force_login(user)
        return browser

    return enter


@pytest.fixture
def installer(sign_in: SignIn) -> Client:
    return sign_in(Role.INSTALLER)


def _page(browser: Client, name: str, *arguments: Any, status: int = 200) -> str:
    response = browser.get(reverse(f"gateway_bridge:{name}", args=arguments))
    assert response.status_code == status
    return response.content.decode()


def _send(browser: Client, page: str, /, *arguments: Any, status: int = 302, **fields: Any) -> str:
    response = browser.post(reverse(f"gateway_bridge:{page}", args=arguments), fields)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def _connection(house: House, bus_name: str, **more: Any) -> dict[str, Any]:
    transport = {"rtu": "rtu_tcp", "tcp": "modbus_tcp", "heat": "mbus_tcp"}[bus_name]
    port = house.simulator.ports[bus_name]
    timing = {"answer_ms": 250, "settle_ms": 400, "pause_ms": 0}
    return {"transport": transport, "host": "127.0.0.1", "port": port} | timing | more


@pytest.fixture
def empty_house(house: House) -> House:
    """The simulator as it is, and nothing bound to it yet."""
    DeviceBinding.objects.update(removed_at=NOON)
    Endpoint.objects.update(host="127.0.0.2")
    return house


def test_an_installer_adds_a_gateway_and_a_device_after_seeing_both_answer(
    empty_house: House, installer: Client, cast: Cast
) -> None:
    site = cast.lindenhof.site
    connection = _connection(empty_house, "rtu")
    assert "Connected" in _send(installer, "connection-test", site.pk, status=200, **connection)
    _send(installer, "gateway-add", site.pk, name="Cellar", polling_class="quarter", **connection)
    gateway = Gateway.objects.get(equipment__name="Cellar")
    (endpoint,) = gateway.endpoints.all()

    meter = a_meter(cast.lindenhof, "E-4711")
    device = {"profile": "eastron-sdm630", "unit": 1, "serial": ""}
    shown = _send(installer, "device-try", endpoint.pk, status=200, **device)
    assert "22010001" in shown and "1&#x27;006.579" in shown
    assert 'value="22010001"' in shown and "hx-swap-oob" in shown, "the serial number is filled in"
    refused = _send(installer, "device-add", endpoint.pk, status=422, meter=meter.pk, **device)
    assert "it says it itself" in refused
    _send(installer, "device-add", endpoint.pk, meter=meter.pk, **(device | {"serial": "22010001"}))
    assert "E-4711" in _page(installer, "gateway", gateway.pk)


def test_wrong_device_and_silence_are_told_in_words_that_help(empty_house: House, installer: Client) -> None:
    endpoint = Endpoint.objects.get(pk=empty_house.endpoints["rtu"].pk)
    Endpoint.objects.filter(pk=endpoint.pk).update(host="127.0.0.1")
    device = {"profile": "eastron-sdm630", "unit": 1, "serial": "99"}
    assert "Another meter answers" in _send(installer, "device-try", endpoint.pk, status=200, **device)
    silent = device | {"unit": 77}
    assert "this one does not" in _send(installer, "device-try", endpoint.pk, status=200, **silent)


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "localhost.localdomain.invalid", "::"])
def test_a_host_outside_the_allowed_networks_is_refused_with_one_sentence(
    house: House, installer: Client, cast: Cast, host: str
) -> None:
    fields = _connection(house, "tcp", host=host, port=502)
    tried = _send(installer, "connection-test", cast.lindenhof.site.pk, status=200, **fields)
    saved = _send(
        installer, "gateway-add", cast.lindenhof.site.pk,
        name="Spy", polling_class="quarter", status=422, **fields,
    )  # fmt: skip
    assert "may not be used for gateways" in tried and "may not be used for gateways" in saved
    assert not Gateway.objects.filter(equipment__name="Spy").exists()


def test_trials_are_limited(
    house: House, installer: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_device, "TRIALS_PER_MINUTE", 1)
    answers = [
        _send(installer, "connection-test", cast.lindenhof.site.pk, status=200, **_connection(house, "tcp"))
        for _ in range(2)
    ]
    assert "Connected" in answers[0] and "Wait a minute" in answers[1]


def test_the_page_shows_values_health_and_error_classes(house: House, installer: Client) -> None:
    house.fault("flat-02", "wrong_identity")
    house.poll("rtu")
    page = _page(installer, "gateway", house.endpoints["rtu"].gateway_id)
    assert "1&#x27;006.579" in page and "Answers" in page and "100" in page
    assert "Wrong device" in page and "Some devices are missing" in page
    state = _page(installer, "gateway-state", house.endpoints["rtu"].gateway_id)
    assert 'hx-trigger="every 10s"' in state and "Wrong device" in state


def test_lists_show_the_worst_first(house: House, installer: Client, cast: Cast) -> None:
    house.simulator.control(cmd="fault", bus="tcp", kind="down")
    house.poll()
    for page in (_page(installer, "gateways"), _page(installer, "site-gateways", cast.lindenhof.site.pk)):
        assert page.index(">tcp<") < page.index(">heat<")
        assert "All devices answer" in page and "2 of 2" in page


def test_a_gateway_that_is_read_hourly_is_not_late_after_half_an_hour(
    house: House, installer: Client
) -> None:
    house.poll("heat")
    house.set_clock(NOON + timedelta(minutes=50))
    gateway_id = house.endpoints["heat"].gateway_id
    assert "Late" in _page(installer, "gateway", gateway_id)
    Gateway.objects.filter(pk=gateway_id).update(polling_class="hour")
    assert "Late" not in _page(installer, "gateway", gateway_id)
    assert "All devices answer" in _page(installer, "gateways")


def test_every_register_of_a_meter_is_shown_live(house: House, installer: Client) -> None:
    meter = house.bindings["grid"].meter
    assert str(meter) in _page(installer, "meter-live", meter.pk)
    values = _page(installer, "meter-values", meter.pk)
    assert "Energy, import" in values and "Voltage, phase L1" in values and "70012345" in values
    assert house.all_readings() == 0


def test_a_bus_that_is_being_read_is_not_disturbed(house: House, installer: Client) -> None:
    Endpoint.objects.update(lease_owner="worker", lease_until="2999-01-01T00:00Z")
    assert "Bus in use" in _page(installer, "meter-values", house.bindings["grid"].meter_id)


def test_pausing_changing_and_removing(house: House, installer: Client) -> None:
    endpoint = house.endpoints["tcp"]
    _send(installer, "gateway-pause", endpoint.gateway_id, paused="yes")
    assert "Paused" in _page(installer, "gateway", endpoint.gateway_id)
    _send(installer, "gateway-pause", endpoint.gateway_id, paused="no")
    assert not Gateway.objects.get(pk=endpoint.gateway_id).is_paused
    _send(
        installer, "gateway-edit", endpoint.gateway_id,
        name="Roof", polling_class="hour", secret="gateway-canary",
    )  # fmt: skip
    gateway = Gateway.objects.get(pk=endpoint.gateway_id)
    assert (str(gateway), gateway.polling_class, gateway.secret.reveal()) == (
        "Roof",
        "hour",
        "gateway-canary",
    )
    assert "gateway-canary" not in _page(installer, "gateway-edit", gateway.pk)
    _send(installer, "gateway-edit", gateway.pk, name="Roof", polling_class="hour")
    assert Gateway.objects.get(pk=gateway.pk).secret.reveal() == "gateway-canary"
    _send(installer, "endpoint-edit", endpoint.pk, **_connection(house, "tcp", answer_ms=900))
    assert Endpoint.objects.get(pk=endpoint.pk).answer_ms == 900
    _send(installer, "endpoint-edit", endpoint.pk, status=422, **_connection(house, "heat"))
    binding = house.bindings["grid"]
    _send(installer, "device-enable", binding.pk, enabled="no")
    assert not DeviceBinding.objects.get(pk=binding.pk).is_enabled
    _send(installer, "device-remove", binding.pk)
    assert DeviceBinding.objects.get(pk=binding.pk).removed_at is not None
    assert "No gateway reads this meter" in _page(installer, "meter-live", binding.meter_id)
    _page(installer, "meter-values", binding.meter_id, status=404)


def test_who_may_only_look_sees_no_buttons_and_is_refused(house: House, sign_in: SignIn) -> None:
    support = sign_in(Role.SUPPORT)
    gateway_id = house.endpoints["tcp"].gateway_id
    page = _page(support, "gateway", gateway_id)
    assert (
        "gateway-edit" not in page and reverse("gateway_bridge:gateway-edit", args=[gateway_id]) not in page
    )
    _page(support, "gateway-edit", gateway_id, status=403)
    _send(support, "gateway-pause", gateway_id, paused="yes", status=403)
    assert not Gateway.objects.get(pk=gateway_id).is_paused


def test_a_foreign_gateway_is_not_there(house: House, cast: Cast) -> None:
    stranger = Client()
    stranger.force_login(cast.seeblick.users[Role.COORDINATOR])
    with organization_scope(cast.lindenhof.id):
        endpoint, binding = house.endpoints["tcp"], house.bindings["grid"]
    for name, pk in (
        ("gateway", endpoint.gateway_id), ("endpoint-edit", endpoint.pk), ("device-add", endpoint.pk),
        ("meter-live", binding.meter_id), ("meter-values", binding.meter_id),
        ("site-gateways", cast.lindenhof.site.pk),
    ):  # fmt: skip
        _page(stranger, name, pk, status=404)
