-- What is known of accounts, the vendor's end customers, and the keys under which they are found: hashes of what a name, a
-- domain or a number is like. `number` counts the accounts of a tenant; some may share one.
-- `registered` is 1 where only a deal registration told of it.
CREATE TABLE prm.account_known (
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    number      bigint NOT NULL,
    key_version integer NOT NULL,
    registered  integer NOT NULL,
    body        text NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX account_known_by_number ON prm.account_known (tenant, number);
CREATE INDEX account_known_by_key_version ON prm.account_known (tenant, key_version);

CREATE TABLE prm.account_key (
    tenant  text COLLATE "C" NOT NULL,
    key     bigint NOT NULL,
    account text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, key, account)
);

CREATE INDEX account_key_by_account ON prm.account_key (tenant, account);

ALTER TABLE prm.account_known ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.account_known USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.account_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.account_key USING (tenant = current_setting('prm.tenant', true));
