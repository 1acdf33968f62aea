# SPDX-License-Identifier: Apache-2.0
"""A YAML mapping that is read key by key and knows the line of each, so that every refusal can name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

import yaml

from gateway_bridge.profiles.errors import UnableToLoadProfile

T = TypeVar("T")

MAX_CHARACTERS = 200_000
MAX_DEPTH = 8


class Section:
    """One mapping; `done()` refuses the keys that nobody asked for."""

    def __init__(self, node: yaml.Node, *, path: str, origin: str) -> None:
        self.path = path
        self.origin = origin
        self._node = node
        self._asked: set[str] = set()
        if not isinstance(node, yaml.MappingNode):
            self._refuse_node(node, path, "must be a mapping of keys to values")
        self._fields: dict[str, yaml.Node] = {}
        self._key_nodes: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse_node(key_node, path, "keys must be plain words")
            key = str(key_node.value)
            if key in self._fields:
                self._refuse_node(key_node, self._name(key), "is given twice")
            self._fields[key] = value_node
            self._key_nodes[key] = key_node

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def keys(self) -> Iterator[str]:
        return iter(self._fields)

    def refuse(self, key: str, reason: str) -> NoReturn:
        """
        Refuse what stands under `key`.

        :raises UnableToLoadProfile: always, with the line.
        """
        self._refuse_node(self._key_nodes.get(key, self._node), self._name(key), reason)

    def done(self) -> None:
        """
        Say that every known key has been asked for.

        :raises UnableToLoadProfile: for the first unknown key.
        """
        for key in self._fields:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.refuse(key, f"unknown key (known here: {known})")

    def section(self, key: str) -> Section:
        node = self._required(key)
        return Section(node, path=self._name(key), origin=self.origin)

    def sections(self, key: str) -> list[Section]:
        """A list of mappings."""
        node = self._required(key)
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(key, "must be a list")
        return [
            Section(item, path=f"{self._name(key)}[{position}]", origin=self.origin)
            for position, item in enumerate(node.value)
        ]

    def text(self, key: str, default: str | None = None) -> str:
        node = self._optional(key)
        if node is None and default is not None:
            return default
        return self._scalar(key, self._required(key))

    def optional_text(self, key: str) -> str | None:
        node = self._optional(key)
        return None if node is None or _is_null(node) else self._scalar(key, node)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of words; a single word counts as a list of one, a missing key as none."""
        node = self._optional(key)
        if node is None:
            return ()
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._scalar(key, item) for item in node.value)
        return (self._scalar(key, node),)

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        word = self.text(key, default)
        if word not in allowed:
            self.refuse(key, f"{word!r} is none of {', '.join(allowed)}")
        return word

    def integer(self, key: str, *, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number, decimal or 0x hexadecimal, within limits."""
        if default is not None and key not in self._fields:
            self._asked.add(key)
            return default
        number = self._parse(key, self.text(key), _integer, "must be a whole number such as 72 or 0x48")
        if not lowest <= number <= highest:
            self.refuse(key, f"{number} is not between {lowest} and {highest}")
        return number

    def integers(self, key: str, *, lowest: int, highest: int) -> tuple[int, ...]:
        numbers = tuple(
            self._parse(key, word, _integer, "must be whole numbers such as 72 or 0x48")
            for word in self.texts(key)
        )
        for number in numbers:
            if not lowest <= number <= highest:
                self.refuse(key, f"{number} is not between {lowest} and {highest}")
        return numbers

    def decimal(self, key: str, default: str | None = None) -> Decimal:
        """
        An exact decimal.  It must be quoted: without quotes YAML would make it a binary float for other
        readers.
        """
        node = self._optional(key)
        if isinstance(node, yaml.ScalarNode) and node.style is None and "." in node.value:
            self.refuse(key, f'must be quoted: "{node.value}"')
        number = self._parse(key, self.text(key, default), Decimal, 'must be a decimal such as "0.01"')
        if not number.is_finite():
            self.refuse(key, "must be a finite number")
        return number

    def _parse(self, key: str, word: str, parse: Callable[[str], T], otherwise: str) -> T:
        try:
            return parse(word)
        except (ValueError, InvalidOperation):
            self.refuse(key, f"{otherwise}, not {word!r}")

    def _optional(self, key: str) -> yaml.Node | None:
        self._asked.add(key)
        return self._fields.get(key)

    def _required(self, key: str) -> yaml.Node:
        node = self._optional(key)
        if node is None:
            self._refuse_node(self._node, self._name(key), "is missing")
        return node

    def _scalar(self, key: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(key, "must be a single value")
        return str(node.value)

    def _name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _refuse_node(self, node: yaml.Node, key: str, reason: str) -> NoReturn:
        raise UnableToLoadProfile(reason, origin=self.origin, line=node.start_mark.line + 1, key=key)


def parse_yaml(text: str, *, origin: str) -> Section:
    """
    The top mapping of a YAML text.

    :raises UnableToLoadProfile: if it is no YAML, too long, or uses anchors (which can make a small file
        endless).
    """
    if len(text) > MAX_CHARACTERS:
        raise UnableToLoadProfile(f"longer than {MAX_CHARACTERS} characters", origin=origin)
    try:
        _refuse_tricks(text, origin=origin)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as refusal:
        mark = refusal.problem_mark or refusal.context_mark
        line = None if mark is None else mark.line + 1
        raise UnableToLoadProfile(f"no YAML: {refusal.problem}", origin=origin, line=line) from refusal
    except (yaml.YAMLError, RecursionError) as refusal:
        raise UnableToLoadProfile(f"no YAML: {refusal}", origin=origin) from refusal
    if node is None:
        raise UnableToLoadProfile("the file is empty", origin=origin)
    return Section(node, path="", origin=origin)


def _refuse_tricks(text: str, *, origin: str) -> None:
    """Aliases and deep nesting make a small file cost much time; no profile needs either."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        line = None if mark is None else mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise UnableToLoadProfile("aliases (*name) are not allowed", origin=origin, line=line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise UnableToLoadProfile("nested too deeply", origin=origin, line=line)


def _integer(word: str) -> int:
    return int(word, 16) if word.lower().startswith("0x") else int(word)


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in ("", "~", "null")
