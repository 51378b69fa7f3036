//! What is counted: for Prometheus through `metrics`, and the last answers for `status`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::limit::Refusal;
use super::workers::Answered;

/// Over how many answers `status` tells the latency.
const REMEMBERED: usize = 1_000;

/// No time is told as shorter: a safety card waits for no thread at all, and would stand out.
const SHORTEST: Duration = Duration::from_micros(10);

/// Counts.
#[derive(Default)]
pub struct Figures {
    latencies: Mutex<VecDeque<Duration>>,
}

/// How long answers took, from the event to what was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// Over how many answers.
    pub count: usize,
    /// Half of them were quicker.
    pub median: Duration,
    /// One in a hundred was slower.
    pub p99: Duration,
}

impl Figures {
    /// An answer went out, or could not be sent. The log has no outcome: at the second that it names, a reader of the
    /// channel would know whose it was.
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
        let mut latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        if latencies.len() == REMEMBERED {
            latencies.pop_front();
        }
        latencies.push_back(since_received);
    }

    /// A question was not taken on.
    pub fn refused(&self, refusal: Refusal) {
        metrics::counter!("verbatim_refusals_total", "door" => refusal.as_str()).increment(1);
    }

    /// How long the last answers took.
    pub fn latency(&self) -> Latency {
        let latencies = self.latencies.lock().unwrap_or_else(PoisonError::into_inner);
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

/// What an outcome is counted as. Safety cards have no count of their own: on a small server the moment in which it
/// rises would tell who got one.
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
    /// It is another one now.
    pub fn is(&self, state: &'static str) {
        for known in STATES {
            metrics::gauge!("verbatim_gateway", "state" => known).set(if known == state { 1.0 } else { 0.0 });
        }
        if state == "connected" {
            self.sessions.fetch_add(1, Ordering::Relaxed);
        }
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some((state, Instant::now()));
    }

    /// Whether all shards are connected, as looked up now and then: that a connection is lost is no event.
    pub fn found(&self, all_connected: bool) {
        match (self.told().0, all_connected) {
            ("connected" | "resumed", false) => self.is("connecting"),
            ("connecting", true) => self.is("resumed"),
            _ => {}
        }
    }

    /// The state, for how long, and how many sessions there were.
    pub fn told(&self) -> (&'static str, Duration, u64) {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, since) = state.unwrap_or((STATES[0], Instant::now()));
        (state, since.elapsed(), self.sessions.load(Ordering::Relaxed))
    }
}

/// A change of a base came to its end.
pub fn changed(base: &str, what: &'static str, outcome: &'static str) {
    metrics::counter!(
        "verbatim_changes_total", "base" => base.to_owned(), "what" => what, "outcome" => outcome
    )
    .increment(1);
}
