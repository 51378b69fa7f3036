//! Forgetting: what is kept too long, and what somebody wants forgotten.

use super::error::StoreError;
use super::open::Store;
use super::time::week;

const DAY: i64 = 24 * 60 * 60;

/// Tables with what is deleted from each.
type Deletions = [(&'static str, &'static str); 2];
/// What was posted and said in a channel.
const OF_CHANNEL: Deletions =
    [("post", "DELETE FROM post WHERE channel = ?"), ("channel", "DELETE FROM channel WHERE channel = ?")];
/// What was posted and said in a guild.
const OF_GUILD: Deletions =
    [("post", "DELETE FROM post WHERE guild = ?"), ("channel", "DELETE FROM channel WHERE guild = ?")];

/// How long things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Votes, in days.
    pub feedback_days: u32,
    /// Moderators' acts, in days.
    pub audit_days: u32,
    /// Gaps, in weeks.
    pub gap_weeks: u32,
    /// Which message quotes what, in days.
    pub post_days: u32,
}

/// What is to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// Everything from before this moment, in seconds since 1970.
    Before(i64),
    /// Everything about a channel.
    Channel(u64),
    /// Everything about a guild.
    Guild(u64),
    /// A moderator: their acts stay, and their id goes.
    Moderator(u64),
    /// Everything.
    All,
}

impl Store {
    /// Takes away what is kept too long, with the keys of votes that have closed; says how many rows went.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prune(&self, retention: &Retention, now: i64) -> Result<u64, StoreError> {
        let ago = |days: u32| now - i64::from(days) * DAY;
        let gone = async {
            let mut gone = self.destroy_keys(now).await?;
            gone += self.run("DELETE FROM vote WHERE week < ?", week(ago(retention.feedback_days))).await?;
            gone += self.run("DELETE FROM audit WHERE at < ?", ago(retention.audit_days)).await?;
            gone += self.run("DELETE FROM gap WHERE week < ?", week(ago(retention.gap_weeks * 7))).await?;
            gone +=
                self.run("DELETE FROM post WHERE at < ? AND withdrawn = 0", ago(retention.post_days)).await?;
            Ok(gone)
        };
        gone.await.map_err(|error| self.told(error))
    }

    /// Forgets, and says how many rows of which table were taken away or changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget(&self, what: Forget) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let forgotten = async {
            Ok(match what {
                Forget::Before(at) => vec![
                    ("vote", self.run("DELETE FROM vote WHERE week < ?", week(at)).await?),
                    ("audit", self.run("DELETE FROM audit WHERE at < ?", at).await?),
                    ("gap", self.run("DELETE FROM gap WHERE week < ?", week(at)).await?),
                    ("post", self.run("DELETE FROM post WHERE at < ?", at).await?),
                ],
                Forget::Channel(id) => self.run_all(OF_CHANNEL, id).await?,
                Forget::Guild(id) => {
                    let audit = self.run("DELETE FROM audit WHERE guild = ?", id as i64).await?;
                    std::iter::once(("audit", audit)).chain(self.run_all(OF_GUILD, id).await?).collect()
                }
                Forget::Moderator(id) => vec![
                    ("audit", self.run("UPDATE audit SET user = 0 WHERE user = ?", id as i64).await?),
                    ("channel", self.run("UPDATE channel SET user = 0 WHERE user = ?", id as i64).await?),
                ],
                Forget::All => vec![
                    ("vote", self.run("DELETE FROM vote WHERE ?", 1).await?),
                    ("vote_key", self.run("DELETE FROM vote_key WHERE ?", 1).await?),
                    ("audit", self.run("DELETE FROM audit WHERE ?", 1).await?),
                    ("gap", self.run("DELETE FROM gap WHERE ?", 1).await?),
                    ("post", self.run("DELETE FROM post WHERE ?", 1).await?),
                    ("channel", self.run("DELETE FROM channel WHERE ?", 1).await?),
                ],
            })
        };
        let forgotten = forgotten.await.map_err(|error: sqlx::Error| self.told(error))?;
        // What was deleted must not be found in the file either.
        sqlx::query("VACUUM").execute(&self.writer).await.map_err(|error| self.told(error))?;
        Ok(forgotten)
    }

    /// Forgets what was posted and said in a channel that is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_channel(&self, channel: u64) -> Result<(), StoreError> {
        self.run_all(OF_CHANNEL, channel).await.map(drop).map_err(|error| self.told(error))
    }

    /// Forgets what was posted and said in a guild that the bot was taken out of. What its moderators did stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_guild(&self, guild: u64) -> Result<(), StoreError> {
        self.run_all(OF_GUILD, guild).await.map(drop).map_err(|error| self.told(error))
    }

    async fn run_all(&self, deletions: Deletions, id: u64) -> Result<Vec<(&'static str, u64)>, sqlx::Error> {
        let mut gone = Vec::new();
        for (table, sql) in deletions {
            gone.push((table, self.run(sql, id as i64).await?));
        }
        Ok(gone)
    }

    async fn run<'q, T>(&self, sql: &'static str, value: T) -> Result<u64, sqlx::Error>
    where
        T: 'q + Send + sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        Ok(sqlx::query(sql).bind(value).execute(&self.writer).await?.rows_affected())
    }
}
