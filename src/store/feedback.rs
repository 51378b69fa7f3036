//! Votes on answers. A user has one vote per message and can change it; who voted is not stored. A voter is stored as
//! the HMAC-SHA256 of message and user under a random key. Each key covers thirty days of message time and is destroyed
//! some time after that. From then on nobody can find out who voted, and voting on those messages is closed, because
//! repeated votes can no longer be recognised.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::{Row, Sqlite, Transaction};

use super::error::StoreError;
use super::forget::is_forgotten;
use super::open::Store;
use super::time::{of_snowflake, week};

/// The period that one key covers, in seconds of message time.
const PERIOD: i64 = 30 * DAY;
/// How long voting stays open after that period, in seconds.
const OPEN: i64 = 60 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// Number of days after which nobody can find out who voted: the key's period, the time that voting stays open, and up
/// to one day until old data is deleted.
pub const KNOWN_DAYS: i64 = (PERIOD + OPEN) / DAY + 1;

/// A vote.
#[derive(Debug, Clone, Copy)]
pub struct Vote<'a> {
    /// The message voted on.
    pub message: u64,
    /// The base that answered.
    pub base: &'a str,
    /// The generation that answered.
    pub generation: &'a str,
    /// The voter; only a keyed digest is stored.
    pub user: u64,
    /// Whether the answer helped.
    pub helpful: bool,
}

/// The result of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voting {
    /// It is now the user's vote and replaces an earlier, different one.
    Counted,
    /// The user had already cast this vote, so it was withdrawn.
    Withdrawn,
    /// The message is too old to vote on.
    Closed,
}

/// Vote counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Votes {
    /// Votes that the answer helped.
    pub helpful: u64,
    /// Votes that it did not help.
    pub not_helpful: u64,
}

impl Store {
    /// Counts a vote, changes it, or withdraws it if it is repeated. `now` is when it was cast, in seconds since 1970.
    /// A vote is not counted if its user was forgotten since then.
    ///
    /// # Errors
    /// [`StoreError`]; the vote is then unchanged.
    pub async fn vote(&self, vote: Vote<'_>, now: i64) -> Result<Voting, StoreError> {
        let period = of_snowflake(vote.message).div_euclid(PERIOD);
        if is_over(period, now) {
            return Ok(Voting::Closed);
        }
        self.try_vote(vote, period, now).await.map_err(|error| self.store_error(error))
    }

    async fn try_vote(&self, vote: Vote<'_>, period: i64, now: i64) -> Result<Voting, sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        if is_forgotten(&mut transaction, vote.user, now).await? {
            return Ok(Voting::Withdrawn);
        }
        let voter = voter(&key(&mut transaction, period).await?, vote.message, vote.user);
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
            .map_err(|error| self.store_error(error))?;
        let (helpful, all): (i64, i64) = (row.get("helpful"), row.get("votes"));
        Ok(Votes { helpful: helpful as u64, not_helpful: (all - helpful) as u64 })
    }

    /// Destroys the keys of periods whose voting has closed.
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

/// The key of a period, created if it does not exist yet.
async fn key(transaction: &mut Transaction<'_, Sqlite>, period: i64) -> Result<Vec<u8>, sqlx::Error> {
    let fresh = random_key()?;
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

fn voter(key: &[u8], message: u64, user: u64) -> Vec<u8> {
    digest(key, &[message, user])
}

/// Deletes a person's votes, as far as the remaining keys identify them, and returns how many there were.
pub(super) async fn delete_votes_of(
    transaction: &mut Transaction<'_, Sqlite>,
    user: u64,
) -> Result<u64, sqlx::Error> {
    let keys: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT period, secret FROM vote_key").fetch_all(&mut **transaction).await?;
    let keys: HashMap<i64, Vec<u8>> = keys.into_iter().collect();
    let votes: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT message, voter FROM vote").fetch_all(&mut **transaction).await?;
    let mut deleted = 0;
    for (message, voter_kept) in votes {
        let Some(key) = keys.get(&of_snowflake(message as u64).div_euclid(PERIOD)) else { continue };
        if voter(key, message as u64, user) == voter_kept {
            let delete = sqlx::query("DELETE FROM vote WHERE message = ? AND voter = ?")
                .bind(message)
                .bind(voter_kept);
            deleted += delete.execute(&mut **transaction).await?.rows_affected();
        }
    }
    Ok(deleted)
}

/// HMAC-SHA256 of numbers.
pub(super) fn digest(key: &[u8], numbers: &[u64]) -> Vec<u8> {
    let mut digest = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    numbers.iter().for_each(|number| digest.update(&number.to_be_bytes()));
    digest.finalize().into_bytes().to_vec()
}

/// Random bytes for a key.
pub(super) fn random_key() -> Result<[u8; 32], sqlx::Error> {
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(|error| sqlx::Error::Io(std::io::Error::other(error.to_string())))?;
    Ok(fresh)
}
