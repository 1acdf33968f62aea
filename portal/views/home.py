# SPDX-License-Identifier: Apache-2.0
"""The home of each role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.guards import require
from accounts.rights import Right


@require(Right.HOME)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")
