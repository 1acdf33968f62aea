# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from portal.views import consumption, home, pages, preferences

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("consumption/", consumption.consumption, name="consumption"),
    path("my-invoices/", consumption.invoices, name="invoices"),
    path("language/", preferences.language, name="language"),
    path("appearance/", preferences.appearance, name="appearance"),
    path("glossary/", pages.glossary, name="glossary"),
    path("design/", pages.design, name="design"),
]
