-- name: keep_public_copy
INSERT INTO register.public_copy (case_id, version, published_at, officer, sealed)
VALUES (%(case_id)s, %(version)s, %(now)s, %(officer)s, %(sealed)s);

-- name: last_public_copy
SELECT version, sealed FROM register.public_copy WHERE case_id = %(case_id)s ORDER BY version DESC LIMIT 1;

-- name: public_copies
-- Published cases with their last public copy, newest first. A case that is private or restricted is not among them from
-- the transaction on that made it so: nothing has to be removed.
SELECT c.id, c.code, c.field, c.agency, a.name AS agency_name, c.received_at, c.state,
       p.version, p.published_at, p.sealed,
       (SELECT jsonb_object_agg(k.purpose, jsonb_build_object('master', k.master, 'wrapped', encode(k.wrapped, 'hex')))
        FROM register.case_key k WHERE k.case_id = c.id) AS keys
FROM register.case_record c
JOIN LATERAL (SELECT * FROM register.public_copy l WHERE l.case_id = c.id ORDER BY l.version DESC LIMIT 1) p ON true
LEFT JOIN register.agency a ON a.code = c.agency
WHERE c.state = 'DA_CONG_KHAI' AND NOT c.private AND NOT c.restricted AND p.sealed IS NOT NULL
  AND (%(code)s::text IS NULL OR c.code = %(code)s)
  AND (%(before)s::bigint IS NULL OR c.id < %(before)s)
ORDER BY c.id DESC LIMIT %(limit)s;

-- name: public_counts
-- Cases by state and field: private ones count, restricted ones are in no number (R25, R26).
SELECT c.state, c.field, count(*) AS cases FROM register.case_record c WHERE NOT c.restricted GROUP BY c.state, c.field;

-- name: agency_name
SELECT name FROM register.agency WHERE code = %(code)s;
