-- name: put_token
INSERT INTO register.token (role, name, sha256, created_at) VALUES (%(role)s, %(name)s, %(sha256)s, %(now)s);

-- name: token
SELECT role, name FROM register.token WHERE sha256 = %(sha256)s AND revoked_at IS NULL;

-- name: revoke_token
UPDATE register.token SET revoked_at = %(now)s WHERE role = %(role)s AND name = %(name)s AND revoked_at IS NULL;

-- name: log_access
INSERT INTO register.access_log (at, token, officer, purpose, case_ids)
VALUES (%(now)s, %(token)s, %(officer)s, %(purpose)s, %(case_ids)s);
