# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from billing.api import views

app_name = "billing-api"
urlpatterns = [
    path("invoices/", views.InvoiceList.as_view(), name="invoices"),
    path("invoices/<int:pk>/", views.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<int:pk>/pdf/", views.InvoicePdf.as_view(), name="invoice-pdf"),
]
