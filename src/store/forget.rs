//! Deletion on request: removes data from every file of the store, and keeps operations that are in progress from
//! writing it again.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::{Sqlite, Transaction};

use super::audit::AuditAction;
use super::error::StoreError;
use super::feedback::{delete_votes_of, digest, random_key};
use super::files;
use super::open::Store;
use super::time::week;

/// How long the store remembers who was forgotten, in seconds. No operation takes longer.
const REMEMBERED: i64 = 24 * 60 * 60;
/// How many times to try to empty the write-ahead log, and the pause between tries. Each try also waits for readers.
const TRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(250);

/// What to delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgetScope {
    /// Everything from before this moment, in seconds since 1970.
    Before(i64),
    /// Everything about a channel.
    Channel(u64),
    /// Everything about a guild.
    Guild(u64),
    /// A person: deletes their votes, and removes their id from their actions as a moderator.
    User(u64),
    /// What is stored about one of the bot's messages: what it quotes, and the votes on it.
    Message(u64),
    /// Everything.
    All,
}

/// What was deleted.
#[derive(Debug, Default)]
pub struct Forgotten {
    /// Tables, and how many rows of each were deleted.
    pub deleted: Vec<(&'static str, u64)>,
    /// Tables, and how many rows of each were anonymised.
    pub anonymised: Vec<(&'static str, u64)>,
    /// Broken databases that had been set aside and are now deleted, because they cannot be searched.
    pub files: Vec<PathBuf>,
    /// What may be left, where, and what to do about it.
    pub left: Vec<String>,
}

impl Forgotten {
    /// How many rows of a table were deleted or anonymised.
    pub fn rows(&self, table: &str) -> u64 {
        let all = self.deleted.iter().chain(&self.anonymised);
        all.filter(|(name, _)| *name == table).map(|(_, rows)| rows).sum()
    }
}

impl Store {
    /// Deletes data. Afterwards it is in no file of the store, not even in free pages or the write-ahead log, unless
    /// [`Forgotten::left`] says so. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was deleted.
    pub async fn forget(&self, what: ForgetScope, now: i64) -> Result<Forgotten, StoreError> {
        let mut forgotten = self.delete_rows(what, now).await.map_err(|error| self.store_error(error))?;
        match files::set_aside(&self.path) {
            Ok(broken) => forgotten.delete_files(broken),
            Err(error) => {
                forgotten.left.push(format!("{}: its folder cannot be read: {error}", self.path.display()))
            }
        }
        if let Err(error) = self.scrub().await {
            forgotten.left.push(error.to_string());
        }
        Ok(forgotten)
    }

    async fn delete_rows(&self, what: ForgetScope, now: i64) -> Result<Forgotten, sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        let mut forgotten = Forgotten::default();
        let Forgotten { deleted, anonymised, .. } = &mut forgotten;
        let to = &mut transaction;
        match what {
            ForgetScope::Before(at) => {
                deleted.push(("vote", run(to, "DELETE FROM vote WHERE week < ?", week(at)).await?));
                deleted.push(("audit", run(to, "DELETE FROM audit WHERE at < ?", at).await?));
                deleted.push(("gap", run(to, "DELETE FROM gap WHERE week < ?", week(at)).await?));
                deleted.push(("post", run(to, "DELETE FROM post WHERE at < ?", at).await?));
            }
            ForgetScope::Channel(id) => {
                deleted.push(("post", run(to, "DELETE FROM post WHERE channel = ?", id as i64).await?));
                deleted.push(("channel", run(to, "DELETE FROM channel WHERE channel = ?", id as i64).await?));
                let acts = sqlx::query("UPDATE audit SET subject = '' WHERE act = ? AND subject = ?");
                let acts =
                    acts.bind(AuditAction::Channel.as_str()).bind(id.to_string()).execute(&mut **to).await?;
                anonymised.push(("audit", acts.rows_affected()));
            }
            ForgetScope::Guild(id) => {
                let id = id as i64;
                deleted.push(("audit", run(to, "DELETE FROM audit WHERE guild = ?", id).await?));
                deleted.push(("post", run(to, "DELETE FROM post WHERE guild = ?", id).await?));
                deleted.push(("channel", run(to, "DELETE FROM channel WHERE guild = ?", id).await?));
                let confirmed = run(to, "DELETE FROM channels_confirmed WHERE guild = ?", id).await?;
                deleted.push(("channels_confirmed", confirmed));
            }
            ForgetScope::User(id) => {
                remember(to, id, now).await?;
                deleted.push(("vote", delete_votes_of(to, id).await?));
                let acts = run(to, "UPDATE audit SET user = 0 WHERE user = ?", id as i64).await?;
                anonymised.push(("audit", acts));
                let channels = run(to, "UPDATE channel SET user = 0 WHERE user = ?", id as i64).await?;
                anonymised.push(("channel", channels));
            }
            ForgetScope::Message(id) => {
                deleted.push(("post", run(to, "DELETE FROM post WHERE message = ?", id as i64).await?));
                deleted.push(("vote", run(to, "DELETE FROM vote WHERE message = ?", id as i64).await?));
            }
            ForgetScope::All => delete_all(to, deleted, now).await?,
        }
        transaction.commit().await?;
        Ok(forgotten)
    }

    /// Removes all traces of deleted data from the files. `secure_delete` is not enough: it overwrites a row only at
    /// its last location, not the copies that stay in a page when its rows move to another page. The write-ahead log
    /// also contains older pages until it is emptied, which readers can prevent.
    pub(super) async fn scrub(&self) -> Result<(), StoreError> {
        sqlx::query("VACUUM").execute(&self.writer).await.map_err(|error| self.store_error(error))?;
        for _ in 0..TRIES {
            let (is_held, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
                .fetch_one(&self.writer)
                .await
                .map_err(|error| self.store_error(error))?;
            if is_held == 0 {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::NotEmptied(self.path.clone()))
    }

    /// How many forgotten people the store still remembers.
    pub(super) async fn forgotten(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT count(*) FROM forgotten").fetch_one(&self.readers).await
    }

    /// Deletes the record of people who were forgotten long enough ago.
    pub(super) async fn drop_forgotten(&self, now: i64) -> Result<u64, sqlx::Error> {
        let dropped = sqlx::query("DELETE FROM forgotten WHERE at < ?").bind(now - REMEMBERED);
        Ok(dropped.execute(&self.writer).await?.rows_affected())
    }
}

impl Forgotten {
    /// Deletes broken databases; also used when there is no store.
    pub fn delete_files(&mut self, files: Vec<PathBuf>) {
        for file in files {
            match std::fs::remove_file(&file) {
                Ok(()) => self.files.push(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    self.left.push(format!(
                        "{}: it cannot be deleted: {error}; delete it by hand",
                        file.display()
                    ));
                }
            }
        }
    }
}

async fn delete_all(
    to: &mut Transaction<'_, Sqlite>,
    deleted: &mut Vec<(&'static str, u64)>,
    now: i64,
) -> Result<(), sqlx::Error> {
    let channels = run(to, "DELETE FROM channel WHERE ?", 1).await?;
    deleted.push(("vote", run(to, "DELETE FROM vote WHERE ?", 1).await?));
    deleted.push(("vote_key", run(to, "DELETE FROM vote_key WHERE ?", 1).await?));
    deleted.push(("audit", run(to, "DELETE FROM audit WHERE ?", 1).await?));
    deleted.push(("gap", run(to, "DELETE FROM gap WHERE ?", 1).await?));
    deleted.push(("post", run(to, "DELETE FROM post WHERE ?", 1).await?));
    deleted.push(("channel", channels));
    let confirmed = run(to, "DELETE FROM channels_confirmed WHERE ?", 1).await?;
    deleted.push(("channels_confirmed", confirmed));
    run(to, "DELETE FROM forgotten WHERE ?", 1).await?;
    if channels > 0 {
        // Some of them may have been private.
        run(to, "DELETE FROM channels_lost WHERE ?", 1).await?;
        run(to, "INSERT INTO channels_lost (at) VALUES (?)", now).await?;
    }
    Ok(())
}

async fn run<'q, T>(to: &mut Transaction<'_, Sqlite>, sql: &'static str, value: T) -> Result<u64, sqlx::Error>
where
    T: 'q + Send + sqlx::Encode<'q, Sqlite> + sqlx::Type<Sqlite>,
{
    Ok(sqlx::query(sql).bind(value).execute(&mut **to).await?.rows_affected())
}

/// Records that a person is forgotten, as a salted digest of their id.
async fn remember(to: &mut Transaction<'_, Sqlite>, user: u64, now: i64) -> Result<(), sqlx::Error> {
    let salt = random_key()?;
    sqlx::query("INSERT INTO forgotten VALUES (?, ?, ?)")
        .bind(salt.as_slice())
        .bind(digest(&salt, &[user]))
        .bind(now)
        .execute(&mut **to)
        .await
        .map(drop)
}

/// Whether a person was forgotten at `began` or later.
pub(super) async fn is_forgotten(
    to: &mut Transaction<'_, Sqlite>,
    user: u64,
    began: i64,
) -> Result<bool, sqlx::Error> {
    let since: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as("SELECT salt, person FROM forgotten WHERE at >= ?")
        .bind(began)
        .fetch_all(&mut **to)
        .await?;
    Ok(since.iter().any(|(salt, person)| digest(salt, &[user]) == *person))
}

/// The id to store with a person's action: 0 if they were forgotten since it began.
pub(super) async fn named(
    to: &mut Transaction<'_, Sqlite>,
    user: u64,
    began: i64,
) -> Result<u64, sqlx::Error> {
    Ok(if is_forgotten(to, user, began).await? { 0 } else { user })
}
