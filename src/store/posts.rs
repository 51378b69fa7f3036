//! Posts: which message quotes which passages, so that the message can be withdrawn when one of them is withheld. The
//! list of messages to withdraw is in the store, so that it survives a restart.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::error::StoreError;
use super::open::Store;

/// A message of the bot that quotes passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The message.
    pub message: u64,
    /// The channel or thread of the message.
    pub channel: u64,
    /// The guild; `None` in direct messages.
    pub guild: Option<u64>,
    /// The base that answered.
    pub base: String,
    /// The generation that answered.
    pub generation: String,
    /// When it was posted, in seconds since 1970.
    pub at: i64,
}

impl Store {
    /// Records a post and the passages that it quotes.
    ///
    /// # Errors
    /// [`StoreError`]; then it is not recorded.
    pub async fn record_post(&self, post: &Post, passages: &[String]) -> Result<(), StoreError> {
        self.try_record(post, passages).await.map_err(|error| self.store_error(error))
    }

    async fn try_record(&self, post: &Post, passages: &[String]) -> Result<(), sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        sqlx::query(
            "INSERT OR REPLACE INTO post (message, channel, guild, base, generation, at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(post.message as i64)
        .bind(post.channel as i64)
        .bind(post.guild.map(|guild| guild as i64))
        .bind(&post.base)
        .bind(&post.generation)
        .bind(post.at)
        .execute(&mut *transaction)
        .await?;
        for passage in passages {
            sqlx::query("INSERT OR IGNORE INTO quoted (message, passage) VALUES (?, ?)")
                .bind(post.message as i64)
                .bind(passage)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Marks the posts of a base that quote a passage to be withdrawn, and returns how many there are.
    ///
    /// # Errors
    /// [`StoreError`]; then none is marked.
    pub async fn withdraw(&self, base: &str, passage: &str) -> Result<u64, StoreError> {
        let marked = async { mark(&mut *self.writer.acquire().await?, base, passage).await };
        marked.await.map_err(|error| self.store_error(error))
    }

    /// Marks the posts of a base that quote one of `passages`, and unmarks its other posts: posts that quote only
    /// restored passages must not be withdrawn.
    ///
    /// # Errors
    /// [`StoreError`]; then the marks are unchanged.
    pub async fn withdraw_only(&self, base: &str, passages: &[String]) -> Result<(), StoreError> {
        self.try_withdraw_only(base, passages).await.map_err(|error| self.store_error(error))
    }

    async fn try_withdraw_only(&self, base: &str, passages: &[String]) -> Result<(), sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        let unmark = sqlx::query("UPDATE post SET withdrawn = 0 WHERE base = ? AND withdrawn = 1");
        unmark.bind(base).execute(&mut *transaction).await?;
        for passage in passages {
            mark(&mut transaction, base, passage).await?;
        }
        transaction.commit().await
    }

    /// The posts that are still to be withdrawn, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn to_withdraw(&self) -> Result<Vec<Post>, StoreError> {
        let rows = sqlx::query("SELECT * FROM post WHERE withdrawn = 1 ORDER BY message DESC")
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.store_error(error))?;
        Ok(rows.iter().map(post).collect())
    }

    /// Deletes the record of a post that was withdrawn or no longer exists.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_post(&self, message: u64) -> Result<(), StoreError> {
        let forgotten = sqlx::query("DELETE FROM post WHERE message = ?").bind(message as i64);
        forgotten.execute(&self.writer).await.map(drop).map_err(|error| self.store_error(error))
    }
}

async fn mark(connection: &mut SqliteConnection, base: &str, passage: &str) -> Result<u64, sqlx::Error> {
    let mark = sqlx::query(
        "UPDATE post SET withdrawn = 1
         WHERE base = ? AND message IN (SELECT message FROM quoted WHERE passage = ?)",
    );
    Ok(mark.bind(base).bind(passage).execute(connection).await?.rows_affected())
}

fn post(row: &SqliteRow) -> Post {
    Post {
        message: row.get::<i64, _>("message") as u64,
        channel: row.get::<i64, _>("channel") as u64,
        guild: row.get::<Option<i64>, _>("guild").map(|guild| guild as u64),
        base: row.get("base"),
        generation: row.get("generation"),
        at: row.get("at"),
    }
}
