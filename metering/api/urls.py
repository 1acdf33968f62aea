# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from metering.api import views

app_name = "metering-api"
urlpatterns = [
    path("meters/", views.MeterList.as_view(), name="meters"),
    path("meters/<int:pk>/", views.MeterDetail.as_view(), name="meter"),
    path("readings/", views.ReadingList.as_view(), name="readings"),
    path("intervals/", views.Intervals.as_view(), name="intervals"),
    path("totals/", views.Totals.as_view(), name="totals"),
]
