-- name: serialise
-- One writer at a time for one natural key (a message, an origin, an exchange key), until commit.
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0));

-- name: message
-- What a channel's message brought about.
SELECT m.purpose, m.case_id, c.code,
       (SELECT a.details ->> 'receipt_sha256' FROM register.act a WHERE a.case_id = m.case_id
        ORDER BY a.number LIMIT 1) AS receipt_sha256
FROM register.intake_message m
JOIN register.case_record c ON c.id = m.case_id
WHERE m.channel = %(channel)s AND m.external_id = %(external_id)s;

-- name: keep_message
INSERT INTO register.intake_message (channel, external_id, purpose, case_id, received_at)
VALUES (%(channel)s, %(external_id)s, %(purpose)s, %(case_id)s, %(now)s);

-- name: create_case
-- Number, case and contact in one round trip. The code is <prefix>-<yyMMdd>-<5 digits>; a sixth digit violates nothing
-- here but is refused by the service.
WITH counted AS (
    INSERT INTO register.code_counter AS n (prefix, day, last) VALUES (%(prefix)s, %(day)s, 1)
    ON CONFLICT (prefix, day) DO UPDATE SET last = n.last + 1
    RETURNING last),
made AS (
    INSERT INTO register.case_record (
        code, origin_system, origin_ref, channel, nature, field, field_name, procedure_code, title, content, place,
        instruction, submitted_at, received_at, portal_due_at, public_code, state, agency, private, restricted)
    SELECT %(prefix)s || '-' || to_char(%(day)s::date, 'YYMMDD') || '-' || lpad(last::text, 5, '0'),
           %(origin_system)s, %(origin_ref)s, %(channel)s, %(nature)s, %(field)s, %(field_name)s, %(procedure)s,
           %(title)s, %(content)s, %(place)s, %(instruction)s, %(submitted_at)s, %(now)s, %(portal_due_at)s,
           %(public_code)s, %(state)s, %(agency)s, %(private)s, %(restricted)s
    FROM counted WHERE last <= 99999
    RETURNING id, code),
contact AS (
    INSERT INTO register.contact (case_id, kind, name, organisation, phone, address, email, account, anonymous)
    SELECT id, %(sender_kind)s, %(sender_name)s, %(sender_organisation)s, %(sender_phone)s, %(sender_address)s,
           %(sender_email)s, %(sender_account)s, %(sender_anonymous)s
    FROM made)
SELECT id, code FROM made;

-- name: lock_case
-- The case, held against other writers until commit.
SELECT c.*, s.kind AS sender_kind, s.name AS sender_name, s.organisation AS sender_organisation,
       s.phone AS sender_phone, s.address AS sender_address, s.email AS sender_email, s.account AS sender_account,
       s.anonymous AS sender_anonymous
FROM register.case_record c LEFT JOIN register.contact s ON s.case_id = c.id
WHERE c.id = %(case_id)s FOR UPDATE OF c;

-- name: acts
-- All acts of a case as the register took them: what its state is derived from. Runs after lock_case in its own
-- snapshot, so it sees what the writer before us committed.
SELECT act_id, kind, at, agency, officer, text, details, attachments FROM register.act
WHERE case_id = %(case_id)s ORDER BY number;

-- name: add_acts
-- New acts in the given order; an act without an id is born here.
INSERT INTO register.act (number, act_id, case_id, kind, at, agency, officer, text, details, attachments, recorded_at)
SELECT n.number, coalesce(n.act_id, 'register:' || n.number), %(case_id)s, n.kind, n.at, n.agency, n.officer, n.text,
       n.details, coalesce(n.attachments, '{}'), %(now)s
FROM (
    SELECT nextval('register.act_number') AS number, a.*
    FROM (SELECT * FROM ROWS FROM (jsonb_to_recordset(%(acts)s) AS (
              act_id text, kind text, at timestamptz, agency text, officer text, text text, details jsonb,
              attachments text[])) WITH ORDINALITY
              AS r (act_id, kind, at, agency, officer, text, details, attachments, position)
          ORDER BY position) a) n
RETURNING number, act_id;

-- name: add_file
INSERT INTO register.attachment (
    number, attachment_id, case_id, role, file_name, media_type, size, sha256, signed, content)
SELECT n, coalesce(%(attachment_id)s::text, 'register:' || n), %(case_id)s, %(role)s, %(file_name)s, %(media_type)s,
       %(size)s, %(sha256)s, %(signed)s, %(content)s
FROM nextval('register.attachment_number') n
ON CONFLICT (case_id, attachment_id) DO UPDATE
    -- bytes that were not here when the file was first named may come later; bytes that are here never change
    SET content = coalesce(register.attachment.content, excluded.content),
        sha256 = coalesce(register.attachment.sha256, excluded.sha256),
        size = coalesce(register.attachment.size, excluded.size)
RETURNING attachment_id, sha256;

-- name: file_ids
SELECT attachment_id, sha256, content IS NOT NULL AS held FROM register.attachment WHERE case_id = %(case_id)s;

-- name: known_ids
SELECT act_id, case_id FROM register.act WHERE act_id = ANY (%(act_ids)s);

-- name: keep_header
INSERT INTO register.header_history (case_id, replaced_at, feed_seq, header)
VALUES (%(case_id)s, %(now)s, %(seq)s, %(header)s);

-- name: update_header
WITH contact AS (
    UPDATE register.contact SET kind = %(sender_kind)s, name = %(sender_name)s, organisation = %(sender_organisation)s,
        phone = %(sender_phone)s, address = %(sender_address)s, email = %(sender_email)s, account = %(sender_account)s,
        anonymous = %(sender_anonymous)s
    WHERE case_id = %(id)s)
UPDATE register.case_record SET channel = %(channel)s, nature = %(nature)s, field = %(field)s,
    field_name = %(field_name)s, procedure_code = %(procedure)s, title = %(title)s, content = %(content)s,
    place = %(place)s, instruction = %(instruction)s, submitted_at = %(submitted_at)s,
    portal_due_at = %(portal_due_at)s, public_code = %(public_code)s
WHERE id = %(id)s;

-- name: record_change
-- The last statement of every writing transaction: take the next number of the feed (its lock lasts until commit; see
-- 0001_tables.sql), write the feed row, and bring the cached state up to date.
WITH head AS (UPDATE register.feed_head SET seq = seq + 1 RETURNING seq),
fed AS (INSERT INTO register.feed (seq, case_id, at) SELECT seq, %(case_id)s, %(now)s FROM head)
UPDATE register.case_record SET version = head.seq, state = %(state)s, group_no = %(group_no)s, agency = %(agency)s,
    unit = %(unit)s, private = %(private)s, restricted = %(restricted)s, recalled = %(recalled)s, rework = %(rework)s,
    answer_version = %(answer_version)s, own_due_at = %(own_due_at)s, supplement_due_at = %(supplement_due_at)s
FROM head WHERE id = %(case_id)s
RETURNING head.seq;

-- name: announce_emptying
-- Lets the trigger of register.act pass, for this case and this transaction only (T15).
SELECT set_config('register.empty_case', %(case_id)s::bigint::text, true);

-- name: empty_case
-- T15: a content-free tombstone is left: number, times, officers, bases, hashes. Title and content become a fixed word
-- rather than nothing, so that a reader who requires them still reads the case and sees that it is restricted.
WITH texts AS (
    UPDATE register.act SET text = NULL, details = details - ARRAY['comment', 'reason', 'signer', 'signer_position']
    WHERE case_id = %(case_id)s),
files AS (
    UPDATE register.attachment SET content = NULL, file_name = 'tep-' || number WHERE case_id = %(case_id)s),
contact AS (
    UPDATE register.contact SET name = NULL, organisation = NULL, phone = NULL, address = NULL, email = NULL,
        account = NULL, anonymous = true
    WHERE case_id = %(case_id)s),
headers AS (UPDATE register.header_history SET header = NULL WHERE case_id = %(case_id)s)
UPDATE register.case_record SET title = '(hạn chế)', content = '(hạn chế)', place = NULL, instruction = NULL, field_name = NULL
WHERE id = %(case_id)s;

-- name: keep_key
INSERT INTO register.exchange_key (key, operation, body_sha256, case_id, receipt, at)
VALUES (%(key)s, %(operation)s, %(body_sha256)s, %(case_id)s, %(receipt)s, %(now)s);

-- name: key
SELECT operation, body_sha256, case_id, receipt FROM register.exchange_key WHERE key = %(key)s;

-- name: case_id
-- The number of a case by id or by code.
SELECT id FROM register.case_record WHERE id::text = %(ref)s OR code = %(ref)s;

-- name: code_of
SELECT code FROM register.case_record WHERE id = %(case_id)s;
