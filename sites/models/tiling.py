# SPDX-License-Identifier: Apache-2.0
"""The database's promise that somebody has every billing point on every day it exists."""

import pgtrigger

# As one multirange, the occupancies of a point are exactly its existence.
_CHECK = """
    SELECT p.existence INTO existence FROM premises_billingpoint p WHERE p.id = point_id;
    IF existence IS NULL THEN RETURN NULL; END IF;
    SELECT range_agg(o.period) INTO covered FROM premises_occupancy o WHERE o.billing_point_id = point_id;
    IF covered IS DISTINCT FROM datemultirange(existence) THEN
        RAISE EXCEPTION 'billing point %: occupancies % do not cover its existence % without gap',
            point_id, COALESCE(covered::text, '(none)'), existence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'occupancy_no_gap';
    END IF;
    RETURN NULL;
"""


def tiling_trigger(point: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """Checked at commit, so that a move may close one occupancy and open the next in any order."""
    return pgtrigger.Trigger(
        name="occupancy_no_gap",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        declare=[("existence", "daterange"), ("covered", "datemultirange"), ("point_id", "integer")],
        func=f"point_id := {point};" + _CHECK,
    )
