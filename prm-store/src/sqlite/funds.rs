//! Pots of funds, what claims hold, and authorisations, on SQLite.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Uuid;

use super::{SqliteWork, instant, list, text};
use crate::numbers::{count, number};
use crate::work::{AuthorisationRow, FundAccrualRow, Funds, MovementRow, PotRow};

type Out<T> = sqlx::Result<T>;

impl Funds for SqliteWork<'_> {
    async fn pot(&mut self, tenant: &str, pot: &str) -> Out<Option<PotRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT pot, fund, period, class, partner, body, currency, digits, allocated, available, reserved, spent, lapsed,
                    carried, owed, recorded_at
             FROM prm_pot WHERE tenant = ?1 AND pot = ?2",
        ));
        row.bind(tenant).bind(pot).fetch_optional(&mut *self.connection).await?.as_ref().map(pot_row).transpose()
    }

    async fn pots(&mut self, tenant: &str, fund: Option<&str>, partner: Option<&str>) -> Out<Vec<PotRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT pot, fund, period, class, partner, body, currency, digits, allocated, available, reserved, spent, lapsed,
                    carried, owed, recorded_at
             FROM prm_pot WHERE tenant = ?1 AND (?2 IS NULL OR fund = ?2) AND (?3 IS NULL OR partner = ?3) ORDER BY pot",
        ));
        let rows = rows.bind(tenant).bind(fund).bind(partner).fetch_all(&mut *self.connection).await?;
        rows.iter().map(pot_row).collect()
    }

    async fn save_pot(&mut self, tenant: &str, row: &PotRow, movements: &[MovementRow]) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm_pot (tenant, pot, fund, period, class, partner, body, currency, digits, allocated, available,
                 reserved, spent, lapsed, carried, owed, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT (tenant, pot) DO UPDATE SET allocated = excluded.allocated, available = excluded.available,
                 reserved = excluded.reserved, spent = excluded.spent, lapsed = excluded.lapsed,
                 carried = excluded.carried, owed = excluded.owed, recorded_at = excluded.recorded_at",
        ));
        let save = save.bind(tenant).bind(&row.pot).bind(&row.fund).bind(&row.period).bind(&row.class);
        let save = save.bind(&row.partner).bind(&row.body).bind(&row.currency).bind(row.digits);
        let save = row.balances.iter().fold(save, |save, balance| save.bind(balance));
        save.bind(text(row.recorded_at)).execute(&mut *self.connection).await?;
        for row in movements {
            let add = sqlx::query(self.names.sql(
                "INSERT INTO prm_movement (tenant, id, pot, kind, currency, digits, amount, source, actor, recorded_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            ));
            let add = add.bind(tenant).bind(row.id.hyphenated()).bind(&row.pot).bind(&row.kind).bind(&row.currency);
            let add = add.bind(row.digits).bind(row.amount).bind(&row.source).bind(&row.actor);
            add.bind(text(row.recorded_at)).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn movement(&mut self, tenant: &str, id: Uuid) -> Out<Option<MovementRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT id, pot, kind, currency, digits, amount, source, actor, recorded_at FROM prm_movement
             WHERE tenant = ?1 AND id = ?2",
        ));
        let row = row.bind(tenant).bind(id.hyphenated()).fetch_optional(&mut *self.connection).await?;
        row.as_ref().map(movement_row).transpose()
    }

    async fn movements(&mut self, tenant: &str, pot: &str) -> Out<Vec<MovementRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT id, pot, kind, currency, digits, amount, source, actor, recorded_at FROM prm_movement
             WHERE tenant = ?1 AND pot = ?2 ORDER BY recorded_at, id",
        ));
        let rows = rows.bind(tenant).bind(pot).fetch_all(&mut *self.connection).await?;
        rows.iter().map(movement_row).collect()
    }

    async fn fund_accruals(
        &mut self,
        tenant: &str,
        (program, incentive, period): (&str, &str, &str),
    ) -> Out<Vec<FundAccrualRow>> {
        let rows = sqlx::query(self.names.sql(
            "SELECT program, incentive, period, partner, currency, digits, amount, times, recorded_at
             FROM prm_fund_accrual
             WHERE tenant = ?1 AND program = ?2 AND incentive = ?3 AND period = ?4 ORDER BY partner",
        ));
        let rows = rows.bind(tenant).bind(program).bind(incentive).bind(period);
        let read = |row: &SqliteRow| {
            Ok(FundAccrualRow {
                program: row.try_get("program")?,
                incentive: row.try_get("incentive")?,
                period: row.try_get("period")?,
                partner: row.try_get("partner")?,
                currency: row.try_get("currency")?,
                digits: count(row.try_get::<i64, _>("digits")?)?,
                amount: row.try_get("amount")?,
                times: count(row.try_get::<i64, _>("times")?)?,
                recorded_at: instant(row, "recorded_at")?,
            })
        };
        rows.fetch_all(&mut *self.connection).await?.iter().map(read).collect()
    }

    async fn save_fund_accrual(&mut self, tenant: &str, row: &FundAccrualRow) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm_fund_accrual (tenant, program, incentive, period, partner, currency, digits, amount, times,
                 recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (tenant, program, incentive, period, partner) DO UPDATE SET amount = excluded.amount,
                 times = excluded.times, recorded_at = excluded.recorded_at",
        ));
        let save = save.bind(tenant).bind(&row.program).bind(&row.incentive).bind(&row.period).bind(&row.partner);
        let save = save.bind(&row.currency).bind(row.digits).bind(row.amount).bind(number(row.times)?);
        save.bind(text(row.recorded_at)).execute(&mut *self.connection).await.map(drop)
    }

    async fn evidence(&mut self, tenant: &str, keys: &[String]) -> Out<Vec<(String, String)>> {
        let rows = sqlx::query_as(self.names.sql(
            "SELECT evidence, claim FROM prm_evidence
             WHERE tenant = ?1 AND evidence IN (SELECT value FROM json_each(?2)) ORDER BY evidence",
        ));
        rows.bind(tenant).bind(list(keys)?).fetch_all(&mut *self.connection).await
    }

    async fn hold_evidence(&mut self, tenant: &str, claim: &str, keys: &[String]) -> Out<()> {
        let free = sqlx::query(self.names.sql("DELETE FROM prm_evidence WHERE tenant = ?1 AND claim = ?2"));
        free.bind(tenant).bind(claim).execute(&mut *self.connection).await?;
        let hold = sqlx::query(
            self.names
                .sql("INSERT INTO prm_evidence (tenant, evidence, claim) SELECT ?1, value, ?2 FROM json_each(?3)"),
        );
        hold.bind(tenant).bind(claim).bind(list(keys)?).execute(&mut *self.connection).await.map(drop)
    }

    async fn authorisation(&mut self, tenant: &str, id: &str) -> Out<Option<AuthorisationRow>> {
        let row = sqlx::query(self.names.sql(
            "SELECT id, partner, left_units, body, changed_at FROM prm_authorisation WHERE tenant = ?1 AND id = ?2",
        ));
        let row = row.bind(tenant).bind(id).fetch_optional(&mut *self.connection).await?;
        let read = |row: &SqliteRow| {
            Ok(AuthorisationRow {
                id: row.try_get("id")?,
                partner: row.try_get("partner")?,
                left_units: row.try_get("left_units")?,
                body: row.try_get("body")?,
                changed_at: instant(row, "changed_at")?,
            })
        };
        row.as_ref().map(read).transpose()
    }

    async fn save_authorisation(&mut self, tenant: &str, row: &AuthorisationRow) -> Out<()> {
        let save = sqlx::query(self.names.sql(
            "INSERT INTO prm_authorisation (tenant, id, partner, left_units, body, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tenant, id) DO UPDATE SET partner = excluded.partner, left_units = excluded.left_units,
                 body = excluded.body, changed_at = excluded.changed_at",
        ));
        let save = save.bind(tenant).bind(&row.id).bind(&row.partner).bind(&row.left_units).bind(&row.body);
        save.bind(text(row.changed_at)).execute(&mut *self.connection).await.map(drop)
    }
}

fn pot_row(row: &SqliteRow) -> Out<PotRow> {
    Ok(PotRow {
        pot: row.try_get("pot")?,
        fund: row.try_get("fund")?,
        period: row.try_get("period")?,
        class: row.try_get("class")?,
        partner: row.try_get("partner")?,
        body: row.try_get("body")?,
        currency: row.try_get("currency")?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        balances: [
            row.try_get("allocated")?,
            row.try_get("available")?,
            row.try_get("reserved")?,
            row.try_get("spent")?,
            row.try_get("lapsed")?,
            row.try_get("carried")?,
            row.try_get("owed")?,
        ],
        recorded_at: instant(row, "recorded_at")?,
    })
}

fn movement_row(row: &SqliteRow) -> Out<MovementRow> {
    Ok(MovementRow {
        id: row.try_get::<sqlx::types::uuid::fmt::Hyphenated, _>("id")?.into_uuid(),
        pot: row.try_get("pot")?,
        kind: row.try_get("kind")?,
        currency: row.try_get("currency")?,
        digits: count(row.try_get::<i64, _>("digits")?)?,
        amount: row.try_get("amount")?,
        source: row.try_get("source")?,
        actor: row.try_get("actor")?,
        recorded_at: instant(row, "recorded_at")?,
    })
}
