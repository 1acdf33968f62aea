# SPDX-License-Identifier: Apache-2.0
"""Read all devices of a bus, one after the other, under one deadline.

A dead device costs one time-out and is not asked twice; the ones that were dead before come last, with
less patience. What was read is handed over at once, so that a sweep that is cut off keeps what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from gateway_bridge.drivers.errors import (
    BadFrame,
    BusSilent,
    DeadlinePassed,
    DeviceSilent,
    EndpointDown,
    WireError,
)
from gateway_bridge.drivers.link import Deadline
from gateway_bridge.drivers.samples import Device, Visit

# How long a device that was silent last time is waited for, as a share of the usual patience.
SUSPECT_PATIENCE = 0.5


PlanT = TypeVar("PlanT")
PlanT_contra = TypeVar("PlanT_contra", contravariant=True)


class Driver(Protocol[PlanT_contra]):
    """What `ModbusDriver` and `MBusDriver` have in common."""

    async def read(
        self,
        device: Device,
        plan: PlanT_contra,
        *,
        answer: float | None = None,
        deadline: Deadline | None = None,
    ) -> Visit: ...


@dataclass(frozen=True, slots=True)
class Order(Generic[PlanT]):
    """Read this device by this plan; `suspect` if it did not answer last time."""

    device: Device
    plan: PlanT
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Outcome(Generic[PlanT]):
    """What came of an order: a visit, or the reason why there is none."""

    order: Order[PlanT]
    visit: Visit | None
    error: WireError | None


async def sweep(
    driver: Driver[PlanT],
    orders: Sequence[Order[PlanT]],
    *,
    patience: float,
    deadline: Deadline,
    report: Callable[[Outcome[PlanT]], None] | None = None,
) -> list[Outcome[PlanT]]:
    """
    Carry out the orders; answer one outcome for each, in the order they were tried.

    A frame that arrives damaged is asked for once more, silence is not.  Once the endpoint is down or the
    deadline has passed, the rest are answered with that error without being asked.  If two or more devices
    were asked and none answered, all their errors become `BusSilent`.
    """
    outcomes: list[Outcome[PlanT]] = []
    stopped: WireError | None = None
    for order in sorted(orders, key=lambda each: each.suspect):
        outcome = (
            Outcome(order, None, stopped) if stopped else await _carry_out(driver, order, patience, deadline)
        )
        if isinstance(outcome.error, EndpointDown | DeadlinePassed):
            stopped = outcome.error
        outcomes.append(outcome)
        if report is not None and outcome.visit is not None:
            report(outcome)
    outcomes = _judge_bus(outcomes)
    if report is not None:
        for outcome in outcomes:
            if outcome.visit is None:
                report(outcome)
    return outcomes


async def _carry_out(
    driver: Driver[PlanT], order: Order[PlanT], patience: float, deadline: Deadline
) -> Outcome[PlanT]:
    answer = patience * SUSPECT_PATIENCE if order.suspect else patience
    for last in (False, True):
        try:
            visit = await driver.read(order.device, order.plan, answer=answer, deadline=deadline)
            return Outcome(order, visit, None)
        except BadFrame as refusal:
            if last or order.suspect:
                return Outcome(order, None, refusal)
        except WireError as refusal:
            return Outcome(order, None, refusal)
    raise AssertionError("unreachable")


def _judge_bus(outcomes: list[Outcome[PlanT]]) -> list[Outcome[PlanT]]:
    silent = [outcome for outcome in outcomes if isinstance(outcome.error, DeviceSilent)]
    if len(silent) < 2 or len(silent) < len(outcomes):
        return outcomes
    error = BusSilent(f"none of {len(silent)} devices answers")
    return [Outcome(outcome.order, None, error) for outcome in outcomes]
