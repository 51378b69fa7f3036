//! What a change to a base is made of, and why it can fail.

use crate::store::AuditAction;
use verbatim_core::engine::curation::{self, CurationError};
use verbatim_core::engine::{Engine, EngineError};
use verbatim_core::render::escape::Markup;

/// A change to run.
pub struct Job {
    /// The subcommand.
    pub what: &'static str,
    /// Its name in the audit log.
    pub act: AuditAction,
    /// The id of the source, passage or generation that it affects.
    pub subject: String,
    /// Whether to publish even if regression questions fail.
    pub force: bool,
    /// Whether to replace the message whose button was pressed, instead of sending a new one.
    pub in_place: bool,
    /// The draft that it adds.
    pub draft: Option<u64>,
}

/// The work itself: takes the engine and the options, and returns a summary of what it did, line by line.
pub type JobFunction =
    dyn FnOnce(&Engine, curation::ChangeOptions<'_>) -> Result<Vec<Markup>, CurationError> + Send;

/// Why a change failed.
pub enum Failed {
    /// The engine returned an error.
    Engine(CurationError),
    /// The engine panicked.
    Panic,
}

impl Failed {
    /// Its name in the audit log and the metrics.
    pub fn sort(&self) -> &'static str {
        match self {
            Self::Engine(_) if self.is_of_questions() => "questions failed",
            Self::Engine(_) => "failed",
            Self::Panic => "crashed",
        }
    }

    /// Whether the regression questions refused it.
    pub fn is_of_questions(&self) -> bool {
        matches!(self, Self::Engine(CurationError::RegressionQuestions { .. }))
    }

    /// Whether other sources that nobody has confirmed refused it.
    pub fn is_of_readings(&self) -> bool {
        matches!(self, Self::Engine(CurationError::Engine(EngineError::DoubtfulReading(_))))
    }
}
