# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from sites.views import billing_points, equipment, sites

app_name = "sites"
urlpatterns = [
    path("sites/", sites.sites, name="sites"),
    path("sites/new/", sites.create_site, name="create-site"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/edit/", sites.edit_site, name="edit-site"),
    path("sites/<int:pk>/history/", sites.site_history, name="site-history"),
    path("sites/<int:pk>/equipment/", equipment.site_equipment, name="site-equipment"),
    path("sites/<int:pk>/buildings/new/", sites.create_building, name="create-building"),
    path("sites/<int:pk>/billing-points/", billing_points.site_billing_points, name="site-billing-points"),
    path(
        "sites/<int:pk>/billing-points/new/", billing_points.create_billing_point, name="create-billing-point"
    ),
    path("buildings/<int:pk>/edit/", sites.edit_building, name="edit-building"),
    path("billing-points/<int:pk>/", billing_points.billing_point, name="billing-point"),
    path("billing-points/<int:pk>/edit/", billing_points.edit_billing_point, name="edit-billing-point"),
    path("billing-points/<int:pk>/move/", billing_points.move, name="move"),
    path("equipment/", equipment.equipment_list, name="equipment-list"),
]
