//! Automatic deletion: data older than the settings allow, and data of a deleted channel or a guild that the bot left.

use super::error::StoreError;
use super::open::Store;
use super::time::week;
use crate::config::Retention;

const DAY: i64 = 24 * 60 * 60;

/// Statements that delete the posts and the settings of a channel.
const OF_CHANNEL: &[&str] = &["DELETE FROM post WHERE channel = ?", "DELETE FROM channel WHERE channel = ?"];
/// Statements that delete the posts and the channel settings of a guild.
const OF_GUILD: &[&str] = &[
    "DELETE FROM post WHERE guild = ?",
    "DELETE FROM channel WHERE guild = ?",
    "DELETE FROM channels_confirmed WHERE guild = ?",
];

impl Store {
    /// Deletes data that is too old and the keys of closed votes. Returns how many rows were deleted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune(&self, retention: &Retention, now: i64) -> Result<u64, StoreError> {
        let Retention { feedback, audit, gaps, posts } = *retention;
        let ago = |days: u32| now - i64::from(days) * DAY;
        let gone = async {
            let mut gone = self.destroy_keys(now).await?;
            gone += self.run("DELETE FROM vote WHERE week < ?", week(ago(feedback.get()))).await?;
            gone += self.run("DELETE FROM audit WHERE at < ?", ago(audit.get())).await?;
            gone += self.run("DELETE FROM gap WHERE week < ?", week(ago(gaps.get() * 7))).await?;
            gone += self.run("DELETE FROM post WHERE at < ? AND withdrawn = 0", ago(posts.get())).await?;
            // An earlier deletion may have left traces in files that could not be emptied at that time.
            let forgotten = self.forgotten().await?;
            gone += self.drop_forgotten(now).await?;
            Ok((gone, gone > 0 || forgotten > 0))
        };
        let (gone, is_dirty) = gone.await.map_err(|error| self.store_error(error))?;
        if is_dirty {
            self.scrub().await?;
        }
        Ok(gone)
    }

    /// Deletes the posts and the settings of a channel that was deleted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_channel(&self, channel: u64) -> Result<(), StoreError> {
        self.run_all(OF_CHANNEL, channel).await.map_err(|error| self.store_error(error))
    }

    /// Deletes the posts and the channel settings of a guild that removed the bot. Its audit log entries stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_guild(&self, guild: u64) -> Result<(), StoreError> {
        self.run_all(OF_GUILD, guild).await.map_err(|error| self.store_error(error))
    }

    async fn run_all(&self, deletions: &[&'static str], id: u64) -> Result<(), sqlx::Error> {
        for sql in deletions {
            self.run(sql, id as i64).await?;
        }
        Ok(())
    }

    async fn run<'q, T>(&self, sql: &'static str, value: T) -> Result<u64, sqlx::Error>
    where
        T: 'q + Send + sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        Ok(sqlx::query(sql).bind(value).execute(&self.writer).await?.rows_affected())
    }
}
