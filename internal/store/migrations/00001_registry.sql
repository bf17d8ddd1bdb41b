-- +goose Up

-- One text for SQLite and PostgreSQL: ids are UUIDv7 text, instants are
-- microseconds since 1970 in UTC (0: none), civil dates are YYYY-MM-DD ('': none),
-- lists and texts in several languages are JSON text, binary values are base64url,
-- truth values are BOOLEAN. No column is NULL: '' and 0 mean none.

CREATE TABLE organizations (
    id           TEXT PRIMARY KEY,
    parent       TEXT NOT NULL,
    code         TEXT NOT NULL UNIQUE,
    type         TEXT NOT NULL,
    name         TEXT NOT NULL,
    aliases      TEXT NOT NULL,
    region       TEXT NOT NULL,
    tz           TEXT NOT NULL,
    scheme_owner BOOLEAN NOT NULL,
    dissolved    BOOLEAN NOT NULL,
    successor    TEXT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX organizations_parent ON organizations (parent);

-- A body's part in a programme, class or event: host, organiser, co_organiser,
-- guidance, promoter, undertaker, partner.
CREATE TABLE organization_roles (
    org     TEXT NOT NULL REFERENCES organizations (id),
    object  TEXT NOT NULL,
    role    TEXT NOT NULL,
    PRIMARY KEY (org, object, role)
);

CREATE TABLE programmes (
    id            TEXT PRIMARY KEY,
    code          TEXT NOT NULL UNIQUE,
    parent        TEXT NOT NULL,
    owner         TEXT NOT NULL REFERENCES organizations (id),
    name          TEXT NOT NULL,
    starts_on     TEXT NOT NULL,
    ends_on       TEXT NOT NULL,
    annual_target BIGINT NOT NULL,
    version       BIGINT NOT NULL
);

CREATE TABLE bases (
    id               TEXT PRIMARY KEY,
    code             TEXT NOT NULL UNIQUE,
    host             TEXT NOT NULL REFERENCES organizations (id),
    accrediting      TEXT NOT NULL REFERENCES organizations (id),
    programmes       TEXT NOT NULL,
    campus           TEXT NOT NULL,
    name             TEXT NOT NULL,
    tz               TEXT NOT NULL,
    contact          TEXT NOT NULL,
    accredited_from  TEXT NOT NULL,
    accredited_until TEXT NOT NULL,
    status           TEXT NOT NULL,
    manikins         BIGINT NOT NULL,
    signatories      TEXT NOT NULL, -- who signs on paper unless the class says otherwise
    version          BIGINT NOT NULL
);

CREATE TABLE courses (
    id        TEXT PRIMARY KEY,
    code      TEXT NOT NULL,
    version   BIGINT NOT NULL,
    programme TEXT NOT NULL REFERENCES programmes (code),
    status    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    title     TEXT NOT NULL,
    document  TEXT NOT NULL, -- the whole course version, JSON
    edition   BIGINT NOT NULL,
    UNIQUE (code, version)
);

CREATE TABLE persons (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    latin_name   TEXT NOT NULL,
    id_type      TEXT NOT NULL,
    id_hash      TEXT NOT NULL,
    id_last4     TEXT NOT NULL,
    birth_date   TEXT NOT NULL,
    phone        TEXT NOT NULL,
    email        TEXT NOT NULL,
    organization TEXT NOT NULL,
    department   TEXT NOT NULL,
    title        TEXT NOT NULL,
    lang         TEXT NOT NULL,
    merged_into  TEXT NOT NULL,
    demo         BOOLEAN NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX persons_id_hash ON persons (id_hash) WHERE id_hash <> '' AND merged_into = '';
CREATE INDEX persons_name_key ON persons (name_key);

CREATE TABLE trainers (
    id          TEXT PRIMARY KEY,
    person      TEXT NOT NULL REFERENCES persons (id),
    course      TEXT NOT NULL,
    level       TEXT NOT NULL,
    base        TEXT NOT NULL,
    org         TEXT NOT NULL, -- in whose name: it counts at the bases below it; '': everywhere
    valid_from  TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    status      TEXT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX trainers_person ON trainers (person);
CREATE INDEX trainers_course ON trainers (course, status);

CREATE TABLE accounts (
    id       TEXT PRIMARY KEY,
    email    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    person   TEXT NOT NULL,
    password TEXT NOT NULL,
    lang     TEXT NOT NULL,
    status   TEXT NOT NULL,
    epoch    BIGINT NOT NULL,
    version  BIGINT NOT NULL
);

CREATE TABLE grants (
    account TEXT NOT NULL REFERENCES accounts (id),
    role    TEXT NOT NULL,
    org     TEXT NOT NULL REFERENCES organizations (id),
    PRIMARY KEY (account, role, org)
);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY, -- SHA-256 of the cookie's token
    data       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE classes (
    id             TEXT PRIMARY KEY,
    code           TEXT NOT NULL UNIQUE,
    course         TEXT NOT NULL,
    course_version BIGINT NOT NULL,
    programme      TEXT NOT NULL REFERENCES programmes (code),
    base           TEXT NOT NULL REFERENCES bases (code),
    org            TEXT NOT NULL REFERENCES organizations (id), -- host of the base: the scope of roles
    starts_on      TEXT NOT NULL,
    ends_on        TEXT NOT NULL,
    status         TEXT NOT NULL,
    document       TEXT NOT NULL, -- the whole class, JSON
    search         TEXT NOT NULL, -- code, course, venue and trainers in lower case
    created_at     BIGINT NOT NULL,
    submitted_at   BIGINT NOT NULL,
    version        BIGINT NOT NULL,
    FOREIGN KEY (course, course_version) REFERENCES courses (code, version)
);
CREATE INDEX classes_org ON classes (org, ends_on);
CREATE INDEX classes_status ON classes (status, submitted_at);

CREATE TABLE enrolments (
    id         TEXT PRIMARY KEY,
    class      TEXT NOT NULL REFERENCES classes (id),
    person     TEXT NOT NULL REFERENCES persons (id),
    position   BIGINT NOT NULL,
    name       TEXT NOT NULL,
    latin_name TEXT NOT NULL,
    id_last4   TEXT NOT NULL,
    recert     BOOLEAN NOT NULL,
    source     TEXT NOT NULL,
    row_hash   TEXT NOT NULL,
    link_hash  TEXT NOT NULL, -- SHA-256 of the holder's private link token
    link_epoch BIGINT NOT NULL,
    status     TEXT NOT NULL,
    version    BIGINT NOT NULL,
    UNIQUE (class, person)
);
CREATE INDEX enrolments_person ON enrolments (person);
CREATE UNIQUE INDEX enrolments_link ON enrolments (link_hash) WHERE link_hash <> '';

CREATE TABLE attendance (
    session   TEXT NOT NULL,
    enrolment TEXT NOT NULL REFERENCES enrolments (id),
    class     TEXT NOT NULL REFERENCES classes (id),
    state     TEXT NOT NULL,
    minutes   BIGINT NOT NULL,
    PRIMARY KEY (enrolment, session)
);
CREATE INDEX attendance_class ON attendance (class);

CREATE TABLE assessments (
    id        TEXT PRIMARY KEY,
    enrolment TEXT NOT NULL REFERENCES enrolments (id),
    class     TEXT NOT NULL REFERENCES classes (id),
    kind      TEXT NOT NULL,
    attempt   BIGINT NOT NULL,
    revision  BIGINT NOT NULL,
    score     BIGINT NOT NULL,
    items     TEXT NOT NULL,
    passed    BOOLEAN NOT NULL,
    bulk      BOOLEAN NOT NULL,
    statement TEXT NOT NULL,
    note      TEXT NOT NULL,
    assessor  TEXT NOT NULL,
    by_account TEXT NOT NULL,
    on_date   TEXT NOT NULL,
    at        BIGINT NOT NULL,
    UNIQUE (enrolment, kind, attempt, revision)
);
CREATE INDEX assessments_class ON assessments (class);

CREATE TABLE completions (
    id           TEXT PRIMARY KEY,
    enrolment    TEXT NOT NULL UNIQUE REFERENCES enrolments (id),
    class        TEXT NOT NULL REFERENCES classes (id),
    person       TEXT NOT NULL REFERENCES persons (id),
    outcome      TEXT NOT NULL,
    minutes      BIGINT NOT NULL,
    completed_on TEXT NOT NULL,
    bulk         BOOLEAN NOT NULL,
    held         TEXT NOT NULL,
    approved_by  TEXT NOT NULL,
    approved_at  BIGINT NOT NULL
);
CREATE INDEX completions_class ON completions (class);

-- Numbers already given, per programme, base and year of issue; gaps are allowed.
CREATE TABLE counters (
    programme TEXT NOT NULL,
    base      TEXT NOT NULL,
    year      BIGINT NOT NULL,
    last      BIGINT NOT NULL,
    PRIMARY KEY (programme, base, year)
);

CREATE TABLE status_lists (
    id    BIGINT PRIMARY KEY,
    size  BIGINT NOT NULL, -- entries
    taken BIGINT NOT NULL
);

-- Compiled designs, frozen for ever: a certificate is rebuilt from its record,
-- its stored signatures and the row named by its template hash.
CREATE TABLE templates (
    sha256     TEXT PRIMARY KEY,
    id         TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE credentials (
    id            TEXT PRIMARY KEY,
    number        TEXT NOT NULL UNIQUE,
    code          TEXT NOT NULL UNIQUE,
    completion    TEXT NOT NULL REFERENCES completions (id),
    enrolment     TEXT NOT NULL REFERENCES enrolments (id),
    class         TEXT NOT NULL REFERENCES classes (id),
    person        TEXT NOT NULL REFERENCES persons (id),
    org           TEXT NOT NULL REFERENCES organizations (id),
    state         TEXT NOT NULL,
    state_since   BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    supersedes    TEXT NOT NULL,
    superseded_by TEXT NOT NULL,
    renewed_by    TEXT NOT NULL,
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    id_last4      TEXT NOT NULL,
    course        TEXT NOT NULL,
    base          TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    issued_at     BIGINT NOT NULL,
    starts_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    list          BIGINT NOT NULL REFERENCES status_lists (id),
    list_index    BIGINT NOT NULL,
    snapshot      TEXT NOT NULL, -- canonical JSON (RFC 8785)
    template      TEXT NOT NULL REFERENCES templates (sha256),
    record_sig    TEXT NOT NULL,
    jwt_sig       TEXT NOT NULL,
    pdf_sig       TEXT NOT NULL,
    pdf_sha256    TEXT NOT NULL,
    leaf_hash     TEXT NOT NULL,
    signed_at     BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    UNIQUE (list, list_index),
    -- Nothing becomes visible before it is signed.
    CHECK (state = 'queued' OR signed_at > 0 AND pdf_sha256 <> '')
);
-- One live credential per class and person, whatever door issues it.
CREATE UNIQUE INDEX credentials_live ON credentials (class, person) WHERE state IN ('queued', 'issued', 'suspended');
CREATE INDEX credentials_person ON credentials (person);
CREATE INDEX credentials_enrolment ON credentials (enrolment);
CREATE INDEX credentials_class ON credentials (class, id);
CREATE INDEX credentials_org ON credentials (org, id);
CREATE INDEX credentials_id_last4 ON credentials (id_last4);
CREATE INDEX credentials_name_key ON credentials (name_key);
CREATE INDEX credentials_queued ON credentials (class, id) WHERE state = 'queued';
CREATE INDEX credentials_exception ON credentials (id) WHERE state IN ('suspended', 'revoked', 'superseded');

CREATE TABLE status_events (
    id         TEXT PRIMARY KEY,
    credential TEXT NOT NULL REFERENCES credentials (id),
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    private    TEXT NOT NULL,
    by_account TEXT NOT NULL,
    second     TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX status_events_credential ON status_events (credential, id);

-- A revocation asked for by one person waits here until another grants it.
CREATE TABLE revocation_requests (
    id         TEXT PRIMARY KEY,
    credential TEXT NOT NULL REFERENCES credentials (id),
    reason     TEXT NOT NULL,
    private    TEXT NOT NULL,
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    granted    BOOLEAN NOT NULL
);
CREATE INDEX revocation_requests_credential ON revocation_requests (credential);

-- What is published and signed: the trust list, the offline bundle, the CRL;
-- the newest of each kind is served.
CREATE TABLE publications (
    kind        TEXT NOT NULL,
    number      BIGINT NOT NULL,
    body        TEXT NOT NULL,
    issued_at   BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    PRIMARY KEY (kind, number)
);

-- Raised by every change that a publication shows, in the change's transaction.
-- A raise is a row of its own, so that two changes never wait for each other;
-- the sequencer folds the raises into the mark.
CREATE TABLE change_marks (
    name TEXT PRIMARY KEY,
    mark BIGINT NOT NULL
);

CREATE TABLE change_raises (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE INDEX change_raises_name ON change_raises (name);

CREATE TABLE imports (
    id         TEXT PRIMARY KEY,
    class      TEXT NOT NULL REFERENCES classes (id),
    filename   TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    body       TEXT NOT NULL,
    mapping    TEXT NOT NULL,
    status     TEXT NOT NULL,
    report     TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX imports_class ON imports (class);

-- A long piece of work that people watch. How far it is counts in its own
-- tables (credentials still queued), so a crash loses nothing.
CREATE TABLE runs (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    object     TEXT NOT NULL,
    org        TEXT NOT NULL,
    status     TEXT NOT NULL, -- queued, running, done, failed
    total      BIGINT NOT NULL,
    done       BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    message    TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX runs_object ON runs (object);

-- Work to do after the change it was stored with; PostgreSQL keeps it in River's
-- tables instead.
CREATE TABLE jobs (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    args       TEXT NOT NULL,
    unique_key TEXT NOT NULL,
    run_at     BIGINT NOT NULL,
    attempt    BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    state      TEXT NOT NULL -- ready, dead; a job that is done is removed
);
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state = 'ready';
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key <> '' AND state = 'ready';

CREATE TABLE idempotency_keys (
    principal  TEXT NOT NULL,
    route      TEXT NOT NULL,
    key        TEXT NOT NULL,
    body_sha   TEXT NOT NULL,
    status     BIGINT NOT NULL, -- of the stored answer, 0 while the first request runs
    headers    TEXT NOT NULL,
    response   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (principal, route, key)
);

-- One row with every change, in the change's transaction, never changed or
-- removed. It holds ids and digests, no personal data. A sequencer chains the
-- rows afterwards, so that a change never waits for another's.
CREATE TABLE audit (
    id          TEXT PRIMARY KEY,
    at          BIGINT NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object      TEXT NOT NULL,
    org         TEXT NOT NULL,
    before_sha  TEXT NOT NULL,
    after_sha   TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX audit_object ON audit (object, id);
CREATE INDEX audit_org ON audit (org, id);

-- What the sequencer has still to chain.
CREATE TABLE audit_pending (
    entry TEXT PRIMARY KEY REFERENCES audit (id)
);

CREATE TABLE audit_chain (
    position BIGINT PRIMARY KEY,
    entry    TEXT NOT NULL UNIQUE REFERENCES audit (id),
    hash     TEXT NOT NULL -- SHA-256(previous hash || canonical entry), hex
);

-- Counters of answers given, without anything about who was checked.
CREATE TABLE verification_counts (
    day     TEXT NOT NULL,
    base    TEXT NOT NULL,
    channel TEXT NOT NULL,
    status  TEXT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (day, base, channel, status)
);

-- Facts about this registry itself: "demo", "schema origin", "created".
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

