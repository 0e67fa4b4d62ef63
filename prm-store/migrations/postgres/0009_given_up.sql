-- What was paid for something, is not due any more and was left to the payee: it stayed earned, or was written off. If it is
-- due again, it was paid already. `concern` is for what, as in the sources of transfers.
CREATE TABLE prm.given_up (
    tenant      text COLLATE "C" NOT NULL,
    program     text COLLATE "C" NOT NULL,
    payee       text COLLATE "C" NOT NULL,
    currency    text COLLATE "C" NOT NULL,
    concern     text COLLATE "C" NOT NULL,
    digits      integer NOT NULL,
    floored     bigint NOT NULL CHECK (floored >= 0),
    written_off bigint NOT NULL CHECK (written_off >= 0),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program, payee, currency, concern)
);

CREATE VIEW prm.view_given_up WITH (security_invoker = true) AS
SELECT tenant, program, payee, currency, digits, concern, floored AS floored_minor, written_off AS written_off_minor,
       recorded_at
FROM prm.given_up;

ALTER TABLE prm.given_up ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.given_up USING (tenant = current_setting('prm.tenant', true));

-- What is owed for an award, and was before, in another currency than the program's, with the rate.
ALTER TABLE prm.award ADD COLUMN paid text, ADD COLUMN paid_before text;
