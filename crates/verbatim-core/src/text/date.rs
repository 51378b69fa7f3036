//! Dates as precise as a document states them.

use time::{Date, Month};

/// A year, a month or a day, as the span of days that it can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialDate {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

impl PartialDate {
    /// Parses a date in ISO 8601: `2023`, `2023-04` or `2023-04-05`. `None` if it is not a date.
    pub fn parse(date: &str) -> Option<Self> {
        let parts: Vec<&str> = date.split('-').collect();
        let (year, month, day) = match parts[..] {
            [year] => (year, None, None),
            [year, month] => (year, Some(two_digits(month)?), None),
            [year, month, day] => (year, Some(two_digits(month)?), Some(two_digits(day)?)),
            _ => return None,
        };
        let year = i32::from(digits(year, 4)?);
        let first_month = Month::try_from(month.unwrap_or(1)).ok()?;
        let last_month = Month::try_from(month.unwrap_or(12)).ok()?;
        Some(Self {
            first: Date::from_calendar_date(year, first_month, day.unwrap_or(1)).ok()?,
            last: Date::from_calendar_date(year, last_month, day.unwrap_or(last_month.length(year))).ok()?,
        })
    }
}

fn two_digits(part: &str) -> Option<u8> {
    digits(part, 2).and_then(|number| u8::try_from(number).ok())
}

fn digits(part: &str, count: usize) -> Option<u16> {
    (part.len() == count && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_date_spans_the_days_that_it_can_mean() {
        let days = |text: &str| PartialDate::parse(text).map(|date| (date.first, date.last));
        assert_eq!(days("2023"), Some((date!(2023 - 01 - 01), date!(2023 - 12 - 31))));
        assert_eq!(days("2024-02"), Some((date!(2024 - 02 - 01), date!(2024 - 02 - 29))));
        assert_eq!(days("2024-02-29"), Some((date!(2024 - 02 - 29), date!(2024 - 02 - 29))));
        for wrong in ["", "2023-02-29", "2023-13", "23", "2023-4-5", "2023-04-05-06", "+202", "２０２３"]
        {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
