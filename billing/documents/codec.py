# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to JSON and back, without loss: Decimal as text, dates as ISO 8601.

Reading is strict.  A field too many, a field too few or a value of the wrong kind is
refused with its place: a snapshot is evidence, and evidence is not guessed at.
"""

import dataclasses
import types
import typing
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class UnableToRead(ValueError):
    """The JSON text does not say what this class needs; the message names the place."""


def plain(thing: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(thing, Decimal):
        return str(thing)
    if isinstance(thing, date):
        return thing.isoformat()
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, tuple):
        return [plain(part) for part in thing]
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {field.name: plain(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    return thing


def build(kind: type[T], source: Any, place: str) -> T:
    """
    The dataclass `kind` from a JSON object.

    :raises UnableToRead: naming the field.
    """
    if not isinstance(source, dict):
        raise UnableToRead(f"{place}: expected an object, got {type(source).__name__}")
    hints = _hints(typing.cast(type, kind))
    if unknown := sorted(source.keys() - hints.keys()):
        raise UnableToRead(f"{place}: unknown field {unknown[0]}")
    if missing := [name for name in hints if name not in source]:
        raise UnableToRead(f"{place}: field {missing[0]} is missing")
    return kind(**{name: _read(hint, source[name], f"{place}.{name}") for name, hint in hints.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(hint: Any, source: Any, place: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (option for option in typing.get_args(hint) if option is not types.NoneType)
        return None if source is None else _read(inner, source, place)
    if origin is tuple:
        if not isinstance(source, list):
            raise UnableToRead(f"{place}: expected a list, got {type(source).__name__}")
        inner = typing.get_args(hint)[0]
        return tuple(_read(inner, part, f"{place}[{index}]") for index, part in enumerate(source))
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), source, place)
    return _scalar(hint, source, place)


def _scalar(hint: Any, source: Any, place: str) -> Any:
    written_as_text = hint in (Decimal, date) or issubclass(hint, Enum)
    # Exact, not isinstance: bool is an int in Python; in a snapshot it is not.
    if type(source) is not (str if written_as_text else hint):
        expected = "text" if written_as_text else hint.__name__
        raise UnableToRead(f"{place}: expected {expected}, got {type(source).__name__}")
    if not written_as_text:
        return source
    try:
        return date.fromisoformat(source) if hint is date else hint(source)
    except (ValueError, InvalidOperation) as refusal:
        raise UnableToRead(f"{place}: {source!r} is no {hint.__name__}") from refusal
