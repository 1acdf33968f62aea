# SPDX-License-Identifier: Apache-2.0
"""`manage.py allow_network ORGANIZATION NETWORK`: where an organization's gateways may be."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organization
from accounts.scope import organization_scope
from gateway_bridge.models import GatewayNetwork
from gateway_bridge.services.networks import allow_network


class Command(BaseCommand):
    help = "Let an organization have gateways in a network; without a network, list what it may reach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="the organization's short name")
        parser.add_argument("network", nargs="?", help="for example 10.20.0.0/16")
        parser.add_argument("--note", default="", help="why, for the people who look at it later")

    def handle(self, *args: Any, organization: str, network: str | None, note: str, **options: Any) -> None:
        found = Organization.objects.filter(slug=organization).first()
        if found is None:
            raise CommandError(f"There is no organization {organization!r}.")
        with organization_scope(found.pk):
            if network:
                try:
                    allow_network(cidr=network, note=note)
                except ValidationError as refusal:
                    raise CommandError(" ".join(refusal.messages)) from None
            for row in GatewayNetwork.objects.all():
                self.stdout.write(f"{row.cidr}\t{row.note}")
