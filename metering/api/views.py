# SPDX-License-Identifier: Apache-2.0
"""Meters and their values over REST: what the actor may see, and readings in through the one door."""

from typing import Any

import django_filters
from django_filters.utils import translate_validation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import clock
from accounts.api.description import PROBLEM, ProblemSerializer
from accounts.api.idempotency import once
from accounts.api.views import ScopedView
from accounts.rights import Right
from metering import selectors
from metering.api import serializers
from metering.api.instants import InstantFilter
from metering.api.pagination import ReadingPagination
from metering.api.parsers import StrictJson
from metering.api.push import parse_push, resolve
from metering.api.reading_pages import ReadingPages
from metering.api.store import intervals, push, totals
from metering.models import Meter, MeterAssignment, MeterMode, Reading, Register
from sites.api.filters import IdFilter


class MeterFilter(django_filters.FilterSet):
    site = IdFilter("site_id")
    mode = django_filters.ChoiceFilter(choices=MeterMode.choices)
    number = django_filters.CharFilter()
    billing_point = IdFilter(method="of_billing_point", label="Assigned to it at any time")

    def of_billing_point(self, meters: Any, name: str, value: int) -> Any:
        return meters.filter(pk__in=MeterAssignment.objects.filter(billing_point_id=value).values("meter_id"))


def _any_register(registers: Any, name: str, value: Any) -> Any:
    return registers


class ReadingFilter(django_filters.FilterSet):
    """Chooses registers; `ReadingPages` cuts the window. `from` is a word of Python, hence the dictionary."""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {
            "register": IdFilter("pk"),
            "meter": IdFilter("meter_id"),
            "site": IdFilter("meter__site_id"),
            "from": InstantFilter(method=_any_register, label="From this instant on"),
            "to": InstantFilter(method=_any_register, label="Before this instant"),
        }


class MeterList(ScopedView, generics.ListAPIView):
    """Meters with their registers, in pages; filter by `site`, `mode`, `number`, `billing_point`."""

    right = Right.METER_VIEW
    queryset = Meter._base_manager.none()  # names the model for the description
    serializer_class = serializers.MeterSerializer
    filterset_class = MeterFilter

    def get_queryset(self) -> Any:
        return selectors.meters_for(self.actor).prefetch_related("registers")


class MeterDetail(ScopedView, generics.RetrieveAPIView):
    """One meter with its registers and the billing points that pay for it."""

    right = Right.METER_VIEW
    queryset = Meter._base_manager.none()  # names the model for the description
    serializer_class = serializers.MeterDetailSerializer

    def get_queryset(self) -> Any:
        return selectors.meters_for(self.actor).prefetch_related("registers", "assignments")


class ReadingList(ScopedView, generics.ListAPIView):
    """
    What registers showed, by register and instant, in pages.

    Every reading is there, corrected and taken back ones too; what counts for a quarter hour, `intervals/`
    says.
    """

    right = Right.METER_VIEW
    rights = {"POST": Right.READING_PUSH}
    queryset = Reading._base_manager.none()  # names the model for the description
    serializer_class = serializers.ReadingSerializer
    filterset_class = ReadingFilter
    pagination_class = ReadingPagination
    parser_classes = [StrictJson]

    def get_queryset(self) -> Any:
        return selectors.registers_for(self.actor, Right.METER_VIEW)

    def filter_queryset(self, queryset: Any) -> ReadingPages:
        asked = ReadingFilter(self.request.query_params, queryset=queryset)
        if not asked.is_valid():
            raise translate_validation(asked.errors)
        window = asked.form.cleaned_data
        return ReadingPages(list(asked.qs.values_list("pk", flat=True)), window["from"], window["to"])

    @extend_schema(
        operation_id="readings_push",
        request=serializers.PushSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="At most 80 characters. The same request again gets the first answer.",
            )
        ],
        responses={
            200: serializers.PushResultSerializer,
            (409, PROBLEM): OpenApiResponse(ProblemSerializer, "The batch was taken back: use another name."),
            (422, PROBLEM): OpenApiResponse(ProblemSerializer, "The key was used for another request."),
        },
        filters=False,
    )
    def post(self, request: Request) -> Response:
        """
        Push up to 10 000 readings: all are taken in, or none.

        A reading's natural key is register and instant, so that a delivery may be repeated.
        """
        return once(request, self.actor, lambda: self._push(request.data))

    def _push(self, body: Any) -> Response:
        batch, given = parse_push(body)
        readings = resolve(self.actor, given)
        return Response(push(batch=batch, readings=readings, user_id=self.actor.user_id, now=clock.now()))


class _OneRegister(ScopedView):
    right = Right.METER_VIEW

    def query(self, serializer: type) -> dict[str, Any]:
        asked = serializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def register(self, register_id: int) -> Register:
        registers = selectors.registers_for(self.actor, Right.METER_VIEW).select_related("meter__kind")
        found = registers.filter(pk=register_id).first()
        if found is None:
            raise NotFound
        return found


class Intervals(_OneRegister):
    """The quarter hours of a register as a bill counts them: in base units, factor applied."""

    @extend_schema(
        operation_id="intervals",
        parameters=[serializers.IntervalQuerySerializer],
        responses=serializers.IntervalsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Up to 31 days of quarter hours; a change of clocks may add its hour."""
        asked = self.query(serializers.IntervalQuerySerializer)
        return Response(intervals(self.register(asked["register"]), asked["from"], asked["to"]))


class Totals(_OneRegister):
    """Sums of a register in the local days or months of its site, and how complete they are."""

    @extend_schema(
        operation_id="totals",
        parameters=[serializers.TotalsQuerySerializer],
        responses=serializers.TotalsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Up to 366 days or 60 months; with `by=month`, the months that the days lie in."""
        asked = self.query(serializers.TotalsQuerySerializer)
        return Response(totals(self.register(asked["register"]), asked["from"], asked["to"], asked["by"]))
