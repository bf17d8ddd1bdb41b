-- +goose Up

-- Pictures that issuers uploaded, as we wrote them again: PNG files, by hash.
CREATE TABLE artworks (
    sha256     TEXT PRIMARY KEY,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Who put which picture to which use, and by whose permission. Nothing is ever
-- changed here: the last row of an organization and role counts, and one without
-- a picture takes it away. What was printed with it stays as it is.
CREATE TABLE artwork_uses (
    id           TEXT PRIMARY KEY,
    org          TEXT NOT NULL REFERENCES organizations (id),
    role         TEXT NOT NULL, -- logo, seal
    sha256       TEXT NOT NULL,
    note         TEXT NOT NULL, -- the permission, in words
    permitted_by TEXT NOT NULL,
    by_account   TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX artwork_uses_org ON artwork_uses (org, role, id);

-- Designs of an organization's own. A version is never changed.
CREATE TABLE own_designs (
    org        TEXT NOT NULL REFERENCES organizations (id),
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    source     TEXT NOT NULL, -- the file
    note       TEXT NOT NULL,
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (org, name, version)
);

-- Which design an issuer's certificates of a kind have: the last row counts.
-- Version 0 is a built-in design by its id, or with '' the usual one.
CREATE TABLE design_choices (
    id         TEXT PRIMARY KEY,
    org        TEXT NOT NULL REFERENCES organizations (id),
    kind       TEXT NOT NULL,
    design     TEXT NOT NULL,
    version    BIGINT NOT NULL,
    by_account TEXT NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX design_choices_org ON design_choices (org, kind, id);

-- Who signs for an issuer where a base names nobody.
CREATE TABLE org_signatories (
    org         TEXT PRIMARY KEY REFERENCES organizations (id),
    signatories TEXT NOT NULL,
    version     BIGINT NOT NULL
);
