# SPDX-License-Identifier: Apache-2.0
"""Jobs and kept mail.  Owners and installers see the jobs they started themselves."""

from accounts import clock
from accounts.rights import Right, Role
from accounts.scope import current_organization_id
from jobs.models import Job, Mail
from tests.cast import Side
from tests.route_expectations import needs


def job(side: Side) -> int:
    by = side.users[Role.COORDINATOR]
    return int(Job.objects.create(kind="test", key="access", title="Test", created_by=by, state="running").pk)


def mail(side: Side) -> int:
    row = Mail.objects.create(
        organization_id=current_organization_id(), sender="a@b.example", recipients="c@d.example",
        subject="Test", text="Test", created_at=clock.now(),
    )  # fmt: skip
    return int(row.pk)


NOT_THEIRS = (Role.OWNER, Role.INSTALLER)
ROUTES = {
    "jobs:jobs": needs(Right.JOB_VIEW),
    "jobs:job": needs(Right.JOB_VIEW, pk=job, hidden_from=NOT_THEIRS),
    "jobs:job-state": needs(Right.JOB_VIEW, pk=job, hidden_from=NOT_THEIRS),
    "jobs:log": needs(Right.JOB_VIEW, pk=job, hidden_from=NOT_THEIRS),
    "jobs:cancel": needs(Right.JOB_CANCEL, pk=job, methods="POST"),
    "jobs:mail": needs(Right.MAIL_VIEW),
    "jobs:message": needs(Right.MAIL_VIEW, pk=mail),
}
