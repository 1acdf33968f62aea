# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    # Not the default "sites": that label belongs to django.contrib.sites (ADR 0001).
    label = "premises"
