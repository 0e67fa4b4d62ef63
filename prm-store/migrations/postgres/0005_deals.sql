-- What is known of accounts, the vendor's end customers, and the keys under which they are found: hashes of what a name, a
-- domain or a number is like. `number` counts the accounts of a tenant; some may share one.
-- `registered` is 1 where only a deal registration told of it; `profile` is what is compared, and `keys`
-- what it is stored under, eight bytes each.
-- A key that is half of a word says which one, so that most of what it brings is passed over.
CREATE TABLE prm.account_known (
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    number      bigint NOT NULL,
    key_version integer NOT NULL,
    registered  integer NOT NULL,
    profile     bytea NOT NULL,
    keys        bytea NOT NULL,
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
    registered integer NOT NULL,
    word    text,
    PRIMARY KEY (tenant, key, account)
);

ALTER TABLE prm.account_known ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.account_known USING (tenant = current_setting('prm.tenant', true));
ALTER TABLE prm.account_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON prm.account_key USING (tenant = current_setting('prm.tenant', true));

-- A row for each registration, and for each of its lines.
CREATE VIEW prm.view_registration WITH (security_invoker = true) AS
SELECT tenant, id, stage, subject AS account, body::jsonb #>> '{form,program}' AS program,
       body::jsonb #>> '{form,partner}' AS partner, body::jsonb #>> '{form,deal_type}' AS deal_type,
       body::jsonb #>> '{form,close_date}' AS close_date, body::jsonb #>> '{receipt,at}' AS received_at,
       deadline_at, version, changed_at
FROM prm.record WHERE kind = 'registration';

CREATE VIEW prm.view_registration_line WITH (security_invoker = true) AS
SELECT record.tenant, record.id, line.number AS line, record.subject AS account,
       record.body::jsonb #>> '{form,partner}' AS partner,
       coalesce(form.line #>> '{goods,products}', form.line #>> '{goods,sku}') AS goods,
       form.line #>> '{value,amount}' AS value, form.line #>> '{value,currency}' AS currency,
       line.state #>> '{review,name}' AS review, line.state #>> '{review,code}' AS code,
       line.state #>> '{protection,since}' AS protected_since, line.state #>> '{protection,until}' AS protected_until,
       line.state #>> '{protection,released,at}' AS released_at
FROM prm.record AS record
CROSS JOIN LATERAL jsonb_array_elements(record.body::jsonb -> 'lines') WITH ORDINALITY AS line (state, number)
JOIN LATERAL jsonb_array_elements(record.body::jsonb #> '{form,lines}') WITH ORDINALITY AS form (line, number)
    ON form.number = line.number
WHERE record.kind = 'registration';
