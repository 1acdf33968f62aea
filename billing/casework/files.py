# SPDX-License-Identifier: Apache-2.0
"""Read a file of worked cases.  Numbers stay texts, so that no binary fraction touches them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class UnreadableCases(ValueError):
    """The file is missing, is not YAML, or is not a list of cases; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case: what goes in, what must come out, and what it is about."""

    id: str
    topic: str
    inputs: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def prefix(self) -> str:
        return self.id.split("-")[0].upper()


class _Texts(yaml.SafeLoader):
    """Everything is a text but `true`, `false` and `null`."""


_Texts.yaml_implicit_resolvers = {}
_Texts.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$", re.I), list("tTfF"))
_Texts.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$", re.I), ["~", "n", "N", ""]
)
_Texts.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def read(path: Path) -> list[Case]:
    """
    The cases of a file, in its order.

    :raises UnreadableCases: if it cannot be read as cases.
    """
    try:
        # The loader is a SafeLoader with fewer types.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Texts)  # noqa: S506
    except OSError as error:
        raise UnreadableCases(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableCases(f"{path} is not UTF-8 text.") from error
    except yaml.YAMLError as error:
        raise UnreadableCases(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    rows = document.get("cases") if isinstance(document, Mapping) else document
    if not isinstance(rows, list):
        raise UnreadableCases(f"{path} has no list named 'cases'.")
    return [_case(path, number, row) for number, row in enumerate(rows, start=1)]


def _case(path: Path, number: int, row: Any) -> Case:
    if not isinstance(row, Mapping):
        raise UnreadableCases(f"{path}: case number {number} is not a mapping.")
    if not isinstance(row.get("id"), str) or not row["id"].strip():
        raise UnreadableCases(f"{path}: case number {number} has no id.")
    for name in ("inputs", "expected"):
        if not isinstance(row.get(name), Mapping):
            raise UnreadableCases(f"{path}: case {row['id']} has no mapping named '{name}'.")
    return Case(row["id"].strip(), str(row.get("topic") or ""), row["inputs"], row["expected"])
