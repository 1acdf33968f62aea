# SPDX-License-Identifier: Apache-2.0
"""Charts and trees of a site's meters, ready for the page: whole Wh in, dictionaries and rows out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from babel.dates import format_date
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
    pattern = "LLL yy" if labels.dtype == np.dtype("datetime64[M]") else "d. LLL"
    days = labels.astype("datetime64[D]").tolist()
    return [format_date(day, pattern, locale=formats.locale()) for day in days]


def energy_chart(energy: SiteEnergy, axis: str) -> dict[str, Any]:
    """Where the consumption came from (solar, battery, grid), and what went out, per day or month."""
    flows = energy.flows
    own = [int(v) for v in flows.consumption - flows.imported]
    series = [
        {"name": _("Own solar"), "kind": "solar", "stack": "use", "values": own},
        {"name": _("From the grid"), "kind": "grid", "stack": "use", "values": _ints(flows.imported)},
        {"name": _("Fed in"), "kind": "feed_in", "stack": "out", "values": _ints(flows.exported)},
        {"name": _("Production"), "kind": "solar", "draw": "line", "values": _ints(flows.production)},
    ]
    return {
        "categories": labels_of(energy.labels), "axis": axis, "unit": "kWh", "divisor": 1000, "places": 1,
        "series": series,
    }  # fmt: skip


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
        "type": "sankey", "unit": "kWh", "divisor": 1000, "series": [],
        "nodes": [{"name": name, "kind": kind} for name, kind in kinds if name in used],
        "links": links,
        "columns": [_("From"), _("To"), "kWh"],
        "table": [[s, t, formats.kilowatt_hours(v, 1)] for s, t, v in wanted],
    }  # fmt: skip


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
            "name": name, "kind": kind, "draw": "area", "step": "end",
            "values": [None if v == MISSING else int(v) * (SLOTS_PER_HOUR if in_energy else 1) for v in values],
        }
        for name, kind, values in rows
    ]  # fmt: skip
    pattern = "%H:%M" if count <= MOST_SLOTS_OF_A_DAY else "%d.%m. %H:%M"
    return {
        "categories": [(start + place * STEP).astimezone(zone).strftime(pattern) for place in range(count)],
        "axis": _("Quarter hour from"), "series": series,
        "unit": "kW" if in_energy else "l", "divisor": 1000, "places": 2 if in_energy else 1,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Twig:
    """A row of the tree: the meter, how deep it hangs, its energy, and its balance where it has children."""

    meter: TreeMeter
    depth: int
    energy: int | None
    share: int | None
    balance: NodeBalance | None
    is_flagged: bool


def twigs(tree: MeterTree, balance: TreeBalance, energies: Mapping[int, int]) -> list[Twig]:
    """The tree from its roots down, children below their parent; each meter once."""
    nodes = {node.parent: node for node in balance.nodes}
    seen: set[int] = set()
    found: list[Twig] = []

    def walk(meter_id: int, depth: int, whole: int | None) -> None:
        if meter_id in seen or meter_id not in tree.meters:
            return
        seen.add(meter_id)
        energy = energies.get(meter_id)
        share = None if not whole or energy is None else _permille(abs(energy), abs(whole))
        found.append(
            Twig(
                tree.meters[meter_id],
                depth,
                energy,
                share,
                nodes.get(meter_id),
                meter_id in balance.flagged,
            )
        )
        node = nodes.get(meter_id)
        for link in tree.children(meter_id):
            walk(link.child_id, depth + 1, node.children if node else energy)

    for root in sorted(tree.roots, key=lambda pk: (not tree.children(pk), tree.meters[pk].medium, pk)):
        walk(root, 0, None)
    return found
