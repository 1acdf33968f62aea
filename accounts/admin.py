# SPDX-License-Identifier: Apache-2.0
"""The platform operator's tables: organizations and people.  What belongs to an organization is not here."""

from django.contrib import admin

from accounts.models import Organization, User


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "country", "currency", "language"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Passwords are set by their owners (password reset), never here."""

    list_display = ["email", "name", "language", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "is_active", "is_staff", "is_superuser"]


admin.site.site_header = admin.site.site_title = "Zählwerk"
