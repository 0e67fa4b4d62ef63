//! Products and named sets of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::Sku;

/// What the rules need to know of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Product {
    /// The stock keeping unit.
    pub sku: Sku,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its subcategory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcategory: Option<String>,
    /// Its product line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

impl Product {
    /// A product of which only the SKU is known.
    #[must_use]
    pub const fn new(sku: Sku) -> Self {
        Self { sku, category: None, subcategory: None, line: None }
    }
}

/// A list of values by which products are chosen; `None` where the document does not name the key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[allow(missing_docs, reason = "each is the key of the same name in the document")]
pub struct ProductKeys {
    pub sku: Option<BTreeSet<String>>,
    pub category: Option<BTreeSet<String>>,
    pub subcategory: Option<BTreeSet<String>>,
    pub line: Option<BTreeSet<String>>,
}

impl ProductKeys {
    /// For each named key, whether the product has one of its values.
    fn matches<'a>(&'a self, product: &'a Product) -> impl Iterator<Item = bool> + 'a {
        let has = |values: &Option<BTreeSet<String>>, value: Option<&str>| {
            values.as_ref().map(|values| value.is_some_and(|value| values.contains(value)))
        };
        [
            has(&self.sku, Some(product.sku.as_str())),
            has(&self.category, product.category.as_deref()),
            has(&self.subcategory, product.subcategory.as_deref()),
            has(&self.line, product.line.as_deref()),
        ]
        .into_iter()
        .flatten()
    }
}

/// A named set of products: those for which every key holds, but for the excepted ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ProductSet {
    /// All of these must hold.
    pub only: ProductKeys,
    /// None of these may.
    pub except: ProductKeys,
}

impl ProductSet {
    /// Whether the product belongs to the set. A product without a category is in no category.
    ///
    /// ```
    /// use prm_core::product::{Product, ProductKeys, ProductSet};
    /// let bikes = ProductSet {
    ///     only: ProductKeys { category: Some(["Bikes".to_owned()].into()), ..Default::default() },
    ///     ..Default::default()
    /// };
    /// let mut product = Product::new("BK-1".to_owned().try_into()?);
    /// assert!(!bikes.contains(&product));
    /// product.category = Some("Bikes".to_owned());
    /// assert!(bikes.contains(&product));
    /// # Ok::<(), prm_core::id::IdError>(())
    /// ```
    #[must_use]
    pub fn contains(&self, product: &Product) -> bool {
        self.only.matches(product).all(|holds| holds) && !self.except.matches(product).any(|holds| holds)
    }
}
