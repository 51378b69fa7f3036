//! Votes on answers. A user counts once a message, and can change their mind; who voted is not kept. A voter is
//! HMAC-SHA256 of message and user under a random key. The key belongs to thirty days of message time and is
//! destroyed some time after them: from then on nobody can tell who voted, and voting on those messages is closed,
//! because nobody could tell who has voted already.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::{Row, Sqlite, Transaction};

use super::error::StoreError;
use super::open::Store;
use super::time::{of_snowflake, week};

/// How long a key is used for, in seconds of message time.
const PERIOD: i64 = 30 * DAY;
/// How long after that voting stays open, in seconds.
const OPEN: i64 = 60 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// A vote.
#[derive(Debug, Clone, Copy)]
pub struct Vote<'a> {
    /// The message that is voted on.
    pub message: u64,
    /// The base that answered.
    pub base: &'a str,
    /// The generation that answered.
    pub generation: &'a str,
    /// Who votes; only a keyed digest is kept.
    pub user: u64,
    /// Whether the answer helped.
    pub helpful: bool,
}

/// What became of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voting {
    /// It is the user's vote now; an earlier other one does not count any more.
    Counted,
    /// It was the user's vote already, and was taken back.
    Withdrawn,
    /// The message is too old.
    Closed,
}

/// How many votes there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Votes {
    /// That the answer helped.
    pub helpful: u64,
    /// That it did not.
    pub not_helpful: u64,
}

impl Store {
    /// Counts a vote, changes it, or takes the same one back. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; the vote is as it was.
    pub async fn vote(&self, vote: Vote<'_>, now: i64) -> Result<Voting, StoreError> {
        let period = of_snowflake(vote.message).div_euclid(PERIOD);
        if is_over(period, now) {
            return Ok(Voting::Closed);
        }
        self.try_vote(vote, period, now).await.map_err(|error| self.told(error))
    }

    async fn try_vote(&self, vote: Vote<'_>, period: i64, now: i64) -> Result<Voting, sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        let voter = voter(&key(&mut transaction, period).await?, vote);
        let earlier: Option<bool> =
            sqlx::query_scalar("SELECT helpful FROM vote WHERE message = ? AND voter = ?")
                .bind(vote.message as i64)
                .bind(&voter)
                .fetch_optional(&mut *transaction)
                .await?;
        let voting = if earlier == Some(vote.helpful) {
            sqlx::query("DELETE FROM vote WHERE message = ? AND voter = ?")
                .bind(vote.message as i64)
                .bind(&voter)
                .execute(&mut *transaction)
                .await?;
            Voting::Withdrawn
        } else {
            sqlx::query("INSERT OR REPLACE INTO vote VALUES (?, ?, ?, ?, ?, ?)")
                .bind(vote.message as i64)
                .bind(&voter)
                .bind(vote.base)
                .bind(vote.generation)
                .bind(vote.helpful)
                .bind(week(now))
                .execute(&mut *transaction)
                .await?;
            Voting::Counted
        };
        transaction.commit().await?;
        Ok(voting)
    }

    /// The votes on a base's answers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn votes(&self, base: &str) -> Result<Votes, StoreError> {
        let counts =
            "SELECT coalesce(sum(helpful), 0) AS helpful, count(*) AS votes FROM vote WHERE base = ?";
        let row = sqlx::query(counts)
            .bind(base)
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.told(error))?;
        let (helpful, all): (i64, i64) = (row.get("helpful"), row.get("votes"));
        Ok(Votes { helpful: helpful as u64, not_helpful: (all - helpful) as u64 })
    }

    /// Destroys the keys of periods on which voting has closed.
    pub(super) async fn destroy_keys(&self, now: i64) -> Result<u64, sqlx::Error> {
        let destroyed = sqlx::query("DELETE FROM vote_key WHERE (period + 1) * ? + ? < ?");
        let destroyed = destroyed.bind(PERIOD).bind(OPEN).bind(now).execute(&self.writer).await?;
        Ok(destroyed.rows_affected())
    }
}

/// Whether voting on the messages of a period has closed.
fn is_over(period: i64, now: i64) -> bool {
    (period + 1) * PERIOD + OPEN < now
}

/// The key of a period; a new one where it has none yet.
async fn key(transaction: &mut Transaction<'_, Sqlite>, period: i64) -> Result<Vec<u8>, sqlx::Error> {
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(|error| sqlx::Error::Io(std::io::Error::other(error.to_string())))?;
    sqlx::query("INSERT OR IGNORE INTO vote_key VALUES (?, ?)")
        .bind(period)
        .bind(fresh.as_slice())
        .execute(&mut **transaction)
        .await?;
    sqlx::query_scalar("SELECT secret FROM vote_key WHERE period = ?")
        .bind(period)
        .fetch_one(&mut **transaction)
        .await
}

fn voter(key: &[u8], vote: Vote<'_>) -> Vec<u8> {
    let mut digest = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    digest.update(&vote.message.to_be_bytes());
    digest.update(&vote.user.to_be_bytes());
    digest.finalize().into_bytes().to_vec()
}
