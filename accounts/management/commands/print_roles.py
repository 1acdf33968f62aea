# SPDX-License-Identifier: Apache-2.0
"""`manage.py print_roles > docs/roles.md`: the role × right matrix as a page."""

from typing import Any

from django.core.management import BaseCommand
from django.utils import translation

from accounts.rights import MATRIX, Reach, Right, Role

HEAD = """# Roles and rights

Printed from `accounts/rights.py` by `python manage.py print_roles > docs/roles.md`; a test compares.

**all**: everything of the organization. **own**: what the accounts are linked to of which the person is
a contact (an owner's and an installer's sites, a resident's flats for the time they have them). Staff roles
come from a membership, the others from being a contact of an account. Guards, templates
(`actor|may:"site.edit"`) and the REST API read the same table; `tests/test_access.py` asks every route as
every role.
"""
WORDS = {Reach.ALL: "all", Reach.OWN: "own", None: "–"}


def roles_page() -> str:
    """The page in Markdown, in English."""
    with translation.override("en"):
        names = [str(role.label) for role in Role]
    lines = [HEAD, f"| right | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for right in Right:
        reaches = (WORDS[MATRIX[role].get(right)] for role in Role)
        lines.append(f"| `{right.value}` | {' | '.join(reaches)} |")
    return "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Print docs/roles.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(roles_page(), ending="")
