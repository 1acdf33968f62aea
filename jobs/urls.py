# SPDX-License-Identifier: Apache-2.0
from django.urls import path

from jobs.views import jobs, mail

app_name = "jobs"
urlpatterns = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/state/", jobs.job_state, name="job-state"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="cancel"),
    path("jobs/<int:pk>/log/", jobs.log, name="log"),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:pk>/", mail.message, name="message"),
]
