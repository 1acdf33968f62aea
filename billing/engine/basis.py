# SPDX-License-Identifier: Apache-2.0
"""What a calculation rests on, as frozen data: meters, who had which place when, and prices.

A basis is stored with every run and holds the revisions of the data it read, so that the same
lines come out again in ten years, whatever has been edited since.  Days are the site's, periods
half-open.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.documents.codec import UnableToRead, build, plain
from metering.series.calendar import local_day_bounds

SCHEMA = 1


class UnableToBill(ValueError):
    """A calculation cannot be made from what is there; the message names what is missing, and where."""


@dataclass(frozen=True, slots=True)
class Source:
    """A register that counts for somebody on the days `[start, end)`; its meter's number as of then."""

    register_id: int
    meter_number: str
    obis: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Title:
    """A title in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """The price of the quantity up to `up_to` (in the component's unit, per line); None: without end."""

    up_to: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Component:
    """One price of a tariff; `vat_rate` in percent holds on all days of its terms."""

    component_id: int
    part: str
    slot: str
    unit: str
    price: Decimal
    vat_rule: str
    vat_rate: Decimal
    titles: tuple[Title, ...]
    tiers: tuple[Tier, ...] = ()

    def title(self, language: str) -> str:
        """The title in `language`, else the first one given."""
        found = [title.text for title in self.titles if title.language == language and title.text]
        return found[0] if found else next((title.text for title in self.titles if title.text), "")


@dataclass(frozen=True, slots=True)
class Terms:
    """A tariff as it holds on the days `[start, end)`: one price list, one set of tax rates."""

    tariff_id: int
    start: date
    end: date
    windows: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Stake:
    """An occupancy's part in the site's energy on the days `[start, end)`; `terms` index `Basis.terms`."""

    occupancy_id: int
    billing_point_id: int
    name: str
    start: date
    end: date
    priority: int
    takes_residual: bool
    sources: tuple[Source, ...]
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SiteMeters:
    """The registers of the site as a whole."""

    production: tuple[Source, ...] = ()
    imported: tuple[Source, ...] = ()
    exported: tuple[Source, ...] = ()
    charged: tuple[Source, ...] = ()
    discharged: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class DayRevision:
    """The revision of one register's UTC day that was read, where it was not the first one."""

    register_id: int
    day: date
    revision: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Quarter hours [first, last) of the period in which a register had no value when it was read."""

    register_id: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a calculation over the days `[start, end)` of a site rests on."""

    solution_id: int
    time_zone: str
    start: date
    end: date
    stakes: tuple[Stake, ...]
    site: SiteMeters
    terms: tuple[Terms, ...]
    revisions: tuple[DayRevision, ...] = field(default=())
    gaps: tuple[Gap, ...] = field(default=())

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The period as UTC instants."""
        return local_day_bounds(self.start, self.zone)[0], local_day_bounds(self.end, self.zone)[0]

    @property
    def register_ids(self) -> tuple[int, ...]:
        """Every register that is read, in a fixed order."""
        site = self.site
        whole = (*site.production, *site.imported, *site.exported, *site.charged, *site.discharged)
        ids = [source.register_id for stake in self.stakes for source in stake.sources]
        return tuple(dict.fromkeys([*ids, *(source.register_id for source in whole)]))

    def to_json(self) -> str:
        """The basis as JSON text: equal bases give equal texts."""
        body = {"schema": SCHEMA, **plain(self)}
        return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def basis_from_json(text: str) -> Basis:
    """
    The basis again, equal to the one that wrote the text.

    :raises UnableToRead: if the text is damaged or of an unknown schema.
    """
    body = json.loads(text)
    if body.pop("schema", None) != SCHEMA:
        raise UnableToRead("basis: unknown schema")
    return build(Basis, body, "basis")
