# SPDX-License-Identifier: Apache-2.0
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sites.models import BillingPoint, Building, Occupancy, Site


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            "from": {"type": "string", "format": "date", "nullable": True},
            "to": {"type": "string", "format": "date", "nullable": True},
        },
        "required": ["from", "to"],
    }
)
class PeriodField(serializers.Field):
    """A half-open period: `{"from": "2026-01-01", "to": null}`; `to` is the first day outside it."""

    def to_representation(self, value: Any) -> dict[str, str | None]:
        return {
            "from": value.lower.isoformat() if value.lower else None,
            "to": value.upper.isoformat() if value.upper else None,
        }


class BuildingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Building
        fields = ["id", "name", "position"]


class SiteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Site
        fields = [
            "id", "reference", "name", "street", "house_number", "postcode", "town", "country",
            "latitude", "longitude", "time_zone", "grid_operator", "state",
        ]  # fmt: skip


class SiteDetailSerializer(SiteSerializer):
    buildings = BuildingSerializer(many=True)

    class Meta(SiteSerializer.Meta):
        fields = [*SiteSerializer.Meta.fields, "buildings"]


class OccupancySerializer(serializers.ModelSerializer):
    account = serializers.CharField(source="account.code")
    account_name = serializers.CharField(source="account.name")
    period = PeriodField()

    class Meta:
        model = Occupancy
        fields = ["id", "account", "account_name", "period", "is_vacancy"]


class BillingPointSerializer(serializers.ModelSerializer):
    site = serializers.IntegerField(source="building.site_id")
    building_name = serializers.CharField(source="building.name")
    existence = PeriodField()

    class Meta:
        model = BillingPoint
        fields = [
            "id", "site", "building", "building_name", "name", "use", "area_m2", "thousandths",
            "is_activated", "consumer_billing", "in_cost_statement", "priority", "existence",
        ]  # fmt: skip


class BillingPointDetailSerializer(BillingPointSerializer):
    occupancies = OccupancySerializer(many=True)

    class Meta(BillingPointSerializer.Meta):
        fields = [*BillingPointSerializer.Meta.fields, "occupancies"]
