# SPDX-License-Identifier: Apache-2.0
"""Which sites there are, for forms down here that limit a token to some of them.

Sites are an upper floor, which may not be asked from here; it leaves its answer
in `answer_with` when the program starts.
"""

from collections.abc import Callable

from accounts.rights import Actor

SiteChoices = Callable[[Actor], list[tuple[int, str]]]
_answers: list[SiteChoices] = []


def answer_with(choices: SiteChoices) -> None:
    _answers[:] = [choices]


def site_choices(actor: Actor) -> list[tuple[int, str]]:
    """Ids and names of the sites the actor sees."""
    return _answers[0](actor) if _answers else []
