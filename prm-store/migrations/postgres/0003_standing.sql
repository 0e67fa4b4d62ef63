-- Which lines of a document count nothing, by their places as a JSON array: the others may not be lost when it is counted
-- again with fewer facts. Nothing where it was counted by an earlier version of this library.
ALTER TABLE prm.document_sums ADD COLUMN idle text;

-- What is owed for an entry in another currency than that in which it was earned, and was before, as JSON with the rate.
ALTER TABLE prm.entry ADD COLUMN paid text;
ALTER TABLE prm.entry ADD COLUMN paid_before text;

-- How far the tiers of a program's partners were followed: every day before `until_day` is answered.
CREATE TABLE prm.tier_advance (
    tenant      text NOT NULL,
    program     text NOT NULL,
    advance     bigint NOT NULL,
    until_day   date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, advance)
);

-- All changes of a partner's tier as known since an advance, as JSON; the tier after the last one, and its day. A row is
-- never changed: what was known on a past day needs no history of its own.
CREATE TABLE prm.tier (
    tenant      text NOT NULL,
    program     text NOT NULL,
    partner     text NOT NULL,
    advance     bigint NOT NULL,
    tier        text,
    since_day   date NOT NULL,
    changes     text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, partner, advance)
);

CREATE VIEW prm.view_tier WITH (security_invoker = true) AS
SELECT tenant, program, partner, tier, since_day, recorded_at,
       advance = max(advance) OVER (PARTITION BY tenant, program, partner) AS latest
FROM prm.tier;

ALTER TABLE prm.tier_advance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.tier_advance USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.tier ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.tier USING (tenant = current_setting('prm.tenant', true));

-- An earlier version would change sums and leave the places.
UPDATE prm.meta SET value = '3' WHERE name = 'readable_by';
