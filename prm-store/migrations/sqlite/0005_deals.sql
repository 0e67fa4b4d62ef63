-- What is known of accounts, the vendor's end customers, and the keys under which they are found: hashes of what a name, a
-- domain or a number is like. `number` counts the accounts of a tenant; some may share one.
-- `registered` is 1 where only a deal registration told of it.
CREATE TABLE prm_account_known (
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    number      INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    registered  INTEGER NOT NULL,
    body        TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX prm_account_known_by_number ON prm_account_known (tenant, number);
CREATE INDEX prm_account_known_by_key_version ON prm_account_known (tenant, key_version);

CREATE TABLE prm_account_key (
    tenant  TEXT NOT NULL,
    key     INTEGER NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (tenant, key, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX prm_account_key_by_account ON prm_account_key (tenant, account);
