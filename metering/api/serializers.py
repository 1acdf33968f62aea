# SPDX-License-Identifier: Apache-2.0
"""Meters and their values as the API writes them; requests are read by `metering.api.push`."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from metering.api.instants import InstantField
from metering.api.units import UNITS
from metering.models import Meter, MeterAssignment, Reading, Register
from sites.api.filters import LARGEST_ID
from sites.api.serializers import PeriodField


class RegisterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Register
        fields = ["id", "obis", "direction", "tariff", "digits", "resolution"]


class MeterSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="equipment.name")
    place = serializers.CharField(source="equipment.place")
    medium = serializers.CharField(source="kind.medium")
    unit = serializers.CharField(source="kind.unit", help_text="The base unit: Wh or ml.")
    registers = RegisterSerializer(many=True)

    class Meta:
        model = Meter
        fields = [
            "id", "site", "number", "name", "place", "medium", "unit", "mode", "billing_relevant",
            "predecessor", "opened_at", "closed_at", "registers",
        ]  # fmt: skip


class AssignmentSerializer(serializers.ModelSerializer):
    period = PeriodField()

    class Meta:
        model = MeterAssignment
        fields = ["id", "billing_point", "period"]


class MeterDetailSerializer(MeterSerializer):
    assignments = AssignmentSerializer(many=True)

    class Meta(MeterSerializer.Meta):
        fields = [*MeterSerializer.Meta.fields, "assignments"]


class ReadingSerializer(serializers.ModelSerializer):
    meter = serializers.IntegerField(source="register.meter_id")
    meter_number = serializers.CharField(source="register.meter.number")
    obis = serializers.CharField(source="register.obis")
    value = serializers.SerializerMethodField(help_text="Whole base units, as the device shows them.")
    unit = serializers.CharField(source="register.meter.kind.unit")
    method = serializers.CharField(source="method.code")
    batch = serializers.CharField(source="batch.key")
    taken_back = serializers.SerializerMethodField(help_text="True where its batch no longer counts.")

    class Meta:
        model = Reading
        fields = [
            "register", "meter", "meter_number", "obis", "at", "value", "unit", "method", "revision",
            "received_at", "batch", "taken_back", "reference",
        ]  # fmt: skip

    def get_value(self, reading: Reading) -> int:
        return reading.value * int(10**reading.register.resolution)

    def get_taken_back(self, reading: Reading) -> bool:
        return reading.batch.taken_back_at is not None


class _Window(serializers.Serializer):
    """A register and a half-open period; `from` is a word of Python, hence the dictionary."""

    def get_fields(self) -> dict[str, serializers.Field]:
        register = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Its id.")
        return {"register": register, **self.window()}

    def window(self) -> dict[str, serializers.Field]:
        return {
            "from": InstantField(help_text="The first instant, on a quarter hour."),
            "to": InstantField(help_text="The first instant after it, on a quarter hour."),
        }


class IntervalQuerySerializer(_Window):
    """What to ask quarter hours by."""


class TotalsQuerySerializer(_Window):
    """What to ask sums by."""

    def window(self) -> dict[str, serializers.Field]:
        return {
            "from": serializers.DateField(help_text="The first local day."),
            "to": serializers.DateField(help_text="The first local day after the last one."),
            "by": serializers.ChoiceField(["day", "month"], default="day"),
        }


class IntervalsSerializer(serializers.Serializer):
    """Quarter hours of a register; `values[n]` begins `n` × 900 seconds after `from`."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "register": serializers.IntegerField(),
            "unit": serializers.CharField(),
            "from": serializers.DateTimeField(),
            "to": serializers.DateTimeField(),
            "step_seconds": serializers.IntegerField(),
            "values": serializers.ListField(
                child=serializers.IntegerField(allow_null=True), help_text="Null where there is none."
            ),
            "quality": serializers.ListField(
                child=serializers.CharField(),
                help_text="measured, corrected, interpolated, provisional, substituted, estimated, missing.",
            ),
        }


class TotalSerializer(serializers.Serializer):
    """A local day or month."""

    period = serializers.CharField(help_text="`2026-11-21` or `2026-11`.")
    total = serializers.IntegerField(help_text="The sum of the slots that are there.")
    slots = serializers.IntegerField(help_text="How many quarter hours are there.")
    expected = serializers.IntegerField(help_text="How many the period has.")
    peak = serializers.IntegerField(allow_null=True, help_text="The highest quarter hour.")


class TotalsSerializer(serializers.Serializer):
    """Sums of a register, in the days of its site."""

    register = serializers.IntegerField()
    unit = serializers.CharField()
    by = serializers.CharField()
    results = TotalSerializer(many=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "format": "int64", "description": "Whole base units (Wh, ml)."},
            {
                "type": "object",
                "description": "A decimal with its unit, taken exactly or refused.",
                "properties": {
                    "value": {"type": "string", "example": "1234.567"},
                    "unit": {"type": "string", "enum": list(UNITS)},
                },
                "required": ["value", "unit"],
            },
        ]
    }
)
class PushedValueField(serializers.JSONField):
    """A whole number of base units, or a decimal with its unit."""


class PushedReadingSerializer(serializers.Serializer):
    """By `register`, or by `meter`, with `site` and `obis` where its number is not enough."""

    register = serializers.IntegerField(required=False)
    meter = serializers.CharField(required=False, help_text="The number printed on it.")
    site = serializers.IntegerField(required=False, allow_null=True)
    obis = serializers.CharField(required=False, allow_null=True)
    at = serializers.DateTimeField(help_text="With its offset from UTC.")
    value = PushedValueField()


class PushSerializer(serializers.Serializer):
    """Up to 10 000 readings, all or none."""

    batch = serializers.CharField(max_length=120, help_text="Your name of the delivery.")
    readings = PushedReadingSerializer(many=True)


class SetAsideSerializer(serializers.Serializer):
    """A reading that cannot be: kept as an event for a person to decide."""

    reading = serializers.IntegerField(help_text="Its place in the list, from 0.")
    reason = serializers.CharField()


class PushResultSerializer(serializers.Serializer):
    """What became of the readings."""

    batch = serializers.CharField()
    written = serializers.IntegerField(help_text="New.")
    unchanged = serializers.IntegerField(help_text="Known already.")
    corrected = serializers.IntegerField(help_text="Known with another value: the new one counts.")
    quarantined = serializers.IntegerField(help_text="Set aside, see `set_aside`.")
    set_aside = SetAsideSerializer(many=True)
