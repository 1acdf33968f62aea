# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from metering.views import energy, meters, sites

app_name = "metering"
urlpatterns = [
    path("meters/", meters.meters, name="meters"),
    path("meters/<int:pk>/", meters.meter, name="meter"),
    path("meters/<int:pk>/readings/", meters.readings, name="readings"),
    path("meters/<int:pk>/edit/", meters.edit_meter, name="edit-meter"),
    path("meters/<int:pk>/assign/", meters.assign, name="assign-meter"),
    path("meters/<int:pk>/place/", meters.place, name="place-meter"),
    path("sites/<int:pk>/meters/", sites.site_meters, name="site-meters"),
    path("sites/<int:pk>/meters/list/", sites.site_meter_list, name="site-meter-list"),
    path("sites/<int:pk>/meters/new/", meters.create_meter, name="create-meter"),
    path("sites/<int:pk>/energy/", energy.site_energy_page, name="site-energy"),
    path("sites/<int:pk>/energy/today/", energy.flow_of_the_day, name="site-flow"),
]
