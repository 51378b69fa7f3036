//! Time formats of the store.

use time::OffsetDateTime;

/// Epoch of Discord's ids: the first second of 2015, in milliseconds since 1970.
const EPOCH: u64 = 1_420_070_400_000;

/// The current time, in seconds since 1970.
pub fn unix_now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// The creation time encoded in a Discord id, in seconds since 1970.
pub fn of_snowflake(id: u64) -> i64 {
    (((id >> 22) + EPOCH) / 1_000) as i64
}

/// The ISO week, such as `2026-W48`. The strings sort chronologically.
pub fn week(at: i64) -> String {
    let date = moment(at).date();
    let (year, week, _) = date.to_iso_week_date();
    format!("{year:04}-W{week:02}")
}

/// RFC 3339, UTC, to the second.
pub fn text(at: i64) -> String {
    let moment = moment(at);
    let (date, time) = (moment.date(), moment.time());
    format!("{date}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
}

fn moment(at: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_count() {
        assert_eq!(of_snowflake(175_928_847_299_117_063), 1_462_015_105);
        assert_eq!(
            (week(1_462_015_105).as_str(), text(1_462_015_105).as_str()),
            ("2016-W17", "2016-04-30T11:18:25Z")
        );
        // The first of January can belong to the last week of the previous year.
        assert_eq!(week(1_609_459_200), "2020-W53");
    }
}
