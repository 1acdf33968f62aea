# SPDX-License-Identifier: Apache-2.0
"""The addresses of the product: each app brings its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api")),
    path("admin/", admin.site.urls),
]
