# SPDX-License-Identifier: Apache-2.0
"""Kinds of work that the engine tests give to a real worker process."""

import time
from typing import Any

from jobs.registry import JobRun, job_handler


@job_handler("test.count")
def count(job: JobRun) -> dict[str, Any]:
    """Counts to `steps`, one step a report; every step is told in the log with its number."""
    steps = int(job.params["steps"])
    for step in range(1, steps + 1):
        job.checkpoint()
        job.progress(step, steps)
        time.sleep(float(job.params.get("pause", 0)))
    job.log("info", "finished")
    return {"steps": steps}
