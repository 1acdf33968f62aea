# SPDX-License-Identifier: Apache-2.0
"""The matrix, its page and its predicates say the same."""

import rules

from accounts.management.commands.print_roles import roles_page
from accounts.predicates import may
from accounts.rights import MATRIX, Actor, Right, Role
from tests.house import ROOT


def test_the_page_of_roles_is_printed_from_the_matrix() -> None:
    written = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")

    assert written == roles_page(), "run: python manage.py print_roles > docs/roles.md"


def test_a_forgotten_print_would_be_seen() -> None:
    assert roles_page() != roles_page().replace("| all |", "| – |", 1)


def test_predicates_answer_as_the_matrix_does() -> None:
    for role in Role:
        actor = Actor(organization_id=1, roles=frozenset({role}))
        for right in Right:
            assert rules.test_rule(right.value, actor) == (right in MATRIX[role])


def test_nobody_may_nothing() -> None:
    assert not any(may(None, right.value) for right in Right)


def test_a_reading_token_writes_nothing() -> None:
    actor = Actor(organization_id=1, roles=frozenset({Role.ADMINISTRATOR}), read_only=True)

    assert may(actor, "site.view")
    assert not may(actor, "site.edit")
