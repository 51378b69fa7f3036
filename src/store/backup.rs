//! Copies of the store. A copy that takes the store's place must not undo what people rely on: who was forgotten stays
//! forgotten, private channels stay private, and posts can still be taken back.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::error::StoreError;
use super::files;
use super::forget::{ForgetScope, is_forgotten};
use super::open::{PATIENCE, Store};

/// What a copy takes over from the store whose place it takes, `present`.
const CARRIED: [&str; 8] = [
    "INSERT INTO forgotten SELECT * FROM present.forgotten",
    "UPDATE audit SET user = 0 WHERE EXISTS (SELECT 1 FROM present.audit AS now
        WHERE now.id = audit.id AND now.at = audit.at AND now.user = 0)",
    "UPDATE channel SET user = 0 WHERE EXISTS (SELECT 1 FROM present.channel AS now
        WHERE now.channel = channel.channel AND now.user = 0)",
    // Nobody can tell whose a vote is, so each vote that is gone may be that of a person who was forgotten.
    "DELETE FROM vote WHERE NOT EXISTS (SELECT 1 FROM present.vote AS now
        WHERE now.message = vote.message AND now.voter = vote.voter)",
    "DELETE FROM vote_key WHERE period NOT IN (SELECT period FROM present.vote_key)",
    "INSERT OR REPLACE INTO channel SELECT * FROM present.channel WHERE mode = 'private'",
    "INSERT OR REPLACE INTO post SELECT * FROM present.post",
    "INSERT OR IGNORE INTO quoted SELECT * FROM present.quoted",
];

impl Store {
    /// Copies the store at `path` to the new file `copy`, which only this user can read. The copy is consistent even if
    /// the bot is writing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn copy(path: &Path, copy: &Path) -> Result<(), StoreError> {
        files::create(copy)
            .map_err(|error| StoreError::Disk { path: copy.to_owned(), what: error.to_string() })?;
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
        let copied = sqlx::query("VACUUM INTO ?").bind(copy.to_string_lossy().as_ref()).execute(&pool).await;
        pool.close().await;
        copied.map(drop).map_err(|error| StoreError::of(path, &error))
    }

    /// Prepares this copy to take the place of the store at `present`. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; then the copy must not be used.
    pub async fn carry_over(&self, present: &Path, now: i64) -> Result<(), StoreError> {
        // Brings an older store to this version, as the next start would.
        Self::open(present, now).await?.store.close().await;
        let forgotten = self.carry(present).await.map_err(|error| self.store_error(error))?;
        for user in forgotten {
            self.forget(ForgetScope::User(user), now).await?;
        }
        self.scrub().await
    }

    /// Returns the people in this copy who were forgotten.
    async fn carry(&self, present: &Path) -> Result<Vec<u64>, sqlx::Error> {
        let mut connection = self.writer.acquire().await?;
        sqlx::query("ATTACH DATABASE ? AS present")
            .bind(present.to_string_lossy().as_ref())
            .execute(&mut *connection)
            .await?;
        let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
        for sql in CARRIED {
            sqlx::query(sql).execute(&mut *transaction).await?;
        }
        let people: Vec<i64> = sqlx::query_scalar("SELECT user FROM audit UNION SELECT user FROM channel")
            .fetch_all(&mut *transaction)
            .await?;
        let mut forgotten = Vec::new();
        for user in people.into_iter().map(|user| user as u64).filter(|user| *user != 0) {
            if is_forgotten(&mut transaction, user, 0).await? {
                forgotten.push(user);
            }
        }
        transaction.commit().await?;
        sqlx::query("DETACH DATABASE present").execute(&mut *connection).await?;
        Ok(forgotten)
    }
}
