# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from sites.api import views

app_name = "sites-api"
urlpatterns = [
    path("sites/", views.SiteList.as_view(), name="sites"),
    path("sites/<int:pk>/", views.SiteDetail.as_view(), name="site"),
    path("billing-points/", views.BillingPointList.as_view(), name="billing-points"),
    path("billing-points/<int:pk>/", views.BillingPointDetail.as_view(), name="billing-point"),
]
