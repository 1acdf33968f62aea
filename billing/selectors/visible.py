# SPDX-License-Identifier: Apache-2.0
"""Whose documents, runs and tariffs: what an actor may see, as querysets."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from accounts.rights import Actor, Reach, Right, Role
from billing.models import BillingRun, Invoice, InvoiceState, OperatingMethod, Solution, Tariff
from sites.selectors import sites_for


def solutions_for(actor: Actor, right: Right = Right.TARIFF_VIEW) -> QuerySet[Solution]:
    return Solution.objects.filter(site__in=sites_for(actor, right)).select_related("site")


def tariffs_for(actor: Actor, right: Right = Right.TARIFF_VIEW) -> QuerySet[Tariff]:
    """Tariffs of the sites on which the actor holds `right`."""
    return Tariff.objects.filter(solution__site__in=sites_for(actor, right)).select_related(
        "solution__site", "calendar__calendar", "approved_by"
    )


def runs_for(actor: Actor, right: Right = Right.INVOICE_RUN) -> QuerySet[BillingRun]:
    """Runs on the sites on which the actor holds `right`."""
    return BillingRun.objects.filter(site__in=sites_for(actor, right)).select_related("site", "job")


def invoices_for(actor: Actor, right: Right = Right.INVOICE_VIEW) -> QuerySet[Invoice]:
    """
    Documents of the actor's sites; residents see the issued ones of their own accounts only.

    Owners see the documents of their sites, drafts included where they bill themselves.
    """
    invoices = Invoice.objects.select_related("billing_point__building", "account", "site", "solution")
    if actor.reach(right) is Reach.ALL and actor.only_site_ids is None:
        return invoices
    residents = actor.own_account_ids(right) & actor.account_ids(Role.RESIDENT)
    own = Q(account_id__in=residents) & ~Q(state=InvoiceState.DRAFT)
    if actor.reach(right) is Reach.OWN and not actor.account_ids(Role.OWNER):
        return invoices.filter(own)
    return invoices.filter(Q(site__in=sites_for(actor, right)) | own)


def may_run(actor: Actor, solutions: Iterable[Solution]) -> bool:
    """Staff bill everything they see; owners only what they collect themselves (individual statements)."""
    reach = actor.reach(Right.INVOICE_RUN)
    if reach is Reach.ALL:
        return True
    return reach is Reach.OWN and all(
        solution.operating_method == OperatingMethod.STATEMENTS for solution in solutions
    )


def counts_by_state(invoices: QuerySet[Invoice]) -> dict[str, tuple[int, Decimal]]:
    """Number and total of documents per state; states without any are left out."""
    rows = invoices.order_by().values("state").annotate(count=Count("pk"), sum=Sum("total"))
    return {row["state"]: (row["count"], row["sum"]) for row in rows.order_by("state")}
