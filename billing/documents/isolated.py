# SPDX-License-Identifier: Apache-2.0
"""Render in a process apart, with limits on memory, CPU and time (reliability F6, M15, abuse case 19).

One child serves many documents, because starting one costs seconds; it is replaced after
`DOCUMENTS_PER_CHILD`, when it died, and when it was too slow.  Only finished HTML crosses
over: the child has neither database nor settings.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

from billing.documents.child import DONE, frame
from billing.documents.html import Source, document
from billing.documents.pdf import UnableToRender, identifier
from billing.documents.snapshot import InvoiceSnapshot

WALL_SECONDS = 60.0
DOCUMENTS_PER_CHILD = 500
_ROOT = Path(__file__).resolve().parent.parent.parent
# Paths and locale; no secret of the parent's environment reaches the child.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "LD_LIBRARY_PATH")


class Renderer:
    """A child process and the pipe to it.  Thread-safe: one document at a time."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._served = 0

    def render(self, source: Source, *, identifier: bytes) -> bytes:
        """
        The PDF of a page.

        :raises UnableToRender: if the page was refused, or the child died or ran out of time.
        """
        asked = {"html": source.html, "css": source.css, "identifier": identifier.hex()}
        with self._lock:
            child = self._running()
            deadline = time.monotonic() + self._wall_seconds
            try:
                self._send(child, frame(json.dumps(asked).encode()), deadline)
                kind, body = self._receive(child, deadline)
            except (OSError, UnableToRender) as failure:
                raise UnableToRender(self._obituary(failure)) from failure
            if kind != DONE:
                # After a bomb nobody knows what state the engine is in.
                self.close()
                raise UnableToRender(body.decode(errors="replace"))
        return body

    def close(self) -> None:
        """End the child, if there is one and it is ours."""
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def process_id(self) -> int | None:
        """The child's process number, None if none runs."""
        return self._child.pid if self._child is not None else None

    def _running(self) -> subprocess.Popen[bytes]:
        stale = self._owner != os.getpid() or self._served >= DOCUMENTS_PER_CHILD
        if self._child is not None and (stale or self._child.poll() is not None):
            self.close()
        if self._child is None:
            self._child = _start()
            self._owner, self._served = os.getpid(), 0
        self._served += 1
        return self._child

    def _send(self, child: subprocess.Popen[bytes], message: bytes, deadline: float) -> None:
        assert child.stdin is not None
        descriptor, rest = child.stdin.fileno(), memoryview(message)
        while rest:
            _wait([], [descriptor], deadline)
            # At most what a pipe takes at once: a full pipe must not block past the deadline.
            rest = rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]

    def _receive(self, child: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
        assert child.stdout is not None
        head = _read(child.stdout.fileno(), 5, deadline)
        return head[:1], _read(child.stdout.fileno(), int.from_bytes(head[1:], "big"), deadline)

    def _obituary(self, failure: Exception) -> str:
        """End what is left of the child and say how it came about."""
        child = self._child
        if child is None or isinstance(failure, UnableToRender):
            self.close()
            return str(failure)
        try:
            code = child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        self.close()
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"The renderer process ended while it worked on the document ({name})."


def render_invoice_isolated(snapshot: InvoiceSnapshot) -> bytes:
    """
    The PDF of a snapshot, made in the renderer process of this worker.

    :raises InconsistentSnapshot: if its figures contradict each other.
    :raises UnableToRender: with the reason; the worker goes on, and the next document gets a new child.
    """
    return _RENDERER.render(document(snapshot), identifier=identifier(snapshot))


def _start() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "billing.documents.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd=_ROOT,
        env=environment,
        start_new_session=True,
    )


def _read(descriptor: int, size: int, deadline: float) -> bytes:
    parts, missing = [], size
    while missing:
        _wait([descriptor], [], deadline)
        part = os.read(descriptor, min(missing, 1 << 20))
        if not part:
            raise BrokenPipeError("the renderer process closed its end")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _wait(readers: list[int], writers: list[int], deadline: float) -> None:
    ready = select.select(readers, writers, [], max(0.0, deadline - time.monotonic()))
    if not any(ready):
        raise UnableToRender("The document took too long; the renderer process was ended.")


_RENDERER = Renderer()
atexit.register(_RENDERER.close)
