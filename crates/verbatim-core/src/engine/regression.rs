//! The regression questions of a base: asked on every build before it is published.

use std::sync::Arc;

use super::Resources;
use crate::answer::reply::{Body, Kind};
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::RegressionQuestion;

/// The outcome of a regression question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegressionOutcome {
    /// The question.
    pub ask: String,
    /// Why it failed; `None` if it passed.
    pub missed: Option<String>,
}

/// Asks a base's regression questions on a snapshot.
pub fn ask_regression_questions(
    resources: &Resources,
    snapshot: &Arc<Snapshot>,
    questions: &[RegressionQuestion],
) -> Vec<RegressionOutcome> {
    let texts: Vec<&str> = questions.iter().map(|question| question.ask.as_str()).collect();
    resources.encoder.read_ahead(&texts);
    let outcome = |question: &RegressionQuestion| {
        let triaged = resources.triage_on(snapshot, &question.ask);
        let (body, _) = resources.answer(snapshot, &triaged, 0);
        RegressionOutcome { ask: question.ask.clone(), missed: missed(question, &body) }
    };
    questions.iter().map(outcome).collect()
}

/// Why a question failed; `None` if it passed.
fn missed(question: &RegressionQuestion, body: &Body) -> Option<String> {
    let shown = |start: &String| body.quotes.iter().any(|cited| cited.quote.text().contains(start.as_str()));
    match (question.not_covered, body.kind) {
        (true, Kind::NotCovered) => None,
        (true, _) => Some("expected no answer, but it was answered".to_owned()),
        (false, Kind::Answer) if question.expect.iter().any(shown) => None,
        (false, Kind::Answer) => Some(format!("no quote contains \"{}\"", question.expect.join("\" or \""))),
        (false, _) => Some("expected an answer, but it was not answered".to_owned()),
    }
}

/// A first build is published even if regression questions fail; this remark reports the failures.
pub(super) fn remark(outcomes: &[RegressionOutcome]) -> Option<String> {
    let failed = outcomes.iter().filter(|outcome| outcome.missed.is_some()).count();
    (failed > 0).then(|| {
        format!(
            "{failed} of {} regression questions failed; run `verbatim eval` to list them.",
            outcomes.len()
        )
    })
}
