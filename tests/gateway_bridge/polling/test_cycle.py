# SPDX-License-Identifier: Apache-2.0
"""A quarter hour over the wire: what the devices show is what the database holds."""

from datetime import timedelta

import pytest

from accounts.scope import organization_scope
from gateway_bridge.models import DeviceBinding, RawTelegram
from gateway_bridge.selectors import SlotProgress, slot_progress
from gateway_bridge.services import pause as pausing
from gateway_bridge.services import store_cycle as storing
from gateway_bridge.services.poll_shard import poll_shard
from tests.cast import Cast
from tests.gateway_bridge.polling.house import BUSES, PAIRS, House
from tests.gateway_bridge.worlds import NOON

pytestmark = pytest.mark.services

SLOT = timedelta(minutes=15)
# Readings of one slot.
EACH = 4 * 2 + 2
NAMES = tuple(name for pair in PAIRS.values() for name in pair)


def _quantity(name: str) -> str:
    return "heat_energy" if name.startswith("heat") else "energy_import"


def test_every_transport_stores_what_the_devices_show(house: House) -> None:
    for step in range(3):
        at = NOON + step * SLOT
        house.set_clock(at)
        report = house.poll()
        assert (report.polled, report.busy, report.lost) == (3, 0, 0)
        for name in NAMES:
            assert house.readings(name)[-1] == (at, house.truth(name, _quantity(name)))
    assert [len(house.readings(name)) for name in NAMES] == [3] * 6
    # Both registers of the four electricity meters, one of the two heat meters.
    assert house.all_readings() == 3 * EACH


def test_telegrams_are_kept_with_profile_version_and_identity(house: House) -> None:
    house.poll()
    kept = {row.binding_id: row for row in RawTelegram.objects.all()}
    assert len(kept) == 6
    telegram = kept[house.bindings["flat-01"].pk]
    assert (telegram.slot, telegram.taken_at, telegram.identity) == (NOON, NOON, "22010001")
    assert (telegram.profile, telegram.error) == ("eastron-sdm630", "")
    assert telegram.profile_version >= 1 and telegram.decoded_at is not None and bytes(telegram.octets)


def test_health_says_who_answered_and_what(house: House) -> None:
    house.poll()
    health = house.health("flat-01")
    assert (health.last_ok_at, health.last_value_at, health.last_slot) == (NOON, NOON, NOON)
    assert (health.last_value, health.last_unit) == (house.truth("flat-01"), "Wh")
    assert (health.error_kind, health.consecutive_errors, health.next_try_at) == ("", 0, None)
    endpoint = house.endpoint_health("rtu")
    assert (endpoint.last_slot, endpoint.last_contact_at, endpoint.error_kind) == (NOON, NOON, "")
    assert (endpoint.devices_read, endpoint.devices_asked) == (2, 2)


def test_a_slot_that_was_read_is_not_read_again(house: House) -> None:
    house.poll()
    asked = house.simulator.control(cmd="stats")
    again = house.poll()
    assert (again.polled, again.readings) == (0, 0)
    assert house.simulator.control(cmd="stats") == asked
    assert house.all_readings() == EACH


def test_a_reading_is_stamped_when_it_was_taken_not_when_it_was_due(house: House) -> None:
    late = NOON + timedelta(minutes=3)
    house.set_clock(late)
    house.poll("rtu")
    assert house.readings("flat-01") == [(late, house.truth("flat-01"))]
    assert RawTelegram.objects.get(binding=house.bindings["flat-01"]).slot == NOON


def test_a_slot_that_is_over_is_left_to_the_next_one(house: House) -> None:
    house.set_clock(NOON + SLOT)
    report = poll_shard(
        organization_id=house.side.id,
        endpoint_ids=[house.endpoints["rtu"].pk],
        slot=NOON,
        now=lambda: NOON + SLOT,
    )
    assert (report.polled, house.all_readings()) == (0, 0)


def test_what_is_paused_or_switched_off_is_not_asked(house: House) -> None:
    pausing.pause(house.endpoints["tcp"].gateway)
    pausing.enable(house.bindings["flat-02"], enabled=False)
    house.poll()
    assert [len(house.readings(name)) for name in NAMES] == [1, 0, 0, 0, 1, 1]
    pausing.resume(house.endpoints["tcp"].gateway)
    house.poll()
    assert [len(house.readings(name)) for name in NAMES] == [1, 0, 1, 1, 1, 1]


def test_a_device_that_was_removed_meanwhile_stores_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = storing.lease.hold

    def remove_then_hold(*args: object, **more: object) -> None:
        DeviceBinding.objects.filter(pk=house.bindings["flat-01"].pk).update(removed_at=NOON)
        hold(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(storing.lease, "hold", remove_then_hold)
    house.poll("rtu")
    assert (house.readings("flat-01"), len(house.readings("flat-02"))) == ([], 1)


def test_an_unknown_profile_is_told_and_disturbs_nobody(house: House) -> None:
    DeviceBinding.objects.filter(pk=house.bindings["flat-01"].pk).update(profile="no-such-profile")
    house.poll("rtu")
    assert house.health("flat-01").error_kind == "unknown_profile"
    assert len(house.readings("flat-02")) == 1
    assert house.endpoint_health("rtu").last_contact_at == NOON


def test_progress_of_a_slot_is_known(house: House) -> None:
    assert not slot_progress(NOON).is_done
    house.poll("rtu", "tcp")
    assert slot_progress(NOON) == SlotProgress(endpoints=3, endpoints_done=2, devices=6, devices_read=4)
    house.poll()
    assert slot_progress(NOON).is_done


def test_two_organizations_poll_their_own_devices_only(house: House, cast: Cast) -> None:
    """Both have a gateway at the same box; a task with the other's numbers finds nothing."""
    with organization_scope(cast.seeblick.id):
        other = House(house.simulator, house.clock_file, cast.seeblick)
        other.connect(BUSES)
        stolen = poll_shard(
            organization_id=cast.seeblick.id,
            endpoint_ids=[endpoint.pk for endpoint in house.endpoints.values()],
            slot=NOON,
            now=lambda: NOON,
        )
        assert (stolen.polled, stolen.busy, other.all_readings()) == (0, 3, 0)
        other.poll()
        assert other.all_readings() == EACH
    assert house.all_readings() == 0
    house.poll()
    assert house.all_readings() == EACH
