# SPDX-License-Identifier: Apache-2.0
"""Who changed what, from what to what.

Database triggers write an event row for every insert, update and delete of an
audited model, so that bulk updates and raw SQL leave their trace too.  The
event carries the organization of the row and stands behind the same wall.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, overload

import pghistory
from django.db import models

M = TypeVar("M", bound=type[models.Model])


@overload
def audited(model: M, /) -> M: ...
@overload
def audited(*, exclude: Sequence[str] = (), history: str = "") -> Callable[[M], M]: ...
def audited(model: Any = None, /, *, exclude: Sequence[str] = (), history: str = "") -> Any:
    """
    Keep a history of every row of the model; `exclude` leaves out columns that change by themselves.

    `history` names the model of the history where `<Model>Event` is taken.
    """

    def decorate(cls: M) -> M:
        track = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(exclude) or None,
            append_only=True,
            model_name=history or None,
        )
        tracked: M = track(cls)
        return tracked

    return decorate if model is None else decorate(model)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one event: from what to what."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event: when, who, what."""

    at: datetime
    label: str
    user_id: int | None
    user: str
    changes: tuple[Change, ...]


def history_of(row: models.Model) -> list[HistoryEntry]:
    """
    The history of one row, newest first, each event with the fields that changed.

    The first event shows every field that was given.
    """
    model: Any = row._meta.model
    events = list(
        model.pgh_event_model.objects.filter(pgh_obj_id=row.pk)
        .select_related("pgh_context")
        .order_by("pgh_id")
    )
    names = _names(events)
    entries = []
    previous: Any = None
    for event in events:
        user_id = _user_id(event)
        entries.append(
            HistoryEntry(
                event.pgh_created_at,
                event.pgh_label,
                user_id,
                names.get(user_id, ""),
                _changes(previous, event),
            )
        )
        previous = event
    return entries[::-1]


def _user_id(event: Any) -> int | None:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    user_id: int | None = metadata.get("user")
    return user_id


def _names(events: Sequence[Any]) -> dict[int | None, str]:
    from accounts.models import User  # the audit is imported by the models themselves

    ids = {user_id for event in events if (user_id := _user_id(event))}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def _changes(before: Any, after: Any) -> tuple[Change, ...]:
    skipped = {"id", "organization"}
    fields = [
        f
        for f in after._meta.concrete_fields
        if not f.name.startswith("pgh_") and f.name not in skipped and not f.name.endswith("_hash")
    ]
    found = []
    for field in fields:
        old = getattr(before, field.attname) if before is not None else None
        new = getattr(after, field.attname)
        if old != new and not (before is None and new in (None, "", [])):
            found.append(Change(str(field.verbose_name), _readable(field, old), _readable(field, new)))
    return tuple(found)


def _readable(field: Any, value: Any) -> Any:
    """A choice by its label, a reference by the name its row has today (`#5` when it is gone)."""
    if value is None:
        return None
    if field.is_relation:
        row = field.related_model._base_manager.filter(pk=value).first()
        return str(row) if row is not None else f"#{value}"
    # Only a field with choices has its value looked up: a JSON value cannot be.
    return dict(field.flatchoices).get(value, value) if field.flatchoices else value
