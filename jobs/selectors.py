# SPDX-License-Identifier: Apache-2.0
"""Questions about jobs and mail, answered with what the actor may see."""

from django.db.models import QuerySet

from accounts.rights import Actor, Reach, Right
from jobs.models import Job, Mail


def jobs_for(actor: Actor, right: Right = Right.JOB_VIEW) -> QuerySet[Job]:
    """Every job, or those the person started."""
    jobs = Job.objects.select_related("created_by")
    reach = actor.reach(right)
    if reach is Reach.ALL and actor.only_site_ids is None:
        return jobs
    if reach is None or actor.user_id is None:
        return jobs.none()
    return jobs.filter(created_by_id=actor.user_id)


def mail_to_persons() -> QuerySet[Mail]:
    """Messages of no organization (password resets); the wall shows them in the scope of none."""
    return Mail.objects.filter(organization=None).order_by("-pk")


def mail_of_organization() -> QuerySet[Mail]:
    """Messages kept for the organization in force; the wall shows no others."""
    return Mail.objects.order_by("-pk")
