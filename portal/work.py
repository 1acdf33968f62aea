# SPDX-License-Identifier: Apache-2.0
"""What waits for somebody: work lists for the people who run the place, each line with its page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.rights import Actor, Right, Role
from accounts.web import formats
from billing.models import InvoiceState, RunState
from billing.selectors import invoices_for, runs_for, solutions_for
from billing.selectors.findings import BLOCKER, ERROR
from billing.selectors.periods import last_period
from gateway_bridge.selectors import bindings_for, gateways_for
from gateway_bridge.tables import gateway_rows
from gateway_bridge.words import error_words
from jobs.models import Job, JobState
from metering.selectors import events_for
from portal.navigation import address
from sites.models.sites import SiteState
from sites.selectors import sites_for

# How far back a failed job is news, and how many lines a list shows.
NEWS = timedelta(days=14)
SHOWN = 5
# A meter without a value for so long is silent.
SILENT = timedelta(hours=24)
NOT_IN_OPERATION = (SiteState.DRAFT, SiteState.SETUP, SiteState.VALIDATION)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: what, why, how grave, and where."""

    label: str
    note: str = ""
    url: str | None = None
    tone: str = "warning"
    state: Promise | str = ""


@dataclass(frozen=True, slots=True)
class WorkList:
    """A list with its first lines, how many there are in all, and what it says when there are none."""

    key: str
    title: Promise | str
    icon: str
    nothing: Promise | str
    lines: tuple[Line, ...]
    count: int
    url: str | None = None

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


Builder = Callable[[Actor, datetime], WorkList]


def silent_gateways(actor: Actor, now: datetime) -> WorkList:
    rows = [
        row for row in gateway_rows(gateways_for(actor), now=now) if row.state.tone in {"danger", "warning"}
    ]
    lines = tuple(
        Line(
            str(row.gateway),
            _("%(site)s: %(ok)d of %(all)d devices answer")
            % {"site": row.gateway.site.name, "ok": row.devices_ok, "all": row.devices},
            address("gateway_bridge:gateway", row.gateway.pk),
            row.state.tone,
            row.state.word,
        )
        for row in rows[:SHOWN]
    )
    return WorkList(
        "gateways",
        gettext_lazy("Gateways"),
        "router",
        gettext_lazy("All gateways are in contact."),
        lines,
        len(rows),
        address("gateway_bridge:gateways"),
    )


def silent_meters(actor: Actor, now: datetime) -> WorkList:
    rows = (
        bindings_for(actor)
        .filter(is_enabled=True, health__last_ok_at__lt=now - SILENT)
        .select_related("meter__equipment", "meter__site")
        .order_by("health__last_ok_at")
    )
    lines = tuple(
        Line(
            row.meter.equipment.name,
            f"{row.meter.site.name}, {error_words(row.health.error_kind).name}"
            if row.health.error_kind
            else row.meter.site.name,
            address("metering:meter", row.meter_id),
            "danger",
            _("since %(age)s") % {"age": formats.how_long(now - (row.health.last_ok_at or now))},
        )
        for row in rows[:SHOWN]
    )
    return WorkList(
        "meters",
        gettext_lazy("Silent meters"),
        "gauge",
        gettext_lazy("Every meter has answered within a day."),
        lines,
        len(rows),
        address("metering:meters"),
    )


def undecided_events(actor: Actor, now: datetime) -> WorkList:
    rows = events_for(actor).filter(decision="").select_related("register__meter__equipment")
    lines = tuple(
        Line(
            row.register.meter.equipment.name,
            f"{row.register.obis}, {formats.day(row.at.date())}",
            address("metering:meter", row.register.meter_id),
            "warning",
            row.get_kind_display(),
        )
        for row in rows[:SHOWN]
    )
    return WorkList(
        "events",
        gettext_lazy("Meter events to decide"),
        "alert-triangle",
        gettext_lazy("No roll-over, reset or jump waits for a decision."),
        lines,
        rows.count(),
    )


def sites_in_setup(actor: Actor, now: datetime) -> WorkList:
    rows = sites_for(actor).filter(state__in=NOT_IN_OPERATION)
    lines = tuple(
        Line(row.name, row.address, address("sites:site", row.pk), "info", row.get_state_display())
        for row in rows[:SHOWN]
    )
    return WorkList(
        "setup",
        gettext_lazy("Sites in set-up"),
        "building-community",
        gettext_lazy("Every site is in operation."),
        lines,
        rows.count(),
        address("sites:sites"),
    )


def runs_due(actor: Actor, now: datetime) -> WorkList:
    """Solutions whose last whole period nobody has billed."""
    lines = []
    done = {
        (run.site_id, run.period.lower, run.period.upper)
        for run in runs_for(actor).filter(state__in=[RunState.DONE, RunState.RUNNING])
    }
    for solution in solutions_for(actor, Right.INVOICE_RUN):
        start, end = last_period(solution.frequency, now.astimezone(solution.site.zone).date())
        existed = solution.period.lower < end and (solution.period.upper or end) > start
        if existed and (solution.site_id, start, end) not in done:
            lines.append(
                Line(
                    f"{solution.site.name}: {solution.label}",
                    formats.period(start, end),
                    address("billing:new-run", solution.site_id),
                    "warning",
                    _("due"),
                )
            )
    return WorkList(
        "due",
        gettext_lazy("Runs due"),
        "calculator",
        gettext_lazy("Every period that is over has been billed."),
        tuple(lines[:SHOWN]),
        len(lines),
        address("billing:runs"),
    )


def runs_with_findings(actor: Actor, now: datetime) -> WorkList:
    rows = [
        run
        for run in runs_for(actor).exclude(state__in=[RunState.CANCELLED, RunState.DONE])[:100]
        if run.state == RunState.FAILED or _grave(run.checks)
    ]
    lines = tuple(
        Line(
            run.site.name,
            formats.period(run.period.lower, run.period.upper),
            address("billing:run", run.pk),
            "danger",
            _("failed")
            if run.state == RunState.FAILED
            else _("%(count)d findings") % {"count": _grave(run.checks)},
        )
        for run in rows[:SHOWN]
    )
    return WorkList(
        "findings",
        gettext_lazy("Runs with findings"),
        "clipboard-list",
        gettext_lazy("No run waits for a correction."),
        lines,
        len(rows),
        address("billing:runs"),
    )


def _grave(checks: list[dict[str, object]]) -> int:
    return sum(check.get("severity") in {BLOCKER, ERROR} for check in checks)


def drafts(actor: Actor, now: datetime) -> WorkList:
    rows = invoices_for(actor).filter(state=InvoiceState.DRAFT)
    lines = tuple(
        Line(
            f"{row.account.name}, {row.billing_point.name}",
            f"{formats.period(row.period.lower, row.period.upper)}, {formats.money(row.total, row.currency)}",
            address("billing:invoice", row.pk),
            "neutral",
            row.get_state_display(),
        )
        for row in rows[:SHOWN]
    )
    return WorkList(
        "drafts",
        gettext_lazy("Drafts to validate"),
        "file-invoice",
        gettext_lazy("No draft waits."),
        lines,
        rows.count(),
        address("billing:invoices"),
    )


def failed_jobs(actor: Actor, now: datetime) -> WorkList:
    rows = Job.objects.filter(state=JobState.FAILED, created_at__gte=now - NEWS)
    if actor.reach(Right.JOB_VIEW) is None:
        rows = rows.none()
    lines = tuple(
        Line(
            row.title,
            formats.how_long(now - row.created_at),
            address("jobs:job", row.pk),
            "danger",
            _("failed"),
        )
        for row in rows[:SHOWN]
    )
    return WorkList(
        "jobs",
        gettext_lazy("Failed jobs"),
        "list-check",
        gettext_lazy("No job has failed in two weeks."),
        lines,
        rows.count(),
        address("jobs:jobs"),
    )


_TECHNICAL: tuple[Builder, ...] = (silent_gateways, silent_meters, undecided_events, sites_in_setup)
_MONEY: tuple[Builder, ...] = (runs_due, runs_with_findings, drafts)


def work_lists(actor: Actor, now: datetime) -> list[WorkList]:
    """The lists of a role in its order: money first for accountants, the wire first for the others."""
    builders = (
        (*_MONEY, failed_jobs, *_TECHNICAL)
        if Role.ACCOUNTANT in actor.roles and Role.COORDINATOR not in actor.roles
        else (*_TECHNICAL, *_MONEY, failed_jobs)
    )
    lists = [build(actor, now) for build in builders if actor.may(_RIGHTS.get(build, Right.SITE_VIEW))]
    return sorted(lists, key=lambda one: not one.count)


_RIGHTS: dict[Builder, Right] = {
    silent_gateways: Right.GATEWAY_VIEW,
    silent_meters: Right.GATEWAY_VIEW,
    undecided_events: Right.METER_VIEW,
    runs_due: Right.INVOICE_RUN,
    runs_with_findings: Right.INVOICE_RUN,
    drafts: Right.INVOICE_VIEW,
    failed_jobs: Right.JOB_VIEW,
}
