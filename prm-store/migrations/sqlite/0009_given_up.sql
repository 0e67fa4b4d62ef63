-- What was paid for something, is not due any more and was left to the payee: it stayed earned, or was written off. If it is
-- due again, it was paid already. `concern` is for what, as in the sources of transfers.
CREATE TABLE prm_given_up (
    tenant      TEXT NOT NULL,
    program     TEXT NOT NULL,
    payee       TEXT NOT NULL,
    currency    TEXT NOT NULL,
    concern     TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    floored     INTEGER NOT NULL CHECK (floored >= 0),
    written_off INTEGER NOT NULL CHECK (written_off >= 0),
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant, program, payee, currency, concern)
) STRICT, WITHOUT ROWID;

CREATE VIEW prm_view_given_up AS
SELECT tenant, program, payee, currency, digits, concern, floored AS floored_minor, written_off AS written_off_minor,
       recorded_at
FROM prm_given_up;

-- What is owed for an award, and was before, in another currency than the program's, with the rate.
ALTER TABLE prm_award ADD COLUMN paid TEXT;
ALTER TABLE prm_award ADD COLUMN paid_before TEXT;
