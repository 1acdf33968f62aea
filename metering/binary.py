# SPDX-License-Identifier: Apache-2.0
"""Whole columns between numpy and PostgreSQL, in PostgreSQL's own binary formats.

Rows of fixed width come out by COPY and are read in place; columns go in as
arrays for `unnest`, because COPY into a table with row-level security is not
to be had.  No value is touched one by one on either way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Connection, Cursor, adapt, pq, sql

Array = NDArray[Any]
Parameters = Sequence[object]

_COPY_HEADER, _COPY_TRAILER = 19, 2
# Days are counted from 2000 there, from 1970 here.
POSTGRES_EPOCH = np.datetime64("2000-01-01", "D")
_OIDS = {"int2": 21, "int4": 23, "int8": 20, "date": 1082, "bytea": 17, "timestamptz": 1184}
_ARRAY_OIDS = {
    "int2": 1005, "int4": 1007, "int8": 1016, "date": 1182, "bytea": 1001, "timestamptz": 1185,
}  # fmt: skip
_WIRE = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "date": ">i4", "timestamptz": ">i8"}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One array parameter of a statement: `kind` is PostgreSQL's element type, `cells` its binary form."""

    kind: str
    cells: bytes | bytearray


def int2(numbers: Array) -> Column:
    return _column("int2", numbers)


def int4(numbers: Array) -> Column:
    return _column("int4", numbers)


def int8(numbers: Array) -> Column:
    return _column("int8", numbers)


def dates(days: Array) -> Column:
    """`datetime64[D]` [n] as date[]."""
    return _column("date", (days - POSTGRES_EPOCH).astype(np.int64))


def timestamps(seconds: Array) -> Column:
    """Seconds since 1970 (UTC), int64 [n], as timestamptz[]."""
    since = int((POSTGRES_EPOCH - np.datetime64("1970-01-01", "D")).astype(np.int64)) * 86_400
    return _column("timestamptz", (seconds - since) * 1_000_000)


def blobs(rows: Array) -> Column:
    """The rows of a matrix [n, width], each as its bytes in big-endian order, as bytea[]."""
    return _cells("bytea", rows, np.dtype((rows.dtype.newbyteorder(">"), rows.shape[1:])))


def optional_blobs(rows: Array, there: NDArray[np.bool_]) -> Column:
    """Like `blobs`, with NULL for the rows that are not `there`."""
    if not there.any():
        return Column("bytea", _array_header("bytea", len(rows), 1) + np.full(len(rows), -1, ">i4").tobytes())
    null, head = np.array(-1, ">i4").tobytes(), np.array(rows.itemsize * rows.shape[1], ">i4").tobytes()
    cells = [head + row.tobytes() if given else null for row, given in zip(rows, there, strict=True)]
    return Column("bytea", _array_header("bytea", len(rows), 1) + b"".join(cells))


def _column(kind: str, numbers: Array) -> Column:
    return _cells(kind, numbers, np.dtype(_WIRE[kind]))


def _cells(kind: str, values: Array, cell: np.dtype[Any]) -> Column:
    """Laid out in one pass: header, then length and value of each element."""
    header = _array_header(kind, len(values))
    buffer = bytearray(len(header) + len(values) * (4 + cell.itemsize))
    buffer[: len(header)] = header
    layout = np.dtype([("length", ">i4"), ("cell", cell)])
    cells: Array = np.ndarray(len(values), layout, buffer, len(header))
    cells["length"], cells["cell"] = cell.itemsize, values
    return Column(kind, buffer)


def _array_header(kind: str, count: int, with_nulls: int = 0) -> bytes:
    dimensions = [1, count, 1] if count else [0]
    head = [dimensions[0], with_nulls, _OIDS[kind], *dimensions[1:]]
    return np.array(head, dtype=">i4").tobytes()


class _ColumnDumper(adapt.Dumper):
    """Hands a `Column` to PostgreSQL as it is; one upgraded class per element type."""

    format = pq.Format.BINARY
    kind = ""

    def dump(self, obj: Column) -> bytes | bytearray:
        return obj.cells

    def get_key(self, obj: Column, format: Any) -> Any:
        return (self.cls, obj.kind)

    def upgrade(self, obj: Column, format: Any) -> "_ColumnDumper":
        dumper = _ColumnDumper(self.cls, self.connection)
        dumper.oid = _ARRAY_OIDS[obj.kind]
        return dumper


def execute(statement: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run one statement with parameters bound on the server; its rows, or none."""
    rows: list[tuple[Any, ...]] = _through_wrappers(statement, parameters, _execute)
    return rows


def fetch(query: str, parameters: Parameters, row: np.dtype[Any]) -> Array:
    """
    The rows of `query` as a structured array.

    `row` names the columns in their order; every one must be of fixed width and never NULL.
    """
    fields = [(f"{name}_head", f"V{6 if place == 0 else 4}") for place, name in enumerate(row.names or ())]
    layout = [
        part for head, name in zip(fields, row.names or (), strict=True) for part in (head, (name, row[name]))
    ]
    stored = _through_wrappers(query, parameters, _copy_out)
    return np.frombuffer(
        stored, np.dtype(layout), offset=_COPY_HEADER, count=_count(stored, np.dtype(layout))
    )


def _count(stored: bytes, layout: np.dtype[Any]) -> int:
    count, rest = divmod(len(stored) - _COPY_HEADER - _COPY_TRAILER, layout.itemsize)
    assert not rest, "A column is not of the width its dtype says."
    return count


def _cursor() -> Cursor[Any]:
    """A cursor that binds on the server (Django's own writes parameters into the text)."""
    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    cursor = Cursor(raw)
    cursor.adapters.register_dumper(Column, _ColumnDumper)
    return cursor


def _execute(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    with _cursor() as cursor, connection.wrap_database_errors:
        cursor.execute(statement.encode(), parameters, binary=True)
        return cursor.fetchall() if cursor.description else []


def _copy_out(query: str, parameters: Parameters) -> bytes:
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(_bound(query, parameters))
    with _cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        return b"".join(copy)


def _bound(query: str, parameters: Parameters) -> sql.Composed:
    """COPY takes no parameters of its own: numbers, dates and lists of numbers are written as literals."""
    parts = query.split("%s")
    assert len(parts) == len(parameters) + 1
    pieces: list[sql.Composable] = [sql.SQL(parts[0])]
    for value, part in zip(parameters, parts[1:], strict=True):
        pieces += [sql.Literal(value), sql.SQL(part)]
    return sql.Composed(pieces)


class _NamedCursor:
    """
    What execute wrappers see in place of a cursor.

    pghistory writes its context in front of statements, except of named cursors: a statement bound on
    the server (or a COPY) takes no second one.
    """

    name = "binary"


def _through_wrappers(statement: str, parameters: Parameters, act: Callable[[str, Parameters], Any]) -> Any:
    """Django's execute wrappers see these statements as well: that is how tests count and kill them."""
    answer: list[Any] = []

    # Wrappers take a cursor or nothing for an answer, so ours goes round them.
    def last(text: str, given: Parameters, many: bool, context: dict[str, Any]) -> None:
        answer.append(act(text, given))

    executor: Callable[..., Any] = last
    for wrapper in reversed(connection.execute_wrappers):
        executor = partial(wrapper, executor)
    executor(statement, parameters, False, {"connection": connection, "cursor": _NamedCursor()})
    return answer[-1]
