# SPDX-License-Identifier: Apache-2.0
"""Template tags and filters of the house style; loaded everywhere (docs/design.md shows each)."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts import predicates
from accounts.rights import Actor
from accounts.web import formats
from portal.navigation import Link, address, site_tabs_for
from portal.templatetags import figures

register = template.Library()
register.filters.update(figures.register.filters)

# Tone → icon, so that no state is told by colour alone.
TONES = {
    "neutral": "circle-dashed",
    "info": "info-circle",
    "busy": "loader-2",
    "success": "circle-check",
    "warning": "alert-triangle",
    "danger": "alert-circle",
}
MEDIA = {
    "solar": gettext_lazy("Solar"), "grid": gettext_lazy("Grid"), "battery": gettext_lazy("Battery"),
    "heat": gettext_lazy("Heat"), "hot_water": gettext_lazy("Hot water"),
    "cold_water": gettext_lazy("Cold water"), "cooling": gettext_lazy("Cooling"),
    "charging": gettext_lazy("Charging"), "laundry": gettext_lazy("Laundry"),
    "common": gettext_lazy("Common use"), "feed_in": gettext_lazy("Fed into the grid"),
    "other": gettext_lazy("Other"),
}  # fmt: skip
# States that occur in more than one app; a page may name tone and icon itself.
STATE_TONES = {
    "draft": "neutral", "setup": "info", "validation": "info", "operation": "success",
    "deactivated": "neutral",
    "waiting": "neutral", "running": "busy", "done": "success", "failed": "danger", "cancelled": "neutral",
    "issued": "info", "sent": "info", "paid": "success", "overdue": "danger", "open": "info",
    "online": "success", "stale": "warning", "silent": "danger", "offline": "danger", "unknown": "neutral",
    "ok": "success", "warning": "warning", "error": "danger", "info": "info",
    "active": "success", "expired": "warning", "revoked": "neutral", "invited": "info",
}  # fmt: skip


# ---------------------------------------------------------------- icons, badges, states


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """`{% icon "bolt" %}`; a label only where no word stands beside it."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {}><use href="{}#{}"></use></svg>',
        classes, spoken, static("vendor/tabler-icons/sprite.svg"), name,
    )  # fmt: skip


@register.simple_tag
def badge(tone: str, label: Any, icon_name: str = "") -> SafeString:
    """`{% badge "success" _("Paid") %}`: icon, word and colour."""
    known = tone if tone in TONES else "neutral"
    drawn = icon(icon_name or TONES[known])
    return format_html('<span class="zw-badge zw-badge-{}">{}<span>{}</span></span>', known, drawn, label)


@register.simple_tag
def state(value: str, label: Any) -> SafeString:
    """`{% state site.state site.get_state_display %}`: the badge of a known state."""
    return badge(STATE_TONES.get(str(value), "neutral"), label)


@register.simple_tag
def medium(kind: str, label: Any) -> SafeString:
    """`{% medium "solar" _("Solar") %}`: a label with the medium's colour."""
    return format_html('<span class="zw-medium"><i class="zw-dot zw-fill-{}"></i>{}</span>', kind, label)


@register.filter
def may(actor: Actor | None, right: str) -> bool:
    """`{% if actor|may:"site.edit" %}`, by the predicates of `accounts.predicates`."""
    return predicates.may(actor, right)


# ---------------------------------------------------------------- places


@register.inclusion_tag("components/crumb.html")
def crumb(label: Any, name: str = "", *arguments: Any) -> dict[str, Any]:
    """`{% crumb _("Sites") "sites:sites" %}` inside the block `breadcrumbs`."""
    return {"label": label, "url": address(name, *arguments) if name else None}


@register.inclusion_tag("components/tabs.html", takes_context=True)
def site_tabs(context: Any, site: Any, current: str) -> dict[str, Any]:
    """`{% site_tabs site "meters" %}`: the tabs of a site that the actor may use."""
    return {"tabs": site_tabs_for(context["actor"], site.pk, current)}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Link]) -> dict[str, Any]:
    """`{% tabs tabs %}` with `portal.navigation.Link`s."""
    return {"tabs": items}


@register.simple_tag(takes_context=True)
def address_with(context: Any, **changes: Any) -> str:
    """The current address with other query parameters; None or "" removes one, the page is forgotten."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.inclusion_tag("components/chips.html", takes_context=True)
def filter_chips(context: Any, filters: Any) -> dict[str, Any]:
    """The filters in force, each with a link that takes it away."""
    query = context["request"].GET
    chips = []
    for name, field in filters.form.fields.items():
        values = [value for value in query.getlist(name) if value]
        if values:
            rest = [(key, v) for key in query for v in query.getlist(key) if key not in (name, "page")]
            chips.append(
                (field.label, ", ".join(_chosen(field, value) for value in values), "?" + urlencode(rest))
            )
    return {"chips": chips}


def _chosen(field: Any, value: str) -> str:
    for key, label in getattr(field, "choices", ()):
        if str(key) == value:
            return str(label)
    return value


# ---------------------------------------------------------------- figures


@register.inclusion_tag("components/stat.html")
def stat(label: Any, value: Any, unit: Any = "", **more: Any) -> dict[str, Any]:
    """
    `{% stat label=… value=… unit="kWh" icon="bolt" note=… as_of=instant complete=98 href=… kind="solar" %}`.

    `complete` is a percentage; below 100 the tile says so.
    """
    return {"label": label, "value": value, "unit": unit, **more}


@register.inclusion_tag("components/energy_bar.html")
def energy_bar(label: Any = "", **parts: int | None) -> dict[str, Any]:
    """`{% energy_bar solar=1200 grid=3400 %}`: shares of a whole in the media's colours, with a sentence."""
    given = [(kind, int(value)) for kind, value in parts.items() if value]
    whole = sum(value for _kind, value in given) or 1
    drawn = [
        {"kind": kind, "name": MEDIA.get(kind, kind), "value": value,
         "percent": formats.number(Decimal(100 * value) / whole, 0),
         "width": f"{Decimal(100 * value) / whole:.3f}"}
        for kind, value in given
    ]  # fmt: skip
    return {"parts": drawn, "label": label}


@register.inclusion_tag("components/progress.html")
def progress(percent: int, label: Any = "", tone: str = "") -> dict[str, Any]:
    return {"percent": max(0, min(100, int(percent))), "label": label, "tone": tone}


@register.inclusion_tag("components/chart.html")
def chart(data: Any = None, **given: Any) -> dict[str, Any]:
    """
    `{% chart data id="use" title=… summary=… csv_url=… height=320 %}` or, loaded later, `data_url=…`.

    `data` is a dictionary or has `as_chart()`; docs/design.md describes it.  The
    table under the picture is written here, for whoever cannot see the picture.
    """
    content = data.as_chart() if hasattr(data, "as_chart") else data
    return {"chart": content, "rows": chart_rows(content) if content else [], "height": 320, **given}


def chart_rows(content: dict[str, Any]) -> list[list[str]]:
    """The chart as a table: one row a category, one cell a series."""
    series = content["series"]
    if content.get("type") in {"sankey", "heatmap"}:
        return [[str(cell) for cell in row] for row in content.get("table", [])]
    heads = content.get("categories") or [formats_slot(moment) for moment in content["times"]]
    return [
        [str(head), *(chart_number(one["values"][place], content) for one in series)]
        for place, head in enumerate(heads)
    ]


def chart_number(value: int | Decimal | None, content: dict[str, Any]) -> str:
    if value is None:
        return formats.NOTHING
    return formats.number(Decimal(value) / content.get("divisor", 1), content.get("places", 1))


def formats_slot(moment: datetime | str) -> str:
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    local = timezone.localtime(value)
    return f"{formats.day(local.date())} {local:%H:%M}"


@register.filter
def chart_json(content: dict[str, Any]) -> dict[str, Any]:
    """The chart's data with instants and decimals as JSON knows them."""
    written: dict[str, Any] = json.loads(json.dumps(content, default=_jsonable))
    return written


def _jsonable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
