//! What the catalog says: tenants first, and the tables as the store knows them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::people::{act, activate, checker, retire, writer, year};
use super::{Fixture, declare};
use crate::tables::TABLES;
use crate::{Database, Store, StoreError, migrate};

declare! {
    the_tenant_leads_every_key
    an_export_knows_every_column
    the_views_can_be_read
    another_name_keeps_two_stores_apart
    a_tenant_is_named_as_everything_is
}

impl Fixture {
    /// Every table of ours with its columns in order, without those that hold no tenant.
    pub(super) async fn columns(&self) -> BTreeMap<String, Vec<String>> {
        let query = if self.is_postgres() {
            "SELECT table_schema || '.' || table_name || ' ' || column_name FROM information_schema.columns
             WHERE table_schema = 'prm' AND table_name NOT LIKE 'view%' ORDER BY table_name, ordinal_position"
        } else {
            "SELECT t.name || ' ' || c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
             WHERE t.type = 'table' AND t.name LIKE 'prm!_%' ESCAPE '!' ORDER BY t.name, c.cid"
        };
        let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.texts(query).await {
            let (table, column) = line.split_once(' ').unwrap();
            columns.entry(table.to_owned()).or_default().push(column.to_owned());
        }
        columns.retain(|table, _| !table.ends_with("meta") && !table.ends_with("migration"));
        columns
    }

    /// Every index of ours with its columns in order, keys included.
    async fn indexes(&self) -> BTreeMap<String, Vec<String>> {
        let query = if self.is_postgres() {
            "SELECT c.relname || ' ' || coalesce(a.attname, '?')
             FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
             JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = t.relnamespace
             CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (column_number, place)
             LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.column_number
             WHERE n.nspname = 'prm' AND t.relname NOT IN ('meta', 'migration') ORDER BY c.relname, k.place"
        } else {
            "SELECT i.name || ' ' || coalesce(c.name, '?')
             FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c
             WHERE t.type = 'table' AND t.name LIKE 'prm!_%' ESCAPE '!'
               AND t.name NOT IN ('prm_meta', 'prm_migration') ORDER BY i.name, c.seqno"
        };
        let mut indexes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.texts(query).await {
            let (index, column) = line.split_once(' ').unwrap();
            indexes.entry(index.to_owned()).or_default().push(column.to_owned());
        }
        indexes
    }
}

async fn the_tenant_leads_every_key(fixture: Arc<Fixture>) {
    fixture.store().await;
    let (tables, indexes) = (fixture.columns().await, fixture.indexes().await);
    assert_eq!(tables.len(), TABLES.len());
    for (table, columns) in &tables {
        assert_eq!(columns[0], "tenant", "{table}");
    }
    // Each table has a key, and some have more; a database without them would pass a check of none.
    assert!(indexes.len() >= TABLES.len(), "{indexes:?}");
    for (index, columns) in &indexes {
        assert_eq!(columns[0], "tenant", "{index}");
    }
}

async fn an_export_knows_every_column(fixture: Arc<Fixture>) {
    fixture.store().await;
    let there: BTreeMap<String, BTreeSet<String>> =
        fixture.columns().await.into_iter().map(|(table, columns)| (table, columns.into_iter().collect())).collect();
    for table in &TABLES {
        let mut known: BTreeSet<String> = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        known.insert("tenant".to_owned());
        // The order of writing, from which positions come, is the database's own.
        let mut there = there[&fixture.table(table.name)].clone();
        there.remove("seq");
        assert_eq!(there, known, "{}", table.name);
    }
}

async fn the_views_can_be_read(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    act(&tenant, "v1", year("1"), writer(), 0).await.unwrap();
    act(&tenant, "v1", activate(), checker(), 1).await.unwrap();
    act(&tenant, "v2", year("2"), writer(), 0).await.unwrap();
    act(&tenant, "v2", retire("not needed"), writer(), 2).await.unwrap();
    let views = ["program_version", "change", "batch", "payout", "statement", "balance", "journal"];
    let mut rows = Vec::new();
    for view in views {
        rows.push(fixture.count(&format!("SELECT count(*) FROM {}", fixture.table(&format!("view_{view}")))).await);
    }
    assert_eq!(rows, [2, 4, 0, 0, 0, 0, 0]);
    let view = fixture.table("view_program_version");
    let active = fixture.texts(&format!("SELECT id FROM {view} WHERE tenant = 'acme' AND stage = 'active'")).await;
    assert_eq!(active, ["v1"]);
}

async fn another_name_keeps_two_stores_apart(fixture: Arc<Fixture>) {
    let first = fixture.store().await;
    let second = Database::named(fixture.pool.clone(), "channel").unwrap();
    assert!(matches!(Store::from_pool(second.clone()).await, Err(StoreError::NotMigrated { found: 0, .. })));
    migrate(second.clone()).await.unwrap();
    let second = Store::from_pool(second).await.unwrap();
    act(&first.tenant("acme"), "v1", year("1"), writer(), 0).await.unwrap();
    act(&second.tenant("acme"), "v1", year("9"), writer(), 0).await.unwrap();
    act(&second.tenant("acme"), "v1", activate(), checker(), 1).await.unwrap();
    let separator = if fixture.is_postgres() { "." } else { "_" };
    assert_eq!(fixture.count(&format!("SELECT count(*) FROM channel{separator}event")).await, 2);
    assert_eq!(fixture.rows().await, [1, 1, 0]);
    assert_eq!(second.tenant("acme").changes(0, 10, &prm_core::actor::Actor::Host).await.unwrap().len(), 2);
    assert!(matches!(Database::named(fixture.pool.clone(), "a-b"), Err(StoreError::Name { .. })));
}

async fn a_tenant_is_named_as_everything_is(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    for name in ["", "two words", "x\u{0}", "Zoë", &"x".repeat(129)] {
        let refused = act(&store.tenant(name), "v1", year("1"), writer(), 0).await;
        assert!(matches!(refused, Err(crate::ExecuteError::Store(StoreError::Tenant { .. }))), "{name:?}");
    }
    // A quote or a backslash in it is only a character.
    for name in ["o'neill", "a\\'b", "';--"] {
        act(&store.tenant(name), "v1", year("1"), writer(), 0).await.unwrap();
    }
    assert_eq!(fixture.rows().await, [3, 3, 0]);
}
