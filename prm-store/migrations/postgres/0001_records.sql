-- Records, their events, and the commands that were carried out. The tenant leads every key.

CREATE TABLE prm.meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- The oldest library schema that can work with these tables: expand first, contract later.
INSERT INTO prm.meta (name, value) VALUES ('readable_by', '1');

CREATE TABLE prm.record (
    tenant      text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    version     bigint NOT NULL CHECK (version > 0),
    format      integer NOT NULL,
    stage       text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    deadline_at timestamptz,
    changed_at  timestamptz NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (tenant, kind, id)
);

CREATE INDEX record_by_subject ON prm.record (tenant, kind, subject, stage, id);
CREATE INDEX record_by_deadline ON prm.record (tenant, deadline_at) WHERE deadline_at IS NOT NULL;

CREATE TABLE prm.event (
    tenant       text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    version      bigint NOT NULL CHECK (version > 0),
    format       integer NOT NULL,
    effective_at timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text NOT NULL,
    body         text NOT NULL,
    PRIMARY KEY (tenant, kind, id, version)
);

CREATE TABLE prm.command (
    tenant       text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    fingerprint  text NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    from_version bigint NOT NULL,
    to_version   bigint NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, key)
);
