-- Which lines of a document count nothing, by their places as a JSON array: the others may not be lost when it is counted
-- again with fewer facts. Nothing where it was counted by an earlier version of this library.
ALTER TABLE prm_document_sums ADD COLUMN idle TEXT;

-- What is owed for an entry in another currency than that in which it was earned, and was before, as JSON with the rate.
ALTER TABLE prm_entry ADD COLUMN paid TEXT;
ALTER TABLE prm_entry ADD COLUMN paid_before TEXT;

-- How far the tiers of a program's partners were followed: every day before `until_day` is answered.
CREATE TABLE prm_tier_advance (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    advance     INTEGER NOT NULL,
    until_day   TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, advance)
) STRICT, WITHOUT ROWID;

-- All changes of a partner's tier as known since an advance, as JSON; the tier after the last one, and its day. A row is
-- never changed: what was known on a past day needs no history of its own.
CREATE TABLE prm_tier (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    partner     TEXT NOT NULL,
    advance     INTEGER NOT NULL,
    tier        TEXT,
    since_day   TEXT NOT NULL,
    changes     TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, partner, advance)
) STRICT;

CREATE VIEW prm_view_tier AS
SELECT tenant, program, partner, tier, since_day, recorded_at,
       advance = max(advance) OVER (PARTITION BY tenant, program, partner) AS latest
FROM prm_tier;

-- An earlier version would change sums and leave the places.
UPDATE prm_meta SET value = '3' WHERE name = 'readable_by';
