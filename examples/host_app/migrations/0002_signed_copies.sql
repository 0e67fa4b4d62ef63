-- Legal wants the signed copy on file before anything is approved. The store knows nothing of this rule.

ALTER TABLE change_request ADD COLUMN signed_copy TEXT
    CONSTRAINT approval_needs_a_signed_copy CHECK (state <> 'approved' OR signed_copy IS NOT NULL);
