-- Which lines of a document count nothing, by their places as a JSON array: the others may not be lost when it is counted
-- again with fewer facts. Nothing where it was counted by an earlier version of this library.
ALTER TABLE prm_document_sums ADD COLUMN idle TEXT;

-- What is owed for an entry in another currency than that in which it was earned, and was before, as JSON with the rate.
ALTER TABLE prm_entry ADD COLUMN paid TEXT;
ALTER TABLE prm_entry ADD COLUMN paid_before TEXT;

-- An earlier version would change sums and leave the places.
UPDATE prm_meta SET value = '3' WHERE name = 'readable_by';
