# SPDX-License-Identifier: Apache-2.0
"""Sites and billing points over REST: what the actor may see, nothing else."""

from typing import Any

import django_filters
from rest_framework import generics

from accounts.api.views import ScopedView
from accounts.rights import Right
from sites import selectors
from sites.api import serializers
from sites.api.filters import IdFilter
from sites.models import BillingPoint, Site


class SiteFilter(django_filters.FilterSet):
    class Meta:
        model = Site
        fields = {"reference": ["exact"], "state": ["exact"], "postcode": ["exact"]}


class BillingPointFilter(django_filters.FilterSet):
    site = IdFilter("building__site_id")
    building = IdFilter("building_id")

    class Meta:
        model = BillingPoint
        fields = {"use": ["exact"], "is_activated": ["exact"]}


class SiteList(ScopedView, generics.ListAPIView):
    """Sites, in pages."""

    right = Right.SITE_VIEW
    queryset = Site._base_manager.none()  # names the model for the description
    serializer_class = serializers.SiteSerializer
    filterset_class = SiteFilter

    def get_queryset(self) -> Any:
        return selectors.sites_for(self.actor)


class SiteDetail(ScopedView, generics.RetrieveAPIView):
    """One site with its buildings."""

    right = Right.SITE_VIEW
    queryset = Site._base_manager.none()  # names the model for the description
    serializer_class = serializers.SiteDetailSerializer

    def get_queryset(self) -> Any:
        return selectors.sites_for(self.actor).prefetch_related("buildings")


class BillingPointList(ScopedView, generics.ListAPIView):
    """Billing points, in pages; filter by `site`, `building`, `use`, `is_activated`."""

    right = Right.SITE_VIEW
    queryset = BillingPoint._base_manager.none()  # names the model for the description
    serializer_class = serializers.BillingPointSerializer
    filterset_class = BillingPointFilter

    def get_queryset(self) -> Any:
        return selectors.billing_points_for(self.actor)


class BillingPointDetail(ScopedView, generics.RetrieveAPIView):
    """One billing point with its occupancies."""

    right = Right.SITE_VIEW
    queryset = BillingPoint._base_manager.none()  # names the model for the description
    serializer_class = serializers.BillingPointDetailSerializer

    def get_queryset(self) -> Any:
        return selectors.billing_points_for(self.actor).prefetch_related("occupancies__account")
