# SPDX-License-Identifier: Apache-2.0
"""The list of jobs."""

import django_filters
import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from accounts.web.tables import BadgeColumn, HouseTable, InstantColumn, LinkColumn
from jobs.models import Job, JobState


class JobFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Title"), field_name="title", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(label=_("State"), choices=JobState.choices, empty_label=_("All"))

    class Meta:
        model = Job
        fields = ["q", "state"]


class JobTable(HouseTable):
    title = LinkColumn("jobs:job", verbose_name=_("Job"))
    state = BadgeColumn(verbose_name=_("State"))
    percent = tables.TemplateColumn(
        template_name="jobs/_bar.html", verbose_name=_("Progress"), orderable=False
    )
    created_by = tables.Column(verbose_name=_("Started by"), empty_values=(), order_by="created_by__name")
    created_at = InstantColumn(verbose_name=_("Started"))

    def render_created_by(self, record: Job) -> str:
        return str(record.created_by or _("the system"))

    def value_percent(self, record: Job) -> int:
        return record.percent
