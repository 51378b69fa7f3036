//! Why a base was not changed, as reported to the moderator. The caller branches on the variant: mistakes are the
//! moderator's, failed questions can be overruled, and everything else is for the operator.

use thiserror::Error;

use crate::engine::{EngineError, RegressionOutcome};
use crate::fs::FsError;
use crate::index::error::IndexError;
use crate::knowledge::problem::Problem;
use crate::knowledge::withheld::ListError;
use crate::text::count::first;

/// The maximum number of failed questions in a message.
const MOST_NAMED: usize = 5;

/// Why a base was not changed. Nothing is half done, except after [`CurationError::NotUndone`].
#[derive(Debug, Error)]
pub enum CurationError {
    /// The base does not have this passage.
    #[error("there is no passage `{wanted}` in this base{}", meant(.nearest.as_deref()))]
    UnknownPassage {
        /// The given id.
        wanted: String,
        /// The nearest existing id.
        nearest: Option<String>,
    },
    /// The passage is not withheld.
    #[error("the passage `{wanted}` is not withheld{}", meant(.nearest.as_deref()))]
    NotWithheld {
        /// The given id.
        wanted: String,
        /// The nearest withheld id.
        nearest: Option<String>,
    },
    /// The base does not have this source.
    #[error("there is no source `{wanted}` in this base{}", meant(.nearest.as_deref()))]
    UnknownSource {
        /// The given id.
        wanted: String,
        /// The nearest existing id.
        nearest: Option<String>,
    },
    /// A base needs at least one source.
    #[error("`{0}` is the base's last source, and a base needs one; add another first")]
    LastSource(String),
    /// Withholding a passage needs a reason.
    #[error("no reason was given; people who read the list later need one")]
    NoReason,
    /// The submitted file cannot be a source.
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Unfit(Vec<Problem>),
    /// Some of the base's regression questions would fail.
    #[error("{}", failures(.failed, *.asked))]
    RegressionQuestions {
        /// How many were asked.
        asked: usize,
        /// The questions that failed, and why.
        failed: Vec<RegressionOutcome>,
    },
    /// The list of withheld passages cannot be read or written.
    #[error(transparent)]
    List(#[from] ListError),
    /// The knowledge folder cannot be written.
    #[error(transparent)]
    Write(#[from] FsError),
    /// An earlier change is half done and could not be completed or undone.
    #[error("an earlier change was interrupted and must be repaired first. {0}")]
    LeftOver(Problem),
    /// The change failed and could not be undone; the next start tries again.
    #[error("{error}\nSome files could not be put back: {left}")]
    NotUndone {
        /// Why it failed.
        error: Box<CurationError>,
        /// Why it was not undone.
        left: Problem,
    },
    /// The index could not be built or published.
    #[error(transparent)]
    Engine(EngineError),
}

impl From<EngineError> for CurationError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::RegressionFailed { asked, outcomes, .. } => {
                let failed = outcomes.into_iter().filter(|outcome| outcome.missed.is_some()).collect();
                Self::RegressionQuestions { asked, failed }
            }
            error => Self::Engine(error),
        }
    }
}

impl From<IndexError> for CurationError {
    fn from(error: IndexError) -> Self {
        Self::Engine(error.into())
    }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn failures(failed: &[RegressionOutcome], asked: usize) -> String {
    let verb = if failed.len() == 1 { "fails" } else { "fail" };
    let named = failed
        .iter()
        .map(|outcome| format!("{}: {}", outcome.ask, outcome.missed.as_deref().unwrap_or_default()));
    format!(
        "{} of {asked} regression questions {verb} with this change, so nothing was changed:\n- {}",
        failed.len(),
        first(named, MOST_NAMED).join("\n- ")
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn outcome(number: usize, missed: Option<&str>) -> RegressionOutcome {
        RegressionOutcome { ask: format!("Question {number}?"), missed: missed.map(str::to_owned) }
    }

    #[test]
    fn failed_questions_are_named() {
        let told = |failed: usize| {
            let missed = |number| (number < failed).then_some("no quote contains \"2 mg\"");
            let outcomes: Vec<RegressionOutcome> =
                (0..8).map(|number| outcome(number, missed(number))).collect();
            CurationError::from(EngineError::RegressionFailed { failed, asked: 8, outcomes }).to_string()
        };
        assert_snapshot!(told(1), @r#"
        1 of 8 regression questions fails with this change, so nothing was changed:
        - Question 0?: no quote contains "2 mg"
        "#);
        assert_snapshot!(told(7), @r#"
        7 of 8 regression questions fail with this change, so nothing was changed:
        - Question 0?: no quote contains "2 mg"
        - Question 1?: no quote contains "2 mg"
        - Question 2?: no quote contains "2 mg"
        - Question 3?: no quote contains "2 mg"
        - Question 4?: no quote contains "2 mg"
        - and 2 more
        "#);
    }

    #[test]
    fn slips_are_told_the_nearest() {
        let [wanted, near] = ["a:12", "a:13"].map(str::to_owned);
        let error = CurationError::UnknownPassage { wanted: wanted.clone(), nearest: Some(near) };
        assert_snapshot!(error, @"there is no passage `a:12` in this base; did you mean `a:13`?");
        assert_snapshot!(CurationError::NotWithheld { wanted, nearest: None }, @"the passage `a:12` is not withheld");
        assert_snapshot!(CurationError::LastSource("a".to_owned()), @"`a` is the base's last source, and a base needs one; add another first");
        assert_snapshot!(CurationError::NoReason, @"no reason was given; people who read the list later need one");
    }
}
