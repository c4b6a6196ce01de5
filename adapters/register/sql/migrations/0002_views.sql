-- The views are the SQL way of connecting a register: another register connects by offering the same four views.
-- Columns and their meaning are a contract (docs/register.md); new columns may be added at the end.

CREATE OR REPLACE VIEW register.v_case AS
SELECT c.id::text AS id, c.code, c.state, c.group_no, c.channel, c.origin_system, c.origin_ref, c.nature, c.field,
       c.field_name, c.procedure_code, c.title, c.content,
       s.kind AS sender_kind, s.name AS sender_name, s.organisation AS sender_organisation, s.phone AS sender_phone,
       s.address AS sender_address, s.email AS sender_email, s.account AS sender_account,
       s.anonymous AS sender_anonymous,
       c.place ->> 'text' AS place_text, c.place ->> 'latitude' AS place_latitude,
       c.place ->> 'longitude' AS place_longitude,
       c.private, c.restricted, c.agency, c.unit, c.instruction, c.submitted_at, c.received_at,
       coalesce(c.own_due_at, c.portal_due_at) AS due_at, c.public_code, c.version
FROM register.case_record c
LEFT JOIN register.contact s ON s.case_id = c.id;

COMMENT ON VIEW register.v_case IS
    'One row a case. version: sequence of its last change; page with WHERE version > seen ORDER BY version LIMIT n.';

CREATE OR REPLACE VIEW register.v_act AS
SELECT a.case_id::text AS case_id, a.act_id AS id, a.number, a.kind, a.at, a.agency, a.officer, a.text, a.details,
       a.attachments
FROM register.act a;

COMMENT ON VIEW register.v_act IS 'One row an act; number orders the acts of a case as the register took them.';

CREATE OR REPLACE VIEW register.v_attachment AS
SELECT f.case_id::text AS case_id, f.attachment_id AS id, f.number, f.role, f.file_name, f.media_type, f.size, f.sha256,
       f.signed, f.content
FROM register.attachment f;

COMMENT ON VIEW register.v_attachment IS 'One row a file; content is the exact bytes.';

CREATE OR REPLACE VIEW register.v_change AS
SELECT f.seq AS sequence, f.case_id::text AS case_id, f.at
FROM register.feed f;

COMMENT ON VIEW register.v_change IS
    'One row for each case in each writing transaction; sequence has no gaps and is the order of commit.';
