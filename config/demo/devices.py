# SPDX-License-Identifier: Apache-2.0
"""The meters of the demo's house: where they hang, which device they are, what they count."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """One register: the profile's quantity, its OBIS code, and the series of the year that it shows."""

    quantity: str
    obis: str
    direction: str
    series: str
    resolution: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """One meter at one address of one bus."""

    bus: str
    address: int
    profile: str
    manufacturer: str
    model: str
    serial: str
    name: str
    point: str
    mode: str
    medium: str
    counts: tuple[Count, ...]

    @property
    def is_mbus(self) -> bool:
        return self.bus == "heat"


@dataclass(frozen=True, slots=True)
class Bus:
    name: str
    transport: str  # as the simulator names it
    product_transport: str  # as gateway_bridge.Transport names it


BUSES = (
    Bus("entry", "modbus-rtu-tcp", "rtu_tcp"),
    Bus("west", "modbus-rtu-tcp", "rtu_tcp"),
    Bus("east", "modbus-rtu-tcp", "rtu_tcp"),
    Bus("annex", "modbus-tcp", "modbus_tcp"),
    Bus("heat", "mbus-tcp", "mbus_tcp"),
)

# What a device counts in, where that is coarser than 1 Wh: its series are cut to it.
RESOLUTION_WH = {"abb-b23": 10, "carlo-gavazzi-em340": 100, "carlo-gavazzi-em24-e1": 100}
_EASTRON = {
    "eastron-sdm72d-m-2": "SDM72D-M-2",
    "eastron-sdm630": "SDM630-Modbus",
    "eastron-sdm120": "SDM120-Modbus",
}


def devices() -> list[Device]:
    """All meters of the house, entry meter first, then production, common area, flats, plant room."""
    return [
        _schneider(1, "grid", "Netzanschluss", "", "introduction", (_import("grid_in"), _export("grid_out"))),
        _schneider(2, "pv", "Photovoltaik Dach Süd", "", "production", (_export("pv"),)),
        _flat("entry", 3, "eastron-sdm630", "common", "Allgemeinstrom"),
        *(_apartment("west", unit, "eastron-sdm72d-m-2", unit) for unit in range(1, 10)),
        *(_apartment("east", unit, "eastron-sdm630", unit + 9) for unit in range(1, 6)),
        *(_apartment("east", unit, "eastron-sdm120", unit + 9) for unit in range(6, 9)),
        _apartment("annex", 1, "carlo-gavazzi-em340", 18),
        _apartment("annex", 2, "carlo-gavazzi-em24-e1", 19),
        _apartment("entry", 4, "abb-b23", 20),
        _plant(
            1,
            "heat-meter",
            "Wärmezähler Zentrale",
            "heat",
            Count("heat_energy", "6-0:1.0.0", "import", "heat"),
        ),
        _plant(
            2,
            "hot-water-meter",
            "Warmwasser Zentrale",
            "hot_water",
            Count("volume", "9-0:1.0.0", "import", "hot_water"),
        ),
        _plant(
            3,
            "cold-water-meter",
            "Kaltwasser Hauptzähler",
            "cold_water",
            Count("volume", "8-0:1.0.0", "import", "cold_water"),
        ),
    ]


def resolutions() -> dict[str, int]:
    """Resolution in Wh of every consumer's series."""
    return {
        device.counts[0].series: RESOLUTION_WH.get(device.profile, 1)
        for device in devices()
        if device.mode == "consumption" and device.medium == "electricity"
    }


def _import(series: str) -> Count:
    return Count("energy_import", "1-0:1.8.0", "import", series)


def _export(series: str) -> Count:
    return Count("energy_export", "1-0:2.8.0", "export", series)


def _schneider(unit: int, key: str, name: str, point: str, mode: str, counts: tuple[Count, ...]) -> Device:
    serial = f"7001{unit:04}"
    return Device(
        "entry",
        unit,
        "schneider-iem3155",
        "Schneider Electric",
        "iEM3155",
        serial,
        name,
        point,
        mode,
        "electricity",
        counts,
    )


def _apartment(bus: str, unit: int, profile: str, number: int) -> Device:
    return _flat(bus, unit, profile, f"apt{number:02}", f"Wohnung {number}")


def _flat(bus: str, unit: int, profile: str, series: str, name: str) -> Device:
    maker, model = {
        "abb-b23": ("ABB", "B23 112-100"),
        "carlo-gavazzi-em340": ("Carlo Gavazzi", "EM340"),
        "carlo-gavazzi-em24-e1": ("Carlo Gavazzi", "EM24-DIN E1"),
    }.get(profile, ("Eastron", _EASTRON.get(profile, "")))
    serial = f"22{BUS_NUMBER[bus]:02}{unit:04}"
    return Device(
        bus,
        unit,
        profile,
        maker,
        model,
        serial,
        name,
        series,
        "consumption",
        "electricity",
        (_import(series),),
    )


def _plant(primary: int, profile: str, name: str, medium: str, count: Count) -> Device:
    return Device(
        "heat",
        primary,
        profile,
        "Kamstrup",
        "MULTICAL",
        f"6600{primary:04}",
        name,
        "",
        "consumption",
        medium,
        (count,),
    )


BUS_NUMBER = {bus.name: number for number, bus in enumerate(BUSES, 1)}
