-- Sales, sums, settlements and the ledger; the feed; persons; views. The tenant leads every key.
-- Amounts are whole minor units; `digits` is how many of them are behind the point.

-- What is due is looked for by kind.
DROP INDEX prm.record_by_deadline;
CREATE INDEX record_by_deadline ON prm.record (tenant, kind, deadline_at, id) WHERE deadline_at IS NOT NULL;

-- The feed: events are committed without a position, in `seq` as they were written; a reader numbers those that are
-- committed, dense per tenant, so that none is skipped whose transaction took long. Within a record the order of
-- `seq` is that of versions, since its row is locked.
ALTER TABLE prm.event ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE prm.event ADD COLUMN position bigint;
CREATE UNIQUE INDEX event_by_position ON prm.event (tenant, position) WHERE position IS NOT NULL;
CREATE INDEX event_unnumbered ON prm.event (tenant, seq) WHERE position IS NULL;

-- A batch that was received: it is counted once, and a later revision replaces it.
CREATE TABLE prm.receipt (
    tenant      text COLLATE "C" NOT NULL,
    receipt     bigint NOT NULL CHECK (receipt > 0),
    source      text COLLATE "C" NOT NULL,
    batch       text COLLATE "C" NOT NULL,
    revision    integer NOT NULL,
    part        integer NOT NULL,
    lines       bigint NOT NULL,
    fingerprint text NOT NULL,
    replaced_by bigint,
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, receipt),
    UNIQUE (tenant, source, batch, revision, part)
);

-- The lines of a document, as they came in one receipt.
CREATE TABLE prm.document (
    tenant   text COLLATE "C" NOT NULL,
    source   text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    receipt  bigint NOT NULL,
    lines    text NOT NULL,
    PRIMARY KEY (tenant, source, document, receipt)
);

CREATE INDEX document_by_receipt ON prm.document (tenant, receipt);

-- Which document takes back lines of which.
CREATE TABLE prm.reversal (
    tenant   text COLLATE "C" NOT NULL,
    source   text COLLATE "C" NOT NULL,
    reversed text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, source, reversed, document)
);

-- What a document of a receipt counts under a plan now; nothing if it counts nothing.
CREATE TABLE prm.document_sums (
    tenant   text COLLATE "C" NOT NULL,
    plan     text COLLATE "C" NOT NULL,
    source   text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    receipt  bigint NOT NULL,
    cells    text NOT NULL,
    PRIMARY KEY (tenant, plan, source, document, receipt)
);

-- The partial sums of a receipt under a plan. Never changed: when lines that could not be used can be, a further
-- counting adds what they count. `outcomes` has a letter for each line.
CREATE TABLE prm.sums (
    tenant      text COLLATE "C" NOT NULL,
    plan        text COLLATE "C" NOT NULL,
    receipt     bigint NOT NULL,
    counting    integer NOT NULL,
    program     text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    first_month date,
    last_month  date,
    tally       text NOT NULL,
    outcomes    text NOT NULL,
    cells       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, plan, receipt, counting)
);

-- What is due for a partner, incentive and period, from one settlement to the next. Never changed. `difference` is
-- what is owed more or less than before, in the same currency; `before` is the payout of the entry before.
CREATE TABLE prm.entry (
    tenant       text COLLATE "C" NOT NULL,
    program      text COLLATE "C" NOT NULL,
    partner      text COLLATE "C" NOT NULL,
    incentive    text COLLATE "C" NOT NULL,
    period       text COLLATE "C" NOT NULL,
    settlement   bigint NOT NULL,
    from_day     date NOT NULL,
    until_day    date NOT NULL,
    currency     text COLLATE "C",
    digits       integer,
    earned       bigint,
    difference   bigint,
    free_units   bigint,
    explanation  text NOT NULL,
    before       text,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, partner, incentive, period, settlement)
);

CREATE INDEX entry_by_settlement ON prm.entry (tenant, settlement, partner);

-- What the explanations of a settlement's entries for an incentive and period have in common.
CREATE TABLE prm.entry_common (
    tenant     text COLLATE "C" NOT NULL,
    settlement bigint NOT NULL,
    incentive  text COLLATE "C" NOT NULL,
    period     text COLLATE "C" NOT NULL,
    digest     text NOT NULL,
    common     text NOT NULL,
    PRIMARY KEY (tenant, settlement, incentive, period)
);

-- The balance of an account: credits less debits. It is changed with its transfers, in one transaction.
CREATE TABLE prm.account (
    tenant      text COLLATE "C" NOT NULL,
    payee       text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    balance     bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, payee, currency, kind)
);

-- The id is a hash of purpose and source, so that one source causes one transfer of a purpose.
CREATE TABLE prm.transfer (
    tenant       text COLLATE "C" NOT NULL,
    id           uuid NOT NULL,
    payee        text COLLATE "C" NOT NULL,
    currency     text COLLATE "C" NOT NULL,
    digits       integer NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    purpose      text COLLATE "C" NOT NULL,
    debit        text COLLATE "C" NOT NULL,
    credit       text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    settlement   bigint,
    effective_on date NOT NULL,
    actor        text NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX transfer_by_payee ON prm.transfer (tenant, payee, currency, recorded_at);

-- Names, addresses and free text about persons. Everything else knows them by id only.
CREATE TABLE prm.person (
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    body       text,
    changed_at timestamptz NOT NULL,
    erased_at  timestamptz,
    PRIMARY KEY (tenant, id)
);

CREATE VIEW prm.view_program_version WITH (security_invoker = true) AS
SELECT tenant, id, subject AS program, stage, version, changed_at FROM prm.record WHERE kind = 'program_version';

CREATE VIEW prm.view_change WITH (security_invoker = true) AS
SELECT tenant, position, kind, id, version, effective_at, received_at, recorded_at, actor, body AS event FROM prm.event;

CREATE VIEW prm.view_batch WITH (security_invoker = true) AS
SELECT r.tenant, r.receipt, r.source, r.batch, r.revision, r.part, r.lines, r.replaced_by IS NOT NULL AS replaced,
       r.recorded_at
FROM prm.receipt AS r;

CREATE VIEW prm.view_payout WITH (security_invoker = true) AS
SELECT tenant, program, partner, incentive, period, from_day, until_day, settlement, before IS NOT NULL AS adjustment,
       currency, digits, earned AS earned_minor,
       difference AS difference_minor,
       free_units, recorded_at,
       settlement = max(settlement) OVER (PARTITION BY tenant, program, partner, incentive, period) AS latest
FROM prm.entry;

CREATE VIEW prm.view_statement WITH (security_invoker = true) AS
SELECT tenant, settlement, program, partner, currency, digits, count(*) AS entries,
       sum(difference)::bigint AS owed_minor, max(recorded_at) AS recorded_at
FROM prm.entry WHERE currency IS NOT NULL
GROUP BY tenant, settlement, program, partner, currency, digits;

CREATE VIEW prm.view_balance WITH (security_invoker = true) AS
SELECT tenant, payee, currency, digits, kind AS account, balance AS balance_minor FROM prm.account;

CREATE VIEW prm.view_journal WITH (security_invoker = true) AS
SELECT tenant, id, effective_on, recorded_at, purpose, payee, currency, digits, debit AS account,
       -amount AS change_minor, source, settlement FROM prm.transfer
UNION ALL
SELECT tenant, id, effective_on, recorded_at, purpose, payee, currency, digits, credit, amount, source, settlement
FROM prm.transfer;

-- A transaction sees the tenant that it names (`SET LOCAL prm.tenant = '…'`), the tables' owner too.
ALTER TABLE prm.record ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.record USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.event USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.command ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.command USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.receipt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.receipt USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.document ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.document USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.reversal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.reversal USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.document_sums ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.document_sums USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.sums ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.sums USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.entry USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.entry_common ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.entry_common USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.account USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.transfer USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.person USING (tenant = current_setting('prm.tenant', true));

UPDATE prm.meta SET value = '2' WHERE name = 'readable_by';
