-- What payees have earned by incentives that look at single sales, from one award to the next. Never changed. `earned` is
-- all since the window began, `difference` what is owed more or less than before. A payee is a partner, or `person ada`.
CREATE TABLE prm_award (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    incentive   TEXT NOT NULL,
    period      TEXT NOT NULL,
    partner     TEXT NOT NULL,
    payee       TEXT NOT NULL,
    settlement  INTEGER NOT NULL,
    as_of       TEXT NOT NULL,
    currency    TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    earned      INTEGER NOT NULL,
    difference  INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, incentive, period, partner, payee, settlement)
) STRICT;

CREATE INDEX prm_award_by_settlement ON prm_award (tenant, settlement);

-- Why: every sale with what it brings, for a settlement's awards of an incentive and period.
CREATE TABLE prm_award_answer (
    tenant     TEXT NOT NULL,
    settlement INTEGER NOT NULL,
    incentive  TEXT NOT NULL,
    period     TEXT NOT NULL,
    digest     TEXT NOT NULL,
    answer     TEXT NOT NULL,
    PRIMARY KEY (tenant, settlement, incentive, period)
) STRICT;

CREATE VIEW prm_view_award AS
SELECT tenant, program, incentive, period, partner, payee,
       CASE WHEN payee LIKE 'person %' THEN 'person' ELSE 'partner' END AS payee_kind,
       settlement, as_of, currency, digits, earned AS earned_minor, difference AS difference_minor, recorded_at,
       settlement = max(settlement) OVER (PARTITION BY tenant, program, incentive, period, partner, payee) AS latest
FROM prm_award;
