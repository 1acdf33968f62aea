# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from portal.views import home, pages, preferences

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("language/", preferences.language, name="language"),
    path("appearance/", preferences.appearance, name="appearance"),
    path("glossary/", pages.glossary, name="glossary"),
    path("design/", pages.design, name="design"),
]
