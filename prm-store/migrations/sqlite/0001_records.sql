-- Records, their events, and the commands that were carried out. The tenant leads every key.
-- Instants are RFC 3339 text in UTC with microseconds, so that they sort as they follow.

CREATE TABLE prm_meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The oldest library schema that can work with these tables: expand first, contract later.
INSERT INTO prm_meta (name, value) VALUES ('readable_by', '1');

CREATE TABLE prm_record (
    tenant      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    format      INTEGER NOT NULL,
    stage       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    deadline_at TEXT,
    changed_at  TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX prm_record_by_subject ON prm_record (tenant, kind, subject, stage, id);
CREATE INDEX prm_record_by_deadline ON prm_record (tenant, deadline_at) WHERE deadline_at IS NOT NULL;

CREATE TABLE prm_event (
    tenant       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    format       INTEGER NOT NULL,
    effective_at TEXT NOT NULL,
    received_at  TEXT NOT NULL,
    recorded_at  TEXT NOT NULL,
    actor        TEXT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE prm_command (
    tenant       TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    from_version INTEGER NOT NULL,
    to_version   INTEGER NOT NULL,
    recorded_at  TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
