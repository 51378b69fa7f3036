//! What moderators said of channels: where the bot answers unasked, and where only privately.

use sqlx::Row;

use super::error::StoreError;
use super::open::Store;

/// When the bot answers in a channel of which something was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelMode {
    /// Every message is a question.
    Unasked,
    /// The bot answers only privately.
    Private,
}

impl ChannelMode {
    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Private => "private",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Unasked, Self::Private].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// What was said of a channel, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRecord {
    /// The channel.
    pub channel: u64,
    /// Its guild.
    pub guild: u64,
    /// The base that is asked there.
    pub base: String,
    /// When it answers.
    pub mode: ChannelMode,
    /// The moderator.
    pub user: u64,
    /// When, in seconds since 1970.
    pub at: i64,
}

impl Store {
    /// Says something of a channel; what was said before is replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_channel(&self, record: &ChannelRecord) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?, ?, ?)")
            .bind(record.channel as i64)
            .bind(record.guild as i64)
            .bind(&record.base)
            .bind(record.mode.as_str())
            .bind(record.user as i64)
            .bind(record.at)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(|error| self.told(error))
    }

    /// Says nothing of a channel any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_channel(&self, channel: u64) -> Result<(), StoreError> {
        let cleared = sqlx::query("DELETE FROM channel WHERE channel = ?").bind(channel as i64);
        cleared.execute(&self.writer).await.map(drop).map_err(|error| self.told(error))
    }

    /// All channels of which something was said.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn channels(&self) -> Result<Vec<ChannelRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM channel ORDER BY channel")
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.told(error))?;
        // A mode of a later version is one that this one cannot follow.
        let record = |row: &sqlx::sqlite::SqliteRow| {
            Some(ChannelRecord {
                channel: row.get::<i64, _>("channel") as u64,
                guild: row.get::<i64, _>("guild") as u64,
                base: row.get("base"),
                mode: ChannelMode::parse(row.get("mode"))?,
                user: row.get::<i64, _>("user") as u64,
                at: row.get("at"),
            })
        };
        Ok(rows.iter().filter_map(record).collect())
    }
}
