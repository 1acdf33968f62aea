# SPDX-License-Identifier: Apache-2.0
"""What Django cannot describe: partitions, column order, storage, views (docs/algorithms/storage.md)."""

from django.conf import settings

FIRST_YEAR, LAST_YEAR = 2020, 2032

READING = """
CREATE TABLE metering_reading (
    value bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    register_id integer NOT NULL,
    organization_id integer NOT NULL,
    method_id integer NOT NULL,
    batch_id integer NOT NULL,
    revision smallint NOT NULL,
    reference varchar(60),
    PRIMARY KEY (register_id, at, method_id, revision)
) PARTITION BY RANGE (at);
CREATE INDEX metering_reading_batch ON metering_reading (batch_id);
"""
# 18 rows of 440 bytes to a page: the eight-byte column first, the vector uncompressed and in line.
INTERVAL_DAY = """
CREATE TABLE metering_intervalday (
    total bigint NOT NULL,
    organization_id integer NOT NULL,
    register_id integer NOT NULL,
    day date NOT NULL,
    n smallint NOT NULL,
    revision smallint NOT NULL,
    vector bytea NOT NULL,
    quality bytea,
    CONSTRAINT interval_day_vector CHECK (length(vector) = 384),
    CONSTRAINT interval_day_quality CHECK (length(quality) = 96),
    PRIMARY KEY (register_id, day)
) PARTITION BY RANGE (day);
ALTER TABLE metering_intervalday ALTER vector SET STORAGE PLAIN, ALTER quality SET STORAGE PLAIN;
"""
INTERVAL_DAY_REVISION = """
CREATE TABLE metering_intervaldayrevision (
    replaced_at timestamptz NOT NULL,
    organization_id integer NOT NULL,
    register_id integer NOT NULL,
    day date NOT NULL,
    revision smallint NOT NULL,
    vector bytea NOT NULL,
    quality bytea,
    PRIMARY KEY (register_id, day, revision)
);
"""
MONTH_TOTAL = """
CREATE TABLE metering_monthtotal (
    total bigint NOT NULL,
    organization_id integer NOT NULL,
    register_id integer NOT NULL,
    month date NOT NULL,
    peak integer NOT NULL,
    n smallint NOT NULL,
    day_totals bytea NOT NULL,
    day_counts bytea NOT NULL,
    day_peaks bytea NOT NULL,
    CONSTRAINT month_total_lengths CHECK (
        length(day_totals) = 248 AND length(day_counts) = 31 AND length(day_peaks) = 124
    ),
    CONSTRAINT month_total_first_day CHECK (extract(day FROM month) = 1),
    PRIMARY KEY (register_id, month)
);
"""
VIEWS = f"""
CREATE VIEW metering_daytotal WITH (security_invoker = true) AS
SELECT organization_id, register_id, month + place AS day,
    ('x' || encode(substr(day_totals, 8 * place + 1, 8), 'hex'))::bit(64)::bigint AS total,
    get_byte(day_counts, place)::smallint AS n,
    NULLIF(
        ('x' || encode(substr(day_peaks, 4 * place + 1, 4), 'hex'))::bit(32)::integer, -2147483648
    ) AS peak
FROM metering_monthtotal, generate_series(0, 30) AS place
WHERE get_byte(day_counts, place) > 0;

CREATE VIEW metering_intervalquantity WITH (security_invoker = true) AS
SELECT organization_id, register_id, starts_at, quantity, quality FROM (
    SELECT organization_id, register_id,
        day::timestamp AT TIME ZONE 'UTC' + slot * interval '15 minutes' AS starts_at,
        ('x' || encode(substr(vector, 4 * slot + 1, 4), 'hex'))::bit(32)::integer AS quantity,
        COALESCE(get_byte(quality, slot), 0)::smallint AS quality
    FROM metering_intervalday, generate_series(0, 95) AS slot
) AS slots WHERE quantity <> -2147483648;

GRANT SELECT ON metering_daytotal, metering_intervalquantity TO {settings.RUNTIME_ROLE};
"""  # noqa: S608 (the role is a constant of the settings)
DROP_VIEWS = "DROP VIEW metering_daytotal; DROP VIEW metering_intervalquantity;"


def partitions(table: str) -> str:
    """A partition for each year, and one for all that lies outside of them."""
    years = [
        f"CREATE TABLE {table}_{year} PARTITION OF {table} FOR VALUES"
        f" FROM ('{year}-01-01 00:00:00+00') TO ('{year + 1}-01-01 00:00:00+00');"
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
    ]
    return "\n".join([*years, f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT;"])
