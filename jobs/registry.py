# SPDX-License-Identifier: Apache-2.0
"""Which function does which kind of job."""

from collections.abc import Callable
from typing import Any, Protocol


class Cancelled(Exception):
    """The person asked to stop; raised by `JobRun.checkpoint`."""


class JobRun(Protocol):
    """What a handler gets: the parameters, and ways to report."""

    job_id: int
    params: dict[str, Any]

    def progress(self, done: int, total: int, message: str = "") -> None: ...
    def log(self, level: str, message: str) -> None: ...
    def cancelled(self) -> bool: ...
    def checkpoint(self) -> None:
        """:raises Cancelled: when somebody asked to stop."""


Handler = Callable[[JobRun], dict[str, Any]]
_handlers: dict[str, Handler] = {}


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    """
    Register the handler of a kind of job.

    A handler is idempotent (it may run again after a crash), commits its own
    steps, and returns the result as JSON-able data.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler | None:
    return _handlers.get(kind)
