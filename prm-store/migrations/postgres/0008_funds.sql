-- What partners have of funds, by period: each balance is never below nothing, and changes with its movements, in one transaction.
-- What was allocated and is owed is what is available, reserved, spent, lapsed and carried over.
CREATE TABLE prm.pot (
    tenant      text COLLATE "C" NOT NULL,
    pot         text COLLATE "C" NOT NULL,
    fund        text COLLATE "C" NOT NULL,
    period      text COLLATE "C" NOT NULL,
    class       text COLLATE "C",
    partner     text COLLATE "C",
    body        text NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    allocated   bigint NOT NULL CHECK (allocated >= 0),
    available   bigint NOT NULL CHECK (available >= 0),
    reserved    bigint NOT NULL CHECK (reserved >= 0),
    spent       bigint NOT NULL CHECK (spent >= 0),
    lapsed      bigint NOT NULL CHECK (lapsed >= 0),
    carried     bigint NOT NULL CHECK (carried >= 0),
    owed        bigint NOT NULL CHECK (owed >= 0),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pot)
);

CREATE INDEX pot_by_fund ON prm.pot (tenant, fund, period);

-- How money moves within pots. The id is a hash of kind, pot and source, so that one source causes one movement of a kind.
CREATE TABLE prm.movement (
    tenant      text COLLATE "C" NOT NULL,
    id          uuid NOT NULL,
    pot         text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    source      text COLLATE "C" NOT NULL,
    actor       text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX movement_by_pot ON prm.movement (tenant, pot, recorded_at);

-- What an incentive accrued for a partner and period, in all. `times` is how often it changed.
CREATE TABLE prm.fund_accrual (
    tenant      text COLLATE "C" NOT NULL,
    program     text COLLATE "C" NOT NULL,
    incentive   text COLLATE "C" NOT NULL,
    period      text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    amount      bigint NOT NULL,
    times       bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, incentive, period, partner)
);

-- What claims show and hold: an invoice, a file, a sale. Nobody else can use it meanwhile.
CREATE TABLE prm.evidence (
    tenant   text COLLATE "C" NOT NULL,
    evidence text COLLATE "C" NOT NULL,
    claim    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, evidence)
);

CREATE INDEX evidence_by_claim ON prm.evidence (tenant, claim);

-- What partners may sell below book price, with how many units of it are left.
CREATE TABLE prm.authorisation (
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    partner    text COLLATE "C" NOT NULL,
    left_units text COLLATE "C" NOT NULL,
    body       text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE VIEW prm.view_pot WITH (security_invoker = true) AS
SELECT tenant, pot, fund, period, class, partner, currency, digits, allocated AS allocated_minor,
       available AS available_minor, reserved AS reserved_minor, spent AS spent_minor, lapsed AS lapsed_minor,
       carried AS carried_minor, owed AS owed_minor, recorded_at
FROM prm.pot;

CREATE VIEW prm.view_movement WITH (security_invoker = true) AS
SELECT tenant, id, pot, kind, currency, digits, amount AS amount_minor, source, recorded_at FROM prm.movement;

ALTER TABLE prm.pot ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.pot USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.movement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.movement USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.fund_accrual ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.fund_accrual USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.evidence ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.evidence USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.authorisation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.authorisation USING (tenant = current_setting('prm.tenant', true));
