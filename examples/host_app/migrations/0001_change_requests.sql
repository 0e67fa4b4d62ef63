-- What the office decides, and what it noted on the way. The program version lies in the store, by its id.

CREATE TABLE change_request (
    number          INTEGER PRIMARY KEY,
    title           TEXT NOT NULL,
    program_version TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved')),
    decided_by      TEXT,
    CONSTRAINT a_decision_has_a_person CHECK ((state = 'open') = (decided_by IS NULL))
) STRICT;

CREATE TABLE request_log (
    entry  INTEGER PRIMARY KEY,
    number INTEGER NOT NULL REFERENCES change_request (number),
    line   TEXT NOT NULL
) STRICT;
