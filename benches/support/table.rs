//! The table of results: each measurement, what it is compared with, and whether it is within its bound.

use std::time::Duration;

/// A row of the table.
#[derive(Default)]
struct Row {
    figure: String,
    ours: String,
    other: String,
    ratio: String,
    bound: String,
    kept: Option<bool>,
}

/// The measurements.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a time in milliseconds, with an upper bound.
    pub fn time(&mut self, figure: String, ours: Duration, bound: Duration) {
        self.rows.push(Row {
            figure,
            ours: milliseconds(ours),
            bound: format!("≤ {}", milliseconds(bound)),
            kept: Some(ours <= bound),
            ..Row::default()
        });
    }

    /// Adds an amount of memory in megabytes, with an optional upper bound.
    pub fn memory(&mut self, figure: String, kibibytes: u64, bound: Option<u64>) {
        let megabytes = kibibytes as f64 * 1024.0 / 1e6;
        self.rows.push(Row {
            figure,
            ours: format!("{megabytes:.1} MB"),
            bound: bound.map_or(String::new(), |bound| format!("≤ {bound} MB")),
            kept: bound.map(|bound| megabytes <= bound as f64),
            ..Row::default()
        });
    }

    /// Adds the bytes per item, with an upper bound.
    pub fn bytes_each(&mut self, figure: String, bytes: u64, count: usize, bound: u64) {
        let each = bytes as f64 / count as f64;
        self.rows.push(Row {
            figure,
            ours: format!("{each:.0} B"),
            bound: format!("≤ {bound} B"),
            kept: Some(each <= bound as f64),
            ..Row::default()
        });
    }

    /// Adds a rate per second, with a lower bound.
    pub fn rate(&mut self, figure: String, count: usize, time: Duration, least: f64) {
        let rate = count as f64 / time.as_secs_f64();
        self.rows.push(Row {
            figure,
            ours: format!("{rate:.1} / s"),
            bound: format!("≥ {least} / s"),
            kept: Some(rate >= least),
            ..Row::default()
        });
    }

    /// Adds our times and a rival's times for the same questions. There are two ratios: the ratio of the totals, and
    /// the median of the ratios per question. If there is a bound, both must be within it.
    pub fn ratio(&mut self, figure: String, ours: &[Duration], other: &[Duration], bound: Option<f64>) {
        let total = sum(ours) / sum(other);
        let mut each: Vec<f64> =
            ours.iter().zip(other).map(|(one, other)| one.as_secs_f64() / other.as_secs_f64()).collect();
        each.sort_by(f64::total_cmp);
        let median = each[each.len() / 2];
        self.rows.push(Row {
            figure,
            ours: milliseconds(percentile(ours, 50)),
            other: milliseconds(percentile(other, 50)),
            ratio: format!("{median:.2} ({total:.2} in all)"),
            bound: bound.map_or(String::new(), |bound| format!("≤ {bound}")),
            kept: bound.map(|bound| median.max(total) <= bound),
        });
    }

    /// Adds a time without a bound, for information.
    pub fn note(&mut self, figure: String, ours: Duration) {
        self.rows.push(Row { figure, ours: milliseconds(ours), ..Row::default() });
    }

    /// Prints the table.
    pub fn print(&self) {
        let heads = ["figure", "ours", "other", "ratio", "bound", ""].map(str::to_owned);
        let body = self.rows.iter().map(|row| {
            let verdict = row.kept.map_or("", |kept| if kept { "ok" } else { "OVER" });
            let cells = [&row.figure, &row.ours, &row.other, &row.ratio, &row.bound];
            let [figure, ours, other, ratio, bound] = cells.map(String::clone);
            [figure, ours, other, ratio, bound, verdict.to_owned()]
        });
        let lines: Vec<[String; 6]> = std::iter::once(heads).chain(body).collect();
        let width =
            |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..6).map(width).collect();
        println!();
        for line in &lines {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
}

/// The median of the times.
pub fn median(times: &[Duration]) -> Duration {
    percentile(times, 50)
}

/// The time that `percent` % of the times do not exceed.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank.min(sorted.len()) - 1]
}

fn sum(times: &[Duration]) -> f64 {
    times.iter().map(Duration::as_secs_f64).sum()
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        ..1.0 => format!("{milliseconds:.3} ms"),
        ..100.0 => format!("{milliseconds:.2} ms"),
        _ => format!("{milliseconds:.0} ms"),
    }
}
