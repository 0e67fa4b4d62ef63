-- Sales, sums, settlements and the ledger; the feed; persons; views. The tenant leads every key.
-- Tables whose rows are long have a rowid: without one, rows beyond a kilobyte would take a page each.
-- Amounts are whole minor units; `digits` is how many of them are behind the point.

-- What is due is looked for by kind.
DROP INDEX prm_record_by_deadline;
CREATE INDEX prm_record_by_deadline ON prm_record (tenant, kind, deadline_at, id) WHERE deadline_at IS NOT NULL;

-- The feed: every event has a position, dense per tenant. There is one writer at a time, so that the order of
-- positions is that of commits.
ALTER TABLE prm_event ADD COLUMN position INTEGER;

UPDATE prm_event SET position = (
    SELECT ordered.position FROM (
        SELECT tenant, kind, id, version,
               row_number() OVER (PARTITION BY tenant ORDER BY recorded_at, kind, id, version) AS position
        FROM prm_event
    ) AS ordered
    WHERE ordered.tenant = prm_event.tenant AND ordered.kind = prm_event.kind
      AND ordered.id = prm_event.id AND ordered.version = prm_event.version
);

CREATE UNIQUE INDEX prm_event_by_position ON prm_event (tenant, position);

-- A batch that was received: it is counted once, and a later revision replaces it.
CREATE TABLE prm_receipt (
    tenant      TEXT NOT NULL,
    receipt     INTEGER NOT NULL CHECK (receipt > 0),
    source      TEXT NOT NULL,
    batch       TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    lines       INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    replaced_by INTEGER,
    actor       TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, receipt),
    UNIQUE (tenant, source, batch, revision, part)
) STRICT, WITHOUT ROWID;

-- The lines of a document, as they came in one receipt.
CREATE TABLE prm_document (
    tenant   TEXT NOT NULL,
    source   TEXT NOT NULL,
    document TEXT NOT NULL,
    receipt  INTEGER NOT NULL,
    lines    TEXT NOT NULL,
    PRIMARY KEY (tenant, source, document, receipt)
) STRICT;

CREATE INDEX prm_document_by_receipt ON prm_document (tenant, receipt);

-- Which document takes back lines of which.
CREATE TABLE prm_reversal (
    tenant   TEXT NOT NULL,
    source   TEXT NOT NULL,
    reversed TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (tenant, source, reversed, document)
) STRICT, WITHOUT ROWID;

-- What a document of a receipt counts under a plan now; nothing if it counts nothing.
CREATE TABLE prm_document_sums (
    tenant   TEXT NOT NULL,
    plan     TEXT NOT NULL,
    source   TEXT NOT NULL,
    document TEXT NOT NULL,
    receipt  INTEGER NOT NULL,
    cells    TEXT NOT NULL,
    PRIMARY KEY (tenant, plan, source, document, receipt)
) STRICT;

-- The partial sums of a receipt under a plan. Never changed: when lines that could not be used can be, a further
-- counting adds what they count. `outcomes` has a letter for each line.
CREATE TABLE prm_sums (
    tenant      TEXT NOT NULL,
    plan        TEXT NOT NULL,
    receipt     INTEGER NOT NULL,
    counting    INTEGER NOT NULL,
    program     TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    first_month TEXT,
    last_month  TEXT,
    tally       TEXT NOT NULL,
    outcomes    TEXT NOT NULL,
    cells       TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, plan, receipt, counting)
) STRICT;

-- What is due for a partner, incentive and period, from one settlement to the next. Never changed. `difference` is
-- what is owed more or less than before, in the same currency; `before` is the payout of the entry before.
CREATE TABLE prm_entry (
    tenant       TEXT NOT NULL,
    program      TEXT NOT NULL,
    partner      TEXT NOT NULL,
    incentive    TEXT NOT NULL,
    period       TEXT NOT NULL,
    settlement   INTEGER NOT NULL,
    from_day     TEXT NOT NULL,
    until_day    TEXT NOT NULL,
    currency     TEXT,
    digits       INTEGER,
    earned       INTEGER,
    difference   INTEGER,
    free_units   INTEGER,
    explanation  TEXT NOT NULL,
    before       TEXT,
    recorded_at  TEXT NOT NULL,
    PRIMARY KEY (tenant, program, partner, incentive, period, settlement)
) STRICT;

CREATE INDEX prm_entry_by_settlement ON prm_entry (tenant, settlement, partner);

-- What the explanations of a settlement's entries for an incentive and period have in common.
CREATE TABLE prm_entry_common (
    tenant     TEXT NOT NULL,
    settlement INTEGER NOT NULL,
    incentive  TEXT NOT NULL,
    period     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    common     TEXT NOT NULL,
    PRIMARY KEY (tenant, settlement, incentive, period)
) STRICT;

-- The balance of an account: credits less debits. It is changed with its transfers, in one transaction.
CREATE TABLE prm_account (
    tenant      TEXT NOT NULL,
    payee       TEXT NOT NULL,
    currency    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    balance     INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, payee, currency, kind)
) STRICT, WITHOUT ROWID;

-- The id is a hash of purpose and source, so that one source causes one transfer of a purpose.
CREATE TABLE prm_transfer (
    tenant       TEXT NOT NULL,
    id           TEXT NOT NULL,
    payee        TEXT NOT NULL,
    currency     TEXT NOT NULL,
    digits       INTEGER NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount > 0),
    purpose      TEXT NOT NULL,
    debit        TEXT NOT NULL,
    credit       TEXT NOT NULL,
    source       TEXT NOT NULL,
    settlement   INTEGER,
    effective_on TEXT NOT NULL,
    actor        TEXT NOT NULL,
    recorded_at  TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX prm_transfer_by_payee ON prm_transfer (tenant, payee, currency, recorded_at);

-- Names, addresses and free text about persons. Everything else knows them by id only.
CREATE TABLE prm_person (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    body       TEXT,
    changed_at TEXT NOT NULL,
    erased_at  TEXT,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW prm_view_program_version AS
SELECT tenant, id, subject AS program, stage, version, changed_at FROM prm_record WHERE kind = 'program_version';

CREATE VIEW prm_view_change AS
SELECT tenant, position, kind, id, version, effective_at, received_at, recorded_at, actor, body AS event FROM prm_event;

CREATE VIEW prm_view_batch AS
SELECT r.tenant, r.receipt, r.source, r.batch, r.revision, r.part, r.lines, r.replaced_by IS NOT NULL AS replaced,
       r.recorded_at
FROM prm_receipt AS r;

CREATE VIEW prm_view_payout AS
SELECT tenant, program, partner, incentive, period, from_day, until_day, settlement, before IS NOT NULL AS adjustment,
       currency, digits, earned AS earned_minor,
       difference AS difference_minor,
       free_units, recorded_at,
       settlement = max(settlement) OVER (PARTITION BY tenant, program, partner, incentive, period) AS latest
FROM prm_entry;

CREATE VIEW prm_view_statement AS
SELECT tenant, settlement, program, partner, currency, digits, count(*) AS entries,
       sum(difference) AS owed_minor, max(recorded_at) AS recorded_at
FROM prm_entry WHERE currency IS NOT NULL
GROUP BY tenant, settlement, program, partner, currency, digits;

CREATE VIEW prm_view_balance AS
SELECT tenant, payee, currency, digits, kind AS account, balance AS balance_minor FROM prm_account;

CREATE VIEW prm_view_journal AS
SELECT tenant, id, effective_on, recorded_at, purpose, payee, currency, digits, debit AS account,
       -amount AS change_minor, source, settlement FROM prm_transfer
UNION ALL
SELECT tenant, id, effective_on, recorded_at, purpose, payee, currency, digits, credit, amount, source, settlement
FROM prm_transfer;

UPDATE prm_meta SET value = '2' WHERE name = 'readable_by';
