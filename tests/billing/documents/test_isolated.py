# SPDX-License-Identifier: Apache-2.0
"""Abuse case 19 and fault M15: what a bomb takes with it is a child process, nothing else."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.documents import isolated
from billing.documents.html import Source, document
from billing.documents.isolated import Renderer, render_invoice_isolated
from billing.documents.pdf import UnableToRender, identifier, render_invoice
from tests.billing.documents import samples

BOMBS = {
    "width": "<div style='display: table'><div style='display: table-cell' colspan=99999999>x",
    "depth": "<div>" * 3000,
    "attachment": '<link rel="attachment" href="file:///etc/passwd">',
}


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    own = Renderer()
    yield own
    own.close()


def page(body: str) -> Source:
    return Source(f"<!DOCTYPE html>{body}", "p { margin: 0 }")


def make(renderer: Renderer, body: str = "<p>x") -> bytes:
    return renderer.render(page(body), identifier=bytes(16))


def test_the_child_makes_the_same_bytes() -> None:
    try:
        assert render_invoice_isolated(samples.invoice()) == render_invoice(samples.invoice())
    finally:
        isolated._RENDERER.close()


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_and_the_next_document_is_made(renderer: Renderer, bomb: str) -> None:
    with pytest.raises(UnableToRender):
        make(renderer, BOMBS[bomb])
    assert make(renderer).startswith(b"%PDF")


def test_the_classic_table_bomb_is_a_plain_text_to_our_style_sheet(renderer: Renderer) -> None:
    assert make(renderer, "<table><tr><td colspan=1000000000>x").startswith(b"%PDF")


def test_a_document_that_takes_too_long_is_given_up() -> None:
    slow = Renderer(wall_seconds=3.0)
    try:
        make(slow)
        begun = time.monotonic()
        with pytest.raises(UnableToRender, match="too long"):
            make(slow, "<table>" + "<tr><td>1<td>2<td>3<td>4" * 8000)
        assert time.monotonic() - begun < 6
        assert slow.process_id is None
        assert make(slow).startswith(b"%PDF")
    finally:
        slow.close()


def test_a_killed_child_is_told_and_replaced(renderer: Renderer) -> None:
    make(renderer)
    killed = renderer.process_id
    assert killed is not None
    source = page("<table>" + "<tr><td>1<td>2<td>3<td>4" * 3000)
    threading.Timer(0.5, os.kill, (killed, signal.SIGKILL)).start()
    with pytest.raises(UnableToRender, match="SIGKILL"):
        renderer.render(source, identifier=bytes(16))
    assert make(renderer).startswith(b"%PDF")
    assert renderer.process_id != killed


def test_a_child_that_died_between_two_documents_is_not_missed(renderer: Renderer) -> None:
    make(renderer)
    assert renderer.process_id is not None
    os.kill(renderer.process_id, signal.SIGKILL)
    time.sleep(0.2)
    assert make(renderer).startswith(b"%PDF")


def test_the_child_is_replaced_after_its_share_of_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "DOCUMENTS_PER_CHILD", 2)
    own = Renderer()
    try:
        seen = []
        for _document in range(4):
            make(own)
            seen.append(own.process_id)
        assert seen[0] == seen[1] != seen[2] == seen[3]
    finally:
        own.close()


def test_the_child_knows_no_secret_and_has_limits(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for children")
    renderer.close()
    make(renderer)
    process = Path(f"/proc/{renderer.process_id}")
    if not process.exists():
        pytest.skip("this system has no /proc to look into")
    environment = (process / "environ").read_bytes()
    assert b"not for children" not in environment
    assert b"DATABASE" not in environment
    limits = (process / "limits").read_text()
    assert f"{1 << 30}" in next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert " 0 " in next(line for line in limits.splitlines() if line.startswith("Max file size"))


def test_the_child_ends_with_its_pipe(renderer: Renderer) -> None:
    make(renderer)
    child = renderer._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(timeout=10) == 0


def test_a_large_document_goes_through_the_pipe(renderer: Renderer) -> None:
    source = document(samples.invoice())
    padded = Source(source.html + "<!--" + "x" * 3_000_000 + "-->", source.css)
    assert renderer.render(padded, identifier=identifier(samples.invoice())).startswith(b"%PDF")
