# SPDX-License-Identifier: Apache-2.0
"""Billing runs: plan, look at the findings, start, watch, read the report."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web.pages import table_page
from billing.forms import RunForm, StartForm
from billing.forms.days import DAY
from billing.models import BillingRun, Invoice, InvoiceState, RunState
from billing.selectors.findings import BLOCKER, ERROR
from billing.selectors.periods import last_period
from billing.selectors.visible import counts_by_state, invoices_for, may_run, runs_for, solutions_for
from billing.services.plan_run import RunRefused, check_run, plan_run, solutions_of, start_run
from billing.tables import InvoiceFilter, InvoiceTable, RunTable
from billing.views.words import INVOICE_TONES, RUN_TONES, findings_for_page, outcomes_for_page
from sites.models import Site
from sites.selectors import sites_for


@require(Right.INVOICE_RUN)
def runs(request: HttpRequest) -> HttpResponse:
    table = RunTable(
        runs_for(request.actor),
        caption=_("Billing runs"),
        icon="calculator",
        empty=(_("No runs yet"), _("Open a site's billing tab and plan the first run.")),
    )
    return table_page(request, "billing/runs.html", table, export_name="billing-runs")


@require(Right.INVOICE_VIEW)
def site_billing(request: HttpRequest, pk: int) -> HttpResponse:
    """A site's runs and documents."""
    site = get_object_or_404(sites_for(request.actor, Right.INVOICE_VIEW), pk=pk)
    documents = invoices_for(request.actor).filter(site=site)
    filters = InvoiceFilter(
        request.GET or None, queryset=documents, sites=Site.objects.filter(pk=pk), site=site
    )
    table = InvoiceTable(
        filters.qs,
        caption=_("Documents"),
        icon="file-invoice",
        empty=(_("No documents yet"), _("A billing run makes them.")),
    )
    context = {
        "site": site,
        "runs": runs_for(request.actor).filter(site=site)[:6] if request.actor.may(Right.INVOICE_RUN) else [],
        "run_tones": RUN_TONES,
        "counts": states_for_page(documents),
    }
    return table_page(
        request,
        "billing/site_billing.html",
        table,
        filters=filters,
        export_name=f"documents-{site.reference}",
        context=context,
    )


def states_for_page(documents: Any) -> list[dict[str, Any]]:
    """Counts and sums by state for the tiles above a list."""
    labels = dict(InvoiceState.choices)
    return [
        {"state": state, "label": labels[state], "tone": INVOICE_TONES[state], "count": count, "sum": total}
        for state, (count, total) in counts_by_state(documents).items()
    ]


@require(Right.INVOICE_RUN)
def new_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what is to be billed; the findings come next."""
    site = get_object_or_404(sites_for(request.actor, Right.INVOICE_RUN), pk=pk)
    form = RunForm(request.POST or None, site=site, initial=_initial(site, request))
    if request.method == "POST" and form.is_valid():
        if not may_run(request.actor, form.cleaned_data["solutions"]):
            form.add_error("solutions", _("Your operator bills this; you see the documents here afterwards."))
        else:
            try:
                run = plan_run(
                    site=site,
                    start=form.cleaned_data["start"],
                    end=form.end,
                    solutions=form.cleaned_data["solutions"],
                    points=form.cleaned_data["points"],
                    user_id=request.user.pk,
                    now=clock.now(),
                )
            except RunRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("billing:run", run.pk)
    context = {"form": form, "site": site}
    return render(request, "billing/run_form.html", context, status=422 if form.errors else 200)


def _initial(site: Site, request: HttpRequest) -> dict[str, date]:
    """The last whole period of the site's rhythm."""
    solution = solutions_for(request.actor, Right.INVOICE_RUN).filter(site=site).first()
    frequency = solution.frequency if solution else "quarterly"
    start, end = last_period(frequency, clock.today(site.zone))
    return {"start": start, "last": end - DAY}


@require(Right.INVOICE_RUN)
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: findings before it, progress while it works, its report afterwards."""
    row = _run(request, pk)
    return _page(request, row, StartForm())


def _run(request: HttpRequest, pk: int) -> BillingRun:
    return get_object_or_404(runs_for(request.actor), pk=pk)


def _page(request: HttpRequest, row: BillingRun, form: StartForm) -> HttpResponse:
    severities = {finding["severity"] for finding in row.checks}
    drafts = Invoice.objects.filter(run=row, state=InvoiceState.DRAFT)
    context = {
        "run": row,
        "site": row.site,
        "solutions": solutions_of(row),
        "job": row.job,
        "working": row.job is not None and row.job.is_open,
        "tone": RUN_TONES[RunState(row.state)],
        "findings": findings_for_page(row.checks),
        "is_blocked": BLOCKER in severities,
        "must_pass_over": ERROR in severities,
        "outcomes": outcomes_for_page(row.report),
        "drafts": drafts.count(),
        "counts": states_for_page(Invoice.objects.filter(run=row)),
        "form": form,
        "may_run": may_run(request.actor, solutions_of(row)),
    }
    return render(request, "billing/run.html", context, status=422 if form.errors else 200)


@require(Right.INVOICE_RUN)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at the data again."""
    row = _run(request, pk)
    check_run(run=row, now=clock.now())
    messages.success(request, _("The checks have been made again."))
    return redirect("billing:run", row.pk)


@require(Right.INVOICE_RUN)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the run as a job."""
    row = _run(request, pk)
    if not may_run(request.actor, solutions_of(row)):
        raise PermissionDenied
    form = StartForm(request.POST)
    if form.is_valid():
        try:
            start_run(run=row, user_id=request.user.pk, now=clock.now(), **form.cleaned_data)
        except RunRefused as refusal:
            row.refresh_from_db()
            form.add_error("skip_reason" if form.cleaned_data["skip_checks"] else None, str(refusal))
        else:
            return redirect("billing:run", row.pk)
    return _page(request, row, form)
