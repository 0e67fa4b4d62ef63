-- Which lines of a document count nothing, by their places as a JSON array: the others may not be lost when it is counted
-- again with fewer facts. Nothing where it was counted by an earlier version of this library.
ALTER TABLE prm.document_sums ADD COLUMN idle text;

-- An earlier version would change sums and leave the places.
UPDATE prm.meta SET value = '3' WHERE name = 'readable_by';
