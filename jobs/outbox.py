# SPDX-License-Identifier: Apache-2.0
"""Leave something to be done after the commit."""

from collections.abc import Callable
from typing import Any

from accounts import clock
from jobs.models import OutboxEvent

Deliver = Callable[[dict[str, Any]], None]
_topics: dict[str, Deliver] = {}


def topic(name: str) -> Callable[[Deliver], Deliver]:
    """Register what happens with a topic's events; it may be called twice for one event."""

    def register(deliver: Deliver) -> Deliver:
        _topics[name] = deliver
        return deliver

    return register


def deliver_of(name: str) -> Deliver | None:
    return _topics.get(name)


def leave(name: str, payload: dict[str, Any]) -> OutboxEvent:
    """Write the event in the running transaction; the sweeper delivers it once that has committed."""
    now = clock.now()
    return OutboxEvent.objects.create(topic=name, payload=payload, created_at=now, next_at=now)
