# SPDX-License-Identifier: Apache-2.0
"""States, findings and outcomes in words, and where a finding is mended."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.web import formats
from billing.models import InvoiceState, RunState

Words = Promise | str

INVOICE_TONES = {
    InvoiceState.DRAFT: "neutral", InvoiceState.VALIDATED: "info", InvoiceState.SENT: "info",
    InvoiceState.SETTLED: "success", InvoiceState.CANCELLED: "neutral", InvoiceState.WRITTEN_OFF: "warning",
}  # fmt: skip
RUN_TONES = {
    RunState.PLANNED: "neutral", RunState.RUNNING: "busy", RunState.DONE: "success",
    RunState.FAILED: "danger", RunState.CANCELLED: "neutral",
}  # fmt: skip
SEVERITIES: dict[str, tuple[str, Words]] = {
    "blocker": ("danger", gettext_lazy("Must be mended")),
    "error": ("danger", gettext_lazy("Error")),
    "warning": ("warning", gettext_lazy("Please look")),
    "info": ("info", gettext_lazy("Note")),
}
FINDINGS: dict[str, Words] = {
    "solution_elsewhen": gettext_lazy("The solution does not hold on any day of the period."),
    "period_not_over": gettext_lazy("The period is not over yet; its last values are still to come."),
    "sender_address_missing": gettext_lazy("The organization has no complete address."),
    "iban_missing": gettext_lazy("The organization has no IBAN: the invoices would have no QR-bill."),
    "iban_invalid": gettext_lazy("The organization's IBAN is not valid; no bank would accept the QR-bill."),
    "occupancy_gap": gettext_lazy("On %(days)s days nobody has this point."),
    "meter_unassigned": gettext_lazy("The meter belongs to no billing point; nobody would pay for it."),
    "not_calculable": gettext_lazy("Nothing can be calculated: %(why)s"),
    "no_meter": gettext_lazy("The point has no meter; only fees would be billed."),
    "address_missing": gettext_lazy("%(account)s has no address; the site's would be printed."),
    "tariff_missing": gettext_lazy("There is no tariff from %(start)s to %(end)s."),
    "tariff_not_approved": gettext_lazy("The tariff from %(start)s to %(end)s is not approved."),
    "price_missing": gettext_lazy("There is no price for %(part)s energy in the hours “%(slot)s”."),
    "values_missing": gettext_lazy(
        "Meter %(meter)s: %(slots)s of %(of)s quarter hours are missing and would count as nothing."
    ),
    "values_estimated": gettext_lazy("Meter %(meter)s: %(slots)s of %(of)s quarter hours are not measured."),
    "no_grid_meter": gettext_lazy("There is no meter at the grid connection; losses cannot be seen."),
    "balance_open": gettext_lazy("The site's balance is open by %(energy)s (%(percent)s %%)."),
    "unlike_last_year": gettext_lazy("%(now)s instead of %(then)s in the same period of last year."),
}
OUTCOMES: dict[str, tuple[str, Words]] = {
    "billed": ("success", gettext_lazy("Billed")),
    "kept": ("info", gettext_lazy("Already there")),
    "skipped": ("warning", gettext_lazy("Not billed")),
}
REASONS: dict[str, Words] = {
    "no_price": gettext_lazy("A price is missing."),
    "not_billed_to_consumer": gettext_lazy("The point is not billed to its consumer."),
    "nothing_to_bill": gettext_lazy("There is nothing to bill; a document over nothing is not made."),
    "billed_elsewhere": gettext_lazy("Another document already bills some of these days."),
    "already_billed": gettext_lazy("A document for these days stands already."),
}
# Pages by the kind of thing a finding is about; the first address that exists is taken.
PAGES = {
    "site": "sites:site",
    "billing_point": "sites:billing-point",
    "meter": "metering:meter",
    "tariff": "billing:tariff",
    "tariffs": "billing:site-tariffs",
    "solution": "billing:edit-solution",
    "account": "accounts:account",
}
PLAIN_PAGES = {"organization": "accounts:organization", "register": "metering:meters"}


def finding_words(finding: dict[str, Any]) -> str:
    """One sentence about a finding."""
    params = dict(finding["params"])
    if "wh" in params:
        params["energy"] = formats.energy(params["wh"])
    if "now_wh" in params:
        params |= {"now": formats.energy(params["now_wh"]), "then": formats.energy(params["then_wh"])}
    if "part" in params:
        params["part"] = {"solar": _("solar"), "grid": _("grid")}.get(params["part"], params["part"])
    return str(FINDINGS[finding["code"]]) % params


def finding_link(finding: dict[str, Any]) -> str:
    """The page on which the finding is mended; empty where there is none yet."""
    link = finding["link"]
    page = link.get("page", "")
    try:
        if page in PAGES:
            return reverse(PAGES[page], args=[link["id"]])
        if page in PLAIN_PAGES:
            query = f"?q={link['meter']}" if "meter" in link else ""
            return reverse(PLAIN_PAGES[page]) + query
    except NoReverseMatch:
        return ""
    return ""


def findings_for_page(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings ready to be drawn."""
    return [
        {
            "tone": SEVERITIES[finding["severity"]][0],
            "severity": SEVERITIES[finding["severity"]][1],
            "point": finding["point"],
            "words": finding_words(finding),
            "url": finding_link(finding),
        }
        for finding in checks
    ]


def outcomes_for_page(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of each occupancy, ready to be drawn."""
    return [
        {
            **outcome,
            "tone": OUTCOMES[outcome["result"]][0],
            "label": OUTCOMES[outcome["result"]][1],
            "words": REASONS.get(outcome["reason"], ""),
        }
        for outcome in report.get("outcomes", [])
    ]
