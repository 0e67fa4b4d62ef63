-- What the vendor's books hold for periods that are not settled yet: an estimate, beside what is owed. A row is never changed;
-- the next one of its key says what is accrued from then on, and how much more or less that is. `settlement` reversed it.
CREATE TABLE prm.accrual (
    tenant      text NOT NULL,
    program     text NOT NULL,
    partner     text NOT NULL,
    incentive   text NOT NULL,
    period      text NOT NULL,
    currency    text NOT NULL,
    accrual     bigint NOT NULL,
    from_day    date NOT NULL,
    until_day   date NOT NULL,
    as_of       date NOT NULL,
    digits      integer NOT NULL,
    amount      bigint NOT NULL,
    difference  bigint NOT NULL,
    settlement  bigint,
    digest      text NOT NULL,
    estimate    text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, partner, incentive, period, currency, accrual)
);

CREATE INDEX accrual_by_number ON prm.accrual (tenant, accrual);

CREATE VIEW prm.view_accrual WITH (security_invoker = true) AS
SELECT tenant, program, partner, incentive, period, from_day, until_day, accrual, as_of, currency, digits,
       amount AS amount_minor, difference AS difference_minor, settlement, recorded_at,
       accrual = max(accrual) OVER (PARTITION BY tenant, program, partner, incentive, period, currency) AS latest
FROM prm.accrual;

ALTER TABLE prm.accrual ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.accrual USING (tenant = current_setting('prm.tenant', true));
