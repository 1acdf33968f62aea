# SPDX-License-Identifier: Apache-2.0
"""Put a gateway into a site."""

from dataclasses import dataclass

from django.db import transaction

from gateway_bridge.models import Endpoint, Gateway, PollingClass
from gateway_bridge.services.add_endpoint import EndpointDraft, add_endpoint
from sites.models import Building, Equipment, EquipmentDefinition, Site
from sites.models.equipment import EquipmentKind


@dataclass(frozen=True, slots=True)
class GatewayDraft:
    """What a person says about a gateway."""

    name: str
    polling_class: str = PollingClass.QUARTER_HOUR
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    place: str = ""
    secret: str = ""


@transaction.atomic
def add_gateway(
    *, site: Site, draft: GatewayDraft, endpoint: EndpointDraft, building: Building | None = None
) -> tuple[Gateway, Endpoint]:
    """
    Create the equipment, the gateway and its first connection.

    :raises AddressRefused: if the organization may not reach the host.
    :raises EndpointTaken: if another connection of the organization has this host and port.
    """
    equipment = Equipment.objects.create(
        definition=_definition(),
        site=site,
        building=building,
        name=draft.name,
        place=draft.place,
        manufacturer=draft.manufacturer,
        model=draft.model,
        serial=draft.serial,
    )
    gateway = Gateway.objects.create(
        equipment=equipment,
        site=site,
        polling_class=draft.polling_class,
        secret=draft.secret or None,  # type: ignore[misc]  # the field is nullable by itself
    )
    return gateway, add_endpoint(gateway=gateway, draft=endpoint)


def _definition() -> EquipmentDefinition:
    """The organization's definition of a gateway; made where it has none."""
    known = EquipmentDefinition.objects.filter(kind=EquipmentKind.GATEWAY).order_by("pk").first()
    return known or EquipmentDefinition.objects.create(
        name="Gateway", kind=EquipmentKind.GATEWAY, tree_allowed=False, calibration_field=False
    )
