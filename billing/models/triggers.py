# SPDX-License-Identifier: Apache-2.0
"""The database's promises about money: what is issued stays, whoever asks.

Row triggers stop UPDATE and DELETE, statement triggers stop TRUNCATE (a row
trigger does not see it).  They hold for the ORM, for `QuerySet.update`, for raw
SQL and for the owner's role alike.  Refusals are constraint violations, so Django
raises `IntegrityError`.
"""

import pgtrigger

_REFUSE = "USING ERRCODE = 'restrict_violation', CONSTRAINT = "


def no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=f"RAISE EXCEPTION 'rows of % are kept', TG_TABLE_NAME {_REFUSE} 'no_truncate';",
    )


def unchangeable() -> pgtrigger.Trigger:
    """A row is written once: no UPDATE, no DELETE."""
    return pgtrigger.Trigger(
        name="unchangeable",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"RAISE EXCEPTION 'row % of % never changes', OLD.id, TG_TABLE_NAME {_REFUSE} 'unchangeable';",
    )


def part_of_a_draft(parent: str) -> pgtrigger.Trigger:
    """
    Rows that belong to an invoice come, change and go only while it is a draft.

    `parent` is SQL for the invoice's id, with `row` as the row in question.  The share lock keeps the
    invoice from being validated between this check and the commit.
    """
    return pgtrigger.Trigger(
        name="only_in_drafts",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("affected", "record"), ("found", "text")],
        func=f"""
            IF TG_OP = 'DELETE' THEN affected := OLD; ELSE affected := NEW; END IF;
            SELECT i.state INTO found FROM billing_invoice i WHERE i.id = ({parent}) FOR SHARE;
            IF found IS NOT NULL AND found <> 'draft' THEN
                RAISE EXCEPTION 'a % document no longer changes', found {_REFUSE} 'only_in_drafts';
            END IF;
            RETURN affected;
        """,  # noqa: S608 (constants of this module)
    )


# What may follow what; everything else about an issued document is frozen.
TRANSITIONS = {
    "draft": ("validated",),
    "validated": ("sent", "settled", "cancelled", "written_off"),
    "sent": ("settled", "cancelled", "written_off"),
    "settled": ("cancelled",),
    "written_off": ("settled",),
    "cancelled": (),
}
_ALLOWED = ", ".join(f"'{before}>{after}'" for before, afters in TRANSITIONS.items() for after in afters)


def issued_stays() -> pgtrigger.Trigger:
    """After validation only the state moves on, along `TRANSITIONS`; nothing issued is deleted."""
    return pgtrigger.Trigger(
        name="issued_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' THEN
                IF OLD.state <> 'draft' THEN
                    RAISE EXCEPTION 'document % is issued and stays', OLD.label {_REFUSE} 'issued_stays';
                END IF;
                RETURN OLD;
            END IF;
            IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN ({_ALLOWED}) THEN
                RAISE EXCEPTION 'a document does not go from % to %', OLD.state, NEW.state
                    {_REFUSE} 'issued_stays';
            END IF;
            IF OLD.state <> 'draft' AND
                to_jsonb(NEW) - '{{state,state_changed_at,reminder_level}}'::text[]
                IS DISTINCT FROM to_jsonb(OLD) - '{{state,state_changed_at,reminder_level}}'::text[]
            THEN
                RAISE EXCEPTION 'document % is issued and does not change', OLD.label
                    {_REFUSE} 'issued_stays';
            END IF;
            RETURN NEW;
        """,
    )


def born_as_draft() -> pgtrigger.Trigger:
    """A document enters as a draft, so that its number can only come by validation."""
    return pgtrigger.Trigger(
        name="born_as_draft",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NEW.state <> 'draft' THEN
                RAISE EXCEPTION 'documents begin as drafts' {_REFUSE} 'born_as_draft';
            END IF;
            RETURN NEW;
        """,
    )


def next_number_only() -> pgtrigger.Trigger:
    """The number given at validation follows the last one of its series: no gap, whoever drew it."""
    return pgtrigger.Trigger(
        name="next_number_only",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
        declare=[("last_number", "integer")],
        func=f"""
            IF OLD.state = 'draft' AND NEW.state = 'validated' THEN
                SELECT max(i.number) INTO last_number FROM billing_invoice i
                WHERE i.organization_id = NEW.organization_id AND i.kind = NEW.kind AND i.year = NEW.year;
                IF NEW.number IS DISTINCT FROM COALESCE(last_number, 0) + 1 THEN
                    RAISE EXCEPTION 'number % does not follow %', NEW.number, COALESCE(last_number, 0)
                        {_REFUSE} 'next_number_only';
                END IF;
            END IF;
            RETURN NEW;
        """,  # noqa: S608 (constants of this module)
    )


def cancelled_by_credit_note() -> pgtrigger.Trigger:
    """A document is cancelled by an issued credit note over the same amount, and in no other way."""
    return pgtrigger.Trigger(
        name="cancelled_by_credit_note",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
        func=f"""
            IF NEW.state = 'cancelled' AND OLD.state <> 'cancelled' AND NOT EXISTS (
                SELECT 1 FROM billing_invoice c WHERE c.cancels_id = NEW.id AND c.kind = 'credit_note'
                AND c.state <> 'draft' AND c.total = -NEW.total
            ) THEN
                RAISE EXCEPTION 'document % has no credit note', OLD.label
                    {_REFUSE} 'cancelled_by_credit_note';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 (constants of this module)
    )


def counts_up_by_one() -> pgtrigger.Trigger:
    """A series of numbers only ever goes on by one; it is not set back, skipped or removed."""
    return pgtrigger.Trigger(
        name="counts_up_by_one",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1 OR NEW.year <> OLD.year
                OR NEW.kind <> OLD.kind OR NEW.organization_id <> OLD.organization_id
            THEN
                RAISE EXCEPTION 'a series of numbers goes on by one' {_REFUSE} 'counts_up_by_one';
            END IF;
            RETURN NEW;
        """,
    )


def approved_stays(tariff: str) -> pgtrigger.Trigger:
    """What an approved tariff says does not change; `tariff` is SQL for its id, with `affected`."""
    return pgtrigger.Trigger(
        name="approved_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("affected", "record"), ("approved", "timestamptz")],
        func=f"""
            IF TG_OP = 'DELETE' THEN affected := OLD; ELSE affected := NEW; END IF;
            SELECT t.approved_at INTO approved FROM billing_tariff t WHERE t.id = ({tariff}) FOR SHARE;
            IF approved IS NOT NULL THEN
                RAISE EXCEPTION 'the tariff is approved' {_REFUSE} 'approved_stays';
            END IF;
            RETURN affected;
        """,  # noqa: S608 (constants of this module)
    )


def follows_its_tariff() -> pgtrigger.Trigger:
    """An assignment holds copies of its tariff's kind and period, for the exclusion constraint."""
    return pgtrigger.Trigger(
        name="follows_its_tariff",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func="""
            SELECT s.kind, t.period INTO NEW.solution_kind, NEW.period
            FROM billing_tariff t JOIN billing_solution s ON s.id = t.solution_id WHERE t.id = NEW.tariff_id;
            RETURN NEW;
        """,
    )


def leads_its_assignments() -> pgtrigger.Trigger:
    """A tariff's new period reaches its assignments in the same statement, overlaps refused."""
    return pgtrigger.Trigger(
        name="leads_its_assignments",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("period", "solution_id"),  # type: ignore[no-untyped-call]
        func="""
            UPDATE billing_tariffassignment SET period = NEW.period WHERE tariff_id = NEW.id;
            RETURN NULL;
        """,
    )
