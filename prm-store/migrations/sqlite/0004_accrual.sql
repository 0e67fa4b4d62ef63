-- What the vendor's books hold for periods that are not settled yet: an estimate, beside what is owed. A row is never changed;
-- the next one of its key says what is accrued from then on, and how much more or less that is. `settlement` reversed it.
CREATE TABLE prm_accrual (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    partner     TEXT NOT NULL,
    incentive   TEXT NOT NULL,
    period      TEXT NOT NULL,
    currency    TEXT NOT NULL,
    accrual     INTEGER NOT NULL,
    from_day    TEXT NOT NULL,
    until_day   TEXT NOT NULL,
    as_of       TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    amount      INTEGER NOT NULL,
    difference  INTEGER NOT NULL,
    settlement  INTEGER,
    digest      TEXT NOT NULL,
    estimate    TEXT,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, partner, incentive, period, currency, accrual)
) STRICT;

CREATE INDEX prm_accrual_by_number ON prm_accrual (tenant, accrual);

CREATE VIEW prm_view_accrual AS
SELECT tenant, program, partner, incentive, period, from_day, until_day, accrual, as_of, currency, digits,
       amount AS amount_minor, difference AS difference_minor, settlement, recorded_at,
       accrual = max(accrual) OVER (PARTITION BY tenant, program, partner, incentive, period, currency) AS latest
FROM prm_accrual;
