-- Clear columns go: what is secret is only kept sealed. The views keep their columns (a contract with other registers);
-- v_case gains ``sealed`` with everything that is sealed of a case, and v_attachment its sealed bytes.

DROP VIEW IF EXISTS register.v_case, register.v_act, register.v_attachment;

-- Each USING that is more than the column makes PostgreSQL write the table anew: rows as they are now, without the
-- dropped columns and without dead versions of rows; the old files are removed at commit.
ALTER TABLE register.case_record
    DROP COLUMN IF EXISTS title, DROP COLUMN IF EXISTS content, DROP COLUMN IF EXISTS place,
    DROP COLUMN IF EXISTS instruction, DROP COLUMN IF EXISTS field_name,
    ALTER COLUMN sealed TYPE bytea USING (sealed || '');
ALTER TABLE register.contact
    DROP COLUMN IF EXISTS name, DROP COLUMN IF EXISTS organisation, DROP COLUMN IF EXISTS phone,
    DROP COLUMN IF EXISTS address, DROP COLUMN IF EXISTS email, DROP COLUMN IF EXISTS account,
    ALTER COLUMN sealed TYPE bytea USING (sealed || '');
ALTER TABLE register.header_history
    DROP COLUMN IF EXISTS header,
    ALTER COLUMN sealed TYPE bytea USING (sealed || '');
ALTER TABLE register.act
    DROP COLUMN IF EXISTS text,
    ALTER COLUMN sealed TYPE bytea USING (sealed || '');
ALTER TABLE register.attachment
    DROP COLUMN IF EXISTS content, DROP COLUMN IF EXISTS file_name,
    ALTER COLUMN sealed TYPE bytea USING (sealed || '');

-- Sealed bytes do not compress; EXTERNAL saves the attempt.
ALTER TABLE register.attachment ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Acts are never changed or removed. The one exception drops the sealed part of the acts of a case that was taken off the
-- system for secrecy (T15); that transaction says so with SET LOCAL register.empty_case.
CREATE OR REPLACE FUNCTION register.keep_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('register.empty_case', true) = OLD.case_id::text
       AND NEW.sealed IS NULL AND to_jsonb(NEW) - 'sealed' = to_jsonb(OLD) - 'sealed' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'register.act is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE VIEW register.v_case AS
SELECT c.id::text AS id, c.code, c.state, c.group_no, c.channel, c.origin_system, c.origin_ref, c.nature, c.field,
       NULL::text AS field_name, c.procedure_code, NULL::text AS title, NULL::text AS content,
       s.kind AS sender_kind, NULL::text AS sender_name, NULL::text AS sender_organisation,
       NULL::text AS sender_phone, NULL::text AS sender_address, NULL::text AS sender_email,
       NULL::text AS sender_account, s.anonymous AS sender_anonymous,
       NULL::text AS place_text, NULL::text AS place_latitude, NULL::text AS place_longitude,
       c.private, c.restricted, c.agency, c.unit, NULL::text AS instruction, c.submitted_at, c.received_at,
       coalesce(c.own_due_at, c.portal_due_at) AS due_at, c.public_code, c.version,
       s.erased_at IS NOT NULL AS sender_erased,
       jsonb_build_object(
           'keys', (SELECT jsonb_object_agg(k.purpose, jsonb_build_object('master', k.master,
                                                                          'wrapped', encode(k.wrapped, 'hex')))
                    FROM register.case_key k WHERE k.case_id = c.id),
           'case', encode(c.sealed, 'hex'),
           'contact', encode(s.sealed, 'hex'),
           'acts', (SELECT jsonb_object_agg(a.act_id, encode(a.sealed, 'hex'))
                    FROM register.act a WHERE a.case_id = c.id AND a.sealed IS NOT NULL),
           'files', (SELECT jsonb_object_agg(f.attachment_id, encode(f.facts_sealed, 'hex'))
                     FROM register.attachment f WHERE f.case_id = c.id AND f.facts_sealed IS NOT NULL),
           'signatures', (SELECT jsonb_object_agg(g.attachment_id, encode(g.sealed, 'hex'))
                          FROM register.signature_check g WHERE g.case_id = c.id AND g.sealed IS NOT NULL)
       ) AS sealed
FROM register.case_record c
LEFT JOIN register.contact s ON s.case_id = c.id;

COMMENT ON VIEW register.v_case IS
    'One row a case. version: sequence of its last change; page with WHERE version > seen ORDER BY version LIMIT n. '
    'sealed: what is secret of the case, its acts and files, with the wrapped keys.';

CREATE VIEW register.v_act AS
SELECT a.case_id::text AS case_id, a.act_id AS id, a.number, a.kind, a.at, a.agency, a.officer, NULL::text AS text,
       a.details, a.attachments
FROM register.act a;

COMMENT ON VIEW register.v_act IS
    'One row an act; number orders the acts of a case as the register took them. details: only those kept in clear.';

CREATE VIEW register.v_attachment AS
SELECT f.case_id::text AS case_id, f.attachment_id AS id, f.number, f.role, NULL::text AS file_name, f.media_type, f.size,
       f.sha256, f.signed, NULL::bytea AS content, f.sealed
FROM register.attachment f;

COMMENT ON VIEW register.v_attachment IS 'One row a file; sealed is the exact bytes under the case''s file key.';
