//! Gaps: which vocabulary concepts users asked about that the sources do not cover, counted per week. The store does
//! not record who asked, or in which words.

use sqlx::Row;

use super::error::StoreError;
use super::open::Store;
use super::time::week;

/// A concept that users asked about and that the sources do not cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The concept's or facet's id.
    pub concept: String,
    /// Total count.
    pub total: u64,
    /// Count per week, newest first.
    pub weeks: Vec<(String, u64)>,
}

impl Store {
    /// Increments the count of each concept by one.
    ///
    /// # Errors
    /// [`StoreError`]; then none was counted.
    pub async fn count_gap(&self, base: &str, concepts: &[String], now: i64) -> Result<(), StoreError> {
        self.try_count(base, concepts, now).await.map_err(|error| self.store_error(error))
    }

    async fn try_count(&self, base: &str, concepts: &[String], now: i64) -> Result<(), sqlx::Error> {
        let mut transaction = self.writer.begin().await?;
        for concept in concepts {
            sqlx::query(
                "INSERT INTO gap VALUES (?, ?, ?, 1) ON CONFLICT (base, concept, week) DO UPDATE SET count = count + 1",
            )
            .bind(base)
            .bind(concept)
            .bind(week(now))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// The gaps of the last `weeks` weeks including this one, most frequent first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn gaps(&self, base: &str, weeks: u32, now: i64) -> Result<Vec<Gap>, StoreError> {
        let first = week(now - i64::from(weeks.max(1) - 1) * 7 * 24 * 60 * 60);
        let rows = sqlx::query(
            "SELECT concept, week, count FROM gap WHERE base = ? AND week >= ? ORDER BY week DESC",
        )
        .bind(base)
        .bind(first)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.store_error(error))?;
        let mut gaps: Vec<Gap> = Vec::new();
        for row in rows {
            let (concept, week): (String, String) = (row.get("concept"), row.get("week"));
            let count = row.get::<i64, _>("count") as u64;
            match gaps.iter_mut().find(|gap| gap.concept == concept) {
                Some(gap) => {
                    gap.total += count;
                    gap.weeks.push((week, count));
                }
                None => gaps.push(Gap { concept, total: count, weeks: vec![(week, count)] }),
            }
        }
        gaps.sort_by(|one, other| other.total.cmp(&one.total).then_with(|| one.concept.cmp(&other.concept)));
        Ok(gaps)
    }
}
