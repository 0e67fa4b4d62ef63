//! The block of claims.

use super::super::grammar::below;
use super::super::tree::Node;
use super::{Decoder, value, word};
use crate::incentive::claim::policy::{ClaimPolicy, Claims, DebitPolicy, PRICES_USED, ProtectionClaims};
use crate::program::Program;

impl Decoder<'_> {
    pub(super) fn claims(&mut self, program: &Program, node: &Node) -> Claims {
        let debit = node.get("ship_and_debit").and_then(|node| {
            let claims = self.claim_policy(program, node, "claims.ship_and_debit");
            let price = word(node.get("price"), &PRICES_USED)?;
            Some(DebitPolicy { claims, ..DebitPolicy::new(price) })
        });
        Claims {
            spiff: node.get("spiff").map(|node| self.claim_policy(program, node, "claims.spiff")),
            ship_and_debit: debit,
            price_protection: node.get("price_protection").map(|node| ProtectionClaims {
                receipts: value(node.get("receipts")),
                claims: self.claim_policy(program, node, "claims.price_protection"),
            }),
        }
    }

    fn claim_policy(&mut self, program: &Program, node: &Node, path: &str) -> ClaimPolicy {
        ClaimPolicy {
            within: value(node.get("within")),
            cap: self.amount(program.currency, node.get("cap"), &below(path, "cap")),
            handling: self.handling(program.currency, Some(node), path),
        }
    }
}
