# SPDX-License-Identifier: Apache-2.0
"""The matrix as `rules`: one predicate a right, and the few questions that need more than a right.

`rules.test_rule("site.edit", actor)` answers from `accounts.rights.MATRIX`; the
template filter `may` and the guards of the views read the same table.
"""

from rules.predicates import Predicate
from rules.rulesets import set_rule, test_rule

from accounts.rights import MATRIX, Actor, Reach, Right, Role


def _held(right: Right) -> Predicate:
    def holds(actor: Actor | None) -> bool:
        return actor is not None and actor.may(right)

    return Predicate(holds, name=f"may:{right.value}")


for _right in Right:
    set_rule(_right.value, _held(_right))  # type: ignore[no-untyped-call]


def may(actor: Actor | None, right: str) -> bool:
    """Whether the actor holds the right, by its name: for templates."""
    return bool(test_rule(right, actor))  # type: ignore[no-untyped-call]


def may_grant(actor: Actor, role: Role) -> bool:
    """
    Whether the actor may give or take the role: only somebody who may do all that it may.

    Otherwise a coordinator could invite an administrator and be one next day.
    """
    return actor.may(Right.PEOPLE_EDIT) and all(actor.reach(right) is Reach.ALL for right in MATRIX[role])


def grantable_roles(actor: Actor) -> list[Role]:
    return [role for role in Role if role.is_staff_role and may_grant(actor, role)]
