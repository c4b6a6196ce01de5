-- name: masters_in_use
-- Names of the master keys that wrap something.
SELECT DISTINCT master FROM register.case_key;

-- name: keys_of_case
SELECT jsonb_object_agg(k.purpose, jsonb_build_object('master', k.master, 'wrapped', encode(k.wrapped, 'hex'))) AS keys
FROM register.case_key k WHERE k.case_id = %(case_id)s;

-- name: keys_page
-- Wrapped keys in order, for wrapping them anew. The case is locked first, as every writer does.
SELECT k.case_id, k.purpose, k.master, k.wrapped FROM register.case_key k
JOIN register.case_record c ON c.id = k.case_id
WHERE (k.case_id, k.purpose) > (%(case_id)s, %(purpose)s) ORDER BY k.case_id, k.purpose LIMIT 500 FOR UPDATE OF c;

-- name: rewrap_key
UPDATE register.case_key SET master = %(master)s, wrapped = %(wrapped)s
WHERE case_id = %(case_id)s AND purpose = %(purpose)s;

-- name: contact_of_case
SELECT sealed FROM register.contact WHERE case_id = %(case_id)s;

-- name: put_phone_digest
UPDATE register.contact SET phone_digest = %(phone_digest)s WHERE case_id = %(case_id)s;

-- name: same_phone
-- Other cases whose sender has the same phone number, oldest first.
SELECT other.case_id::text AS id FROM register.contact known
JOIN register.contact other ON other.phone_digest = known.phone_digest AND other.case_id <> known.case_id
WHERE known.case_id = %(case_id)s ORDER BY other.case_id;

-- name: evidence_list
-- What came in of a case, in order; the number within the case is its position.
SELECT e.number, e.kind, e.received_at, e.source_at, e.channel, e.token, e.officer, e.peer, e.size, e.sha256,
       e.sealed IS NOT NULL AS held
FROM register.evidence e WHERE e.case_id = %(case_id)s ORDER BY e.number;

-- name: evidence_bytes
SELECT e.kind, e.sha256, e.sealed FROM register.evidence e WHERE e.case_id = %(case_id)s AND e.number = %(number)s;
