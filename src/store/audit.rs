//! The audit: which moderator did what, when, and how it ended; and who tried and might not. Moderators act in
//! their office, so they are named.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite};

use super::error::StoreError;
use super::forget::named;
use super::open::Store;
use super::time::text;

/// What a moderator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Built the index anew.
    Reindex,
    /// The same, also where own questions failed.
    ReindexForced,
    /// Went back to an earlier generation.
    Rollback,
    /// Added or replaced a source.
    Add,
    /// The same, also where own questions failed.
    AddForced,
    /// Removed a source.
    Remove,
    /// The same, also where own questions failed.
    RemoveForced,
    /// Took a passage out of circulation.
    Withhold,
    /// Put one back.
    Restore,
    /// Said when the bot answers in a channel.
    Channel,
    /// Confirmed the settings of a guild's channels after they were lost.
    ConfirmChannels,
    /// Tried something and might not.
    Refused,
}

impl AuditAction {
    /// Its name in the store, which people read.
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

/// An act that is to be noted.
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
    /// What it was done to: an id.
    pub subject: &'a str,
    /// How it ended.
    pub outcome: &'a str,
    /// When it began, in seconds since 1970: whoever was forgotten since is not named.
    pub began: i64,
}

/// An act that was noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, RFC 3339, UTC.
    pub at: String,
    /// The moderator; 0 for one who was forgotten.
    pub user: u64,
    /// The guild.
    pub guild: Option<u64>,
    /// What was done: see [`AuditAction::as_str`].
    pub act: String,
    /// What it was done to.
    pub subject: String,
    /// How it ended.
    pub outcome: String,
}

/// The outcome of an act that came about.
pub const DONE: &str = "done";

/// Longest subject and outcome, in characters.
const LONGEST: usize = 200;

impl Store {
    /// Notes an act.
    ///
    /// # Errors
    /// [`StoreError`]; then it is not noted.
    pub async fn audit(&self, acted: NewAuditEntry<'_>, now: i64) -> Result<(), StoreError> {
        self.try_audit(acted, now).await.map_err(|error| self.told(error))
    }

    async fn try_audit(&self, acted: NewAuditEntry<'_>, now: i64) -> Result<(), sqlx::Error> {
        // Nearly always nobody was forgotten since: then one statement does it.
        if insert(acted, acted.began, now).execute(&self.writer).await?.rows_affected() > 0 {
            return Ok(());
        }
        let mut transaction = self.writer.begin().await?;
        let user = named(&mut transaction, acted.user, acted.began).await?;
        insert(NewAuditEntry { user, ..acted }, i64::MAX, now).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// The passages that a person took out of circulation and nobody else since, with their bases, as far as the
    /// audit tells.
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
            .map_err(|error| self.told(error))
    }

    /// The last acts on a base, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audited(&self, base: &str, most: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query("SELECT * FROM audit WHERE base = ? ORDER BY id DESC LIMIT ?")
            .bind(base)
            .bind(most)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.told(error))?;
        Ok(rows.iter().map(audited).collect())
    }
}

/// Notes an act, unless somebody was forgotten at `since` or later.
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
        at: text(row.get("at")),
        user: row.get::<i64, _>("user") as u64,
        guild: row.get::<Option<i64>, _>("guild").map(|guild| guild as u64),
        act: row.get("act"),
        subject: row.get("subject"),
        outcome: row.get("outcome"),
    }
}
