//! Metrics: for Prometheus through the `metrics` crate, and the latency of recent answers for `status`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::limit::Refusal;
use super::workers::Answered;

/// Number of recent answers whose latency `status` reports.
const REMEMBERED: usize = 1_000;

/// Minimum time recorded. A safety card does not wait for a worker thread, so its wait of zero would stand out.
const SHORTEST: Duration = Duration::from_micros(10);

/// Counters and recent latencies.
#[derive(Default)]
pub struct Metrics {
    latencies: Mutex<VecDeque<Duration>>,
}

/// How long answers took, from the event to the reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// Number of answers.
    pub count: usize,
    /// Half of the answers were faster.
    pub median: Duration,
    /// One in a hundred answers was slower.
    pub p99: Duration,
}

impl Metrics {
    /// Records an answer that was sent or could not be sent. The log omits the outcome: with the log's timestamp,
    /// anyone who reads the channel could tell whose it was.
    pub fn answered(&self, base: &str, answered: &Answered, since_received: Duration, sent: bool) {
        let outcome = if sent { counted(answered.outcome) } else { "unsent" };
        metrics::counter!("verbatim_questions_total", "base" => base.to_owned(), "outcome" => outcome)
            .increment(1);
        let stages = [("wait", answered.waited), ("answer", answered.took), ("whole", since_received)];
        for (stage, time) in stages {
            metrics::histogram!("verbatim_question_seconds", "stage" => stage)
                .record(time.max(SHORTEST).as_secs_f64());
        }
        tracing::info!(sent, whole_ms = since_received.as_millis() as u64, "answered");
        let mut latencies = self.latencies.lock();
        if latencies.len() == REMEMBERED {
            latencies.pop_front();
        }
        latencies.push_back(since_received);
    }

    /// Records a refused question.
    pub fn refused(&self, refusal: Refusal) {
        metrics::counter!("verbatim_refusals_total", "door" => refusal.as_str()).increment(1);
    }

    /// The latency of recent answers.
    pub fn latency(&self) -> Latency {
        let latencies = self.latencies.lock();
        let mut sorted: Vec<Duration> = latencies.iter().copied().collect();
        drop(latencies);
        sorted.sort_unstable();
        let share = |part: usize| sorted.get((sorted.len() * part / 100).min(sorted.len().saturating_sub(1)));
        Latency {
            count: sorted.len(),
            median: share(50).copied().unwrap_or_default(),
            p99: share(99).copied().unwrap_or_default(),
        }
    }
}

/// The label under which an outcome is counted. Safety cards have no separate label: on a small server, the moment at
/// which their count rises would reveal who got one.
fn counted(outcome: &'static str) -> &'static str {
    match outcome {
        "answer" | "not_covered" | "failed" => outcome,
        _ => "other",
    }
}

/// The states of the connection to Discord.
const STATES: [&str; 4] = ["connecting", "connected", "resumed", "stopping"];

/// The state of the connection to Discord.
#[derive(Default)]
pub struct Gateway {
    state: Mutex<Option<(&'static str, Instant)>>,
    sessions: AtomicU64,
}

impl Gateway {
    /// Sets the state.
    pub fn set(&self, state: &'static str) {
        for known in STATES {
            metrics::gauge!("verbatim_gateway", "state" => known).set(if known == state { 1.0 } else { 0.0 });
        }
        if state == "connected" {
            self.sessions.fetch_add(1, Ordering::Relaxed);
        }
        *self.state.lock() = Some((state, Instant::now()));
    }

    /// Updates the state from a periodic check of all shards, because a lost connection causes no event.
    pub fn check(&self, all_connected: bool) {
        match (self.state().0, all_connected) {
            ("connected" | "resumed", false) => self.set("connecting"),
            ("connecting", true) => self.set("resumed"),
            _ => {}
        }
    }

    /// The state, its duration and the number of sessions.
    pub fn state(&self) -> (&'static str, Duration, u64) {
        let state = *self.state.lock();
        let (state, since) = state.unwrap_or((STATES[0], Instant::now()));
        (state, since.elapsed(), self.sessions.load(Ordering::Relaxed))
    }
}

/// Records a finished change of a base.
pub fn changed(base: &str, what: &'static str, outcome: &'static str) {
    metrics::counter!(
        "verbatim_changes_total", "base" => base.to_owned(), "what" => what, "outcome" => outcome
    )
    .increment(1);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use regex::Regex;

    fn rust_files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder of the checkout");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => rust_files(&path),
                false => vec![path],
            })
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .collect()
    }

    #[test]
    fn the_docs_list_each_metric() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let names = |pattern: &str, path: PathBuf| -> BTreeSet<String> {
            let text = std::fs::read_to_string(path).expect("a file of the checkout");
            let pattern = Regex::new(pattern).expect("a pattern that compiles");
            pattern.captures_iter(&text).map(|name| name[1].to_owned()).collect()
        };
        let in_code = |path| names(r#"(?:counter|gauge|histogram)!\(\s*"(\w+)""#, path);
        let exported: BTreeSet<String> =
            rust_files(&root.join("src")).into_iter().flat_map(in_code).collect();
        assert!(exported.contains("verbatim_questions_total"), "{exported:?}");
        assert_eq!(exported, names(r"(?m)^\| `(verbatim_\w+)`", root.join("docs/operating.md")));
    }
}
