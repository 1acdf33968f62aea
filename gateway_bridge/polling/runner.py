# SPDX-License-Identifier: Apache-2.0
"""Run the event loop beside the caller, who stores what is done while the rest goes on."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator, Sequence

from gateway_bridge.polling.engine import Now, poll_endpoints
from gateway_bridge.polling.shapes import EndpointOutcome, EndpointPlan


def run_cycle(
    plans: Sequence[EndpointPlan], *, seconds: float, now: Now, tick: float
) -> Iterator[EndpointOutcome | None]:
    """
    Poll all buses in a thread of their own; yield each outcome once, and None every `tick` seconds.

    The caller keeps its database connection and its transactions to itself, and renews its leases at each
    None.  Leaving the iteration cancels what still runs and waits until the buses are settled.
    """
    arrived: queue.SimpleQueue[EndpointOutcome] = queue.SimpleQueue()
    cycle = _Cycle(plans, seconds=seconds, now=now, arrived=arrived)
    cycle.start()
    open_count = len(plans)
    try:
        while open_count:
            try:
                outcome = arrived.get(timeout=tick)
            except queue.Empty:
                cycle.check()
                yield None
                continue
            open_count -= 1
            yield outcome
    finally:
        cycle.stop()


class _Cycle(threading.Thread):
    """The thread with the event loop; a failure in it is raised by `check`."""

    def __init__(
        self,
        plans: Sequence[EndpointPlan],
        *,
        seconds: float,
        now: Now,
        arrived: queue.SimpleQueue[EndpointOutcome],
    ) -> None:
        super().__init__(name="polling", daemon=True)
        self._work = (plans, seconds, now, arrived)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._poll())
        except asyncio.CancelledError:
            pass
        except BaseException as failure:
            self._failure = failure
        finally:
            self._started.set()

    async def _poll(self) -> None:
        plans, seconds, now, arrived = self._work
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._started.set()
        await poll_endpoints(plans, seconds=seconds, now=now, report=arrived.put)

    def check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._started.wait()
        if self.is_alive() and self._loop is not None and self._task is not None:
            # The loop may just have ended by itself.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()
