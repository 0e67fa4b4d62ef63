-- What is known of accounts, the vendor's end customers, and the keys under which they are found: hashes of what a name, a
-- domain or a number is like. `number` counts the accounts of a tenant; some may share one.
-- `registered` is 1 where only a deal registration told of it; `profile` is what is compared, and `keys`
-- what it is stored under, eight bytes each.
-- A key that is half of a word says which one, so that most of what it brings is passed over.
CREATE TABLE prm_account_known (
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    number      INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    registered  INTEGER NOT NULL,
    profile     BLOB NOT NULL,
    keys        BLOB NOT NULL,
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
    registered INTEGER NOT NULL,
    word    TEXT,
    PRIMARY KEY (tenant, key, account)
) STRICT, WITHOUT ROWID;

-- A row for each registration, and for each of its lines.
CREATE VIEW prm_view_registration AS
SELECT tenant, id, stage, subject AS account, json_extract(body, '$.form.program') AS program,
       json_extract(body, '$.form.partner') AS partner, json_extract(body, '$.form.deal_type') AS deal_type,
       json_extract(body, '$.form.close_date') AS close_date, json_extract(body, '$.receipt.at') AS received_at,
       deadline_at, version, changed_at
FROM prm_record WHERE kind = 'registration';

CREATE VIEW prm_view_registration_line AS
SELECT record.tenant, record.id, line.key + 1 AS line, record.subject AS account,
       json_extract(record.body, '$.form.partner') AS partner,
       coalesce(json_extract(form.value, '$.goods.products'), json_extract(form.value, '$.goods.sku')) AS goods,
       json_extract(form.value, '$.value.amount') AS value, json_extract(form.value, '$.value.currency') AS currency,
       json_extract(line.value, '$.review.name') AS review, json_extract(line.value, '$.review.code') AS code,
       json_extract(line.value, '$.protection.since') AS protected_since,
       json_extract(line.value, '$.protection.until') AS protected_until,
       json_extract(line.value, '$.protection.released.at') AS released_at
FROM prm_record AS record, json_each(record.body, '$.lines') AS line, json_each(record.body, '$.form.lines') AS form
WHERE record.kind = 'registration' AND form.key = line.key;
