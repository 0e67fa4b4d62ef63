//! A tenant on the move.

use std::io;
use std::sync::Arc;

use prm_core::actor::Actor;
use prm_core::person::Person;
use prm_core::program::version::ProgramVersion;

use super::people::{act, activate, at, checker, partner, retire, writer, year};
use super::{Fixture, declare};
use crate::{ExportError, Meta, Tenant};

declare! {
    a_tenant_that_was_moved_is_the_same
    half_a_file_makes_nothing
    a_line_that_is_wrong_is_named
    an_import_makes_a_tenant_and_changes_none
}

/// Everything that is stored of a tenant.
async fn exported(tenant: &Tenant) -> Vec<String> {
    let mut lines = Vec::new();
    let rows = tenant
        .export(&Actor::Host, |line| {
            lines.push(line.to_owned());
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(rows + 2, lines.len() as u64);
    lines
}

/// Makes a tenant from lines.
async fn imported(tenant: &Tenant, lines: &[String]) -> Result<u64, ExportError> {
    tenant.import(&Actor::Host, lines.iter().map(|line| Ok::<_, io::Error>(line.clone()))).await
}

/// A few records, events, commands and persons.
async fn filled(tenant: &Tenant) {
    tenant.execute("v1", year("1"), &(), &Meta::new(writer(), at(0)).keyed("k\"ey")).await.unwrap();
    act(tenant, "v1", activate(), checker(), 1).await.unwrap();
    act(tenant, "v1", retire("a 'quote', a \"double\" and a \\ backslash"), writer(), 2).await.unwrap();
    tenant.put_person(&Person::new("p-1".parse().unwrap(), "Zoë O'Neill \u{1f600}"), &writer()).await.unwrap();
    tenant.put_person(&Person::new("p-2".parse().unwrap(), "gone"), &writer()).await.unwrap();
    tenant.erase_person(&"p-2".parse().unwrap(), &writer()).await.unwrap();
}

async fn a_tenant_that_was_moved_is_the_same(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let (from, to) = (store.tenant("acme"), store.tenant("other"));
    filled(&from).await;
    let lines = exported(&from).await;
    imported(&to, &lines).await.unwrap();
    assert_eq!(exported(&to).await, lines);
    assert_eq!(
        to.get::<ProgramVersion>("v1", &writer()).await.unwrap(),
        from.get::<ProgramVersion>("v1", &writer()).await.unwrap()
    );
    assert_eq!(to.changes(0, 10, &Actor::Host).await.unwrap(), from.changes(0, 10, &Actor::Host).await.unwrap());
    // It goes on where it was: the key is known, and the next event has the next position.
    let again = to.execute("v1", year("1"), &(), &Meta::new(writer(), at(9)).keyed("k\"ey")).await.unwrap();
    assert!(again.repeated);
    act(&to, "v2", year("2"), writer(), 0).await.unwrap();
    assert_eq!(to.changes(3, 10, &Actor::Host).await.unwrap()[0].position, 4);
}

async fn half_a_file_makes_nothing(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    filled(&store.tenant("acme")).await;
    let lines = exported(&store.tenant("acme")).await;
    let to = store.tenant("other");
    for kept in 0..lines.len() {
        let cut = imported(&to, &lines[..kept]).await;
        assert!(matches!(cut, Err(ExportError::NotWhole { .. })), "{kept}: {cut:?}");
    }
    let mut without_one = lines.clone();
    without_one.remove(3);
    assert!(matches!(imported(&to, &without_one).await, Err(ExportError::NotWhole { .. })));
    let broken = to.import(&Actor::Host, std::iter::once(Err(io::Error::other("unplugged")))).await;
    assert!(matches!(broken, Err(ExportError::File(_))));
    imported(&to, &lines).await.unwrap();
}

async fn a_line_that_is_wrong_is_named(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    filled(&store.tenant("acme")).await;
    let lines = exported(&store.tenant("acme")).await;
    let to = store.tenant("other");
    let spoilt = |with: &(dyn Fn(&str) -> String + Sync)| {
        let mut lines = lines.clone();
        lines[1] = with(&lines[1]);
        lines
    };
    let wrong: [&(dyn Fn(&str) -> String + Sync); 4] = [
        &|_| "{".to_owned(),
        &|line| line.replace("\"stage\"", "\"phase\""),
        &|line| line.replace("\"table\":\"record\"", "\"table\":\"secret\""),
        &|line| line.replace("{\"row\"", "{\"also\":1,\"row\""),
    ];
    for with in wrong {
        let refused = imported(&to, &spoilt(with)).await;
        assert!(matches!(refused, Err(ExportError::Line { line: 2, .. })), "{refused:?}");
    }
    // What only the database can know is told with the lines it came in.
    let refused = imported(&to, &spoilt(&|line| line.replace("\"version\":3", "\"version\":-3"))).await;
    assert!(matches!(refused, Err(ExportError::Rows { table: "record", first: 2, last: 2, .. })), "{refused:?}");
    let later = lines[0].replace("\"prm_export\":1", "\"prm_export\":2");
    assert!(matches!(imported(&to, &[later]).await, Err(ExportError::Line { line: 1, .. })));
    assert_eq!(exported(&to).await.len(), 2);
}

async fn an_import_makes_a_tenant_and_changes_none(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    filled(&store.tenant("acme")).await;
    let lines = exported(&store.tenant("acme")).await;
    let again = imported(&store.tenant("acme"), &lines).await;
    assert!(matches!(again, Err(ExportError::NotEmpty { table: "record", rows: 1 })));
    let nobody = store.tenant("other").import(&partner(), std::iter::empty()).await;
    assert!(matches!(nobody, Err(ExportError::Denied)));
    let nobody = store.tenant("acme").export(&checker(), |_| Ok(())).await;
    assert!(matches!(nobody, Err(ExportError::Denied)));
}
