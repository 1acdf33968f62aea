# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from billing.views import invoices, runs, solutions, tariffs

app_name = "billing"
urlpatterns = [
    path("tariffs/", tariffs.tariffs, name="tariffs"),
    path("tariffs/<int:pk>/", tariffs.tariff, name="tariff"),
    path("tariffs/<int:pk>/edit/", tariffs.edit_tariff, name="edit-tariff"),
    path("tariffs/<int:pk>/approve/", tariffs.approve, name="approve-tariff"),
    path("tariffs/<int:pk>/copy/", tariffs.copy, name="copy-tariff"),
    path("tariffs/<int:pk>/points/", tariffs.points, name="tariff-points"),
    path("tariffs/<int:pk>/end/", tariffs.end, name="end-tariff"),
    path("tariff-hours/", solutions.calendars, name="calendars"),
    path("tariff-hours/new/", solutions.new_calendar, name="new-calendar"),
    path("tariff-hours/<int:pk>/edit/", solutions.edit_calendar, name="edit-calendar"),
    path("solutions/<int:pk>/edit/", solutions.edit_solution, name="edit-solution"),
    path("sites/<int:pk>/tariffs/", tariffs.site_tariffs, name="site-tariffs"),
    path("sites/<int:pk>/tariffs/new/", tariffs.new_tariff, name="new-tariff"),
    path("sites/<int:pk>/solutions/new/", solutions.new_solution, name="new-solution"),
    path("sites/<int:pk>/billing/", runs.site_billing, name="site-billing"),
    path("sites/<int:pk>/billing/new-run/", runs.new_run, name="new-run"),
    path("billing-runs/", runs.runs, name="runs"),
    path("billing-runs/<int:pk>/", runs.run, name="run"),
    path("billing-runs/<int:pk>/check/", runs.check, name="check-run"),
    path("billing-runs/<int:pk>/start/", runs.start, name="start-run"),
    path("billing-runs/<int:pk>/issue/", invoices.issue_run, name="issue-run"),
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<int:pk>/", invoices.invoice, name="invoice"),
    path("invoices/<int:pk>/pdf/", invoices.pdf, name="invoice-pdf"),
    path("invoices/<int:pk>/validate/", invoices.validate, name="validate-invoice"),
    path("invoices/<int:pk>/cancel/", invoices.cancel, name="cancel-invoice"),
    path("invoices/<int:pk>/discard/", invoices.discard, name="discard-invoice"),
    path("invoice-lines/<int:pk>/", invoices.line, name="line"),
]
