# SPDX-License-Identifier: Apache-2.0
"""What the database itself refuses, whoever asks."""

import pgtrigger

KEYS_STAY = pgtrigger.Trigger(
    name="keys_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.organization_id = OLD.organization_id THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION '% %: measured values refer to it, it stays where it is', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'keys_stay';
    """,
)

_UNIT = (
    "SELECT m.site_id, k.unit, k.medium = 'electricity' AS electrical"
    " FROM metering_meter m JOIN metering_meterkind k ON k.id = m.kind_id WHERE m.id ="
)
# One writer per site at a time: two links that are innocent alone may close a circle together.
TREE_HOLDS = pgtrigger.Trigger(
    name="tree_holds",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    declare=[("above", "record"), ("below", "record"), ("circle", "boolean")],
    func=f"""
        {_UNIT} NEW.parent_id INTO above;
        {_UNIT} NEW.child_id INTO below;
        PERFORM pg_advisory_xact_lock(hashtext('metering_meterlink'), below.site_id);
        IF above.site_id IS DISTINCT FROM below.site_id THEN
            RAISE EXCEPTION 'meter % and meter % belong to different sites', NEW.parent_id, NEW.child_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meter_link_same_site';
        END IF;
        IF above.unit IS DISTINCT FROM below.unit OR above.electrical IS DISTINCT FROM below.electrical THEN
            RAISE EXCEPTION 'meter % and meter % do not count the same unit', NEW.parent_id, NEW.child_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meter_link_same_unit';
        END IF;
        WITH RECURSIVE upwards(meter_id, period) AS (
            SELECT NEW.parent_id, NEW.period
            UNION
            SELECT l.parent_id, l.period * u.period FROM metering_meterlink l
            JOIN upwards u ON l.child_id = u.meter_id AND l.period && u.period
            WHERE l.id IS DISTINCT FROM NEW.id
        ) SELECT EXISTS (SELECT 1 FROM upwards WHERE meter_id = NEW.child_id) INTO circle;
        IF circle THEN
            RAISE EXCEPTION 'meter % would hang below itself', NEW.child_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'meter_link_no_cycle';
        END IF;
        RETURN NEW;
    """,  # noqa: S608 (put together from this module's own text)
)

_REFUSAL = """
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
"""
ROWS_STAY = pgtrigger.Trigger(
    name="rows_stay",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func=_REFUSAL,
)
TABLE_STAYS = pgtrigger.Trigger(
    name="table_stays",
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    operation=pgtrigger.Truncate,
    func=_REFUSAL,
)


def registers_are_ours(operation: pgtrigger.Operation, name: str) -> pgtrigger.Trigger:
    """
    In place of a foreign key per row: one look at the registers per statement (docs/adr/0010).

    Row-level security hides the registers of others, and registers are never
    deleted, so that a register seen here belongs to the row's organization for ever.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(new="written"),  # type: ignore[no-untyped-call]
        func="""
            IF EXISTS (
                SELECT 1 FROM (SELECT DISTINCT register_id, organization_id FROM written) w
                LEFT JOIN metering_register r
                    ON r.id = w.register_id AND r.organization_id = w.organization_id
                WHERE r.id IS NULL
            ) THEN
                RAISE EXCEPTION '%: a row names a register that its organization does not have', TG_TABLE_NAME
                    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'register_organization';
            END IF;
            RETURN NULL;
        """,
    )
