//! The block of claims.

use super::super::grammar::below;
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::incentive::claim::policy::{ClaimPolicy, Claims, DebitPolicy, PRICES_USED, ProtectionClaims};
use crate::program::Program;

impl Decoder<'_> {
    pub(super) fn claims(&mut self, program: &Program, node: &Node) -> Claims {
        let mut claims = Claims::default();
        claims.spiff = node.get("spiff").map(|node| self.claim_policy(program, node, "claims.spiff"));
        if let Some(node) = node.get("ship_and_debit") {
            let policy = self.claim_policy(program, node, "claims.ship_and_debit");
            let price = word(node.get("price"), &PRICES_USED);
            claims.ship_and_debit = price.map(|price| DebitPolicy { claims: policy, ..DebitPolicy::new(price) });
        }
        claims.price_protection = node.get("price_protection").map(|node| ProtectionClaims {
            receipts: value(node.get("receipts")),
            claims: self.claim_policy(program, node, "claims.price_protection"),
        });
        claims
    }

    fn claim_policy(&mut self, program: &Program, node: &Node, path: &str) -> ClaimPolicy {
        ClaimPolicy {
            within: value(node.get("within")),
            cap: self.amount(program.currency, node.get("cap"), &below(path, "cap")),
            handling: self.handling(program.currency, Some(node), path),
        }
    }
}
