# SPDX-License-Identifier: Apache-2.0
from rest_framework import serializers

from billing.models import Invoice, InvoiceLine
from sites.api.serializers import PeriodField


class InvoiceSerializer(serializers.ModelSerializer):
    number = serializers.CharField(source="label", help_text="As printed; empty on a draft.")
    account = serializers.CharField(source="account.code")
    period = PeriodField()
    has_document = serializers.BooleanField(read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id", "kind", "state", "number", "site", "billing_point", "occupancy", "account", "period",
            "currency", "net", "vat", "rounding", "total", "estimated", "issued_on", "due_on",
            "reference", "has_document",
        ]  # fmt: skip


class InvoiceLineSerializer(serializers.ModelSerializer):
    period = PeriodField()

    class Meta:
        model = InvoiceLine
        fields = [
            "id", "position", "section", "title", "period", "part", "slot", "unit", "quantity", "energy_wh",
            "unit_price", "amount", "vat_rate", "estimated",
        ]  # fmt: skip


class InvoiceDetailSerializer(InvoiceSerializer):
    lines = InvoiceLineSerializer(many=True)

    class Meta(InvoiceSerializer.Meta):
        fields = [*InvoiceSerializer.Meta.fields, "lines"]
