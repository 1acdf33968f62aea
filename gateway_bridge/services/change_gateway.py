# SPDX-License-Identifier: Apache-2.0
"""Change what is said about a gateway."""

from django.db import transaction

from gateway_bridge.models import Gateway
from gateway_bridge.services.add_gateway import GatewayDraft


@transaction.atomic
def change_gateway(*, gateway: Gateway, draft: GatewayDraft) -> Gateway:
    """Change the gateway and its equipment; an empty password keeps the stored one."""
    equipment = gateway.equipment
    equipment.name, equipment.place = draft.name, draft.place
    equipment.manufacturer, equipment.model, equipment.serial = (
        draft.manufacturer,
        draft.model,
        draft.serial,
    )
    equipment.save(update_fields=["name", "place", "manufacturer", "model", "serial"])
    gateway.polling_class = draft.polling_class
    fields = ["polling_class"]
    if draft.secret:
        # Plain text until it is written: the field seals it.
        gateway.secret = draft.secret
        fields.append("secret")
    gateway.save(update_fields=fields)
    return gateway
