# SPDX-License-Identifier: Apache-2.0
"""Invoices over REST: read; drafts are for staff in the browser."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request

from accounts.api.views import ScopedView
from accounts.rights import Right
from billing.api import serializers
from billing.models import Invoice, InvoiceDocument
from billing.selectors.visible import invoices_for
from sites.api.filters import IdFilter


class InvoiceFilter(django_filters.FilterSet):
    site = IdFilter("site_id")
    billing_point = IdFilter("billing_point_id")
    account = django_filters.CharFilter(field_name="account__code")
    issued_from = django_filters.DateFilter(field_name="issued_on", lookup_expr="gte")
    issued_to = django_filters.DateFilter(field_name="issued_on", lookup_expr="lte")

    class Meta:
        model = Invoice
        fields = {"kind": ["exact"], "state": ["exact"]}


class _Invoices(ScopedView):
    right = Right.INVOICE_VIEW
    queryset = Invoice._base_manager.none()  # names the model for the description

    def get_queryset(self) -> Any:
        # Neither the document's bytes nor the texts it was made from are read for a list.
        document = InvoiceDocument.objects.filter(invoice_id=OuterRef("pk"))
        return invoices_for(self.actor).defer("figures", "snapshot").annotate(has_document=Exists(document))


class InvoiceList(_Invoices, generics.ListAPIView):
    """Invoices, credit notes and statements, in pages."""

    serializer_class = serializers.InvoiceSerializer
    filterset_class = InvoiceFilter


class InvoiceDetail(_Invoices, generics.RetrieveAPIView):
    """One invoice with its lines."""

    serializer_class = serializers.InvoiceDetailSerializer

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related("lines")


class InvoicePdf(_Invoices, generics.GenericAPIView):
    """The document as it was issued, byte for byte."""

    @extend_schema(operation_id="invoices_pdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The document as it was issued, byte for byte; 404 where there is none (yet)."""
        documents = InvoiceDocument.objects.filter(invoice__in=invoices_for(self.actor).values("pk"))
        document = get_object_or_404(documents.select_related("invoice"), invoice_id=pk)
        response = HttpResponse(bytes(document.content), content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{document.invoice.label}.pdf"'
        response["Cache-Control"] = "private, no-cache"
        etag = response["ETag"] = quote_etag(document.sha256[:32])
        return get_conditional_response(request, etag=etag, response=response)
