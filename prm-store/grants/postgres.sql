-- What two roles may do with the store's tables, for the host to apply after `migrate`, and again after each update.
-- Put your own names in the place of `prm_app`, which the application logs in as, and `prm_report`, for BI tools; and
-- of `prm`, if the schema is called otherwise. Neither role owns the tables, is a superuser or bypasses row security.
--
-- Both see only the tenant that their transaction names: SET LOCAL prm.tenant = '…'. The store does that by itself.

GRANT USAGE ON SCHEMA prm TO prm_app, prm_report;

GRANT SELECT ON ALL TABLES IN SCHEMA prm TO prm_app;
GRANT INSERT ON
    prm.record, prm.event, prm.command, prm.receipt, prm.document, prm.reversal, prm.document_sums, prm.sums,
    prm.entry, prm.entry_common, prm.account, prm.transfer, prm.person, prm.tier_advance, prm.tier,
    prm.accrual, prm.award, prm.award_answer, prm.pot, prm.movement, prm.fund_accrual, prm.evidence, prm.authorisation, prm.given_up, prm.account_known, prm.account_key
TO prm_app;

-- What changes in place; nothing else does, and nothing is ever deleted but keys that an account no longer has, and what a claim no longer holds.
GRANT UPDATE ON prm.record, prm.document_sums, prm.account, prm.person, prm.pot, prm.fund_accrual, prm.authorisation, prm.given_up, prm.account_known, prm.account_key TO prm_app;
GRANT DELETE ON prm.account_key, prm.evidence TO prm_app;
GRANT UPDATE (position) ON prm.event TO prm_app;
GRANT UPDATE (replaced_by) ON prm.receipt TO prm_app;

-- The views, and the tables they read; not what is known of persons.
GRANT SELECT ON
    prm.view_program_version, prm.view_change, prm.view_batch, prm.view_payout, prm.view_statement, prm.view_balance,
    prm.view_journal, prm.view_tier, prm.view_accrual, prm.view_award, prm.view_pot, prm.view_movement, prm.view_given_up, prm.view_registration, prm.view_registration_line, prm.record, prm.event, prm.receipt, prm.entry, prm.account,
    prm.transfer, prm.tier, prm.accrual, prm.award, prm.pot, prm.movement, prm.given_up
TO prm_report;
