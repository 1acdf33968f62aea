# SPDX-License-Identifier: Apache-2.0
"""The addresses of the product: each app brings its own, written out in full in its `urls.py`."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from config import probes

# Each app states its paths from the root on (`sites/<int:pk>/meters/` belongs to metering).
APPS = ("portal", "accounts", "jobs", "sites", "metering", "gateway_bridge", "billing", "rfid")

urlpatterns = [
    path("healthz", probes.alive, name="healthz"),
    path("readyz", probes.ready, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api")),
    path("admin/", admin.site.urls),
    *[path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")],
]
