# SPDX-License-Identifier: Apache-2.0
from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from accounts.places import answer_with
        from sites.selectors import sites_for

        answer_with(lambda actor: list(sites_for(actor).values_list("pk", "name")))
