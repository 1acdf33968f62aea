# SPDX-License-Identifier: Apache-2.0
"""Abuse case 18: markup in names and texts reaches neither files nor network, and is printed as typed."""

import dataclasses
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.documents import html
from billing.documents.html import Source, document
from billing.documents.pdf import UnableToRender, render, render_invoice
from billing.documents.snapshot import InvoiceSnapshot
from tests.billing.documents import samples
from tests.billing.documents.reading import squeezed, text_of

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "billing" / "documents"
PACKAGE = Path(html.__file__).parent
PAYLOADS = (
    '<img src="{url}">',
    '"><img src={url}>',
    "'><link rel=attachment href={url}>",
    '<link rel="stylesheet" href="{url}">',
    '<style>@import "{url}";</style>',
    "<style>*{{background:url({url})}}</style>",
    '<object data="{url}"></object>',
    '<embed src="{url}">',
    '<svg><image href="{url}"/></svg>',
    '<base href="{url}">',
    "<iframe src='{url}'></iframe>",
    "</title><meta http-equiv=refresh content='0;url={url}'>",
    "}}*{{background:url({url})}}",
    "{{{{ settings.SECRET_KEY }}}}{{% include '{url}' %}}",
    "<table><td colspan=1000000000>",
    "&lt;b&gt; \u202e\u0000\ufffe",
)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on this machine and what was asked of it."""
    hits: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _address = server.accept()
            except TimeoutError:
                continue
            with connection:
                hits.append(connection.recv(200))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", hits
    finally:
        over.set()
        thread.join()
        server.close()


def poisoned(thing: Any, poison: str, path: str = "") -> Any:
    """The same snapshot with `poison` after every text that people can write."""
    fixed = {
        "language",
        "country",
        "currency",
        "line_rounding",
        "accent",
        "iban",
        "reference_type",
        "reference",
        "bill_information",
        "section",
    }
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        changes = {
            field.name: poisoned(getattr(thing, field.name), poison, field.name)
            for field in dataclasses.fields(thing)
            if field.name not in fixed
        }
        return dataclasses.replace(thing, **changes)
    if isinstance(thing, tuple):
        return tuple(poisoned(part, poison, path) for part in thing)
    return f"{thing} {poison}" if type(thing) is str else thing


def sections(snapshot: InvoiceSnapshot, poison: str) -> InvoiceSnapshot:
    lines = tuple(dataclasses.replace(line, section=f"{line.section} {poison}") for line in snapshot.lines)
    sums = tuple(dataclasses.replace(each, section=f"{each.section} {poison}") for each in snapshot.subtotals)
    return dataclasses.replace(snapshot, lines=lines, subtotals=sums)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_every_text_is_printed_and_fetches_nothing(
    payload: str, listener: tuple[str, list[bytes]]
) -> None:
    url, hits = listener
    poison = payload.format(url=url)
    snapshot = sections(poisoned(samples.invoice(notes=("note",)), poison), poison)
    made = document(snapshot).html
    assert not re.search(r"<(link|style|object|embed|iframe|base|table|td)\b", made)
    assert made.count("<img") == document(samples.invoice()).html.count("<img")
    if poison.isprintable():
        # The note is the one text that is never cut to a column.
        assert squeezed(poison) in text_of(render_invoice(snapshot))
    else:
        assert render_invoice(snapshot).startswith(b"%PDF")
    assert hits == []


def test_a_template_that_forgets_to_escape_is_stopped_at_the_door(listener: tuple[str, list[bytes]]) -> None:
    """The known-bad twin: the same payloads as markup are refused by the fetcher, not asked for."""
    url, hits = listener
    refused = 0
    for payload in PAYLOADS[:9]:
        try:
            render(Source(f"<!DOCTYPE html><p>{payload.format(url=url)}", "p{}"), identifier=bytes(16))
        except UnableToRender as refusal:
            refused += 1
            assert "refused" in str(refusal)
    assert hits == []
    assert refused >= 7


def test_files_of_the_machine_stay_out() -> None:
    for address in ("file:///etc/passwd", "/etc/passwd", "ftp://localhost/x"):
        page = f'<!DOCTYPE html><base href="file:///etc/"><link rel="attachment" href="{address}"><p>x'
        with pytest.raises(UnableToRender, match="refused"):
            render(Source(page, "p{}"), identifier=bytes(16))


def test_an_unguarded_engine_would_have_asked(listener: tuple[str, list[bytes]]) -> None:
    """Shows that the listener hears: the engine without our door goes out."""
    weasyprint = pytest.importorskip("weasyprint")
    url, hits = listener
    weasyprint.HTML(string=f'<img src="{url}">').write_pdf()
    assert hits


# ---------------------------------------------------------------- rules the templates keep

UNQUOTED = re.compile(r"""=\s*\{[{%]|=[^"'\s>]*\{\{""")
UNSAFE = re.compile(r"\|\s*safe\b|autoescape|<style|<script|javascript:|<link|safeseq")


def template_faults(text: str) -> list[str]:
    tags = re.findall(r"<[a-zA-Z][^>]*>", re.sub(r"\{#.*?#\}", "", text))
    return [tag for tag in tags if UNQUOTED.search(tag)] + UNSAFE.findall(text)


def test_templates_quote_attributes_and_never_switch_escaping_off() -> None:
    files = sorted(TEMPLATES.glob("*.html")) + sorted(TEMPLATES.glob("*.svg"))
    assert len(files) >= 7
    assert {path.name: template_faults(path.read_text()) for path in files} == {
        path.name: [] for path in files
    }


@pytest.mark.parametrize(
    "bad",
    [
        "<img src={{ x }}>",
        "<p class=a{{ x }}>",
        "{{ x|safe }}",
        "{% autoescape off %}",
        "<style>{{ x }}</style>",
    ],
)
def test_the_rule_wakes_up(bad: str) -> None:
    assert template_faults(bad)


def test_one_place_marks_a_text_as_safe() -> None:
    users = [
        path.name
        for path in PACKAGE.glob("*.py")
        if re.search(r"mark_safe|SafeString\(|format_html", path.read_text())
    ]
    assert users == ["filters.py"]
