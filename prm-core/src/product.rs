//! Products and named sets of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::Sku;

/// What the rules need to know of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
#[non_exhaustive]
pub struct Product {
    /// The stock keeping unit.
    pub sku: Sku,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub category: Option<String>,
    /// Its subcategory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub subcategory: Option<String>,
    /// Its product line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "uniffi", uniffi(default))]
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
    /// The lists, each at its place.
    fn lists(&self) -> impl Iterator<Item = Option<&BTreeSet<String>>> {
        [&self.sku, &self.category, &self.subcategory, &self.line].into_iter().map(Option::as_ref)
    }

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

    /// Whether some product can be in both sets: not if their keys exclude each other. It is told without a catalogue, so
    /// two sets of which no product is in both today can overlap all the same.
    ///
    /// ```
    /// use prm_core::product::{ProductKeys, ProductSet};
    /// let of = |category: &str| ProductSet {
    ///     only: ProductKeys { category: Some([category.to_owned()].into()), ..Default::default() },
    ///     ..Default::default()
    /// };
    /// assert!(!of("Bikes").can_overlap(&of("Parts")));
    /// assert!(of("Bikes").can_overlap(&ProductSet::default()));
    /// let all_but_bikes = ProductSet { except: of("Bikes").only, ..Default::default() };
    /// assert!(!of("Bikes").can_overlap(&all_but_bikes));
    /// ```
    #[must_use]
    pub fn can_overlap(&self, other: &Self) -> bool {
        self.only.lists().zip(other.only.lists()).all(|(mine, theirs)| match (mine, theirs) {
            (Some(mine), Some(theirs)) => !mine.is_disjoint(theirs),
            _ => true,
        }) && !self.is_excepted_by(other)
            && !other.is_excepted_by(self)
    }

    /// Whether all that is in this set is excepted by the other one.
    fn is_excepted_by(&self, other: &Self) -> bool {
        self.only.lists().zip(other.except.lists()).any(|(mine, theirs)| match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine.is_subset(theirs),
            _ => false,
        })
    }
}
