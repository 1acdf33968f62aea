# SPDX-License-Identifier: Apache-2.0
"""Telegrams stay as they came, for 30 days, and can be decoded again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from gateway_bridge.drivers.profile import Profile, Registers
from gateway_bridge.models import RawTelegram
from gateway_bridge.profiles import shipped
from gateway_bridge.services.record_samples import counts
from gateway_bridge.services.redecode import Redecoded, drain_undecoded, redecode
from gateway_bridge.services.retention import forget_old_telegrams
from metering.models import Reading
from tests.gateway_bridge.polling.house import House
from tests.gateway_bridge.worlds import NOON

pytestmark = pytest.mark.services

LATER = NOON + timedelta(hours=1)


def _use(monkeypatch: pytest.MonkeyPatch, profile: Profile) -> None:
    """From now on this profile is shipped in the place of its namesake."""
    profiles = MappingProxyType({**shipped(), profile.name: profile})
    for module in ("selectors", "services.redecode", "services.store_cycle", "services.bind_device"):
        monkeypatch.setattr(f"gateway_bridge.{module}.shipped", lambda: profiles)


def _scaled(profile: Profile, factor: str) -> Profile:
    """The profile in another version, with another scale of its energy registers."""
    quantities = tuple(
        replace(quantity, source=replace(quantity.source, scale=Decimal(factor)))
        if quantity.poll == "billing" and isinstance(quantity.source, Registers)
        else quantity
        for quantity in profile.quantities
    )
    return replace(profile, version=profile.version + 1, quantities=quantities)


@pytest.mark.parametrize(
    "change", ["octets = 'x'::bytea", "slot = now()", "taken_at = now()", "binding_id = binding_id + 1"]
)
def test_the_database_refuses_to_change_what_came(house: House, change: str) -> None:
    house.poll("rtu")
    with (
        pytest.raises(ProgrammingError, match="pgtrigger"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE gateway_bridge_rawtelegram SET {change}")


def test_the_database_refuses_to_delete_young_telegrams(house: House) -> None:
    house.poll("rtu")
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        RawTelegram.objects.all().delete()
    assert RawTelegram.objects.count() == 2


def test_the_database_refuses_a_second_telegram_of_a_slot(house: House) -> None:
    house.poll("rtu")
    twin = RawTelegram.objects.first()
    assert twin is not None
    twin.pk = None
    with pytest.raises(IntegrityError, match="telegram_once_per_slot"), transaction.atomic():
        twin.save(force_insert=True)


def test_old_telegrams_are_forgotten_and_young_ones_are_not(house: House) -> None:
    house.poll("rtu")
    old = RawTelegram.objects.first()
    assert old is not None
    old.pk, old.slot = None, NOON - timedelta(days=31)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - interval '31 days'")
        old.stored_at = cursor.fetchone()[0]
    old.save(force_insert=True)
    assert forget_old_telegrams() == 1
    assert RawTelegram.objects.count() == 2


def test_decoding_again_with_the_same_profile_changes_nothing(house: House) -> None:
    house.poll()
    before = house.all_readings()
    result = redecode(list(RawTelegram.objects.all()), now=LATER)
    assert result == Redecoded(decoded=6, refused=0, readings=0)
    assert house.all_readings() == before


def test_a_mended_profile_corrects_readings_and_leaves_the_wrong_ones_visible(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = shipped()["eastron-sdm630"]
    with monkeypatch.context() as mistaken:
        _use(mistaken, _scaled(right, "0.1"))
        house.poll("rtu")
    truth = house.truth("flat-01")
    wrong = truth // 10
    assert house.readings("flat-01") == [(NOON, wrong)]

    result = redecode(list(RawTelegram.objects.all()), now=LATER)

    assert result.decoded == 2 and result.readings == 2  # both imports; the exports are 0 either way
    assert house.readings("flat-01") == [(NOON, wrong), (NOON, truth)]
    telegram = RawTelegram.objects.get(binding=house.bindings["flat-01"])
    assert (telegram.profile_version, telegram.decoded_at) == (right.version, LATER)


def test_what_cannot_be_decoded_is_kept_and_drained_once_its_profile_is_mended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile expects energy in the wrong unit: the telegram makes no sense with it."""
    right = shipped()["heat-meter"]
    strange = tuple(replace(q, unit="m^3") if q.name == "heat_energy" else q for q in right.quantities)
    with monkeypatch.context() as mistaken:
        _use(mistaken, replace(right, version=right.version + 1, quantities=strange))
        house.poll("heat")
        assert house.health("heat-01").error_kind == "decode_error"
        assert house.readings("heat-01") == []
        kept = RawTelegram.objects.get(binding=house.bindings["heat-01"])
        assert kept.decoded_at is None and kept.error and bytes(kept.octets)
        assert drain_undecoded(now=LATER) == Redecoded(0, 0, 0)  # nothing has been mended yet

    assert drain_undecoded(now=LATER) == Redecoded(decoded=2, refused=0, readings=2)
    assert house.readings("heat-01") == [(NOON, house.truth("heat-01", "heat_energy"))]
    kept.refresh_from_db()
    assert (kept.identity, kept.error, kept.decoded_at) == ("12345678", "", LATER)


def test_an_undecoded_telegram_of_another_meter_is_never_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its header was not compared when it came, so it is compared when it is decoded."""
    house.fault("heat-01", "wrong_identity")
    right = shipped()["heat-meter"]
    house.poll("heat")
    telegram = RawTelegram.objects.get(binding=house.bindings["heat-02"])
    stranger = RawTelegram(
        binding=house.bindings["heat-01"], slot=NOON, taken_at=NOON, octets=bytes(telegram.octets),
        profile=right.name, profile_version=right.version + 1, error="not understood",
    )  # fmt: skip
    stranger.save()
    assert drain_undecoded(now=LATER).refused == 1
    assert house.readings("heat-01") == []
    stranger.refresh_from_db()
    assert stranger.decoded_at is None and "12345679" in stranger.error


def test_a_reading_leads_back_to_its_telegram_and_profile(house: House) -> None:
    house.poll("rtu")
    telegram = RawTelegram.objects.get(binding=house.bindings["flat-01"])
    (reading,) = Reading.objects.filter(
        register__meter=house.bindings["flat-01"].meter, register__obis="1-0:1.8.0"
    )
    assert reading.reference == f"#{telegram.pk} eastron-sdm630@{telegram.profile_version}"
    assert (reading.method.code, reading.batch.kind) == ("gateway", "gateway")


def test_counts_are_whole_and_never_rounded_up() -> None:
    assert counts(12_345_670, 0) == 12_345_670
    assert counts(Decimal("999.9"), 0) == 999
    assert counts(12_399, 2) == 123
