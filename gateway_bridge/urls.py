# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from gateway_bridge.views import devices, endpoints, gateways

app_name = "gateway_bridge"

urlpatterns = [
    path("gateways/", gateways.gateway_list, name="gateways"),
    path("gateways/<int:pk>/", gateways.gateway_detail, name="gateway"),
    path("gateways/<int:pk>/state/", gateways.gateway_state, name="gateway-state"),
    path("gateways/<int:pk>/edit/", gateways.gateway_edit, name="gateway-edit"),
    path("gateways/<int:pk>/pause/", gateways.gateway_pause, name="gateway-pause"),
    path("gateways/<int:pk>/connections/add/", endpoints.endpoint_add, name="endpoint-add"),
    path("gateways/connections/<int:pk>/edit/", endpoints.endpoint_edit, name="endpoint-edit"),
    path("gateways/connections/<int:pk>/devices/add/", devices.device_add, name="device-add"),
    path("gateways/connections/<int:pk>/devices/try/", devices.device_try, name="device-try"),
    path("gateways/devices/<int:pk>/remove/", devices.device_remove, name="device-remove"),
    path("gateways/devices/<int:pk>/enable/", devices.device_enable, name="device-enable"),
    path("gateways/meters/<int:meter_id>/live/", devices.meter_live, name="meter-live"),
    path("gateways/meters/<int:meter_id>/live/values/", devices.meter_values, name="meter-values"),
    path("sites/<int:site_id>/gateways/", gateways.site_gateways, name="site-gateways"),
    path("sites/<int:site_id>/gateways/add/", gateways.gateway_add, name="gateway-add"),
    path("sites/<int:site_id>/gateways/test/", endpoints.connection_test, name="connection-test"),
]
