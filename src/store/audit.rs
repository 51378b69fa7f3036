//! The audit log: which moderator did what, when, and with what outcome; and who tried without permission. Moderators
//! act in their role, so their ids are stored.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use super::error::StoreError;
use super::forget::named;
use super::open::Store;

/// What a moderator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Rebuilt the index.
    Reindex,
    /// The same, even if regression questions failed.
    ReindexForced,
    /// Rolled back to an earlier generation.
    Rollback,
    /// Added or replaced a source.
    Add,
    /// The same, even if regression questions failed.
    AddForced,
    /// Removed a source.
    Remove,
    /// The same, even if regression questions failed.
    RemoveForced,
    /// Withheld a passage.
    Withhold,
    /// Restored a passage.
    Restore,
    /// Changed how the bot answers in a channel.
    Channel,
    /// Confirmed a guild's channel settings after they were lost.
    ConfirmChannels,
    /// Tried something without permission.
    Refused,
}

impl AuditAction {
    /// Its name in the store, also shown to users.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reindex => "reindex",
            Self::ReindexForced => "reindex (forced)",
            Self::Rollback => "rollback",
            Self::Add => "add",
            Self::AddForced => "add (forced)",
            Self::Remove => "remove",
            Self::RemoveForced => "remove (forced)",
            Self::Withhold => "withhold",
            Self::Restore => "restore",
            Self::Channel => "channel",
            Self::ConfirmChannels => "confirm-channels",
            Self::Refused => "refused",
        }
    }
}

/// An audit log entry to write.
#[derive(Debug, Clone, Copy)]
pub struct NewAuditEntry<'a> {
    /// The moderator.
    pub user: u64,
    /// The guild.
    pub guild: Option<u64>,
    /// The base.
    pub base: &'a str,
    /// What was done.
    pub act: AuditAction,
    /// The id of what it was done to.
    pub subject: &'a str,
    /// The outcome.
    pub outcome: &'a str,
    /// When it began, in seconds since 1970. A user who was forgotten since then is not named.
    pub began: i64,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, in seconds since 1970.
    pub at: i64,
    /// The moderator; 0 if they were forgotten.
    pub user: u64,
    /// The guild.
    pub guild: Option<u64>,
    /// What was done: see [`AuditAction::as_str`].
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// The outcome.
    pub outcome: String,
}

/// The outcome of an action that succeeded.
pub const DONE: &str = "done";

/// Longest subject and outcome, in characters.
const LONGEST: usize = 200;

impl Store {
    /// Writes an entry to the audit log.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is written.
    pub async fn audit(&self, acted: NewAuditEntry<'_>, now: i64) -> Result<(), StoreError> {
        self.try_audit(acted, now).await.map_err(|error| self.store_error(error))
    }

    async fn try_audit(&self, acted: NewAuditEntry<'_>, now: i64) -> Result<(), sqlx::Error> {
        // Usually nobody was forgotten since then, and one statement is enough.
        if insert(acted, acted.began, now).execute(&self.writer).await?.rows_affected() > 0 {
            return Ok(());
        }
        let mut transaction = self.writer.begin().await?;
        let user = named(&mut transaction, acted.user, acted.began).await?;
        insert(NewAuditEntry { user, ..acted }, i64::MAX, now).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// The passages, with their bases, that this person was the last to withhold, as far as the audit log shows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withheld_by(&self, user: u64) -> Result<Vec<(String, String)>, StoreError> {
        let last = "SELECT base, subject FROM audit AS act WHERE user = ?1 AND id = (SELECT max(id) FROM audit \
                    WHERE base = act.base AND subject = act.subject AND act = ?2 AND outcome = ?3)";
        sqlx::query_as(last)
            .bind(user as i64)
            .bind(AuditAction::Withhold.as_str())
            .bind(DONE)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.store_error(error))
    }

    /// The latest entries for a base, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audited(&self, base: &str, most: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query("SELECT * FROM audit WHERE base = ? ORDER BY id DESC LIMIT ?")
            .bind(base)
            .bind(most)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.store_error(error))?;
        Ok(rows.iter().map(audited).collect())
    }
}

/// The statement that writes an entry, unless somebody was forgotten at `since` or later.
fn insert(acted: NewAuditEntry<'_>, since: i64, now: i64) -> Query<'_, Sqlite, SqliteArguments> {
    let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let insert = "INSERT INTO audit (at, guild, user, base, act, subject, outcome) SELECT ?, ?, ?, ?, ?, ?, ? \
                  WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE at >= ?)";
    sqlx::query(insert)
        .bind(now)
        .bind(acted.guild.map(|guild| guild as i64))
        .bind(acted.user as i64)
        .bind(acted.base)
        .bind(acted.act.as_str())
        .bind(short(acted.subject))
        .bind(short(acted.outcome))
        .bind(since)
}

fn audited(row: &SqliteRow) -> AuditEntry {
    AuditEntry {
        at: row.get("at"),
        user: row.get::<i64, _>("user") as u64,
        guild: row.get::<Option<i64>, _>("guild").map(|guild| guild as u64),
        act: row.get("act"),
        subject: row.get("subject"),
        outcome: row.get("outcome"),
    }
}
