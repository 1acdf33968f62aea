# SPDX-License-Identifier: Apache-2.0
import os

# Before numpy is loaded: a second BLAS thread stalls whenever the other core is busy (13 to 150 ms
# instead of 4 for a year of 100 meters), and a worker process has a core to itself at best.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from config.celery import app as celery_app

__all__ = ["celery_app"]
