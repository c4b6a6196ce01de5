-- name: agencies
SELECT code, name, parent, valid_from, valid_to, successor FROM register.agency ORDER BY code;

-- name: aliases
SELECT alias, agency, nullif(valid_from, '-infinity') AS valid_from, valid_to FROM register.agency_alias
ORDER BY alias, agency_alias.valid_from;

-- name: role_holders
SELECT agency, nullif(valid_from, '-infinity') AS valid_from, valid_to FROM register.role_holder
WHERE role = %(role)s ORDER BY role_holder.valid_from DESC;

-- name: fields
SELECT code, name, valid_from, valid_to FROM register.field ORDER BY code;

-- name: service_accounts
SELECT DISTINCT name FROM register.token WHERE role <> 'officer';

-- name: put_agency
INSERT INTO register.agency (code, name, parent, valid_from, valid_to, successor)
VALUES (%(code)s, %(name)s, %(parent)s, %(valid_from)s, %(valid_to)s, %(successor)s)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, successor = excluded.successor;

-- name: put_alias
INSERT INTO register.agency_alias (alias, agency, valid_from, valid_to)
VALUES (%(alias)s, %(agency)s, coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s)
ON CONFLICT (alias, valid_from) DO UPDATE SET agency = excluded.agency, valid_to = excluded.valid_to;

-- name: put_role_holder
INSERT INTO register.role_holder (role, agency, valid_from, valid_to)
VALUES (%(role)s, %(agency)s, coalesce(%(valid_from)s::date, '-infinity'), %(valid_to)s)
ON CONFLICT (role, valid_from) DO UPDATE SET agency = excluded.agency, valid_to = excluded.valid_to;
