# SPDX-License-Identifier: Apache-2.0
"""Decode stored telegrams again, after a profile or the decoder has been mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from gateway_bridge.drivers.decode import decode_stored
from gateway_bridge.drivers.errors import UnableToDecode, WireError
from gateway_bridge.drivers.mbus import decode_part
from gateway_bridge.drivers.mbus_driver import judge_headers
from gateway_bridge.drivers.profile import Profile
from gateway_bridge.drivers.recording import split_frames
from gateway_bridge.drivers.samples import RawSample
from gateway_bridge.models import RawTelegram
from gateway_bridge.profiles import shipped
from gateway_bridge.selectors import device_plan
from gateway_bridge.services.record_samples import Taken, record_samples, reference_of

# So many telegrams are drained at a time.
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Redecoded:
    """How many telegrams were decoded, how many still cannot be, and how many readings that gave."""

    decoded: int
    refused: int
    readings: int


def drain_undecoded(*, now: datetime) -> Redecoded:
    """Decode what could not be decoded when it came, where its profile has another version by now."""
    waiting = RawTelegram.objects.filter(decoded_at=None).order_by("pk").select_related("binding")
    mended = [
        telegram
        for telegram in waiting.iterator(chunk_size=AT_A_TIME)
        if (profile := shipped().get(telegram.binding.profile))
        and profile.version != telegram.profile_version
    ]
    return redecode(mended[:AT_A_TIME], now=now)


@transaction.atomic
def redecode(telegrams: Sequence[RawTelegram], *, now: datetime) -> Redecoded:
    """
    Decode these telegrams with the present version of their devices' profiles.

    Readings that come out the same change nothing; others are corrections of the ingest.  Identity is
    checked as at a visit.  A telegram that cannot be decoded stays as it was, with the reason.
    """
    decoded = refused = readings = 0
    for telegram in telegrams:
        profile = shipped().get(telegram.binding.profile)
        if profile is None:
            refused += 1
            continue
        try:
            samples = _decode(telegram, profile)
        except WireError as refusal:
            _note_refusal(telegram, profile, refusal)
            refused += 1
            continue
        _note_decoded(telegram, profile, now)
        taken = Taken(telegram.binding.meter_id, samples, reference_of(telegram))
        readings += record_samples([taken], key=f"decode:{telegram.pk}:{profile.version}", now=now)
        decoded += 1
    return Redecoded(decoded, refused, readings)


def _decode(telegram: RawTelegram, profile: Profile) -> tuple[RawSample, ...]:
    octets = bytes(telegram.octets)
    if telegram.decoded_at is None:
        _refuse_second(telegram)
        if profile.protocol == "mbus":
            telegram.identity = _identity(telegram, profile, octets)
    return decode_stored(octets, profile, read_at=telegram.taken_at, quantities=profile.billing)


def _refuse_second(telegram: RawTelegram) -> None:
    """A later try at the same slot may have succeeded: its values stand."""
    others = RawTelegram.objects.filter(binding=telegram.binding, slot=telegram.slot)
    if others.exclude(decoded_at=None).exists():
        raise UnableToDecode("another telegram of this quarter hour was decoded")


def _identity(telegram: RawTelegram, profile: Profile, octets: bytes) -> str:
    """The header of an undecoded M-Bus telegram was never compared with the enrolled meter."""
    plan = device_plan(telegram.binding)
    assert plan is not None
    return judge_headers(plan.device, profile, [decode_part(frame) for frame in split_frames(octets)])


def _note_refusal(telegram: RawTelegram, profile: Profile, refusal: WireError) -> None:
    if telegram.decoded_at is None:
        telegram.profile, telegram.profile_version = profile.name, profile.version
        telegram.error = str(refusal)[:300]
        telegram.save(update_fields=["profile", "profile_version", "error"])


def _note_decoded(telegram: RawTelegram, profile: Profile, now: datetime) -> None:
    telegram.profile, telegram.profile_version = profile.name, profile.version
    telegram.decoded_at, telegram.error = now, ""
    telegram.save(update_fields=["profile", "profile_version", "decoded_at", "error", "identity"])
