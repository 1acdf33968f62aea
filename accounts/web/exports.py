# SPDX-License-Identifier: Apache-2.0
"""A table as a file: CSV and XLSX, safe to open in a spreadsheet.

Text that a spreadsheet would take for a formula is written as text (CWE-1236).
"""

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from defusedcsv import csv
from django.http import Http404, HttpResponse

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_table(table: Any, kind: str, name: str) -> HttpResponse:
    """Every row of a django-tables2 table as `name.csv` or `name.xlsx`."""
    return export_rows(table.as_values(), kind, name)


def export_rows(rows: Iterator[list[Any]], kind: str, name: str) -> HttpResponse:
    """
    Rows, the first one holding the headings, as a file to download.

    :raises Http404: for a kind that is neither csv nor xlsx.
    """
    if kind == "csv":
        content, content_type = _csv(rows), CSV
    elif kind == "xlsx":
        content, content_type = _xlsx(rows), XLSX
    else:
        raise Http404
    disposition = f'attachment; filename="{name}.{kind}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def _csv(rows: Iterator[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    # The mark lets Excel read umlauts.
    return ("\ufeff" + text.getvalue()).encode()


def _xlsx(rows: Iterator[list[Any]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, dated)
                elif isinstance(cell, int | Decimal) and not isinstance(cell, bool):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, _plain(cell), bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return stream.getvalue()


def _plain(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)
