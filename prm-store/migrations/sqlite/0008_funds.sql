-- What partners have of funds, by period: each balance is never below nothing, and changes with its movements, in one transaction.
-- What was allocated and is owed is what is available, reserved, spent, lapsed and carried over.
CREATE TABLE prm_pot (
    tenant      TEXT NOT NULL,
    pot         TEXT NOT NULL,
    fund        TEXT NOT NULL,
    period      TEXT NOT NULL,
    class       TEXT,
    partner     TEXT,
    body        TEXT NOT NULL,
    currency    TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    allocated   INTEGER NOT NULL CHECK (allocated >= 0),
    available   INTEGER NOT NULL CHECK (available >= 0),
    reserved    INTEGER NOT NULL CHECK (reserved >= 0),
    spent       INTEGER NOT NULL CHECK (spent >= 0),
    lapsed      INTEGER NOT NULL CHECK (lapsed >= 0),
    carried     INTEGER NOT NULL CHECK (carried >= 0),
    owed        INTEGER NOT NULL CHECK (owed >= 0),
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, pot)
) STRICT, WITHOUT ROWID;

CREATE INDEX prm_pot_by_fund ON prm_pot (tenant, fund, period);

-- How money moves within pots. The id is a hash of kind, pot and source, so that one source causes one movement of a kind.
CREATE TABLE prm_movement (
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    pot         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    currency    TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    source      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX prm_movement_by_pot ON prm_movement (tenant, pot, recorded_at);

-- What an incentive accrued for a partner and period, in all. `times` is how often it changed.
CREATE TABLE prm_fund_accrual (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    incentive   TEXT NOT NULL,
    period      TEXT NOT NULL,
    partner     TEXT NOT NULL,
    currency    TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    amount      INTEGER NOT NULL,
    times       INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, incentive, period, partner)
) STRICT, WITHOUT ROWID;

-- What claims show and hold: an invoice, a file, a sale. Nobody else can use it meanwhile.
CREATE TABLE prm_evidence (
    tenant   TEXT NOT NULL,
    evidence TEXT NOT NULL,
    claim    TEXT NOT NULL,
    PRIMARY KEY (tenant, evidence)
) STRICT, WITHOUT ROWID;

CREATE INDEX prm_evidence_by_claim ON prm_evidence (tenant, claim);

-- What partners may sell below book price, with how many units of it are left.
CREATE TABLE prm_authorisation (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    partner    TEXT NOT NULL,
    left_units TEXT NOT NULL,
    body       TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE VIEW prm_view_pot AS
SELECT tenant, pot, fund, period, class, partner, currency, digits, allocated AS allocated_minor,
       available AS available_minor, reserved AS reserved_minor, spent AS spent_minor, lapsed AS lapsed_minor,
       carried AS carried_minor, owed AS owed_minor, recorded_at
FROM prm_pot;

CREATE VIEW prm_view_movement AS
SELECT tenant, id, pot, kind, currency, digits, amount AS amount_minor, source, recorded_at FROM prm_movement;
