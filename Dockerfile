# SPDX-License-Identifier: Apache-2.0
# Two stages: the first has the tools that fetch and build, the second only what runs.
FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements/ requirements/
RUN python -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/dev.txt \
    && python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
# Node comes from a wheel and stays in this stage. collectstatic opens no connection; the names are placeholders.
RUN /tools/bin/python scripts/vendor.py \
    && /tools/bin/python -m config.messages compile \
    && SECRET_KEY=build DATABASE_URL=postgresql://build@/build REDIS_URL=redis://build \
       /venv/bin/python manage.py collectstatic --no-input \
    && rm -rf node_modules scripts benchmarks requirements

FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin zaehlwerk \
    && install -d -o zaehlwerk -g zaehlwerk /data /data/media /data/beat
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# Nothing is written but to /data and the worker's own temporary folder, so the file system may be read-only.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ZAEHLWERK_VAR=/data \
    MEDIA_ROOT=/data/media \
    XDG_CACHE_HOME=/tmp
USER 10001
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--worker-tmp-dir", "/dev/shm"]
