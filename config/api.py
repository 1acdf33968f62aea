# SPDX-License-Identifier: Apache-2.0
"""The REST API's addresses, its description and its try-it page."""

from typing import Any

from django.urls import include, path
from django.utils import translation
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import TemplateHTMLRenderer


class Documentation(SpectacularSwaggerSplitView):
    """The try-it page, in the product's frame."""

    renderer_classes = [TemplateHTMLRenderer]
    template_name = "api/documentation.html"
    url_name = "api:schema"
    url_self = None


class Description(SpectacularAPIView):
    """OpenAPI 3, readable by everybody: it names no data.  In English, like the answers."""

    def _get_schema_response(self, request: Any) -> Any:
        with translation.override("en"):
            return super()._get_schema_response(request)


app_name = "api"
urlpatterns = [
    path("", include("sites.api.urls")),
    path("", include("metering.api.urls")),
    path("", include("billing.api.urls")),
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", Documentation.as_view(), name="documentation"),
]
