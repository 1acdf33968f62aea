# SPDX-License-Identifier: Apache-2.0
"""The renderer process: reads documents from standard input, writes PDFs to standard output.

It knows no database, no settings and no secrets (its environment is empty but for paths),
and it has limits: a document that wants too much takes this process with it and nothing else.
`python -m billing.documents.child`, started by `billing.documents.isolated` only.
"""

import json
import os
import resource
import sys
from typing import BinaryIO

from billing.documents.html import Source
from billing.documents.pdf import UnableToRender, prepare_process, render

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 30
DONE, REFUSED = b"+", b"-"


def main() -> None:
    """Serve until the parent closes the pipe."""
    # Whatever libraries print must not get between the bytes of an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit()
    prepare_process()
    while (question := read_frame(sys.stdin.buffer)) is not None:
        _allow_cpu(CPU_SECONDS)
        kind, body = _answer(question)
        answers.write(kind + frame(body))
        answers.flush()


def frame(body: bytes) -> bytes:
    """A length of four bytes, then the body."""
    return len(body).to_bytes(4, "big") + body


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next body, or None at the end of the stream."""
    head = stream.read(4)
    return stream.read(int.from_bytes(head, "big")) if len(head) == 4 else None


def _answer(question: bytes) -> tuple[bytes, bytes]:
    asked = json.loads(question)
    source = Source(html=asked["html"], css=asked["css"])
    try:
        return DONE, render(source, identifier=bytes.fromhex(asked["identifier"]))
    except UnableToRender as refusal:
        return REFUSED, str(refusal).encode()
    except (MemoryError, RecursionError) as refusal:
        return REFUSED, f"The document is too large or too deep ({type(refusal).__name__}).".encode()
    except Exception as refusal:  # the engine fails in ways of its own; the parent must hear of each
        return REFUSED, f"The engine failed: {type(refusal).__name__}: {refusal}".encode()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing is to be written to disk; pipes are no files.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _allow_cpu(seconds: int) -> None:
    """The limit counts from the process's start, so it moves on with every document."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, hard))


if __name__ == "__main__":
    main()
