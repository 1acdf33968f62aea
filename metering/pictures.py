# SPDX-License-Identifier: Apache-2.0
"""Charts and trees of a site's meters, ready for the page: whole Wh in, dictionaries and rows out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext as _

from accounts.web import formats
from metering.overview import SiteEnergy, TreeBalance
from metering.selectors import MeterTree, TreeMeter
from metering.series.balance import Flows, NodeBalance
from metering.series.calendar import STEP, Instants
from metering.series.vectors import MISSING, Values

# A quarter hour's Wh as an average power: 4 of them are an hour.
SLOTS_PER_HOUR = 4
MOST_SLOTS_OF_A_DAY = 100


def labels_of(labels: Instants) -> list[str]:
    """Days (`datetime64[D]`) or months (`[M]`) as people read them under a chart."""
    write = formats.short_month if labels.dtype == np.dtype("datetime64[M]") else formats.short_day
    return [write(day) for day in labels.astype("datetime64[D]").tolist()]


def energy_chart(energy: SiteEnergy, axis: str) -> dict[str, Any]:
    """Where the consumption came from (solar, battery, grid), and what went out, per day or month."""
    flows = energy.flows
    own = [int(v) for v in flows.consumption - flows.imported]
    series = [
        {"name": _("Own solar"), "kind": "solar", "stack": "use", "values": own},
        {"name": _("From the grid"), "kind": "grid", "stack": "use", "values": _ints(flows.imported)},
        {"name": _("Fed in"), "kind": "feed_in", "stack": "out", "values": _ints(flows.exported)},
        {
            "name": _("Production"),
            "kind": "solar",
            "draw": "line",
            "dashed": True,
            "values": _ints(flows.production),
        },
    ]
    return {
        "categories": labels_of(energy.labels),
        "axis": axis,
        "unit": "kWh",
        "divisor": 1000,
        "places": 1,
        "series": series,
    }


def _ints(values: Any) -> list[int]:
    return [int(value) for value in values]


@dataclass(frozen=True, slots=True)
class EnergySums:
    """A site's energy over all the periods of a page, in Wh; the shares in permille, None of nothing."""

    production: int
    consumption: int
    own_use: int
    imported: int
    exported: int
    complete: int
    periods: int

    @property
    def from_roof(self) -> int:
        return max(self.consumption - self.imported, 0)

    @property
    def autarky(self) -> int | None:
        return _permille(self.from_roof, self.consumption)

    @property
    def own_use_share(self) -> int | None:
        return _permille(self.own_use, self.production)

    def __add__(self, other: "EnergySums") -> "EnergySums":
        return EnergySums(
            self.production + other.production,
            self.consumption + other.consumption,
            self.own_use + other.own_use,
            self.imported + other.imported,
            self.exported + other.exported,
            self.complete + other.complete,
            self.periods + other.periods,
        )


NO_ENERGY = EnergySums(0, 0, 0, 0, 0, 0, 0)


def sums_of(energy: SiteEnergy, chosen: slice = slice(None)) -> EnergySums:
    """The sums over all periods, or over a slice of them."""
    flows: Flows = energy.flows
    return EnergySums(
        production=int(flows.production[chosen].sum()),
        consumption=int(flows.consumption[chosen].sum()),
        own_use=int(flows.own_use[chosen].sum()),
        imported=int(flows.imported[chosen].sum()),
        exported=int(flows.exported[chosen].sum()),
        complete=int(energy.complete[chosen].sum()),
        periods=len(energy.complete[chosen]),
    )


def _permille(part: int, whole: int) -> int | None:
    return (2000 * part + whole) // (2 * whole) if whole > 0 else None


def compared(now: int | None, before: int | None, with_what: str) -> str:
    """`+12 % against October 2026`; nothing where there is nothing to compare with."""
    if now is None or not before:
        return ""
    change = (2000 * (now - before) + before) // (2 * before)
    sign = "+" if change > 0 else ""
    return _("%(change)s against %(period)s") % {
        "change": f"{sign}{formats.number(Decimal(change) / 10)}{formats.NO_BREAK}%",
        "period": with_what,
    }


def energy_sentence(sums: EnergySums) -> str:
    """What the picture of a site's energy shows, in one sentence."""
    if not sums.consumption and not sums.production:
        return _("There are no values in this period yet.")
    words = {
        "consumption": formats.energy(sums.consumption),
        "roof": formats.energy(sums.from_roof),
        "grid": formats.energy(sums.imported),
        "out": formats.energy(sums.exported),
    }
    return (
        _("%(consumption)s were used: %(roof)s from the roof, %(grid)s from the grid. %(out)s were fed in.")
        % words
    )


def flow_chart(sums: EnergySums) -> dict[str, Any]:
    """The sankey of a day: roof and grid to house and grid."""
    roof, grid, house, out = _("Roof"), _("Grid"), _("House"), _("Feed-in")
    wanted = [
        (roof, house, sums.from_roof),
        (grid, house, sums.imported),
        (roof, out, sums.exported),
    ]
    links = [
        {"source": source, "target": target, "value": value} for source, target, value in wanted if value > 0
    ]
    used = {name for link in links for name in (link["source"], link["target"])}
    kinds = ((roof, "solar"), (grid, "grid"), (house, "common"), (out, "feed_in"))
    return {
        "type": "sankey",
        "unit": "kWh",
        "divisor": 1000,
        "series": [],
        "nodes": [{"name": name, "kind": kind} for name, kind in kinds if name in used],
        "links": links,
        "columns": [_("From"), _("To"), "kWh"],
        "table": [[s, t, formats.kilowatt_hours(v, 1)] for s, t, v in wanted],
    }


def curve_chart(
    start: datetime, rows: Sequence[tuple[str, str, Values]], *, unit: str, zone: ZoneInfo
) -> dict[str, Any]:
    """
    Load curves from `start` on: `rows` of (name, kind, int32 slots), MISSING becoming a gap.

    Electricity and heat are shown as the power averaged over the quarter hour.  The axis bears the
    clock of the site, so that the day with 100 quarter hours shows each of them.
    """
    in_energy = unit == "Wh"
    count = len(rows[0][2]) if rows else 0
    series = [
        {
            "name": name,
            "kind": kind,
            "draw": "area",
            "step": "end",
            "values": [
                None if v == MISSING else int(v) * (SLOTS_PER_HOUR if in_energy else 1) for v in values
            ],
        }
        for name, kind, values in rows
    ]
    pattern = "%H:%M" if count <= MOST_SLOTS_OF_A_DAY else "%d.%m. %H:%M"
    return {
        "categories": [(start + place * STEP).astimezone(zone).strftime(pattern) for place in range(count)],
        "axis": _("Quarter hour from"),
        "series": series,
        "unit": "kW" if in_energy else "l",
        "divisor": 1000,
        "places": 2 if in_energy else 1,
    }


@dataclass(frozen=True, slots=True)
class Twig:
    """A row of the tree: the meter, how deep it hangs, its own energy, its balance if it has children."""

    meter: TreeMeter
    depth: int
    energy: int | None
    balance: NodeBalance | None
    is_flagged: bool


def twigs(tree: MeterTree, balance: TreeBalance, energies: Mapping[int, int]) -> list[Twig]:
    """The tree from its roots down, children below their parent; each meter once."""
    nodes = {node.parent: node for node in balance.nodes}
    seen: set[int] = set()
    found: list[Twig] = []

    def walk(meter_id: int, depth: int) -> None:
        if meter_id in seen or meter_id not in tree.meters:
            return
        seen.add(meter_id)
        node = nodes.get(meter_id)
        energy = node.own if node else energies.get(meter_id)
        found.append(Twig(tree.meters[meter_id], depth, energy, node, meter_id in balance.flagged))
        for link in tree.children(meter_id):
            walk(link.child_id, depth + 1)

    for root in sorted(tree.roots, key=lambda pk: (not tree.children(pk), tree.meters[pk].medium, pk)):
        walk(root, 0)
    return found
