-- What payees have earned by incentives that look at single sales, from one award to the next. Never changed. `earned` is
-- all since the window began, `difference` what is owed more or less than before. A payee is a partner, or `person ada`.
CREATE TABLE prm.award (
    tenant      text COLLATE "C" NOT NULL,
    program     text COLLATE "C" NOT NULL,
    incentive   text COLLATE "C" NOT NULL,
    period      text COLLATE "C" NOT NULL,
    partner     text COLLATE "C" NOT NULL,
    payee       text COLLATE "C" NOT NULL,
    settlement  bigint NOT NULL,
    as_of       date NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    earned      bigint NOT NULL,
    difference  bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, incentive, period, partner, payee, settlement)
);

CREATE INDEX award_by_settlement ON prm.award (tenant, settlement);

-- Why: every sale with what it brings, for a settlement's awards of an incentive and period.
CREATE TABLE prm.award_answer (
    tenant     text COLLATE "C" NOT NULL,
    settlement bigint NOT NULL,
    incentive  text COLLATE "C" NOT NULL,
    period     text COLLATE "C" NOT NULL,
    digest     text NOT NULL,
    answer     text NOT NULL,
    PRIMARY KEY (tenant, settlement, incentive, period)
);

CREATE VIEW prm.view_award WITH (security_invoker = true) AS
SELECT tenant, program, incentive, period, partner, payee,
       CASE WHEN payee LIKE 'person %' THEN 'person' ELSE 'partner' END AS payee_kind,
       settlement, as_of, currency, digits, earned AS earned_minor, difference AS difference_minor, recorded_at,
       settlement = max(settlement) OVER (PARTITION BY tenant, program, incentive, period, partner, payee) AS latest
FROM prm.award;

ALTER TABLE prm.award ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.award USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.award_answer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.award_answer USING (tenant = current_setting('prm.tenant', true));
