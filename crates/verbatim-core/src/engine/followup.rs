//! Follow-up questions, and which words of the earlier question a reply may repeat.

use super::Engine;
use super::triage::{Lookup, Triaged};
use crate::answer::followup;
use crate::answer::reply::Reply;
use crate::answer::validate;
use crate::index::snapshot::Snapshot;

/// The earlier question, by who asked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before<'a> {
    /// The same user asked all of it.
    Own(&'a str),
    /// Somebody else asked it, or part of it.
    Others(&'a str),
}

impl Engine {
    /// Answers a question that may be a follow-up to `before`. If the same user asked both, the reply shows how the
    /// question was read. Otherwise it says only that the question was read as a follow-up.
    pub fn ask_after(&self, before: Before<'_>, question: &str) -> Reply {
        self.answer(&self.triage_after(before, question))
    }

    /// Like [`Engine::triage`], for a message that may be a follow-up to the question `before`: reads both the raw
    /// message and the whole question.
    pub fn triage_after(&self, before: Before<'_>, message: &str) -> Triaged {
        let (is_own, earlier) = match before {
            Before::Own(earlier) => (true, earlier),
            Before::Others(earlier) => (false, earlier),
        };
        let snapshot = self.snapshot();
        let triaged = self.resources.triage_on(&snapshot, message);
        let Some(whole) = whole(&snapshot, earlier, message) else { return triaged };
        let triaged = triaged.and(self.resources.triage_on(&snapshot, &whole));
        triaged.looking_up(Lookup::Whole { whole, is_own })
    }
}

/// Returns the whole question if `question` is a follow-up to `before`; `None` if it stands for itself.
fn whole(snapshot: &Snapshot, before: &str, question: &str) -> Option<String> {
    let rest = followup::going_on(question)?;
    let (earlier, found) = (snapshot.understand(before), snapshot.understand(rest.rest));
    let whole = followup::whole((before, &earlier), (rest, &found), &snapshot.lexicon)?;
    Some(whole).filter(|whole| validate::problem(whole).is_none())
}
