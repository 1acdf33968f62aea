# SPDX-License-Identifier: Apache-2.0
"""Answers that every app's pages give in the same way: lists, forms, and where to go next."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django_tables2 import RequestConfig

from accounts.web.exports import export_table

PAGE_SIZE = 50


def table_page(
    request: HttpRequest,
    template: str,
    table: Any,
    *,
    filters: Any = None,
    export_name: str = "",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """
    A page with one table: sorted and paged by the address, or the whole of it as a file.

    `?export=csv` and `?export=xlsx` answer with every row of the filtered list.
    """
    wanted = request.GET.get("export", "")
    RequestConfig(request, paginate=False if wanted else {"per_page": PAGE_SIZE, "silent": True}).configure(
        table
    )
    if wanted and export_name:
        return export_table(table, wanted, export_name)
    return render(
        request,
        template,
        {"table": table, "filter": filters, "exportable": bool(export_name), **(context or {})},
    )


def form_page(
    request: HttpRequest, template: str, form: Any, context: dict[str, Any] | None = None
) -> HttpResponse:
    """A page with a form; 422 when it was sent with errors, so that htmx and scripts can tell."""
    refused = form.is_bound and not form.is_valid()
    return render(request, template, {"form": form, **(context or {})}, status=422 if refused else 200)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on after an act; htmx is told in its own way, so that the whole page changes."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def next_url(request: HttpRequest, default: str) -> str:
    """Where the person came from (`next`), only ever a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else default
