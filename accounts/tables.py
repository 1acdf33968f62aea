# SPDX-License-Identifier: Apache-2.0
"""Lists of accounts and tokens."""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.models.accounts import AccountKind
from accounts.web.tables import HouseTable, LinkColumn


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Name, code or e-mail"), method="search")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=AccountKind.choices, empty_label=_("All"))

    class Meta:
        model = Account
        fields = ["q", "kind"]

    def search(self, queryset: Any, name: str, value: str) -> Any:
        wanted = Q(name__icontains=value) | Q(code__icontains=value) | Q(contacts__email__icontains=value)
        return queryset.filter(wanted).distinct()


class AccountTable(HouseTable):
    name = LinkColumn("accounts:account", verbose_name=_("Name"))
    code = tables.Column(verbose_name=_("Code"))
    kind = tables.Column(verbose_name=_("Kind"))
    language = tables.Column(verbose_name=_("Language"))
    correspondence = tables.Column(verbose_name=_("Correspondence"))
