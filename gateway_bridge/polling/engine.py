# SPDX-License-Identifier: Apache-2.0
"""Visit the devices of many buses: buses at the same time, the devices of a bus one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from gateway_bridge.connect import connector
from gateway_bridge.drivers.errors import BusSilent, DeadlinePassed, DeviceSilent, EndpointDown, WireError
from gateway_bridge.drivers.link import Deadline, Link
from gateway_bridge.drivers.mbus_driver import MBusDriver
from gateway_bridge.drivers.mbus_link import MBusTcpLink
from gateway_bridge.drivers.modbus_driver import ModbusDriver
from gateway_bridge.drivers.modbus_link import ModbusTcpLink, RtuOverTcpLink
from gateway_bridge.drivers.profile import Quantity
from gateway_bridge.drivers.samples import Visit
from gateway_bridge.drivers.sweep import Driver, Order, sweep
from gateway_bridge.polling.shapes import DeviceOutcome, DevicePlan, EndpointOutcome, EndpointPlan

log = logging.getLogger(__name__)

Now = Callable[[], datetime]
Report = Callable[[EndpointOutcome], None]


class Bus:
    """One opened-on-demand link with the driver that speaks its protocol."""

    def __init__(self, plan: EndpointPlan, *, now: Now) -> None:
        connect = connector(host=plan.host, port=plan.port, reach=plan.reach)
        self.link: Link
        self.driver: ModbusDriver | MBusDriver
        if plan.transport == "mbus_tcp":
            mbus = MBusTcpLink(connect, timing=plan.timing)
            self.link, self.driver = mbus, MBusDriver(mbus, now=now)
        else:
            kind = ModbusTcpLink if plan.transport == "modbus_tcp" else RtuOverTcpLink
            modbus = kind(connect, timing=plan.timing)
            self.link, self.driver = modbus, ModbusDriver(modbus, now=now)

    def order(self, plan: DevicePlan) -> Order[object]:
        """Read the counters of this device."""
        return Order(plan.device, self.driver.plan(plan.profile), plan.suspect)

    async def read(
        self, plan: DevicePlan, quantities: tuple[Quantity, ...] | None, deadline: Deadline
    ) -> Visit:
        """
        One visit, outside a cycle; no retry.

        :raises WireError: see the drivers.
        """
        driver: Driver[object] = self.driver  # type: ignore[assignment]
        return await driver.read(
            plan.device, self.driver.plan(plan.profile, quantities), answer=None, deadline=deadline
        )


async def poll_endpoints(plans: Sequence[EndpointPlan], *, seconds: float, now: Now, report: Report) -> None:
    """
    Poll all buses at once; report each as soon as it is done.

    Every bus is reported exactly once, within `seconds` and the settle time, whatever happens on it.
    """
    await asyncio.gather(*(_guarded(plan, seconds=seconds, now=now, report=report) for plan in plans))


async def _guarded(plan: EndpointPlan, *, seconds: float, now: Now, report: Report) -> None:
    try:
        outcome = await poll_endpoint(plan, seconds=seconds, now=now)
    except Exception:
        # A bug on one bus must not cost the others their quarter hour.
        log.exception("polling endpoint %s failed", plan.endpoint_id)
        failed = tuple(DeviceOutcome(each.binding_id, None, WireError("internal")) for each in plan.devices)
        outcome = EndpointOutcome(plan, failed, 0.0, connected=False)
    report(outcome)


async def poll_endpoint(plan: EndpointPlan, *, seconds: float, now: Now) -> EndpointOutcome:
    """Visit every device of one bus and leave the bus settled."""
    started = asyncio.get_running_loop().time()
    bus = Bus(plan, now=now)
    try:
        outcomes = await _visit(plan, bus, Deadline(seconds))
    finally:
        await bus.link.close()
    elapsed = asyncio.get_running_loop().time() - started
    return EndpointOutcome(
        plan, (*plan.unreadable, *outcomes), elapsed, connected=bus.link.counters.opened > 0
    )


async def _visit(plan: EndpointPlan, bus: Bus, deadline: Deadline) -> list[DeviceOutcome]:
    if not plan.breaker_open or len(plan.devices) < 2:
        return await _sweep(plan.devices, bus, plan.timing.answer, deadline)
    probe = await _sweep(plan.devices[:1], bus, plan.timing.answer, deadline)
    error = probe[0].error
    if not isinstance(error, EndpointDown | DeviceSilent | DeadlinePassed):
        # Even a wrong answer shows that the bus is alive.
        return probe + await _sweep(plan.devices[1:], bus, plan.timing.answer, deadline)
    if isinstance(error, DeviceSilent):
        error = BusSilent("the probed device does not answer")
    return [DeviceOutcome(each.binding_id, None, error) for each in plan.devices]


async def _sweep(
    devices: Sequence[DevicePlan], bus: Bus, patience: float, deadline: Deadline
) -> list[DeviceOutcome]:
    orders = [bus.order(device) for device in devices]
    bindings = {id(order): device.binding_id for order, device in zip(orders, devices, strict=True)}
    driver: Driver[object] = bus.driver  # type: ignore[assignment]
    outcomes = await sweep(driver, orders, patience=patience, deadline=deadline)
    return [DeviceOutcome(bindings[id(each.order)], each.visit, each.error) for each in outcomes]
