# SPDX-License-Identifier: Apache-2.0
"""What went wrong, in words that tell a fitter where to look and a stranger nothing about the network."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = Promise | str


@dataclass(frozen=True, slots=True)
class Words:
    """A short name for lists, and a sentence that says what to do."""

    name: Text
    advice: Text


ERRORS: dict[str, Words] = {
    "endpoint_down": Words(
        _("No connection"),
        _("Nobody answers at this address. Check power, network cable, address and port of the gateway."),
    ),
    "address_refused": Words(
        _("Address not allowed"),
        _("This address may not be used for gateways. Ask the platform's operator to allow its network."),
    ),
    "bus_silent": Words(
        _("Bus silent"),
        _("The gateway answers, but no device on its bus does. Check A and B, termination and baud rate."),
    ),
    "device_silent": Words(
        _("Device silent"),
        _("Other devices may answer, this one does not. Check its address, its wiring and its power."),
    ),
    "deadline_passed": Words(
        _("Out of time"),
        _("The bus took too long. Fewer devices on it or a shorter time to answer help."),
    ),
    "wrong_identity": Words(
        _("Wrong device"),
        _("Another meter answers at this address than the one entered. Nothing was stored."),
    ),
    "bad_frame": Words(
        _("Damaged answer"),
        _("An answer came, but damaged. Check cable, termination and that no second master is on the bus."),
    ),
    "modbus_exception": Words(
        _("Device refuses"),
        _("The device answers with an error. Check that the profile fits its model."),
    ),
    "decode_error": Words(
        _("Not understood"),
        _("The answer is whole but does not fit the profile. It is kept and decoded once the profile fits."),
    ),
    "unknown_profile": Words(
        _("Profile missing"), _("The device's profile does not exist any more. Choose another one.")
    ),
    "bus_busy": Words(
        _("Bus in use"), _("The bus is being read at this moment. Try again in a few seconds.")
    ),
    "too_many_trials": Words(_("Too many tries"), _("Wait a minute before you try again.")),
    "wire_error": Words(
        _("Internal error"), _("Something went wrong on our side. It has been noted; try again later.")
    ),
}

BINDING_REFUSALS: dict[str, Text] = {
    "profile": _("This profile cannot be read over this connection."),
    "unit": _("A Modbus device needs a unit address from 1 to 247."),
    "mbus_address": _("An M-Bus device needs a primary address, or a serial number as secondary address."),
    "mbus_serial": _("The serial number of an M-Bus device has at most eight digits."),
    "serial": _("Enter the serial number, or read the device now: it says it itself."),
    "other_site": _("The meter belongs to another site than the gateway."),
    "meter_taken": _("The meter is read already. Remove its other device first."),
    "no_register": _("The meter has no register that this profile reads."),
    "address_taken": _("Another device of this connection has this address."),
}


ENDPOINT_TAKEN = _("Another connection has this host and port already. One bus is read by one connection.")
TRANSPORT_IN_USE = _("Devices of the other protocol hang on this connection. Remove them first.")


# What devices measure, by the names that profiles use.
QUANTITIES: dict[str, Text] = {
    "energy_import": _("Energy, import"),
    "energy_export": _("Energy, export"),
    "energy_total": _("Energy, both directions"),
    "energy_net": _("Energy, import less export"),
    "reactive_import": _("Reactive energy, import"),
    "reactive_export": _("Reactive energy, export"),
    "heat_energy": _("Heat"),
    "heat_energy_due": _("Heat at the due date"),
    "volume": _("Volume"),
    "input_a_volume": _("Volume, pulse input A"),
    "input_b_volume": _("Volume, pulse input B"),
    "power": _("Power"),
    "power_maximum": _("Highest power"),
    "apparent_power": _("Apparent power"),
    "reactive_power": _("Reactive power"),
    "power_factor": _("Power factor"),
    "voltage": _("Voltage"),
    "current": _("Current"),
    "frequency": _("Frequency"),
    "flow": _("Flow"),
    "flow_temperature": _("Flow temperature"),
    "return_temperature": _("Return temperature"),
    "temperature_difference": _("Temperature difference"),
}
PHASES: dict[str, Text] = {"_l1": _("phase L1"), "_l2": _("phase L2"), "_l3": _("phase L3")}
TARIFFS: dict[str, Text] = {"_t1": _("tariff 1"), "_t2": _("tariff 2")}


def quantity_words(name: str) -> str:
    """
    A profile's quantity for people; a name that is not in the table is shown as it is.

    >>> quantity_words("energy_import_l2")
    'Energy, import, phase L2'
    """
    if name in QUANTITIES:
        return str(QUANTITIES[name])
    part = {**PHASES, **TARIFFS}.get(name[-3:])
    if part is not None and name[:-3] in QUANTITIES:
        return f"{QUANTITIES[name[:-3]]}, {part}"
    return name.replace("_", " ")


def error_words(kind: str) -> Words:
    """Words for an error kind, also for one that is not in the table."""
    return ERRORS.get(kind, ERRORS["wire_error"])
