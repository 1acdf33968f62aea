# SPDX-License-Identifier: Apache-2.0
"""Say which meter answers at which address, and end that."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus_driver import secondary_identification
from gateway_bridge.drivers.profile import IdentityCheck, Profile
from gateway_bridge.models import DeviceBinding, DeviceHealth, Endpoint, Transport
from gateway_bridge.profiles import shipped
from metering.models import Meter


class UnableToBind(Exception):
    """The device cannot be bound; `reason` is a key of `gateway_bridge.words.BINDING_REFUSALS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DeviceDraft:
    """
    Where a device answers and what it must say it is.

    Modbus: `unit`.  M-Bus: `primary`, or `serial` alone as the secondary address.
    """

    profile: str
    unit: int | None = None
    primary: int | None = None
    serial: str = ""
    manufacturer: str = ""


def profiles_for(transport: str) -> list[Profile]:
    """
    The profiles whose devices can be reached in this way, by name of the maker and model.

    Behind a Modbus TCP gateway there may be an RTU bus; the other way round there is nothing.
    """
    kind = Transport(transport)
    fitting = [
        profile
        for profile in shipped().values()
        if profile.protocol == kind.protocol
        and (kind is Transport.MODBUS_TCP or kind.profile_transport in profile.transports)
    ]
    return sorted(fitting, key=lambda profile: (profile.manufacturer.lower(), profile.models))


def checked_profile(draft: DeviceDraft, transport: str) -> Profile:
    """
    The profile of a draft that makes sense on this transport.

    :raises UnableToBind: if profile, address or serial number does not fit.
    """
    profile = {each.name: each for each in profiles_for(transport)}.get(draft.profile)
    if profile is None:
        raise UnableToBind("profile")
    if profile.protocol == "modbus":
        if draft.unit is None or draft.primary is not None or not 1 <= draft.unit <= 247:
            raise UnableToBind("unit")
        return profile
    if draft.unit is not None or (draft.primary is None and not draft.serial):
        raise UnableToBind("mbus_address")
    try:
        secondary_identification(draft.serial)
    except UnableToDecode:
        raise UnableToBind("mbus_serial") from None
    return profile


def says_its_serial(profile: Profile) -> bool:
    """Whether a device of this kind tells its serial number at every visit."""
    check = profile.identity
    return profile.protocol == "mbus" or (isinstance(check, IdentityCheck) and check.kind == "serial")


@transaction.atomic
def bind_device(*, endpoint: Endpoint, meter: Meter, draft: DeviceDraft) -> DeviceBinding:
    """
    Read `meter` at this address from now on.

    :raises UnableToBind: if the draft makes no sense, lacks the serial number that the device tells, the
        meter is read elsewhere, stands on another site, counts nothing that the profile reads, or the
        address is taken.
    """
    profile = checked_profile(draft, endpoint.transport)
    if says_its_serial(profile) and not draft.serial.strip():
        # Without it nothing would tell this meter from its neighbour.
        raise UnableToBind("serial")
    _check_meter(meter, endpoint, profile)
    if _taken(endpoint, draft).exists():
        raise UnableToBind("address_taken")
    binding = DeviceBinding.objects.create(
        endpoint=endpoint,
        meter=meter,
        profile=profile.name,
        profile_version=profile.version,
        unit=draft.unit,
        primary=draft.primary,
        serial=draft.serial.strip(),
        manufacturer=draft.manufacturer.strip().upper(),
    )
    DeviceHealth.objects.create(binding=binding)
    return binding


@transaction.atomic
def unbind(*, binding: DeviceBinding, now: datetime) -> None:
    """End a binding; its telegrams stay, the meter can be bound elsewhere."""
    locked = DeviceBinding.objects.select_for_update().get(pk=binding.pk)
    if locked.removed_at is None:
        locked.removed_at, locked.is_enabled = now, False
        locked.save(update_fields=["removed_at", "is_enabled"])


def registers_read(meter: Meter, profile: Profile) -> set[str]:
    """OBIS codes of the meter's registers that this profile reads, in the meter's own unit."""
    counted = {
        quantity.obis
        for quantity in profile.billing
        if quantity.base_unit == meter.kind.unit and quantity.obis
    }
    return counted & set(meter.registers.values_list("obis", flat=True))


def _check_meter(meter: Meter, endpoint: Endpoint, profile: Profile) -> None:
    if meter.site_id != endpoint.gateway.site_id:
        raise UnableToBind("other_site")
    if DeviceBinding.objects.filter(meter=meter, removed_at=None).exists():
        raise UnableToBind("meter_taken")
    if not registers_read(meter, profile):
        raise UnableToBind("no_register")


def _taken(endpoint: Endpoint, draft: DeviceDraft) -> QuerySet[DeviceBinding]:
    others = DeviceBinding.objects.filter(endpoint=endpoint, removed_at=None)
    if draft.unit is not None:
        return others.filter(unit=draft.unit)
    if draft.primary is not None:
        return others.filter(primary=draft.primary)
    return others.filter(
        unit=None, primary=None, serial=draft.serial.strip(), manufacturer=draft.manufacturer.strip().upper()
    )
