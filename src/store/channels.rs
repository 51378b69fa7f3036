//! Channel settings: where the bot answers every message, and where it answers only privately.

use sqlx::Row;

use super::error::StoreError;
use super::forget::named;
use super::open::Store;

/// When the bot answers in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerMode {
    /// When it is mentioned or replied to: the default, which is not stored.
    OnMention,
    /// Every message is treated as a question.
    EveryMessage,
    /// It answers only privately.
    Private,
}

impl AnswerMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::OnMention, Self::EveryMessage, Self::Private];

    /// The mode's name in the store, in command options and in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnMention => "asked",
            Self::EveryMessage => "unasked",
            Self::Private => "private",
        }
    }

    /// The mode with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// The setting of a channel, who made it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRecord {
    /// The channel.
    pub channel: u64,
    /// Its guild.
    pub guild: u64,
    /// The base that answers there.
    pub base: String,
    /// How the bot answers there.
    pub mode: AnswerMode,
    /// The moderator who made the setting.
    pub user: u64,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// A loss of the channel settings; see [`Store::channels_lost`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// When, in seconds since 1970.
    pub at: i64,
    /// The guilds whose settings a moderator has confirmed since then.
    pub confirmed: Vec<u64>,
}

impl Store {
    /// Sets a channel's setting and replaces an earlier one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_channel(&self, record: &ChannelRecord) -> Result<(), StoreError> {
        self.try_set(record).await.map_err(|error| self.store_error(error))
    }

    async fn try_set(&self, record: &ChannelRecord) -> Result<(), sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        let user = named(&mut transaction, record.user, record.at).await?;
        sqlx::query("INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?, ?, ?)")
            .bind(record.channel as i64)
            .bind(record.guild as i64)
            .bind(&record.base)
            .bind(record.mode.as_str())
            .bind(user as i64)
            .bind(record.at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Deletes a channel's setting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_channel(&self, channel: u64) -> Result<(), StoreError> {
        let cleared = sqlx::query("DELETE FROM channel WHERE channel = ?").bind(channel as i64);
        cleared.execute(&self.writer).await.map(drop).map_err(|error| self.store_error(error))
    }

    /// The settings of all channels.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn channels(&self) -> Result<Vec<ChannelRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM channel ORDER BY channel")
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.store_error(error))?;
        // Skips a mode that a later version wrote and this version does not know.
        let record = |row: &sqlx::sqlite::SqliteRow| {
            Some(ChannelRecord {
                channel: row.get::<i64, _>("channel") as u64,
                guild: row.get::<i64, _>("guild") as u64,
                base: row.get("base"),
                mode: AnswerMode::parse(row.get("mode"))?,
                user: row.get::<i64, _>("user") as u64,
                at: row.get("at"),
            })
        };
        Ok(rows.iter().filter_map(record).collect())
    }

    /// When the channel settings were lost, and in which guilds they were confirmed since then; `None` if they were
    /// never lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn channels_lost(&self) -> Result<Option<Lost>, StoreError> {
        let lost = async {
            let at: Option<i64> = sqlx::query_scalar("SELECT at FROM channels_lost WHERE restored = 0")
                .fetch_optional(&self.readers)
                .await?;
            let Some(at) = at else { return Ok(None) };
            let confirmed: Vec<i64> =
                sqlx::query_scalar("SELECT guild FROM channels_confirmed ORDER BY guild")
                    .fetch_all(&self.readers)
                    .await?;
            Ok(Some(Lost { at, confirmed: confirmed.into_iter().map(|guild| guild as u64).collect() }))
        };
        lost.await.map_err(|error| self.store_error(error))
    }

    /// Records that the channel settings were lost, unless that is already recorded.
    pub(super) async fn note_loss(&self, now: i64) -> Result<(), StoreError> {
        let noted = "INSERT INTO channels_lost (at) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM channels_lost)";
        let noted = sqlx::query(noted).bind(now).execute(&self.writer).await;
        noted.map(drop).map_err(|error| self.store_error(error))
    }

    /// Records that a moderator has confirmed a guild's channel settings.
    ///
    /// # Errors
    /// [`StoreError`]; then it is not recorded.
    pub async fn confirm_channels(&self, guild: u64, now: i64) -> Result<(), StoreError> {
        let confirmed = sqlx::query("INSERT OR REPLACE INTO channels_confirmed VALUES (?, ?)");
        let confirmed = confirmed.bind(guild as i64).bind(now).execute(&self.writer).await;
        confirmed.map(drop).map_err(|error| self.store_error(error))
    }

    /// Writes all channel settings to a new store that replaced one that broke while the program still had the
    /// settings in memory.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is written.
    pub async fn restore_channels(
        &self,
        records: &[ChannelRecord],
        lost: Option<&Lost>,
    ) -> Result<(), StoreError> {
        let restored = async {
            let mut transaction = self.writer.begin().await?;
            for record in records {
                sqlx::query("INSERT OR IGNORE INTO channel VALUES (?, ?, ?, ?, ?, ?)")
                    .bind(record.channel as i64)
                    .bind(record.guild as i64)
                    .bind(&record.base)
                    .bind(record.mode.as_str())
                    .bind(record.user as i64)
                    .bind(record.at)
                    .execute(&mut *transaction)
                    .await?;
            }
            for guild in lost.iter().flat_map(|lost| &lost.confirmed) {
                sqlx::query("INSERT OR IGNORE INTO channels_confirmed SELECT ?, at FROM channels_lost")
                    .bind(*guild as i64)
                    .execute(&mut *transaction)
                    .await?;
            }
            if lost.is_none() {
                sqlx::query("UPDATE channels_lost SET restored = 1").execute(&mut *transaction).await?;
            }
            transaction.commit().await
        };
        restored.await.map_err(|error: sqlx::Error| self.store_error(error))
    }
}
