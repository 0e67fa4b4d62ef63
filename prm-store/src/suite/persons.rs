//! Persons and their erasure.

use std::sync::Arc;

use prm_core::actor::Actor;
use prm_core::ledger::{Purpose, Transfer};
use prm_core::money::Money;
use prm_core::person::Person;

use super::people::{act, checker, partner, writer, year};
use super::{Fixture, declare};
use crate::{KnownPerson, PersonError, Pool, PostError};

declare! {
    a_person_is_known_to_those_who_may_know
    an_erased_person_is_nowhere_in_the_database
    an_erased_id_is_not_used_again
}

fn ada() -> Person {
    let mut person = Person::new("p-17".parse().unwrap(), "Ada Qwertzberg");
    person.partner = Some("p".parse().unwrap());
    person.email = Some("ada@qwertz.example".to_owned());
    person.phone = Some("+49 555 0199".to_owned());
    person.address = Some("Uferweg 99".to_owned());
    person.note = Some("prefers to be called Dschinni".to_owned());
    person
}

/// What must be found nowhere afterwards.
const TRACES: [&str; 5] = ["Qwertzberg", "qwertz.example", "555 0199", "Uferweg", "Dschinni"];

async fn a_person_is_known_to_those_who_may_know(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    let ada = ada();
    assert!(matches!(tenant.put_person(&ada, &partner()).await, Err(PersonError::Denied)));
    tenant.put_person(&ada, &writer()).await.unwrap();
    for (who, knows) in [(writer(), true), (partner(), true), (stranger(), false)] {
        let known = tenant.person(&ada.id, &who).await.unwrap();
        assert_eq!(known, knows.then(|| KnownPerson::Known(ada.clone())), "{who:?}");
    }
    assert_eq!(store.tenant("other").person(&ada.id, &Actor::Host).await.unwrap(), None);
}

/// Somebody at another partner.
fn stranger() -> Actor {
    let role = prm_core::actor::PartnerRole::Executive;
    Actor::Partner { partner: "q".parse().unwrap(), person: "y".parse().unwrap(), role }
}

async fn an_erased_person_is_nowhere_in_the_database(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    let mut person = ada();
    tenant.put_person(&person, &writer()).await.unwrap();
    // What was known before is erased too.
    person.name = "Ada Meier-Qwertzberg".to_owned();
    tenant.put_person(&person, &writer()).await.unwrap();
    // The person has done something, which stays.
    let own = Actor::Vendor { person: person.id.clone(), role: prm_core::actor::VendorRole::Administrator };
    act(&tenant, "v1", year("1"), own.clone(), 0).await.unwrap();
    for trace in TRACES {
        assert!(fixture.finds(trace).await, "{trace} must be there first");
    }
    assert!(matches!(tenant.erase_person(&person.id, &checker()).await, Err(PersonError::Denied)));
    tenant.erase_person(&person.id, &writer()).await.unwrap();
    for trace in TRACES {
        assert!(!fixture.finds(trace).await, "{trace} is still there");
        assert!(!fixture.has_bytes(trace).await, "{trace} is still in the file");
    }
    assert!(matches!(tenant.person(&person.id, &writer()).await, Ok(Some(KnownPerson::Erased(_)))));
    assert_eq!(tenant.changes(0, 10, &Actor::Host).await.unwrap()[0].by, own);
    // Again: nothing happens.
    tenant.erase_person(&person.id, &writer()).await.unwrap();
    // A transfer by the id alone is as good as before.
    let amount = Money::parse("5", "USD").unwrap();
    let pay = Transfer::new(Purpose::Pay, "p".parse().unwrap(), amount, "run-1", "2025-01-01".parse().unwrap());
    assert!(matches!(tenant.transfer(&pay.unwrap(), &checker()).await, Err(PostError::Ledger(_))));
}

async fn an_erased_id_is_not_used_again(fixture: Arc<Fixture>) {
    let store = fixture.store().await;
    let tenant = store.tenant("acme");
    tenant.put_person(&ada(), &writer()).await.unwrap();
    tenant.erase_person(&ada().id, &writer()).await.unwrap();
    let again = tenant.put_person(&ada(), &writer()).await;
    assert!(matches!(again, Err(PersonError::Erased { .. })));
}

impl Fixture {
    /// Whether a text stands anywhere in any table of the database.
    async fn finds(&self, text: &str) -> bool {
        for (table, columns) in self.columns().await {
            for column in columns {
                let query = format!("SELECT count(*) FROM {table} WHERE CAST(\"{column}\" AS text) LIKE '%{text}%'");
                if self.count(&query).await > 0 {
                    return true;
                }
            }
        }
        false
    }

    /// Whether the bytes of a text stand in a file of the database, where there is one to look into.
    async fn has_bytes(&self, text: &str) -> bool {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => {
                let files = self.texts("SELECT file FROM pragma_database_list WHERE file <> ''").await;
                let files = files.iter().flat_map(|file| [file.clone(), format!("{file}-wal")]);
                let bytes: Vec<u8> = files.filter_map(|file| std::fs::read(file).ok()).flatten().collect();
                bytes.windows(text.len()).any(|window| window == text.as_bytes())
            }
            // A server's files are not this process's to read; what is dead there is the vacuum's.
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => {
                let _ = text;
                false
            }
        }
    }
}
