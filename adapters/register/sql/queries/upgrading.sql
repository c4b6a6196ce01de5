-- Rows from the time when the register kept its columns in clear (schema 1 to 3), read once and sealed.

-- name: clear_cases
-- Cases to seal, in order; a case that was taken off the system holds nothing.
SELECT c.id, c.title, c.content, c.place, c.instruction, c.field_name,
       s.name, s.organisation, s.phone, s.address, s.email, s.account, s.case_id IS NOT NULL AS has_contact
FROM register.case_record c LEFT JOIN register.contact s ON s.case_id = c.id
WHERE c.id > %(after)s AND c.state <> 'NGOAI_HE_THONG' ORDER BY c.id LIMIT 200;

-- name: clear_acts
SELECT number, act_id, text, details FROM register.act WHERE case_id = %(case_id)s;

-- name: clear_files
SELECT number, attachment_id, file_name, content FROM register.attachment WHERE case_id = %(case_id)s;

-- name: clear_headers
SELECT feed_seq, header FROM register.header_history WHERE case_id = %(case_id)s AND header IS NOT NULL;

-- name: seal_case
WITH contact AS (
    UPDATE register.contact SET sealed = %(contact_sealed)s, phone_digest = %(phone_digest)s WHERE case_id = %(case_id)s)
UPDATE register.case_record SET sealed = %(sealed)s WHERE id = %(case_id)s;

-- name: add_key
INSERT INTO register.case_key (case_id, purpose, master, wrapped, created_at)
VALUES (%(case_id)s, %(purpose)s, %(master)s, %(wrapped)s, %(now)s);

-- name: seal_act
UPDATE register.act SET sealed = %(sealed)s, details = %(details)s WHERE number = %(number)s;

-- name: seal_file
UPDATE register.attachment SET sealed = %(sealed)s, facts_sealed = %(facts_sealed)s WHERE number = %(number)s;

-- name: seal_header
UPDATE register.header_history SET sealed = %(sealed)s, contact_sealed = %(contact_sealed)s
WHERE case_id = %(case_id)s AND feed_seq = %(feed_seq)s;

-- name: open_acts_for_sealing
-- Until the end of the upgrade's transaction, which is the only writer: ALTER TABLE shuts all others out.
ALTER TABLE register.act DISABLE TRIGGER act_append_only;

-- name: close_acts_after_sealing
ALTER TABLE register.act ENABLE TRIGGER act_append_only;
