-- The case register: tables. Each statement may run again without harm.

CREATE SCHEMA IF NOT EXISTS register;

-- ---- directory: everything by date (R03, R06, R19) ----

CREATE TABLE IF NOT EXISTS register.agency (
    code       text PRIMARY KEY,
    name       text NOT NULL,
    parent     text,
    valid_from date,
    valid_to   date,           -- last day, inclusive; null: still active
    successor  text
);

CREATE TABLE IF NOT EXISTS register.agency_alias (
    alias      text NOT NULL,
    agency     text NOT NULL REFERENCES register.agency (code),
    valid_from date NOT NULL DEFAULT '-infinity',
    valid_to   date,
    PRIMARY KEY (alias, valid_from)
);

CREATE TABLE IF NOT EXISTS register.role_holder (
    role       text NOT NULL,
    agency     text NOT NULL REFERENCES register.agency (code),
    valid_from date NOT NULL DEFAULT '-infinity',
    valid_to   date,
    PRIMARY KEY (role, valid_from)
);

CREATE TABLE IF NOT EXISTS register.field (
    code       text PRIMARY KEY,
    name       text NOT NULL,
    valid_from date,
    valid_to   date,
    basis      text NOT NULL
);

INSERT INTO register.field (code, name, valid_from, basis) VALUES
    ('thu_tuc_hanh_chinh', 'Thủ tục hành chính', '2020-02-15', 'Quy chế Đ1.1, Đ5.1'),
    ('ha_tang_ky_thuat', 'Hạ tầng kỹ thuật', '2020-02-15', 'Quy chế Đ1.1, Đ5.1'),
    ('moi_truong', 'Môi trường', '2020-02-15', 'Quy chế Đ1.1, Đ5.1'),
    ('an_toan_thuc_pham', 'An toàn thực phẩm', '2020-02-15', 'Quy chế Đ1.1, Đ5.1')
ON CONFLICT (code) DO NOTHING;

-- ---- the case ----

CREATE TABLE IF NOT EXISTS register.case_record (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code           text NOT NULL UNIQUE,
    origin_system  text,
    origin_ref     text,
    channel        text NOT NULL,
    nature         text NOT NULL,
    field          text,
    field_name     text,
    procedure_code text,
    title          text NOT NULL,
    content        text NOT NULL,
    place          jsonb,
    instruction    text,
    submitted_at   timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    portal_due_at  timestamptz,
    public_code    text,
    -- from here on: a cache of what the acts say, written in their transaction and checked against them
    state          text NOT NULL,
    group_no       smallint,
    agency         text NOT NULL,
    unit           text,
    private        boolean NOT NULL,
    restricted     boolean NOT NULL,
    recalled       boolean NOT NULL DEFAULT false,
    rework         boolean NOT NULL DEFAULT false,
    answer_version integer NOT NULL DEFAULT 0,
    own_due_at     timestamptz,
    supplement_due_at timestamptz,
    -- sequence number of the case's last change in the feed
    version        bigint NOT NULL DEFAULT 0,
    UNIQUE (origin_system, origin_ref),
    CHECK ((origin_system IS NULL) = (origin_ref IS NULL))
);

CREATE INDEX IF NOT EXISTS case_record_version ON register.case_record (version);
CREATE INDEX IF NOT EXISTS case_record_text_id ON register.case_record ((id::text));  -- the views give ids as text
CREATE INDEX IF NOT EXISTS case_record_work ON register.case_record (state, agency, id);
CREATE INDEX IF NOT EXISTS case_record_public_code ON register.case_record (public_code);

-- Contact data lives apart from the case file: it has the shorter life (Law 91/2025) and the narrower readers (Đ7.2).
CREATE TABLE IF NOT EXISTS register.contact (
    case_id      bigint PRIMARY KEY REFERENCES register.case_record (id),
    kind         text NOT NULL,
    name         text,
    organisation text,
    phone        text,
    address      text,
    email        text,
    account      text,
    anonymous    boolean NOT NULL DEFAULT true
);

-- What the sender's text was before the system of entry changed it (R13).
CREATE TABLE IF NOT EXISTS register.header_history (
    case_id     bigint NOT NULL REFERENCES register.case_record (id),
    replaced_at timestamptz NOT NULL,
    feed_seq    bigint NOT NULL,
    header      jsonb,
    PRIMARY KEY (case_id, feed_seq)
);

-- (channel, external id) is unique: the same message three times gives one case (R08).
CREATE TABLE IF NOT EXISTS register.intake_message (
    channel     text NOT NULL,
    external_id text NOT NULL,
    purpose     text NOT NULL,
    case_id     bigint NOT NULL REFERENCES register.case_record (id),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (channel, external_id)
);

CREATE TABLE IF NOT EXISTS register.code_counter (
    prefix text NOT NULL,
    day    date NOT NULL,
    last   integer NOT NULL,
    PRIMARY KEY (prefix, day)
);

-- ---- acts: append-only (R14) ----

CREATE SEQUENCE IF NOT EXISTS register.act_number;

CREATE TABLE IF NOT EXISTS register.act (
    number      bigint PRIMARY KEY,
    act_id      text NOT NULL UNIQUE,      -- register:<number>, or the id given in the system of birth
    case_id     bigint NOT NULL REFERENCES register.case_record (id),
    kind        text NOT NULL,
    at          timestamptz NOT NULL,      -- by the clock of the system of birth
    agency      text,
    officer     text,
    text        text,
    details     jsonb NOT NULL DEFAULT '{}',
    attachments text[] NOT NULL DEFAULT '{}',
    recorded_at timestamptz NOT NULL
);

CREATE INDEX IF NOT EXISTS act_case ON register.act (case_id, number);
CREATE INDEX IF NOT EXISTS act_case_text_id ON register.act ((case_id::text));

-- Acts are never changed or removed. The one exception empties the texts of a case that was taken off the system for
-- secrecy (T15); that transaction says so with SET LOCAL register.empty_case.
CREATE OR REPLACE FUNCTION register.keep_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('register.empty_case', true) = OLD.case_id::text
       AND NEW.text IS NULL
       AND (NEW.number, NEW.act_id, NEW.case_id, NEW.kind, NEW.at)
           = (OLD.number, OLD.act_id, OLD.case_id, OLD.kind, OLD.at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'register.act is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER act_append_only BEFORE UPDATE OR DELETE ON register.act
    FOR EACH ROW EXECUTE FUNCTION register.keep_act();
CREATE OR REPLACE TRIGGER act_no_truncate BEFORE TRUNCATE ON register.act
    FOR EACH STATEMENT EXECUTE FUNCTION register.keep_act();

-- ---- files: exact bytes (R13, R28) ----

CREATE SEQUENCE IF NOT EXISTS register.attachment_number;

CREATE TABLE IF NOT EXISTS register.attachment (
    number        bigint PRIMARY KEY,
    attachment_id text NOT NULL,           -- register:<number>, or the id given in the system of birth
    case_id       bigint NOT NULL REFERENCES register.case_record (id),
    role          text NOT NULL,
    file_name     text NOT NULL,
    media_type    text NOT NULL,
    size          bigint,
    sha256        text,
    signed        boolean NOT NULL DEFAULT false,
    content       bytea,
    UNIQUE (case_id, attachment_id)
);

CREATE INDEX IF NOT EXISTS attachment_case_text_id ON register.attachment ((case_id::text));

-- Files are compressed already; EXTERNAL saves the attempt and lets a part be read without the whole.
ALTER TABLE register.attachment ALTER COLUMN content SET STORAGE EXTERNAL;

-- ---- the change feed ----

-- One row for each case in each writing transaction. The number comes from the single row of feed_head, updated as the
-- last step of every writing transaction: its row lock is held until commit, so transactions commit in the order of
-- their numbers and a rolled-back number is given again. A reader that has seen n has seen everything up to n: no gap
-- is ever skipped, which a sequence (numbers taken before commit) or a timestamp cannot promise.
-- The price: commits of writers queue behind one another, about one disk flush each (some hundreds to a thousand a
-- second). A province writes a few a second; reading is not touched.
CREATE TABLE IF NOT EXISTS register.feed_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq  bigint NOT NULL
) WITH (fillfactor = 10);  -- room for HOT updates on the same page

INSERT INTO register.feed_head (seq) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS register.feed (
    seq     bigint PRIMARY KEY,
    case_id bigint NOT NULL REFERENCES register.case_record (id),
    at      timestamptz NOT NULL
);

-- ---- exchange and access ----

-- What each key of the connector brought about: the same key gives the same answer, without a second effect.
CREATE TABLE IF NOT EXISTS register.exchange_key (
    key         uuid PRIMARY KEY,
    operation   text NOT NULL,
    body_sha256 text NOT NULL,
    case_id     bigint NOT NULL REFERENCES register.case_record (id),
    receipt     jsonb NOT NULL,
    at          timestamptz NOT NULL
);

-- A token is 32 random bytes; its SHA-256 needs no salt and no slow hash.
CREATE TABLE IF NOT EXISTS register.token (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role       text NOT NULL CHECK (role IN ('intake', 'officer', 'exchange', 'reader')),
    name       text NOT NULL,
    sha256     text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- Every reading of a sender's name or phone through the API (who, which case, when).
CREATE TABLE IF NOT EXISTS register.access_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    token    text NOT NULL,
    officer  text,
    purpose  text NOT NULL,
    case_ids bigint[] NOT NULL
);
