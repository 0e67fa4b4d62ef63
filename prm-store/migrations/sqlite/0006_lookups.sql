-- What a deal is checked by, at hand: most accounts that share a key are compared, and nothing else of them is read.
CREATE INDEX prm_account_known_profile ON prm_account_known (tenant, id, key_version, profile);
-- Profiles are shorter now; those that are there are made anew with the keys.
UPDATE prm_account_known SET key_version = 0;
