//! Votes on answers. A user counts once a message, and can change their mind; who voted is not kept. A voter is
//! HMAC-SHA256 of message and user under a random key. The key belongs to thirty days of message time and is
//! destroyed some time after them: from then on nobody can tell who voted, and voting on those messages is closed,
//! because nobody could tell who has voted already.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::{Row, Sqlite, Transaction};

use super::error::StoreError;
use super::forget::is_forgotten;
use super::open::Store;
use super::time::{of_snowflake, week};

/// How long a key is used for, in seconds of message time.
const PERIOD: i64 = 30 * DAY;
/// How long after that voting stays open, in seconds.
const OPEN: i64 = 60 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// After how many days at most nobody can tell who voted: the key's period, the time that voting stays open, and the day
/// until what is too old is looked for.
pub const KNOWN_DAYS: i64 = (PERIOD + OPEN) / DAY + 1;

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
    /// Counts a vote, changes it, or takes the same one back. `now` is when it was cast, in seconds since 1970: one of
    /// a person who was forgotten since is not counted.
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

/// Takes back the votes of a person, as far as anybody can tell which these are, and says how many there were.
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
