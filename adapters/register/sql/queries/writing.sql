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

-- name: new_case_id
-- Before the case itself: its keys and all that is sealed are bound to this number.
SELECT nextval('register.case_record_id_seq') AS id;

-- name: create_case
-- Number, case, keys and contact in one round trip. The code is <prefix>-<yyMMdd>-<5 digits>; a sixth digit violates
-- nothing here but is refused by the service. A case that comes back after a restore has its code already.
WITH counted AS (
    INSERT INTO register.code_counter AS n (prefix, day, last)
    SELECT %(prefix)s, %(day)s, 1 WHERE %(code)s::text IS NULL
    ON CONFLICT (prefix, day) DO UPDATE SET last = n.last + 1
    RETURNING last),
coded AS (
    SELECT %(prefix)s || '-' || to_char(%(day)s::date, 'YYMMDD') || '-' || lpad(last::text, 5, '0') AS code
    FROM counted WHERE last <= 99999
    UNION ALL SELECT %(code)s::text WHERE %(code)s::text IS NOT NULL),
made AS (
    INSERT INTO register.case_record (
        id, code, origin_system, origin_ref, channel, nature, field, procedure_code, submitted_at, received_at,
        portal_due_at, public_code, state, agency, private, restricted, sealed)
    OVERRIDING SYSTEM VALUE
    SELECT %(id)s, code, %(origin_system)s, %(origin_ref)s, %(channel)s, %(nature)s, %(field)s, %(procedure)s,
           %(submitted_at)s, %(now)s, %(portal_due_at)s, %(public_code)s, %(state)s, %(agency)s, %(private)s,
           %(restricted)s, %(sealed)s
    FROM coded
    RETURNING id, code),
keys AS (
    INSERT INTO register.case_key (case_id, purpose, master, wrapped, created_at)
    SELECT made.id, k.purpose, k.master, decode(k.wrapped, 'hex'), %(now)s
    FROM made, jsonb_to_recordset(%(keys)s) AS k (purpose text, master text, wrapped text)),
contact AS (
    INSERT INTO register.contact (case_id, kind, anonymous, sealed, phone_digest)
    SELECT id, %(sender_kind)s, %(sender_anonymous)s, %(contact_sealed)s, %(phone_digest)s
    FROM made)
SELECT code FROM made;

-- name: count_on
-- The counters go on behind these numbers, and a little further: the last ones of a lost time nobody knows.
INSERT INTO register.code_counter AS n (prefix, day, last)
SELECT prefix, day, max(number) + %(gap)s
FROM jsonb_to_recordset(%(given)s) AS given (prefix text, day date, number integer) GROUP BY prefix, day
ON CONFLICT (prefix, day) DO UPDATE SET last = greatest(n.last + %(gap)s, excluded.last);

-- name: go_on_behind
-- All other numbers leave a gap that no lost time can have filled: cases, acts, files; the feed in a statement of its own.
SELECT setval('register.case_record_id_seq', nextval('register.case_record_id_seq') + %(gap)s),
       setval('register.act_number', nextval('register.act_number') + %(gap)s),
       setval('register.attachment_number', nextval('register.attachment_number') + %(gap)s);

-- name: feed_goes_on_behind
UPDATE register.feed_head SET seq = seq + %(gap)s;

-- name: codes_of_nobody
SELECT DISTINCT code FROM unnest(%(codes)s::text[]) AS code
WHERE NOT EXISTS (SELECT FROM register.case_record c WHERE c.code = code.code) ORDER BY code;

-- name: free_again
-- A code that was given once and that no case bears.
SELECT %(code)s::text AS code FROM register.code_counter
WHERE prefix = %(prefix)s AND day = %(day)s AND last >= %(number)s
  AND NOT EXISTS (SELECT FROM register.case_record WHERE case_record.code = %(code)s);

-- name: lock_case
-- The case, held against other writers until commit.
SELECT c.* FROM register.case_record c WHERE c.id = %(case_id)s FOR UPDATE;

-- name: contact_and_keys
-- Sender and keys of a case. Runs after lock_case in its own snapshot, so it sees what the writer before us committed:
-- nothing is ever sealed with a key that was just destroyed.
SELECT s.kind AS sender_kind, s.anonymous AS sender_anonymous, s.sealed AS contact_sealed,
       (SELECT jsonb_object_agg(k.purpose, jsonb_build_object('master', k.master, 'wrapped', encode(k.wrapped, 'hex')))
        FROM register.case_key k WHERE k.case_id = s.case_id) AS keys
FROM register.contact s WHERE s.case_id = %(case_id)s;

-- name: acts
-- All acts of a case as the register took them: what its state is derived from. Runs after lock_case in its own
-- snapshot, too.
SELECT act_id, kind, at, agency, officer, sealed, details, attachments FROM register.act
WHERE case_id = %(case_id)s ORDER BY number;

-- name: act_numbers
-- Taken before the acts are written: what is sealed of an act is bound to its id.
SELECT nextval('register.act_number') AS number FROM generate_series(1, %(count)s);

-- name: add_acts
-- New acts under the numbers taken for them.
INSERT INTO register.act (number, act_id, case_id, kind, at, agency, officer, sealed, details, attachments, recorded_at)
SELECT a.number, a.act_id, %(case_id)s, a.kind, a.at, a.agency, a.officer, decode(a.sealed, 'hex'), a.details,
       coalesce(a.attachments, '{}'), %(now)s
FROM jsonb_to_recordset(%(acts)s) AS a (
    number bigint, act_id text, kind text, at timestamptz, agency text, officer text, sealed text, details jsonb,
    attachments text[]);

-- name: file_number
SELECT nextval('register.attachment_number') AS number;

-- name: add_file
INSERT INTO register.attachment (
    number, attachment_id, case_id, role, facts_sealed, media_type, size, sha256, signed, sealed)
VALUES (%(number)s, %(attachment_id)s, %(case_id)s, %(role)s, %(facts_sealed)s, %(media_type)s, %(size)s, %(sha256)s,
        %(signed)s, %(sealed)s)
ON CONFLICT (case_id, attachment_id) DO UPDATE
    -- bytes that were not here when the file was first named may come later; bytes that are here never change
    SET sealed = coalesce(register.attachment.sealed, excluded.sealed),
        sha256 = coalesce(register.attachment.sha256, excluded.sha256),
        size = coalesce(register.attachment.size, excluded.size),
        signed = CASE WHEN register.attachment.sealed IS NULL THEN excluded.signed
                      ELSE register.attachment.signed END
RETURNING sha256;

-- name: keep_signature
INSERT INTO register.signature_check (case_id, attachment_id, checked_at, outcome, count, sealed)
VALUES (%(case_id)s, %(attachment_id)s, %(now)s, %(outcome)s, %(count)s, %(sealed)s)
ON CONFLICT (case_id, attachment_id) DO NOTHING;

-- name: keep_evidence
INSERT INTO register.evidence (
    case_id, kind, received_at, source_at, channel, token, officer, peer, size, sha256, sealed)
VALUES (%(case_id)s, %(kind)s, %(now)s, %(source_at)s, %(channel)s, %(token)s, %(officer)s, %(peer)s, %(size)s,
        %(sha256)s, %(sealed)s);

-- name: file_ids
SELECT attachment_id, sha256, sealed IS NOT NULL AS held FROM register.attachment WHERE case_id = %(case_id)s;

-- name: known_ids
SELECT act_id, case_id FROM register.act WHERE act_id = ANY (%(act_ids)s);

-- name: keep_header
INSERT INTO register.header_history (case_id, replaced_at, feed_seq, sealed, contact_sealed)
VALUES (%(case_id)s, %(now)s, %(seq)s, %(sealed)s, %(contact_sealed)s);

-- name: update_header
WITH contact AS (
    UPDATE register.contact SET kind = %(sender_kind)s, anonymous = %(sender_anonymous)s, sealed = %(contact_sealed)s,
        phone_digest = %(phone_digest)s
    WHERE case_id = %(id)s)
UPDATE register.case_record SET channel = %(channel)s, nature = %(nature)s, field = %(field)s,
    procedure_code = %(procedure)s, submitted_at = %(submitted_at)s, portal_due_at = %(portal_due_at)s,
    public_code = %(public_code)s, sealed = %(sealed)s
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
-- T15: both keys are destroyed, and with them everything sealed in every copy of this database; the sealed bytes go too.
-- A content-free tombstone is left: number, times, officers, bases, hashes.
WITH keys AS (DELETE FROM register.case_key WHERE case_id = %(case_id)s),
acts AS (UPDATE register.act SET sealed = NULL WHERE case_id = %(case_id)s AND sealed IS NOT NULL),
files AS (UPDATE register.attachment SET sealed = NULL, facts_sealed = NULL WHERE case_id = %(case_id)s),
signatures AS (UPDATE register.signature_check SET sealed = NULL WHERE case_id = %(case_id)s),
public AS (UPDATE register.public_copy SET sealed = NULL WHERE case_id = %(case_id)s),
evidence AS (UPDATE register.evidence SET sealed = NULL WHERE case_id = %(case_id)s),
contact AS (
    UPDATE register.contact SET sealed = NULL, phone_digest = NULL, anonymous = true WHERE case_id = %(case_id)s),
headers AS (UPDATE register.header_history SET sealed = NULL, contact_sealed = NULL WHERE case_id = %(case_id)s)
UPDATE register.case_record SET sealed = NULL WHERE id = %(case_id)s;

-- name: erase_contact
-- The contact key is destroyed, and with it the sender in every copy of this database (rules §5.1); the file stays.
WITH keys AS (DELETE FROM register.case_key WHERE case_id = %(case_id)s AND purpose = 'contact'),
evidence AS (
    UPDATE register.evidence SET sealed = NULL
    WHERE case_id = %(case_id)s AND kind = ANY (%(with_sender)s)),
headers AS (UPDATE register.header_history SET contact_sealed = NULL WHERE case_id = %(case_id)s)
UPDATE register.contact SET sealed = NULL, phone_digest = NULL, anonymous = true, erased_at = %(now)s
WHERE case_id = %(case_id)s;

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
