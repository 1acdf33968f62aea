# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from accounts.views import profile

app_name = "accounts"
urlpatterns = [
    path("organization/choose/", profile.choose_organization, name="choose-organization"),
    path("profile/", profile.profile, name="profile"),
]
