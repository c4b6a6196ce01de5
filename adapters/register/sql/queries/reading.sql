-- name: documents_since
-- Whole cases that changed after a sequence number, in the order of their last change. One statement, so one snapshot:
-- a case, its acts and files and its version belong together whatever others write meanwhile.
SELECT c.*,
       (SELECT json_agg(json_build_object('id', a.id, 'kind', a.kind, 'at', a.at, 'agency', a.agency,
                                          'officer', a.officer, 'text', a.text, 'details', a.details,
                                          'attachments', a.attachments) ORDER BY a.at, a.number)
        FROM register.v_act a WHERE a.case_id = c.id) AS acts,
       (SELECT json_agg(json_build_object('id', f.id, 'role', f.role, 'file_name', f.file_name,
                                          'media_type', f.media_type, 'size', f.size, 'sha256', f.sha256,
                                          'signed', f.signed) ORDER BY f.number)
        FROM register.v_attachment f WHERE f.case_id = c.id) AS attachments
FROM (SELECT * FROM register.v_case WHERE version > %(after)s ORDER BY version LIMIT %(limit)s) c
ORDER BY c.version;

-- name: document
-- One whole case by id or by code.
SELECT c.*,
       (SELECT json_agg(json_build_object('id', a.id, 'kind', a.kind, 'at', a.at, 'agency', a.agency,
                                          'officer', a.officer, 'text', a.text, 'details', a.details,
                                          'attachments', a.attachments) ORDER BY a.at, a.number)
        FROM register.v_act a WHERE a.case_id = c.id) AS acts,
       (SELECT json_agg(json_build_object('id', f.id, 'role', f.role, 'file_name', f.file_name,
                                          'media_type', f.media_type, 'size', f.size, 'sha256', f.sha256,
                                          'signed', f.signed) ORDER BY f.number)
        FROM register.v_attachment f WHERE f.case_id = c.id) AS attachments
FROM register.v_case c
WHERE c.id = %(ref)s OR c.code = %(ref)s;

-- name: documents_list
-- Cases for an official's list, oldest first; every filter may be null.
SELECT c.*,
       (SELECT json_agg(json_build_object('id', a.id, 'kind', a.kind, 'at', a.at, 'agency', a.agency,
                                          'officer', a.officer, 'text', a.text, 'details', a.details,
                                          'attachments', a.attachments) ORDER BY a.at, a.number)
        FROM register.v_act a WHERE a.case_id = c.id) AS acts,
       (SELECT json_agg(json_build_object('id', f.id, 'role', f.role, 'file_name', f.file_name,
                                          'media_type', f.media_type, 'size', f.size, 'sha256', f.sha256,
                                          'signed', f.signed) ORDER BY f.number)
        FROM register.v_attachment f WHERE f.case_id = c.id) AS attachments
FROM register.v_case c
WHERE c.id IN (
    SELECT r.id::text FROM register.case_record r
    WHERE r.id > %(after)s
      AND (%(state)s::text IS NULL OR r.state = %(state)s)
      AND (%(agency)s::text IS NULL OR r.agency = %(agency)s)
      AND (%(origin)s::text IS NULL OR coalesce(r.origin_system, 'register') = %(origin)s)
      AND (%(recalled)s::boolean IS NULL OR r.recalled = %(recalled)s)
      AND (%(rework)s::boolean IS NULL OR r.rework = %(rework)s)
    ORDER BY r.id LIMIT %(limit)s)
ORDER BY c.id::bigint;

-- name: file_bytes
-- The exact bytes of one file, in clear or sealed.
SELECT f.* FROM register.v_attachment f WHERE f.case_id = %(ref)s AND f.id = %(attachment)s;

-- name: counts
-- Cases by state, for the health page and the statistics.
SELECT state, count(*) AS cases FROM register.v_case GROUP BY state ORDER BY state;

-- name: pulse
-- The clock and the newest sequence number.
SELECT now() AS now, seq FROM register.feed_head;

-- name: find_key
-- What a key of the connector brought about.
SELECT k.operation, k.receipt FROM register.exchange_key k WHERE k.key = %(key)s;

-- name: find_origin
-- The case that was created for a portal's case.
SELECT id, code FROM register.case_record WHERE origin_system = %(origin_system)s AND origin_ref = %(origin_ref)s;

-- name: find_acts
-- Which of these acts a case already has.
SELECT act_id, case_id FROM register.act WHERE act_id = ANY (%(act_ids)s);
